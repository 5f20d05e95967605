import ArgumentParser

@main
struct Vidrd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vidrd",
        abstract: "Text to video on a CPU: VidRD, \"Reuse and Diffuse\" (arXiv 2309.03549), in Swift.",
        subcommands: [ScenesCommand.self, Train.self])
}

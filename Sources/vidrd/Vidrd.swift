import ArgumentParser

@main
struct Vidrd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vidrd",
        abstract: "Text to video on a CPU: VidRD, \"Reuse and Diffuse\" (arXiv 2309.03549), in Swift.",
        usage: """
            vidrd PROMPT [options]
            vidrd SUBCOMMAND [options]
            """,
        discussion: """
            vidrd "a candle is burning" --length 256
                writes a-candle-is-burning-SEED.mp4 with the model that ships.

            "vidrd PROMPT" is short for "vidrd generate PROMPT"; its options are listed by "vidrd generate --help".
            """,
        version: BuildFacts.line,
        subcommands: [Generate.self, ScenesCommand.self, Train.self, Eval.self, WeightsCommand.self, Bench.self, Inspect.self, Convert.self, RandomModelCommand.self],
        defaultSubcommand: Generate.self)

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            Failure.leave(after: error)
        }
    }
}

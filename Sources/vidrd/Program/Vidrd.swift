import ArgumentParser
import Checkpoints
import Files
import Tensors

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
        subcommands: [
            Generate.self, Resume.self, Extend.self, ScenesCommand.self, Train.self, Eval.self, WeightsCommand.self, Bench.self, Inspect.self, Convert.self, RandomModelCommand.self,
            Doctor.self, CompletionsCommand.self, ManualCommand.self,
        ],
        defaultSubcommand: Generate.self)

    /// Swift replaces bytes that are no UTF-8, and a file would be written under another name than was asked for.
    private static func checkEncoding() throws {
        for index in 0..<Int(CommandLine.argc) {
            guard let bytes = CommandLine.unsafeArgv[index], String(validatingCString: bytes) == nil else { continue }
            throw UsageError(
                "word \(index) of the command line (\"\(String(cString: bytes))\") is not text in UTF-8; "
                    + "set the terminal to UTF-8, or rename the file")
        }
    }

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        Console.prepare()
        Console.isJSON = ProgressStyle.isJSON(arguments)
        StoragePool.shared.whenExhausted = { error in
            Interruption.cleanUpNow()
            Console.error(
                "there is no memory for another \(ByteCount.text(error.bytes)); take a smaller size or fewer frames in a clip, "
                    + "or let --max-memory find a way", code: Failure.failed)
            Failure.leave(Failure.failed)
        }
        do {
            try checkEncoding()
            var command = try parseAsRoot(InlineChoice.completed(arguments))
            try command.run()
            Failure.leave(0)
        } catch {
            Failure.leave(after: error)
        }
    }
}

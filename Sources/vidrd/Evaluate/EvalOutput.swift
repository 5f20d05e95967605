import ArgumentParser
import Checkpoints
import Files
import Foundation

/// Where results go: lines on stdout, and JSON to a file or to stdout, which then carries nothing else.
struct EvalOutput: ParsableArguments {
    @Option(help: ArgumentHelp("Result as JSON; - for stdout.", valueName: "file"), completion: .file())
    var json: String?

    /// Whether stdout is for the JSON alone.
    var takesStdout: Bool { json == "-" }

    func write(_ value: some Encodable, text: () -> [String]) throws {
        if !takesStdout { text().forEach(Console.result) }
        guard let json else { return }
        if takesStdout {
            Console.result(try JSONFile.text(value))
        } else {
            try JSONFile.write(value, to: URL(fileURLWithPath: json))
        }
    }
}

import ArgumentParser
import Checkpoints
import Foundation

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what weight files hold: tensors, shapes, types, sizes, and what they are recognised as.",
        discussion: """
            Example:
              vidrd inspect ModelT2V.pth --summary
            """)

    @Argument(help: "A safetensors file, a torch archive, or a model folder.", completion: .file()) var path: String
    @Flag(help: "Only totals.") var summary = false

    func run() throws {
        let inspection = try WeightInspection(URL(fileURLWithPath: path))
        Console.result(inspection.report(tensors: !summary).trimmingCharacters(in: .newlines))
        for problem in inspection.problems { Console.error(problem) }
        if !inspection.problems.isEmpty { throw ExitCode(Failure.failed) }
    }
}

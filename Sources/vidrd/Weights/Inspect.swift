import ArgumentParser
import Checkpoints
import Foundation
import Generation

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
        if let line = kind() { Console.result(line) }
        let inspection = try WeightInspection(URL(fileURLWithPath: path))
        Console.result(inspection.report(tensors: !summary).trimmingCharacters(in: .newlines))
        for problem in inspection.problems { Console.error(problem) }
        if !inspection.problems.isEmpty { throw ExitCode(Failure.failed) }
    }

    /// Of which kind the model in a folder is, or why it cannot be used as one; nil where it holds no model.
    private func kind() -> String? {
        do {
            return try ModelKind.of(URL(fileURLWithPath: path)).map { "\(path): \($0.className), \($0.title)" }
        } catch {
            return Failure.message(for: error)
        }
    }
}

import ArgumentParser
import Checkpoints
import Files
import Foundation
import Generation
import Tensors
import Video

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check what vidrd needs: build, libraries, ffmpeg, weights, disk, memory, terminal.",
        discussion: """
            Prints one line for each thing, with what to do where something is wrong. The exit code is 1 where something \
            is bad; a warning costs speed or comfort only.

            Examples:
              vidrd doctor
              vidrd doctor --model FOLDER --json
            """)

    @Option(
        help: ArgumentHelp("Model folder, or the name of a model that ships (default: VIDRD_MODEL, else starter).", valueName: "model"),
        completion: CompletionScript.models)
    var model: String?
    @OptionGroup var parts: ModelParts
    @Flag(help: "One JSON object on stdout.") var json = false

    func run() throws {
        let findings = Checkup.build() + Checkup.blas() + Checkup.tools() + Checkup.weights(model, parts) + Checkup.libraries()
            + Checkup.space() + Checkup.terminal()
        if json {
            let report = Report(version: BuildFacts.version, healthy: !findings.contains { $0.state == .bad }, checks: findings)
            Console.result(try JSONFile.text(report))
        } else {
            Console.result(Self.table(findings))
        }
        if findings.contains(where: { $0.state == .bad }) { throw ExitCode(Failure.failed) }
    }

    private struct Report: Encodable {
        let version: String
        let healthy: Bool
        let checks: [Finding]
    }

    private static func table(_ findings: [Finding]) -> String {
        let width = findings.map(\.name.count).max() ?? 0
        func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
        let lines = findings.flatMap { finding -> [String] in
            let indent = String(repeating: " ", count: 9 + width + 2)
            return [padded(finding.state.rawValue, 9) + padded(finding.name, width + 2) + finding.found]
                + (finding.advice.map { [indent + "-> " + $0] } ?? [])
        }
        let bad = findings.count { $0.state == .bad }, warnings = findings.count { $0.state == .warning }
        let verdict = bad > 0 ? "\(bad) bad" : warnings > 0 ? "nothing bad" : "all well"
        return (lines + [verdict + (warnings > 0 ? ", \(warnings) warning\(warnings == 1 ? "" : "s")" : "")]).joined(separator: "\n")
    }
}

/// One thing that was looked at.
struct Finding: Encodable {
    enum State: String, Encodable {
        case ok
        /// Costs speed or comfort.
        case warning
        /// Something will not work.
        case bad
    }

    let name: String
    let state: State
    let found: String
    /// What to do; nil where nothing is to be done.
    var advice: String?

    init(_ name: String, _ state: State, _ found: String, advice: String? = nil) {
        (self.name, self.state, self.found, self.advice) = (name, state, found, advice)
    }
}

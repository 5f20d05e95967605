import ArgumentParser
import Foundation
import Video

/// How the making of a video is shown while it goes on.
struct ProgressOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How progress is told on stderr: \(ProgressStyle.allowed) (default: bar on a terminal, plain elsewhere).",
            valueName: "style"),
        completion: .list(ProgressStyle.allCases.map(\.rawValue)), transform: ProgressStyle.read)
    var progress: ProgressStyle?

    @Flag(help: "No progress and no summary on stderr; the same as --progress none.")
    var quiet = false

    @Option(
        help: ArgumentHelp(
            "PNG picture of the clip in the making, written anew every few steps.", valueName: "file.png"),
        completion: .file(extensions: ["png"]))
    var preview: String?

    @Option(
        help: ArgumentHelp(
            """
            Draw that picture in the terminal, where it can: \(InlineProtocol.allowed); without a value it is found out.
            """, valueName: "protocol"),
        completion: .list(InlineChoice.names), transform: InlineChoice.read)
    var inline: InlineChoice?

    func validate() throws {
        if quiet, let progress, progress != .none {
            throw ValidationError("--quiet tells nothing and --progress \(progress.rawValue) does; give one of them")
        }
        if inline != nil, progress == .json {
            throw ValidationError("--inline draws on stderr, where --progress json writes JSON and nothing else; give one of them")
        }
        guard let preview else { return }
        if (preview as NSString).pathExtension.lowercased() != "png" {
            throw ValidationError("--preview is '\(preview)'; allowed are names that end in .png")
        }
        // The preview replaces what an earlier one left, and never anything else.
        if FileManager.default.fileExists(atPath: preview), !ClipPreview.isReplaceable(preview) {
            throw ValidationError("--preview is '\(preview)', which exists and is no PNG picture; choose another name")
        }
    }

    var style: ProgressStyle { quiet ? .none : progress ?? (Console.isTerminal ? .bar : .plain) }

    /// The protocol that pictures are drawn with; warns and gives nil where the terminal is not known to draw any.
    func pictureProtocol(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> InlineProtocol? {
        switch inline {
        case nil: return nil
        case .named(let named): return named
        case .detected:
            if Console.isTerminal, let found = InlineProtocol.detect(environment) { return found }
            if !Self.hasRefused { Console.warning(InlineProtocol.refusal(environment, isTerminal: Console.isTerminal)) }
            Self.hasRefused = true
            return nil
        }
    }

    /// Once is enough for many videos.
    nonisolated(unsafe) private static var hasRefused = false
}

/// The ways of telling progress.
package enum ProgressStyle: String, CaseIterable, Sendable {
    /// One line that is drawn over.
    case bar
    /// A line now and then.
    case plain
    /// One JSON object a line; docs/progress.md has the schema.
    case json
    case none

    static let allowed = "bar, plain, json or none"

    @Sendable static func read(_ text: String) throws -> ProgressStyle {
        guard let style = ProgressStyle(rawValue: text) else { throw ValidationError("allowed are \(allowed)") }
        return style
    }

    /// Whether a command line asks for JSON: what is wrong with its other words must be told in JSON too.
    package static func isJSON(_ arguments: [String]) -> Bool {
        let arguments = arguments.prefix { $0 != "--" }
        return arguments.contains("--progress=json")
            || zip(arguments, arguments.dropFirst()).contains { $0 == "--progress" && $1 == "json" }
    }
}

/// What --inline says.
package enum InlineChoice: Equatable, Sendable {
    case detected
    case named(InlineProtocol)

    static let names = ["auto"] + InlineProtocol.allCases.map(\.rawValue)

    @Sendable static func read(_ text: String) throws -> InlineChoice {
        if text == "auto" { return .detected }
        guard let named = InlineProtocol(rawValue: text) else {
            throw ValidationError("allowed are \(InlineProtocol.allowed), or nothing")
        }
        return .named(named)
    }

    /// The same command line with "--inline=auto" where --inline stands without a value.
    package static func completed(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.count
        return arguments.enumerated().map { index, argument in
            guard argument == "--inline", index < end else { return argument }
            let next = index + 1 < end ? arguments[index + 1] : ""
            return names.contains(next) ? argument : "--inline=auto"
        }
    }
}

import Foundation

/// The two streams: results on stdout, everything else on stderr.
enum Console {
    /// Whether somebody watches stderr, so that a line may be drawn over.
    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// Whether everything on stderr is JSON, one object a line (`--progress json`).
    nonisolated(unsafe) static var isJSON = false

    /// Lines that were written so far; what draws over earlier output must begin anew where there are more.
    nonisolated(unsafe) private(set) static var lines = 0
    nonisolated(unsafe) private static var hasBar = false

    /// A message.
    static func status(_ text: String) { isJSON ? line(message("note", text)) : line(text) }

    static func warning(_ text: String) { isJSON ? line(message("warning", text)) : line("warning: " + text) }

    /// - Parameter code: the exit code, where the program ends with it.
    static func error(_ text: String, code: Int32? = nil) {
        guard isJSON else { return line("error: " + text) }
        line(message("error", text).with("code", code.map { .whole(Int($0)) } ?? .nothing))
    }

    /// One event.
    static func line(_ object: JSONLine) { line(object.text) }

    /// What the command was asked for: usually a path.
    static func result(_ text: String) {
        print(text)
        fflush(stdout)
    }

    /// A line that the next one takes the place of; on terminals only.
    static func bar(_ text: String) {
        raw("\r\u{1B}[K" + text)
        hasBar = true
    }

    /// Takes the bar away.
    static func clearBar() {
        if hasBar { raw("\r\u{1B}[K") }
        hasBar = false
    }

    /// Bytes for stderr as they are.
    static func raw(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    private static func line(_ text: String) {
        clearBar()
        lines += 1
        raw(text + "\n")
    }

    private static func message(_ event: String, _ text: String) -> JSONLine {
        JSONLine(event).with("message", .text(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}

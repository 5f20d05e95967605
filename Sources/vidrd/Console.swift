import Foundation

/// The two streams: results on stdout, everything else on stderr.
enum Console {
    /// Whether somebody watches stderr, so that a line may be drawn over.
    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// A line of progress or a message.
    static func status(_ text: String) { raw(text + "\n") }

    static func warning(_ text: String) { status("warning: " + text) }

    static func error(_ text: String) { status("error: " + text) }

    /// What the command was asked for: usually a path.
    static func result(_ text: String) {
        print(text)
        fflush(stdout)
    }

    /// Bytes for stderr as they are.
    static func raw(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

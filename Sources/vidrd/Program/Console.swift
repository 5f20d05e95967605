import Foundation

/// The two streams: results on stdout, everything else on stderr.
enum Console {
    /// Makes both streams safe to write to, whoever started the program and whatever became of them.
    static func prepare() {
        // Writing tells of a closed pipe too, and then there is time to clean up.
        signal(SIGPIPE, SIG_IGN)
        // The next file to be opened would get the number of a stream that is closed, and messages would land in it.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    }

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
        let code = write(text + "\n", to: STDOUT_FILENO)
        // Who closed the pipe wants no more, and that is no failure.
        if code != 0, code != EPIPE { lostResults = String(cString: strerror(code)) }
    }

    /// Why results did not get to stdout, where they did not.
    nonisolated(unsafe) private(set) static var lostResults: String?

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

    /// Bytes for stderr as they are. A video is not lost because nobody can be told of it any more: the terminal may be
    /// gone, the disk under a log full.
    static func raw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    /// Returns the error's number, or 0.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return 0
    }

    private static func line(_ text: String) {
        clearBar()
        lines += 1
        raw(text + "\n")
    }

    private static func message(_ event: String, _ text: String) -> JSONLine {
        JSONLine(event).with("message", .text(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}

import Foundation

/// Ctrl-C, SIGTERM and a terminal that is closed (SIGHUP): the first asks for an orderly end, the second cleans up and
/// leaves at once, and a third does not even clean up.
enum Interruption {
    nonisolated(unsafe) private static var count: sig_atomic_t = 0
    /// Signals as bytes: a handler may do next to nothing, the thread that reads them may do anything.
    nonisolated(unsafe) private static var pipeEnds: [Int32] = [-1, -1]
    nonisolated(unsafe) private static var writingEnd: Int32 = -1
    nonisolated(unsafe) private static var cleanUp: (() -> Void)?
    nonisolated(unsafe) private static var lastWords = nothingKept
    nonisolated(unsafe) private static var isPatient = true
    private static let lock = NSLock()

    static var isRequested: Bool { count > 0 }

    private static let nothingKept = "left at once: what was not finished is gone"

    /// Something to do before leaving at once, such as removing a file that is not finished.
    ///
    /// - Parameter words: what to tell the user then.
    static func beforeLeaving(saying words: String? = nil, _ action: (() -> Void)?) {
        lock.lock()
        cleanUp = action
        lastWords = words ?? nothingKept
        lock.unlock()
    }

    /// Does what was to be done before leaving, where something other than a signal ends the program.
    static func cleanUpNow() {
        lock.lock()
        defer { lock.unlock() }
        cleanUp?()
        cleanUp = nil
    }

    /// For work without a place to stop at: the first signal already ends the program, once what it wrote aside is removed.
    ///
    /// - Parameter result: the file or folder that it makes, if any.
    static func leaveAtOnce(making result: URL? = nil) {
        isPatient = false
        beforeLeaving {
            // All that this program writes aside has its process's number in the name.
            let number = "\(getpid())"
            func remove(in folder: URL, _ isOurs: (String) -> Bool) {
                for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] where isOurs(name) {
                    try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
                }
            }
            remove(in: FileManager.default.temporaryDirectory) {
                $0.hasPrefix("vidrd-") && $0.split(whereSeparator: { "-.".contains($0) }).contains { $0 == number }
            }
            guard let result else { return }
            remove(in: result.deletingLastPathComponent()) { $0.hasPrefix(".\(result.lastPathComponent).\(number)-") }
        }
        listen()
    }

    static func listen() {
        guard writingEnd < 0, pipe(&pipeEnds) == 0 else { return }
        for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        writingEnd = pipeEnds[1]
        let thread = Thread { watch() }
        thread.stackSize = 1 << 18
        thread.start()
        // A file that outgrows the shell's limit is then an error like a full disk, and not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        // A parent may have started this program from a thread that blocks signals, and masks are inherited.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // Who started it with nohup wants it to outlive the terminal.
            if number == SIGHUP, isIgnored(number) { continue }
            sigaddset(&signals, number)
            signal(number) { number in
                // A terminal that closes tells it twice: itself and through the shell.
                if number == SIGHUP, Interruption.count > 0 { return }
                Interruption.count += 1
                if Interruption.count > 2 { _exit(Failure.interrupted) }
                var byte: UInt8 = 0
                _ = write(Interruption.writingEnd, &byte, 1)
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        let before = signal(number, SIG_IGN)
        signal(number, before)
        // Functions cannot be compared, their addresses can.
        return unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func watch() {
        var byte: UInt8 = 0, seen = 0
        while true {
            let got = read(pipeEnds[0], &byte, 1)
            if got < 0, errno == EINTR { continue }
            guard got == 1 else { return }
            seen += 1
            guard seen > 1 || !isPatient else { continue }
            lock.lock()
            cleanUp?()
            Console.status("\n" + lastWords)
            _exit(Failure.interrupted)
        }
    }
}

/// Thrown out of generation where a step notices that the user wants an end.
struct Interrupted: Error {}

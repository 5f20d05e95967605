import Files
import Foundation

/// A program beside this one, spoken to through plain blocking reads and writes.
///
/// Its standard input is a socket and not a pipe: writing to a program that has died is then an error to handle and
/// not a SIGPIPE that ends this process, without changing what the whole process does with signals. Foundation
/// gives it a process group of its own, so a Ctrl-C in the terminal reaches only us and the video can be completed.
final class ChildProcess {
    private let process = Process()
    private let tail = OutputTail()
    private var input: Int32 = -1
    private var output: Int32 = -1

    /// - Parameters:
    ///   - writes: whether `write` will be used; otherwise its input is empty.
    ///   - reads: whether `read` will be used; otherwise its output is dropped.
    init(executable: String, arguments: [String], writes: Bool, reads: Bool) throws {
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        var theirs: [Int32] = []
        defer { theirs.forEach { close($0) } }
        do {
            if writes {
                let ends = try Self.socketPair(executable)
                input = ends.ours
                theirs.append(ends.theirs)
                process.standardInput = FileHandle(fileDescriptor: ends.theirs, closeOnDealloc: false)
            }
            if reads {
                let ends = try Self.socketPair(executable)
                output = ends.ours
                theirs.append(ends.theirs)
                process.standardOutput = FileHandle(fileDescriptor: ends.theirs, closeOnDealloc: false)
            }
            let errors = try Self.socketPair(executable)
            theirs.append(errors.theirs)
            process.standardError = FileHandle(fileDescriptor: errors.theirs, closeOnDealloc: false)
            tail.drain(errors.ours)
            try process.run()
        } catch {
            closeInput()
            closeOutput()
            if let error = error as? VideoError { throw error }
            throw FileError.unreadable(path: executable, reason: "it does not start (\(error.localizedDescription))")
        }
    }

    deinit { stop() }

    /// Writes all bytes; false when the program no longer reads.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var written = 0
        while written < bytes.count {
            #if os(Linux)
            let count = send(input, bytes.baseAddress! + written, bytes.count - written, Int32(MSG_NOSIGNAL))
            #else
            let count = send(input, bytes.baseAddress! + written, bytes.count - written, 0)
            #endif
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// Reads up to `buffer.count` bytes; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = recv(output, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return max(count, 0)
        }
    }

    /// All that the program prints, to its end.
    func readToEnd() -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = buffer.withUnsafeMutableBytes(read)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }

    /// Tells the program that nothing more comes.
    func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    private func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    /// Waits for the end. Returns nil after success, otherwise how it ended, in words.
    func wait() -> String? {
        closeInput()
        process.waitUntilExit()
        closeOutput()
        tail.wait()
        switch (process.terminationReason, process.terminationStatus) {
        case (.exit, 0): return nil
        case (.exit, let status): return "failed with status \(status)"
        case (_, let signal): return "was killed by signal \(signal)"
        }
    }

    /// Ends the program at once, where it still runs.
    func stop() {
        closeInput()
        closeOutput()
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// The last lines that it wrote to standard error; complete after `wait()`.
    var lastLines: String { tail.lines }

    private static func socketPair(_ executable: String) throws -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        #if os(Linux)
        let type = Int32(SOCK_STREAM.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw FileError.unreadable(path: executable, reason: "it does not start (\(String(cString: strerror(errno))))")
        }
        // An end that leaks into a later child would keep this one waiting for its end of file.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #if canImport(Darwin)
        var on: Int32 = 1
        setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
        #endif
        return (ends[0], ends[1])
    }
}

/// Reads a stream to its end on a thread of its own, so that the program never waits for us, and keeps the last of it.
private final class OutputTail: @unchecked Sendable {
    private static let kept = 4096
    private let lock = NSLock()
    private let done = DispatchSemaphore(value: 0)
    private var bytes: [UInt8] = []

    func drain(_ descriptor: Int32) {
        let thread = Thread { [self] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                lock.lock()
                bytes = (bytes + buffer[..<count]).suffix(Self.kept)
                lock.unlock()
            }
            close(descriptor)
            done.signal()
        }
        thread.stackSize = 1 << 18
        thread.start()
    }

    /// Waits a moment for the end of the stream; grandchildren may hold it open beyond the program's own end.
    func wait() {
        if done.wait(timeout: .now() + 2) == .success { done.signal() }
    }

    /// The last three lines, joined, without empty ones and without the addresses that ffmpeg names its parts by.
    var lines: String {
        lock.lock()
        defer { lock.unlock() }
        return String(decoding: bytes, as: UTF8.self)
            .replacingOccurrences(of: " @ 0x[0-9a-f]+", with: "", options: .regularExpression)
            .split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
            .suffix(3)
            .joined(separator: " | ")
    }
}

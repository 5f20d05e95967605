import Foundation

/// A folder of its own for a test; it goes with the test.
func withScratch<Result>(_ body: (Scratch) throws -> Result) throws -> Result {
    let scratch = Scratch()
    defer { try? FileManager.default.removeItem(atPath: scratch.path) }
    return try body(scratch)
}

struct Scratch {
    let path: String

    init() {
        let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("vidrd-files-\(UInt64.random(in: 0 ... .max))")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    subscript(name: String) -> String { path + "/" + name }

    /// Names in the folder, hidden ones included.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func text(_ name: String) -> String? { try? String(contentsOfFile: self[name], encoding: .utf8) }

    func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: self[name])) }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: self[name], withDestinationPath: target)
    }

    func leads(_ name: String) -> String? { try? FileManager.default.destinationOfSymbolicLink(atPath: self[name]) }

    func folder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: self[name], withIntermediateDirectories: true)
    }

    func fifo(_ name: String) -> Bool { mkfifo(self[name], 0o600) == 0 }

    /// A device of its own, with the number of /dev/null (1, 3), /dev/zero (1, 5) or /dev/full (1, 7); only root may.
    func device(_ name: String, _ minor: UInt32) -> Bool {
        mknod(self[name], S_IFCHR | 0o600, dev_t(makeDevice(1, minor))) == 0
    }

    private func makeDevice(_ major: UInt32, _ minor: UInt32) -> UInt64 { UInt64(major) << 8 | UInt64(minor) }

    func kind(_ name: String) -> mode_t {
        var facts = stat()
        return lstat(self[name], &facts) == 0 ? facts.st_mode & S_IFMT : 0
    }

    /// Reads a FIFO to its end on another thread; the function waits for what came.
    func reader(_ name: String) -> () -> String {
        let done = DispatchSemaphore(value: 0), path = self[name]
        nonisolated(unsafe) var found = ""
        Thread.detachNewThread {
            // String(contentsOfFile:) gives up on a FIFO.
            let bytes = (try? FileHandle(forReadingFrom: URL(fileURLWithPath: path)).readToEnd()) ?? nil
            found = bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
            done.signal()
        }
        return {
            _ = done.wait(timeout: .now() + 20)
            return found
        }
    }
}

func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}

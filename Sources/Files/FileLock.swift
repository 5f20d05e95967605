import Foundation

/// Keeps something to one process at a time, by a lock (flock(2)) on a file. The system lets go of it when the process
/// ends, however it ends, so that nothing is ever kept by the dead.
public final class FileLock {
    /// How the system is asked: a descriptor and an operation of flock(2); 0, or the `errno` of what failed.
    public typealias System = @Sendable (Int32, Int32) -> Int32
    public static let system: System = { flock($0, $1) == 0 ? 0 : errno }

    public let path: String
    /// False where the file system knows no locks and `needsLocks` was false.
    public let isHeld: Bool
    private let descriptor: Int32
    private let removesFile: Bool

    /// - Parameters:
    ///   - path: of the lock's own file, which is made where it is missing and holds the number of the process.
    ///   - waits: until another process lets go.
    ///   - removesFile: whether the file goes with the lock.
    ///   - needsLocks: whether it is an error where the file system knows no locks; else it goes on, and two processes
    ///     are the user's to avoid.
    /// - Throws: `FileError.locked` where another process has it, `.withoutLocks`, and `.unwritable` where the file cannot
    ///   be made.
    public init(
        _ path: String, waits: Bool = false, removesFile: Bool = false, needsLocks: Bool = true, system: System = FileLock.system
    ) throws {
        self.path = path
        self.removesFile = removesFile
        (descriptor, isHeld) = try Self.take(path, waits, needsLocks, system)
        let owner = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, owner, owner.count, 0)
    }

    private static func take(
        _ path: String, _ waits: Bool, _ needsLocks: Bool, _ system: System
    ) throws -> (descriptor: Int32, isHeld: Bool) {
        while true {
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard file >= 0 else { throw FileError.writing(path) }
            var code: Int32
            repeat { code = system(file, waits ? LOCK_EX : LOCK_EX | LOCK_NB) } while code == EINTR
            switch code {
            case 0:
                // The holder before may have removed the file between our opening and our locking it.
                if isThere(path, file) { return (file, true) }
                close(file)
            case EWOULDBLOCK:
                defer { close(file) }
                throw FileError.locked(path: path, process: process(in: file))
            default:
                guard needsLocks else { return (file, false) }
                close(file)
                throw FileError.withoutLocks(path: path, reason: String(cString: strerror(code)))
            }
        }
    }

    deinit {
        if removesFile { unlink(path) }
        close(descriptor)
    }

    /// Whether the file is still where it was: whoever removed or moved its folder has taken the lock along.
    public var isInPlace: Bool { Self.isThere(path, descriptor) }

    private static func isThere(_ path: String, _ descriptor: Int32) -> Bool {
        var here = stat(), there = stat()
        return fstat(descriptor, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino
            && here.st_dev == there.st_dev
    }

    private static func process(in descriptor: Int32) -> Int? {
        var text = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &text, text.count, 0)
        return Int(String(decoding: text.prefix(max(0, count)), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

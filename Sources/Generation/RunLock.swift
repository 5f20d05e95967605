import Foundation
import Video

/// Keeps a run's folder to one process. The system lets go of the lock when a process ends, however it ends.
final class RunLock {
    static let name = "lock"
    private let descriptor: Int32
    private let folder: String
    private var path: String { FilePath.join(folder, Self.name) }

    /// Throws `RunError.busy` where another process has it, `VideoError.unwritable` where the file cannot be made.
    init(_ folder: String) throws {
        self.folder = folder
        let path = FilePath.join(folder, Self.name)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw VideoError.unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        // Where a file system knows no locks, two processes on one run are the user's to avoid.
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            var text = [UInt8](repeating: 0, count: 32)
            let count = pread(descriptor, &text, text.count, 0)
            let process = Int(String(decoding: text.prefix(max(0, count)), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
            close(descriptor)
            throw RunError.busy(folder: folder, process: process)
        }
        let owner = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, owner, owner.count, 0)
    }

    deinit { close(descriptor) }

    /// Throws `RunError.busy` where another process has the folder now.
    static func check(_ folder: String) throws {
        if FilePath.exists(FilePath.join(folder, name)) { _ = try RunLock(folder) }
    }

    /// Throws `RunError.vanished` where the folder is no longer where it was.
    func checkIsInPlace() throws {
        var here = stat(), there = stat()
        guard fstat(descriptor, &here) == 0, stat(path, &there) == 0, here.st_ino == there.st_ino, here.st_dev == there.st_dev
        else { throw RunError.vanished(folder: folder) }
    }
}

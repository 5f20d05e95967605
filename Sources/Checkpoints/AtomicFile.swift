import Foundation

/// A file that appears under its name only when it is complete: it is written aside, in the same folder,
/// and renamed at the end. A file that is not committed is removed.
public final class AtomicFile {
    public let url: URL
    private let temporary: String
    private var descriptor: Int32

    /// Opens the temporary file; missing parent folders are made. Throws `CheckpointError.unwritable`.
    public init(_ url: URL) throws {
        self.url = url
        let folder = url.deletingLastPathComponent()
        try FileManager.default.makeFolder(folder, for: url)
        let suffix = String(UInt32.random(in: 0 ... .max), radix: 36)
        temporary = folder.appendingPathComponent(".\(url.lastPathComponent).\(getpid())-\(suffix)").path
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CheckpointError.unwritable(file: url.path, reason: String(cString: strerror(errno)))
        }
    }

    deinit { discard() }

    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let written = Foundation.write(descriptor, base + done, bytes.count - done)
            if written < 0 {
                if errno == EINTR { continue }
                throw CheckpointError.unwritable(file: url.path, reason: String(cString: strerror(errno)))
            }
            done += written
        }
    }

    public func write(_ text: String) throws {
        try Array(text.utf8).withUnsafeBytes { try write($0) }
    }

    public func write(_ data: Data) throws {
        try data.withUnsafeBytes { try write($0) }
    }

    /// Gives the file its name, replacing what was there.
    public func commit() throws {
        // On some file systems a full disk is reported only here.
        let synced = fsync(descriptor)
        let syncError = errno
        let closed = close(descriptor)
        descriptor = -1
        guard synced == 0 || syncError == EINVAL, closed == 0, rename(temporary, url.path) == 0 else {
            let reason = String(cString: strerror(synced != 0 && syncError != EINVAL ? syncError : errno))
            unlink(temporary)
            throw CheckpointError.unwritable(file: url.path, reason: reason)
        }
    }

    private func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        unlink(temporary)
    }

    /// Writes a whole text file.
    public static func write(_ text: String, to url: URL) throws {
        let file = try AtomicFile(url)
        try file.write(text)
        try file.commit()
    }
}

extension FileManager {
    /// Makes a folder and those above it that are missing; one that is there is left as it is.
    ///
    /// Throws `CheckpointError.unwritable`, which names the file that the folder is made for, or else the folder.
    public func makeFolder(_ folder: URL, for file: URL? = nil) throws {
        do {
            try createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            // The system's reason; not everywhere is it an NSError, and Foundation's own words lack it.
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
            let reason = switch cause.map({ Int32(truncatingIfNeeded: ($0 as NSError).code) }) {
            case EEXIST, ENOTDIR: "a file is in the way; choose another folder"
            case let code?: String(cString: strerror(code))
            case nil: "its folder cannot be made"
            }
            throw CheckpointError.unwritable(file: (file ?? folder).path, reason: reason)
        }
    }
}

import Foundation

/// A file or folder on its way: it grows under a hidden temporary name beside its destination and takes its
/// final name in one step, so that the final name never shows half a result.
package struct PartialFile {
    /// Where the result will be.
    package let path: String
    /// Where it grows; in the same folder, because a rename is atomic only within a file system.
    package let temporaryPath: String
    private let overwrite: Bool

    /// Creates missing folders and the empty temporary file, so that an unwritable place is found now and not
    /// after an hour of work.
    ///
    /// - Throws: `VideoError.exists` without `overwrite`, `VideoError.unwritable` where the system refuses.
    package init(path: String, overwrite: Bool, isFolder: Bool = false) throws {
        let path = FilePath.trimmed(path)
        guard !path.isEmpty else { throw VideoError.unwritable(path: path, reason: "the name is empty") }
        self.path = path
        self.overwrite = overwrite
        let folder = FilePath.parent(of: path)
        let name = (path as NSString).lastPathComponent
        let mark = String(UInt32.random(in: 0 ... .max), radix: 36)
        temporaryPath = (folder as NSString).appendingPathComponent(".\(name.prefix(40)).\(mark).partial")

        try checkDestination(isFolder: isFolder)
        try Self.createFolder(folder)
        if isFolder {
            guard mkdir(temporaryPath, 0o777) == 0 else {
                throw VideoError.unwritable(path: path, reason: VideoError.reason(errno))
            }
        } else {
            let file = open(temporaryPath, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
            guard file >= 0 else { throw VideoError.unwritable(path: path, reason: VideoError.reason(errno)) }
            close(file)
        }
    }

    /// Gives the result its final name. Throws as `publish`.
    package func commit() throws { try Self.publish(temporaryPath, as: path, overwrite: overwrite) }

    /// Gives a whole file, or a folder of frames, its final name on the same file system.
    ///
    /// - Throws: `VideoError.exists` without `overwrite`; `VideoError.unwritable` where the system refuses, and where a
    ///   folder holds anything but frames. What had the name then keeps it.
    package static func publish(_ temporaryPath: String, as path: String, overwrite: Bool) throws {
        if !overwrite, FilePath.isTaken(path) { throw VideoError.exists(path: path) }
        func move(_ from: String, _ to: String) throws {
            guard rename(from, to) == 0 else {
                throw VideoError.unwritable(path: path, reason: VideoError.reason(errno))
            }
        }
        guard FilePath.isFolder(temporaryPath), !FilePath.contents(path).isEmpty else {
            return try move(temporaryPath, path)
        }
        // A folder is renamed only onto an absent or empty one, so the old frames step aside first.
        let aside = temporaryPath + ".old"
        try move(path, aside)
        do {
            // Somebody may have put a picture there since the work began.
            try PNGFolderWriter.checkHoldsFrames(aside, as: path)
            try move(temporaryPath, path)
        } catch {
            rename(aside, path)
            throw error
        }
        PNGFolderWriter.removeFrames(aside)
    }

    /// Removes what has grown so far; the final name stays as it was.
    package func discard() {
        try? FileManager.default.removeItem(atPath: temporaryPath)
    }

    /// Writes all bytes under the temporary name.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        let file = open(temporaryPath, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard file >= 0 else { throw VideoError.unwritable(path: path, reason: VideoError.reason(errno)) }
        var written = 0
        while written < bytes.count {
            #if canImport(Darwin)
            let count = Darwin.write(file, bytes.baseAddress! + written, bytes.count - written)
            #else
            let count = Glibc.write(file, bytes.baseAddress! + written, bytes.count - written)
            #endif
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                close(file)
                throw VideoError.unwritable(path: path, reason: VideoError.reason(code))
            }
            written += count
        }
        // Network file systems report a full disk only here.
        guard close(file) == 0 else { throw VideoError.unwritable(path: path, reason: VideoError.reason(errno)) }
    }

    private func checkDestination(isFolder: Bool) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return }
        if isDirectory.boolValue != isFolder {
            throw VideoError.unwritable(
                path: path, reason: isFolder ? "a file of that name exists; name a folder" : VideoError.reason(EISDIR))
        }
        if !overwrite, FilePath.isTaken(path) { throw VideoError.exists(path: path) }
    }

    private static func createFolder(_ folder: String) throws {
        guard !folder.isEmpty else { return }
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory) {
            guard isDirectory.boolValue else {
                throw VideoError.unwritable(path: folder, reason: "it is a file; a folder is needed here")
            }
            return
        }
        try createFolder(FilePath.parent(of: folder))
        if mkdir(folder, 0o777) != 0, errno != EEXIST {
            throw VideoError.unwritable(path: folder, reason: VideoError.reason(errno))
        }
    }
}

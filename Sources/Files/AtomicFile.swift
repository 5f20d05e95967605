import Foundation

/// A file on its way: it grows under a hidden temporary name beside its destination and takes its final name in one
/// step, so that the final name never shows half a result. One that is not committed is removed.
///
/// A link stays a link: what it leads to is replaced, or made. A device, a FIFO or an open file such as /dev/stdout is
/// never replaced: the whole contents are written into it at the end.
public final class AtomicFile {
    /// Where the result will be, as it was asked for.
    public let path: String
    /// Where it grows; in the folder of the result, because a rename is atomic only within a file system.
    public let temporaryPath: String
    private let overwrite: Bool
    private let isDurable: Bool
    private var descriptor: Int32
    private var isOpen = true

    /// Makes missing folders and the empty temporary file, so that an unwritable place is found now and not after an
    /// hour of work.
    ///
    /// - Parameter isDurable: whether the contents are on the disk before the name is, also after a power cut.
    /// - Throws: `FileError.exists` without `overwrite`, `.unwritable` where the system refuses and for a folder.
    public init(_ path: String, overwrite: Bool = true, isDurable: Bool = true) throws {
        let path = FilePath.trimmed(path)
        guard !path.isEmpty else { throw FileError.unwritable(path: path, reason: "the name is empty") }
        self.path = path
        self.overwrite = overwrite
        self.isDurable = isDurable
        let place = try Self.place(path, overwrite: overwrite)
        if place.kind == .special {
            let name = "vidrd-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 36)).partial"
            let folders = [FileManager.default.temporaryDirectory.path, "/tmp", "/var/tmp"]
            let folder = folders.first { access($0, W_OK) == 0 } ?? "."
            temporaryPath = FilePath.join(folder, name)
        } else {
            let folder = FilePath.parent(of: place.target)
            try FilePath.makeFolder(folder, for: path, upTo: place.isLink ? place : nil)
            temporaryPath = FilePath.join(folder, FilePath.temporaryName(for: FilePath.name(of: place.target)))
        }
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError.writing(path) }
    }

    public convenience init(_ url: URL, overwrite: Bool = true) throws { try self.init(url.path, overwrite: overwrite) }

    deinit { discard() }

    /// What `path` leads to, where a file may be written there.
    private static func place(_ path: String, overwrite: Bool) throws -> FilePlace {
        let place = try FilePlace(path)
        switch place.kind {
        case .folder: throw FileError.writing(path, EISDIR)
        case .regular where !overwrite: throw FileError.exists(path: path)
        default: return place
        }
    }

    /// Refuses a place where a file could not be written, and leaves nothing there. Throws as `init`.
    ///
    /// A device or a FIFO is not opened: whoever reads there would take that for the end.
    public static func check(_ path: String, overwrite: Bool = true) throws {
        if !path.isEmpty, let place = try? FilePlace(FilePath.trimmed(path)), place.kind == .special {
            guard place.descriptor != nil || access(place.target, W_OK) == 0 else { throw FileError.writing(path) }
            return
        }
        try AtomicFile(path, overwrite: overwrite, isDurable: false).discard()
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        let code = Descriptor.write(bytes, to: descriptor)
        guard code == 0 else { throw FileError.writing(path, code) }
    }

    public func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    public func write(_ data: Data) throws {
        try data.withUnsafeBytes { try write($0) }
    }

    /// Gives the file its name, replacing what was there. What could not be committed is gone.
    ///
    /// - Throws: `FileError.exists` without `overwrite`, `.unwritable` where the system refuses.
    public func commit() throws {
        defer { discard() }
        // On some file systems a full disk is reported only here.
        if isDurable, fsync(descriptor) != 0, errno != EINVAL { throw FileError.writing(path) }
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0 else { throw FileError.writing(path) }
        try Self.publish(temporaryPath, as: path, overwrite: overwrite)
        isOpen = false
    }

    /// Removes what has grown so far; the final name stays as it was.
    public func discard() {
        guard isOpen else { return }
        isOpen = false
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        unlink(temporaryPath)
    }

    /// Gives a whole file its final name. It is gone from where it was.
    ///
    /// - Throws: `FileError.exists` without `overwrite`, `.unwritable` where the system refuses. What had the name then
    ///   keeps it, and the file stays.
    package static func publish(_ whole: String, as path: String, overwrite: Bool) throws {
        let place = try place(path, overwrite: overwrite)
        if place.kind == .special {
            try pour(whole, into: place)
            unlink(whole)
        } else if rename(whole, place.target) != 0 {
            guard errno == EXDEV else { throw FileError.writing(path) }
            // A link led to another file system.
            let beside = FilePath.join(
                FilePath.parent(of: place.target), FilePath.temporaryName(for: FilePath.name(of: place.target)))
            do {
                try FilePath.copy(whole, to: beside, for: path)
                guard rename(beside, place.target) == 0 else { throw FileError.writing(path) }
            } catch {
                unlink(beside)
                throw error
            }
            unlink(whole)
        }
    }

    /// Writes the contents of a file into what is no regular file.
    private static func pour(_ source: String, into place: FilePlace) throws {
        let from = open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw FileError.writing(place.path) }
        defer { close(from) }
        let to = try place.openSpecial(writing: true)
        let code = Descriptor.copy(from, to: to)
        guard close(to) == 0 || code != 0 else { throw FileError.writing(place.path) }
        guard code == 0 else { throw FileError.writing(place.path, code) }
    }

    /// Writes a whole text file.
    public static func write(_ text: String, to url: URL) throws { try write(text, to: url.path) }

    public static func write(_ text: String, to path: String) throws {
        let file = try AtomicFile(path)
        try file.write(text)
        try file.commit()
    }
}

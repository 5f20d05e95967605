import Foundation

/// The bytes of a file, mapped into memory: a page is read from disk when it is first touched. What is no regular file (a
/// pipe, a device) is read to its end.
///
/// All reading goes through functions that check the range, so that no lie in a file can lead outside it.
/// A file that another program shortens while it is mapped ends this program; weight files are not
/// rewritten in place (`AtomicFile`).
public final class FileBytes: @unchecked Sendable {
    /// What messages call the file.
    public let name: String
    public let count: Int
    private let base: UnsafeRawPointer
    private let isMapped: Bool

    /// More than this is not read from what is no regular file, which may have no end: the memory would be gone before.
    private static let longestStream = 1 << 32

    /// Maps a file. Throws `FileError.unreadable` where it is missing, a folder or forbidden.
    public convenience init(_ url: URL) throws { try self.init(url.path) }

    /// - Parameter streamLimit: how much is read from a pipe or a device before it is refused.
    public init(_ path: String, streamLimit: Int? = nil) throws {
        name = path
        let limit = streamLimit ?? Self.longestStream
        if let place = try? FilePlace(path), place.kind == .special {
            let descriptor = try place.openSpecial(writing: false)
            defer { close(descriptor) }
            guard let found = Descriptor.readToEnd(descriptor, limit: limit) else {
                guard errno == EFBIG else { throw FileError.reading(path) }
                throw FileError.unreadable(path: path, reason: "it has no end within \(ByteCount.text(limit)); name a file")
            }
            (base, count, isMapped) = (Self.copy(found), found.count, false)
            return
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.reading(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError.reading(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError.reading(path, EISDIR) }
        count = Int(status.st_size)
        guard count > 0 else {
            (base, isMapped) = (Self.copy([]), false)
            return
        }
        guard let mapped = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), mapped != MAP_FAILED else {
            throw FileError.reading(path)
        }
        (base, isMapped) = (UnsafeRawPointer(mapped), true)
    }

    /// Bytes that are already in memory, under a name for messages.
    public init(_ bytes: [UInt8], name: String) {
        self.name = name
        (base, count, isMapped) = (Self.copy(bytes), bytes.count, false)
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeRawPointer {
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { copy.copyMemory(from: start, byteCount: source.count) }
        }
        return UnsafeRawPointer(copy)
    }

    deinit {
        if isMapped {
            munmap(UnsafeMutableRawPointer(mutating: base), count)
        } else {
            base.deallocate()
        }
    }

    /// The bytes `offset..<offset + length`, or nil where they do not lie inside the file. The pointer is
    /// valid as long as this object lives.
    public func bytes(_ offset: Int, _ length: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        return UnsafeRawBufferPointer(start: base + offset, count: length)
    }

    /// A copy of all bytes.
    package var data: Data { bytes(0, count).map { Data($0) } ?? Data() }

    /// Gives the memory of pages that were read back to the system; reading them again reads the file again.
    ///
    /// A converted tensor has its own memory: without this, loading a model would hold the file beside it.
    package func forget(_ offset: Int, _ length: Int) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (offset + page - 1) / page * page
        let last = (offset + length) / page * page
        guard isMapped, first < last, last <= count else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + first), last - first, MADV_DONTNEED)
    }

    /// A little-endian integer, or nil where it does not lie inside the file.
    package func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Value.Type = Value.self) -> Value? {
        guard let found = bytes(offset, MemoryLayout<Value>.size) else { return nil }
        return Value(littleEndian: found.loadUnaligned(as: Value.self))
    }

    /// Whether the file has `prefix` at `offset`.
    package func hasPrefix(_ prefix: some Collection<UInt8>, at offset: Int = 0) -> Bool {
        guard let found = bytes(offset, prefix.count) else { return false }
        return found.elementsEqual(prefix)
    }

    /// What messages say of a file that Git LFS has yet to fetch; nil for any other file.
    public var pointerProblem: String? {
        hasPrefix("version https://git-lfs".utf8)
            ? "this is a Git LFS pointer, not the file; run \"git lfs pull\" where it came from" : nil
    }

    /// Text where the bytes are valid UTF-8, else nil.
    package func text(_ offset: Int, _ length: Int) -> String? {
        guard let found = bytes(offset, length) else { return nil }
        return String(strictUTF8: found)
    }
}

extension String {
    /// Nil instead of replacement characters where the bytes are not UTF-8.
    package init?(strictUTF8 bytes: some Collection<UInt8>) {
        let decoded = String(decoding: bytes, as: UTF8.self)
        guard decoded.utf8.elementsEqual(bytes) else { return nil }
        self = decoded
    }
}

import Foundation

/// Plain blocking reads and writes of open files, whole and past signals.
enum Descriptor {
    /// Writes all bytes; the `errno` of what failed, or 0.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let count = Foundation.write(descriptor, base + done, bytes.count - done)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return errno }
            done += count
        }
        return 0
    }

    /// Reads up to `buffer.count` bytes, fewer only at the end; -1 with `errno` where the system refuses.
    static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < buffer.count, let base = buffer.baseAddress {
            let count = Foundation.read(descriptor, base + filled, buffer.count - filled)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return -1 }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// All that is left, up to `limit` bytes; nil, with `errno`, where the system refuses or (`EFBIG`) there is more.
    static func readToEnd(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, into: $0) }
            guard count >= 0 else { return nil }
            all += piece[..<count]
            if all.count > limit {
                errno = EFBIG
                return nil
            }
            if count < piece.count { return all }
        }
    }

    /// Writes all that is left of one into another; the `errno` of what failed, or 0.
    static func copy(_ source: Int32, to target: Int32) -> Int32 {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = read(source, into: piece)
            guard count >= 0 else { return errno }
            let code = write(UnsafeRawBufferPointer(rebasing: piece[..<count]), to: target)
            if code != 0 || count < piece.count { return code }
        }
    }
}

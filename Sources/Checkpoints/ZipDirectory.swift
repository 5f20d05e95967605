import Files

/// The directory of a zip archive whose entries are stored uncompressed, as torch writes them.
///
/// Format: PKWARE's APPNOTE 6.3, sections 4.3.6 to 4.3.16, with the zip64 extension.
struct ZipDirectory {
    struct Entry {
        let name: String
        /// Where the local header begins, from the start of the file.
        fileprivate let header: Int
        let byteCount: Int
        fileprivate let isStored: Bool
    }

    let entries: [String: Entry]
    private let file: FileBytes

    init(_ file: FileBytes) throws {
        self.file = file
        let end = try Self.findEnd(file)
        var entries: [String: Entry] = [:]
        var position = end.start
        for _ in 0..<end.count {
            guard position < end.start + end.length else {
                throw CheckpointError.damaged(file: file.name, problem: "the archive's directory ends early")
            }
            let (entry, next) = try Self.entry(file, position)
            guard entries.updateValue(entry, forKey: entry.name) == nil else {
                throw CheckpointError.damaged(file: file.name, problem: "the archive holds \(entry.name) twice")
            }
            position = next
        }
        self.entries = entries
    }

    /// Offset of the entry's bytes; they are known to lie inside the file.
    func offset(of entry: Entry) throws -> Int {
        guard entry.isStored else {
            throw CheckpointError.damaged(
                file: file.name, problem: "\(entry.name) is compressed, which torch archives never are")
        }
        guard file.hasPrefix([0x50, 0x4B, 0x03, 0x04], at: entry.header),
            let nameLength = file.integer(entry.header + 26, as: UInt16.self),
            let extraLength = file.integer(entry.header + 28, as: UInt16.self)
        else {
            throw CheckpointError.damaged(file: file.name, problem: "\(entry.name) is not where the directory says")
        }
        let start = entry.header + 30 + Int(nameLength) + Int(extraLength)
        guard file.bytes(start, entry.byteCount) != nil else {
            throw CheckpointError.damaged(
                file: file.name, problem: "\(entry.name) needs \(entry.byteCount) bytes that the file does not have")
        }
        return start
    }

    private static func findEnd(_ file: FileBytes) throws -> (start: Int, length: Int, count: Int) {
        func damaged(_ problem: String) -> CheckpointError { .damaged(file: file.name, problem: problem) }
        // The end record is the last 22 bytes unless a comment of up to 65,535 bytes follows it.
        var record = file.count - 22
        let lowest = max(0, record - 0xFFFF)
        while record >= lowest {
            if file.hasPrefix([0x50, 0x4B, 0x05, 0x06], at: record),
                let comment = file.integer(record + 20, as: UInt16.self), record + 22 + Int(comment) == file.count {
                break
            }
            record -= 1
        }
        guard record >= lowest, record >= 0,
            let count16 = file.integer(record + 10, as: UInt16.self),
            let length32 = file.integer(record + 12, as: UInt32.self),
            let start32 = file.integer(record + 16, as: UInt32.self)
        else {
            throw damaged("the archive's directory is missing: the file is truncated")
        }
        var (start, length, count) = (UInt64(start32), UInt64(length32), UInt64(count16))
        if start32 == .max || length32 == .max || count16 == .max {
            guard file.hasPrefix([0x50, 0x4B, 0x06, 0x07], at: record - 20),
                let at = file.integer(record - 12, as: UInt64.self).flatMap(Int.init(exactly:)), at < file.count,
                file.hasPrefix([0x50, 0x4B, 0x06, 0x06], at: at),
                let count64 = file.integer(at + 32, as: UInt64.self),
                let length64 = file.integer(at + 40, as: UInt64.self),
                let start64 = file.integer(at + 48, as: UInt64.self)
            else {
                throw damaged("the archive's zip64 directory is missing")
            }
            (start, length, count) = (start64, length64, count64)
        }
        guard let start = Int(exactly: start), let length = Int(exactly: length), let count = Int(exactly: count),
            file.bytes(start, length) != nil, count <= length / 46
        else {
            throw damaged("the archive's directory lies outside the file")
        }
        return (start, length, count)
    }

    private static func entry(_ file: FileBytes, _ at: Int) throws -> (Entry, next: Int) {
        guard file.hasPrefix([0x50, 0x4B, 0x01, 0x02], at: at),
            let flags = file.integer(at + 8, as: UInt16.self),
            let method = file.integer(at + 10, as: UInt16.self),
            let stored32 = file.integer(at + 20, as: UInt32.self),
            let size32 = file.integer(at + 24, as: UInt32.self),
            let nameLength = file.integer(at + 28, as: UInt16.self).map(Int.init),
            let extraLength = file.integer(at + 30, as: UInt16.self).map(Int.init),
            let commentLength = file.integer(at + 32, as: UInt16.self).map(Int.init),
            let header32 = file.integer(at + 42, as: UInt32.self),
            let name = file.text(at + 46, nameLength),
            file.bytes(at + 46 + nameLength, extraLength + commentLength) != nil
        else {
            throw CheckpointError.damaged(file: file.name, problem: "an entry of the archive's directory is unreadable")
        }
        var sizes: [UInt64] = []
        var extra = at + 46 + nameLength
        let extraEnd = extra + extraLength
        while extra + 4 <= extraEnd, let id = file.integer(extra, as: UInt16.self),
            let length = file.integer(extra + 2, as: UInt16.self).map(Int.init), extra + 4 + length <= extraEnd {
            if id == 1 {
                sizes = (0..<length / 8).compactMap { file.integer(extra + 4 + $0 * 8, as: UInt64.self) }
                break
            }
            extra += 4 + length
        }
        // The zip64 field holds, in this order, only those numbers that did not fit.
        var pending = sizes.makeIterator()
        func wide(_ narrow: UInt32) -> Int? {
            narrow == .max ? pending.next().flatMap(Int.init(exactly:)) : Int(narrow)
        }
        guard let size = wide(size32), let stored = wide(stored32), let header = wide(header32),
            header <= file.count, size <= file.count
        else {
            throw CheckpointError.damaged(file: file.name, problem: "\(name) lies outside the archive")
        }
        let isStored = method == 0 && stored == size && flags & 1 == 0
        let entry = Entry(name: name, header: header, byteCount: size, isStored: isStored)
        return (entry, extraEnd + commentLength)
    }
}

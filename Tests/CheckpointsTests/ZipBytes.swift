/// Makes zip archives of stored entries in memory.
enum ZipBytes {
    static func archive(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        for (name, content) in entries {
            let sizes = little(0, 4) + little(content.count, 4) + little(content.count, 4)
            let offset = bytes.count
            bytes += [0x50, 0x4B, 3, 4] + little(20, 2) + little(0, 8) + sizes + little(name.utf8.count, 2) + little(0, 2)
            bytes += Array(name.utf8) + content
            directory += [0x50, 0x4B, 1, 2] + little(20, 2) + little(20, 2) + little(0, 8) + sizes
            directory += little(name.utf8.count, 2) + little(0, 12) + little(offset, 4) + Array(name.utf8)
        }
        let end = [0x50, 0x4B, 5, 6] + little(0, 4) + little(entries.count, 2) + little(entries.count, 2)
            + little(directory.count, 4) + little(bytes.count, 4) + little(0, 2)
        return bytes + directory + end
    }
}

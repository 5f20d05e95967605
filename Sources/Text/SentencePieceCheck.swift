/// Looks for the damage in a serialized SentencePiece model that libsentencepiece does not look for.
///
/// The library checks the model's outer form, and then follows the numbers of the normaliser's table
/// (`precompiled_charsmap`) wherever they lead: a flipped bit there ends the program. The table is a
/// double-array trie of Darts-clone behind its length, then the replacements as zero-terminated strings.
enum SentencePieceCheck {
    /// Whether every step that the normaliser can take stays inside the model.
    static func isSound(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var model = ProtocolBuffer(bytes)
        while let field = model.next() {
            guard let content = field.content else { continue }
            // normalizer_spec and denormalizer_spec of sentencepiece_model.proto
            guard field.number == 3 || field.number == 5 else { continue }
            var normalizer = ProtocolBuffer(content)
            while let field = normalizer.next() {
                if field.number == 2, let table = field.content, !table.isEmpty, !isSoundTable(table) { return false }
            }
            if normalizer.isBroken { return false }
        }
        return !model.isBroken
    }

    private static func isSoundTable(_ table: UnsafeRawBufferPointer) -> Bool {
        guard table.count > 4 else { return false }
        let trieBytes = Int(UInt32(littleEndian: table.loadUnaligned(as: UInt32.self)))
        guard trieBytes % 4 == 0, trieBytes >= 4, trieBytes < table.count - 4, table[table.count - 1] == 0 else { return false }
        let replacements = table.count - 4 - trieBytes
        let units = (0..<(trieBytes / 4)).map {
            UInt32(littleEndian: table.loadUnaligned(fromByteOffset: 4 + $0 * 4, as: UInt32.self))
        }
        var seen = [Bool](repeating: false, count: units.count)
        var open = [0]
        seen[0] = true
        while let node = open.popLast() {
            let unit = units[node]
            let offset = Int((unit >> 10) << ((unit & (1 << 9)) >> 6))
            // A node's children lie in one block of 256 units.
            let base = node ^ offset
            guard base | 0xFF < units.count else { return false }
            if unit & (1 << 8) != 0, Int(units[base] & 0x7FFF_FFFF) >= replacements { return false }
            for label in 0..<256 {
                let child = base ^ label
                if !seen[child], units[child] & 0x8000_00FF == UInt32(label) {
                    seen[child] = true
                    open.append(child)
                }
            }
        }
        return true
    }
}

/// Reads the fields of a protocol buffer message one after the other.
private struct ProtocolBuffer {
    struct Field {
        let number: Int
        /// The bytes of a field that has a length: text, bytes or a message.
        let content: UnsafeRawBufferPointer?
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Whether the reading ended before the bytes did.
    private(set) var isBroken = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> Field? {
        guard position < bytes.count, !isBroken else { return nil }
        guard let tag = varint(), let number = Int(exactly: tag >> 3) else { return broken() }
        switch tag & 7 {
        case 0:
            guard varint() != nil else { return broken() }
            return Field(number: number, content: nil)
        case 1, 5:
            let length = tag & 7 == 1 ? 8 : 4
            guard bytes.count - position >= length else { return broken() }
            position += length
            return Field(number: number, content: nil)
        case 2:
            guard let length = varint().flatMap({ Int(exactly: $0) }), length <= bytes.count - position else { return broken() }
            defer { position += length }
            return Field(number: number, content: UnsafeRawBufferPointer(rebasing: bytes[position..<(position + length)]))
        default:
            return broken()
        }
    }

    private mutating func broken() -> Field? {
        isBroken = true
        return nil
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}

/// A JSON value whose objects keep the order and the repetition of their keys.
///
/// Foundation's parser drops repeated keys silently; in a header that says where tensors lie, a repeated
/// key is a lie that must be seen.
package indirect enum StrictJSON {
    case object([(key: String, value: StrictJSON)])
    case array([StrictJSON])
    case string(String)
    /// A whole number from 0 on that fits; other numbers are `other`.
    case natural(Int)
    case other

    /// Parses a whole text. Throws `Problem` with the byte offset; recursion ends at `maximumDepth`.
    package static func parse(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = 16) throws -> StrictJSON {
        var parser = Parser(bytes: bytes, depth: maximumDepth)
        parser.skipSpace()
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.problem("text after the end of the JSON value") }
        return value
    }

    package struct Problem: Error {
        package let text: String
        package let offset: Int
    }

    private struct Parser {
        let bytes: UnsafeRawBufferPointer
        var position = 0
        var depth: Int

        init(bytes: UnsafeRawBufferPointer, depth: Int) {
            self.bytes = bytes
            self.depth = depth
        }

        func problem(_ text: String) -> Problem { Problem(text: text, offset: position) }

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
        }

        mutating func expect(_ byte: UInt8) throws {
            guard next == byte else {
                throw problem("\"\(Character(UnicodeScalar(byte)))\" expected")
            }
            position += 1
        }

        mutating func word(_ text: StaticString) throws {
            for index in 0..<text.utf8CodeUnitCount { try expect(text.utf8Start[index]) }
        }

        mutating func value() throws -> StrictJSON {
            switch next {
            case UInt8(ascii: "{"): return try nested { try $0.object() }
            case UInt8(ascii: "["): return try nested { try $0.array() }
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): try word("true"); return .other
            case UInt8(ascii: "f"): try word("false"); return .other
            case UInt8(ascii: "n"): try word("null"); return .other
            default: return try number()
            }
        }

        mutating func nested(_ body: (inout Parser) throws -> StrictJSON) throws -> StrictJSON {
            guard depth > 0 else { throw problem("nesting too deep") }
            depth -= 1
            defer { depth += 1 }
            return try body(&self)
        }

        mutating func object() throws -> StrictJSON {
            var members: [(key: String, value: StrictJSON)] = []
            try expect(UInt8(ascii: "{"))
            skipSpace()
            if next == UInt8(ascii: "}") { position += 1; return .object(members) }
            while true {
                skipSpace()
                let key = try string()
                skipSpace()
                try expect(UInt8(ascii: ":"))
                skipSpace()
                members.append((key, try value()))
                skipSpace()
                if next == UInt8(ascii: ",") { position += 1; continue }
                try expect(UInt8(ascii: "}"))
                return .object(members)
            }
        }

        mutating func array() throws -> StrictJSON {
            var elements: [StrictJSON] = []
            try expect(UInt8(ascii: "["))
            skipSpace()
            if next == UInt8(ascii: "]") { position += 1; return .array(elements) }
            while true {
                skipSpace()
                elements.append(try value())
                skipSpace()
                if next == UInt8(ascii: ",") { position += 1; continue }
                try expect(UInt8(ascii: "]"))
                return .array(elements)
            }
        }

        mutating func number() throws -> StrictJSON {
            let start = position
            var natural: Int? = 0
            var digitsOnly = true
            while let byte = next {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    let (tens, over) = (natural ?? 0).multipliedReportingOverflow(by: 10)
                    let (sum, overSum) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
                    natural = natural == nil || over || overSum ? nil : sum
                case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                    digitsOnly = false
                default:
                    guard position > start else { throw problem("a JSON value expected") }
                    return finish(natural, digitsOnly)
                }
                position += 1
            }
            guard position > start else { throw problem("the text ends early") }
            return finish(natural, digitsOnly)
        }

        func finish(_ natural: Int?, _ digitsOnly: Bool) -> StrictJSON {
            guard digitsOnly, let natural else { return .other }
            return .natural(natural)
        }

        mutating func string() throws -> String {
            try expect(UInt8(ascii: "\""))
            var content: [UInt8] = []
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""):
                    guard let text = String(strictUTF8: content) else { throw problem("a string is not UTF-8") }
                    return text
                case UInt8(ascii: "\\"):
                    try escape(into: &content)
                case 0..<0x20:
                    throw problem("a control character inside a string")
                default:
                    content.append(byte)
                }
            }
            throw problem("a string does not end")
        }

        mutating func escape(into content: inout [UInt8]) throws {
            guard let byte = next else { throw problem("a string does not end") }
            position += 1
            switch byte {
            case UInt8(ascii: "n"): content.append(0x0A)
            case UInt8(ascii: "t"): content.append(0x09)
            case UInt8(ascii: "r"): content.append(0x0D)
            case UInt8(ascii: "b"): content.append(0x08)
            case UInt8(ascii: "f"): content.append(0x0C)
            case UInt8(ascii: "u"):
                var code = UInt32(try hexadecimal())
                if (0xD800..<0xDC00).contains(code) {
                    try expect(UInt8(ascii: "\\"))
                    try expect(UInt8(ascii: "u"))
                    let low = UInt32(try hexadecimal())
                    guard (0xDC00..<0xE000).contains(low) else { throw problem("half a surrogate pair") }
                    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                }
                guard let scalar = UnicodeScalar(code) else { throw problem("half a surrogate pair") }
                content.append(contentsOf: Array(String(Character(scalar)).utf8))
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
            default: throw problem("an unknown escape in a string")
            }
        }

        mutating func hexadecimal() throws -> UInt16 {
            var value: UInt16 = 0
            for _ in 0..<4 {
                guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                    throw problem("four hexadecimal digits expected")
                }
                value = value << 4 | UInt16(digit)
                position += 1
            }
            return value
        }
    }
}

/// One JSON object on one line, its keys in the order in which they were given.
package struct JSONLine {
    package enum Value {
        case text(String), whole(Int), number(Double), texts([String]), seed(UInt64), flag(Bool), nothing
    }

    private var members: [(String, Value)] = []

    package init(_ event: String) { members.append(("event", .text(event))) }

    /// A member; numbers that are not finite become null.
    package func with(_ key: String, _ value: Value) -> JSONLine {
        var line = self
        line.members.append((key, value))
        return line
    }

    package var text: String {
        "{" + members.map { "\(Self.quoted($0)):\(Self.written($1))" }.joined(separator: ",") + "}"
    }

    private static func written(_ value: Value) -> String {
        switch value {
        case let .text(text): return quoted(text)
        case let .whole(number): return String(number)
        case let .seed(number): return String(number)
        case let .flag(flag): return String(flag)
        case let .texts(texts): return "[" + texts.map(quoted).joined(separator: ",") + "]"
        case let .number(number):
            // Thousandths are enough for seconds, and keep lines short.
            let rounded = (number * 1000).rounded() / 1000
            return rounded.isFinite ? "\(rounded)" : "null"
        case .nothing: return "null"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            // Control characters must be escaped; the line separators would break lines for some readers.
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

import Checkpoints
import Files

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
        "{" + members.map { "\(JSONFile.quoted($0)):\(Self.written($1))" }.joined(separator: ",") + "}"
    }

    private static func written(_ value: Value) -> String {
        switch value {
        case let .text(text): return JSONFile.quoted(text)
        case let .whole(number): return String(number)
        case let .seed(number): return String(number)
        case let .flag(flag): return String(flag)
        case let .texts(texts): return "[" + texts.map(JSONFile.quoted).joined(separator: ",") + "]"
        case let .number(number):
            // Thousandths are enough for seconds, and keep lines short.
            let rounded = (number * 1000).rounded() / 1000
            return rounded.isFinite ? "\(rounded)" : "null"
        case .nothing: return "null"
        }
    }
}

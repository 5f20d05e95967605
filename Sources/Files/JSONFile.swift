import Foundation

/// Configuration files: JSON that decodes into a `Codable` value, with messages that name file and key.
public enum JSONFile {
    /// Reads a value. Keys are taken as they are written; unknown keys are ignored, as diffusers ignores them.
    ///
    /// Throws `FileError.unreadable` or `.invalid`, also for a Git LFS pointer.
    public static func read<Value: Decodable>(_ type: Value.Type, from url: URL) throws -> Value {
        let file = try FileBytes(url)
        if let problem = file.pointerProblem { throw FileError.invalid(path: file.name, key: "", problem: problem) }
        return try decode(type, from: file.data, file: url.path)
    }

    /// What is wrong with a key that is not there.
    public static let missing = "is missing"

    /// Decodes JSON that came from `file`.
    public static func decode<Value: Decodable>(_ type: Value.Type, from data: Data, file: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw problem(error, file: file)
        }
    }

    /// The path of a key that stands twice in one object of a text, such as "settings.seed"; nil where there is none, or
    /// where the text is no JSON.
    public static func repeatedKey(in data: Data) -> String? {
        func find(_ value: StrictJSON, _ path: String) -> String? {
            switch value {
            case .object(let members):
                var seen: Set<String> = []
                for (key, value) in members {
                    let name = path.isEmpty ? key : "\(path).\(key)"
                    if !seen.insert(key).inserted { return name }
                    if let found = find(value, name) { return found }
                }
                return nil
            case .array(let values):
                return values.enumerated().lazy.compactMap { find($1, "\(path)[\($0)]") }.first
            case .string, .natural, .other: return nil
            }
        }
        return data.withUnsafeBytes { bytes in (try? StrictJSON.parse(bytes)).flatMap { find($0, "") } }
    }

    /// A text as JSON has it, on one line for every reader.
    public static func quoted(_ text: String) -> String {
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

    /// A value on several lines, keys sorted. Throws `EncodingError` for what JSON has no form for, such as a NaN.
    public static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Writes a value as `text` has it, aside and then renamed.
    public static func write(_ value: some Encodable, to url: URL) throws {
        let text: String
        do {
            text = try self.text(value)
        } catch {
            throw FileError.unwritable(path: url.path, reason: "a value has no JSON form: \(error)")
        }
        try AtomicFile.write(text + "\n", to: url)
    }

    private static func problem(_ error: DecodingError, file: String) -> FileError {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            var text = ""
            for key in context.codingPath + (last.map { [$0] } ?? []) {
                if let index = key.intValue {
                    text += "[\(index)]"
                } else {
                    text += (text.isEmpty ? "" : ".") + key.stringValue
                }
            }
            return text
        }
        switch error {
        case let .keyNotFound(key, context):
            return .invalid(path: file, key: path(context, key), problem: missing)
        case let .valueNotFound(type, context):
            return .invalid(path: file, key: path(context), problem: "is null and must be \(name(type))")
        case let .typeMismatch(type, context):
            return .invalid(path: file, key: path(context), problem: "must be \(name(type))")
        case let .dataCorrupted(context) where context.codingPath.isEmpty:
            return .invalid(path: file, key: "", problem: "this is not valid JSON")
        case let .dataCorrupted(context):
            return .invalid(path: file, key: path(context), problem: context.debugDescription)
        @unknown default:
            return .invalid(path: file, key: "", problem: "this cannot be decoded")
        }
    }

    private static func name(_ type: Any.Type) -> String {
        switch type {
        case is Int.Type: return "a whole number"
        case is Float.Type, is Double.Type: return "a number"
        case is String.Type: return "a string"
        case is Bool.Type: return "true or false"
        default:
            let text = "\(type)"
            if text.hasPrefix("Array") { return "a list" }
            if text.hasPrefix("Dictionary") { return "an object" }
            return "a \(text)"
        }
    }
}

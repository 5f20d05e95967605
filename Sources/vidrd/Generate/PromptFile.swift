import Foundation

/// One video to make: a prompt and what was said about it alone.
struct VideoRequest {
    let prompt: String
    var options: VideoOptions?
    /// The file to write, where it was named.
    var output: String?
    /// The seed where none is named. For a prompt from a file it is always the same, so that a second start knows what
    /// the first one made.
    var fallbackSeed: UInt64?
}

/// What is wrong with one line of a prompt file; the other lines are made all the same.
struct PromptError: Error, CustomStringConvertible {
    /// Where the prompt stands, such as "prompts.txt, line 3".
    let place: String
    let error: any Error

    var description: String { "\(place): \(Failure.message(for: error))" }
}

/// Prompts from a file: one a line, or JSON lines such as {"prompt": "wood on fire", "seed": 7, "length": 64}. Empty
/// lines and lines that begin with # are passed over.
struct PromptFile {
    struct Entry {
        let place: String
        let request: Result<VideoRequest, PromptError>
    }

    let entries: [Entry]

    init(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw UsageError("'\(path)' does not exist; --prompts names a file with one prompt a line")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PromptFileUnreadable(path: path, reason: "the system refuses (a folder, or no permission)")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw PromptFileUnreadable(path: path, reason: "it is not text in UTF-8")
        }
        var seen: [String: Int] = [:]
        entries = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            let line = $1.trimmingCharacters(in: .whitespaces.union(["\u{FEFF}"]))
            guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
            let place = "\(path), line \($0 + 1)"
            let request = Result {
                var request = try Self.request(line)
                seen[request.prompt, default: 0] += 1
                request.fallbackSeed = Self.seed(for: request.prompt, seen[request.prompt] ?? 1)
                return request
            }
            return Entry(place: place, request: request.mapError { PromptError(place: place, error: $0) })
        }
        guard !entries.isEmpty else { throw UsageError("'\(path)' holds no prompt; it must have one prompt a line") }
    }

    /// 32 bits of a prompt's text (FNV-1a) and of how often it has come in its file, so that lines may be added and moved.
    static func seed(for prompt: String, _ occurrence: Int) -> UInt64 {
        let hash = "\(occurrence) \(prompt)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return (hash ^ hash >> 32) & 0xFFFF_FFFF
    }

    private static func request(_ line: String) throws -> VideoRequest {
        guard line.hasPrefix("{") else { return VideoRequest(prompt: line) }
        var object: [String: Scalar]
        var changes: [Scalar] = []
        do {
            var values = try JSONDecoder().decode([String: Scalars].self, from: Data(line.utf8))
            for name in ["prompt_at", "prompt-at"] { changes += values.removeValue(forKey: name)?.values ?? [] }
            object = try values.reduce(into: [:]) { object, member in
                guard !member.value.isList, let value = member.value.values.first else { throw Self.noScalar(member.key) }
                object[member.key] = value
            }
        } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
            throw Self.noScalar(context.codingPath[0].stringValue)
        } catch DecodingError.valueNotFound(_, let context) where !context.codingPath.isEmpty {
            throw Self.noScalar(context.codingPath[0].stringValue)
        } catch let error as UsageError {
            throw error
        } catch {
            throw UsageError(
                "this is not valid JSON; allowed is a line such as {\"prompt\": \"wood on fire\", \"seed\": 7}")
        }
        guard let prompt = object.removeValue(forKey: "prompt")?.text, !prompt.allSatisfy(\.isWhitespace) else {
            throw UsageError("there is no prompt; a line in JSON needs a text under the key \"prompt\"")
        }
        let output = object.removeValue(forKey: "output")?.text
        guard output != "" else { throw UsageError("key \"output\" is an empty name") }
        var arguments: [String] = []
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            let name = key.replacingOccurrences(of: "_", with: "-")
            guard VideoOptions.names.contains(name) else {
                throw UsageError(
                    "key \"\(key)\" is not known; allowed are "
                        + (["prompt", "output"] + VideoOptions.names).joined(separator: ", "))
            }
            arguments += ["--\(name)", value.text]
        }
        for change in changes { arguments += ["--prompt-at", change.text] }
        return VideoRequest(prompt: prompt, options: try VideoOptions.parse(arguments), output: output)
    }

    private static func noScalar(_ key: String) -> UsageError { UsageError("key \"\(key)\" must be a number or a text") }

    /// One value, or several in a list.
    private struct Scalars: Decodable {
        let values: [Scalar]
        let isList: Bool

        init(from decoder: any Decoder) throws {
            if var list = try? decoder.unkeyedContainer() {
                var values: [Scalar] = []
                while !list.isAtEnd { values.append(try list.decode(Scalar.self)) }
                (self.values, isList) = (values, true)
            } else {
                (values, isList) = ([try Scalar(from: decoder)], false)
            }
        }
    }

    /// A number or a text of JSON, as the command line would have it.
    private struct Scalar: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                self.text = text
            } else if let whole = try? value.decode(UInt64.self) {
                text = String(whole)
            } else {
                text = OptionValues.plain(try value.decode(Double.self))
            }
        }
    }
}

struct PromptFileUnreadable: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "cannot read '\(path)': \(reason)" }
}

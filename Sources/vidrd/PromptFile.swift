import Foundation

/// One video to make: a prompt and what was said about it alone.
struct VideoRequest {
    let prompt: String
    var options: VideoOptions?
    /// The file to write, where it was named.
    var output: String?
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
        entries = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            let line = $1.trimmingCharacters(in: .whitespaces.union(["\u{FEFF}"]))
            guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
            let place = "\(path), line \($0 + 1)"
            return Entry(
                place: place,
                request: Result { try Self.request(line) }.mapError { PromptError(place: place, error: $0) })
        }
        guard !entries.isEmpty else { throw UsageError("'\(path)' holds no prompt; it must have one prompt a line") }
    }

    private static func request(_ line: String) throws -> VideoRequest {
        guard line.hasPrefix("{") else { return VideoRequest(prompt: line) }
        var object: [String: Scalar]
        do {
            object = try JSONDecoder().decode([String: Scalar].self, from: Data(line.utf8))
        } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
            throw UsageError("key \"\(context.codingPath[0].stringValue)\" must be a number or a text")
        } catch DecodingError.valueNotFound(_, let context) where !context.codingPath.isEmpty {
            throw UsageError("key \"\(context.codingPath[0].stringValue)\" must be a number or a text")
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
        return VideoRequest(prompt: prompt, options: try VideoOptions.parse(arguments), output: output)
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

/// A request that makes no sense; nothing was tried.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

struct PromptFileUnreadable: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "cannot read '\(path)': \(reason)" }
}

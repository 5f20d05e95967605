import Checkpoints
import Foundation

/// CLIP's tokenizer (Radford et al. 2021) from the files that Stable Diffusion folders hold.
///
/// Gives what transformers' `CLIPTokenizer` gives with `padding="max_length", truncation=True`.
public struct CLIPTokenizer: Tokenizer {
    public let maximumLength: Int
    public let endID: Int
    /// What fills a short prompt: the end token in SD 1.x, `!` (id 0) in SD 2.x.
    public let paddingID: Int
    private let beginID: Int
    private let unknownID: Int
    private let pairs: BytePairs
    /// Special tokens that are recognised inside a prompt, with their ids.
    private let special: [(text: String, id: Int)]

    public var vocabularySize: Int { pairs.size }

    /// Opens a folder with `vocab.json` and `merges.txt`; `special_tokens_map.json` and `tokenizer_config.json`
    /// are respected where they exist. Throws `CheckpointError` or `TokenizerError.badFile`.
    public init(folder: URL, maximumLength: Int? = nil) throws {
        for name in ["vocab.json", "merges.txt"] {
            guard FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) else {
                throw CheckpointError.missingFile(
                    folder: folder.path, wanted: name, hint: "CLIP's tokenizer is vocab.json and merges.txt")
            }
        }
        let vocabulary = folder.appendingPathComponent("vocab.json")
        let pairs = try BytePairs(vocabulary: vocabulary, merges: folder.appendingPathComponent("merges.txt"))
        let configuration = try TokenizerConfiguration(folder: folder)
        func id(_ token: String, _ role: String) throws -> Int {
            guard let id = pairs.ids[token] else {
                throw TokenizerError.badFile(
                    file: vocabulary.path, problem: "the \(role) token \"\(token)\" is not in the vocabulary")
            }
            return id
        }
        let begin = configuration.begin ?? "<|startoftext|>"
        let end = configuration.end ?? "<|endoftext|>"
        let padding = configuration.padding ?? end
        let unknown = configuration.unknown ?? end
        beginID = try id(begin, "begin")
        endID = try id(end, "end")
        paddingID = try id(padding, "padding")
        unknownID = try id(unknown, "unknown")
        special = try Set([begin, end, padding, unknown]).filter { !$0.isEmpty }
            .sorted { ($1.count, $0) < ($0.count, $1) }
            .map { ($0, try id($0, "special")) }
        self.pairs = pairs
        self.maximumLength = maximumLength ?? configuration.maximumLength ?? 77
        guard self.maximumLength >= 2 else {
            throw TokenizerError.badFile(
                file: folder.path, problem: "model_max_length is \(self.maximumLength) and must be at least 2")
        }
    }

    public func encode(_ prompt: String) throws -> TokenizedPrompt {
        let pieces = pieces(of: prompt)
        let room = maximumLength - 2
        let ids = [beginID] + pieces.prefix(room) + [endID]
        let dropped = pieces.count > room ? text(of: pieces[room...]) : nil
        return TokenizedPrompt(
            ids: ids + Array(repeating: paddingID, count: maximumLength - ids.count), count: ids.count, dropped: dropped)
    }

    /// The text that pieces stand for, without marks of begin and end.
    private func text(of ids: some Sequence<Int>) -> String {
        let pieces = ids.filter { $0 != beginID && $0 != endID }.compactMap(pairs.piece)
        return String(decoding: pieces.flatMap(BytePairs.bytes), as: UTF8.self).trimmingCharacters(in: .whitespaces)
    }

    private func pieces(of prompt: String) -> [Int] {
        var result: [Int] = []
        var rest = prompt[...]
        while !rest.isEmpty {
            let next = special.compactMap { token in rest.range(of: token.text).map { (range: $0, id: token.id) } }
                .min { ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound) }
            let text = rest[..<(next?.range.lowerBound ?? rest.endIndex)]
            for word in CLIPText.words(CLIPText.clean(String(text))) {
                result += pairs.encode(word, unknown: unknownID)
            }
            guard let next else { break }
            result.append(next.id)
            rest = rest[next.range.upperBound...]
        }
        return result
    }
}

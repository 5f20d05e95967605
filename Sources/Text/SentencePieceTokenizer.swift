import Checkpoints
import Foundation

/// SentencePiece as the starter and T5 use it: begin (where the model has one), pieces, end, padding.
public struct SentencePieceTokenizer: Tokenizer {
    public let model: SentencePieceModel
    public let maximumLength: Int
    /// The words of the training captions, where the folder records them.
    public let knownWords: KnownWords?
    public let endID: Int
    public let paddingID: Int
    private let beginID: Int?

    public var vocabularySize: Int { model.size }

    /// Opens a folder with `spiece.model`, and with `tokenizer_config.json` and `vocabulary.txt` where they exist.
    ///
    /// Throws `CheckpointError` or `TokenizerError.badFile`.
    public init(folder: URL, maximumLength: Int? = nil) throws {
        let configuration = try TokenizerConfiguration(folder: folder)
        let vocabulary = folder.appendingPathComponent("vocabulary.txt")
        let hasVocabulary = FileManager.default.fileExists(atPath: vocabulary.path)
        try self.init(
            model: SentencePieceModel(folder.appendingPathComponent("spiece.model")),
            maximumLength: maximumLength ?? configuration.maximumLength ?? 512,
            knownWords: hasVocabulary ? KnownWords(vocabulary) : nil,
            addsBegin: configuration.addsBegin ?? true)
    }

    /// `maximumLength` is at least 2; a model without an end piece is refused.
    public init(
        model: SentencePieceModel, maximumLength: Int, knownWords: KnownWords? = nil, addsBegin: Bool = true
    ) throws {
        guard let endID = model.endID else {
            throw TokenizerError.badFile(file: "spiece.model", problem: "the model has no end-of-sentence piece")
        }
        guard maximumLength >= 2 else {
            throw TokenizerError.badFile(
                file: "tokenizer_config.json", problem: "model_max_length is \(maximumLength) and must be at least 2")
        }
        self.model = model
        self.maximumLength = maximumLength
        self.knownWords = knownWords
        self.endID = endID
        paddingID = model.paddingID ?? endID
        beginID = addsBegin ? model.beginID : nil
    }

    public func encode(_ prompt: String) throws -> TokenizedPrompt {
        let pieces = try model.encode(prompt)
        let begin = beginID.map { [$0] } ?? []
        let room = max(0, maximumLength - begin.count - 1)
        let unknown = knownWords?.unknown(in: prompt) ?? []
        var dropped: String?
        if pieces.count > room { dropped = Self.text(of: prompt, from: pieces[room].bytes.lowerBound) }
        let ids = begin + pieces.prefix(room).map(\.id) + [endID]
        return TokenizedPrompt(
            ids: ids + Array(repeating: paddingID, count: maximumLength - ids.count), count: ids.count,
            dropped: dropped, unknownWords: unknown, knownExamples: unknown.isEmpty ? [] : knownWords?.examples ?? [])
    }

    /// The prompt from the beginning of the word that holds byte `offset`.
    private static func text(of prompt: String, from offset: Int) -> String {
        let bytes = Array(prompt.utf8)
        var start = min(offset, bytes.count)
        while start > 0, start < bytes.count, bytes[start] != 0x20, bytes[start - 1] != 0x20 { start -= 1 }
        return String(decoding: bytes[start...], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

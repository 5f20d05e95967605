import Foundation

/// Turns a prompt into the numbers that a text encoder reads.
public protocol Tokenizer {
    /// Length of every encoded prompt, special tokens and padding included.
    var maximumLength: Int { get }
    /// One more than the largest id.
    var vocabularySize: Int { get }
    /// The id at the end of a prompt; the encoder's pooled output stands where it first occurs.
    var endID: Int { get }

    /// Ids of a prompt, cut or padded to `maximumLength`. The empty prompt is allowed: it is what
    /// unconditional guidance uses.
    func encode(_ prompt: String) throws -> TokenizedPrompt
}

/// A prompt as ids, and what was lost on the way.
public struct TokenizedPrompt: Equatable, Sendable {
    /// `maximumLength` ids: begin, the prompt's pieces, end, padding.
    public let ids: [Int]
    /// How many of the ids are not padding.
    public let count: Int
    /// The end of the prompt where it did not fit; nil where all of it did.
    public let dropped: String?
    /// Words that never occurred in the captions the model was trained on; empty where that is not recorded.
    public let unknownWords: [UnknownWord]
    /// Where there are unknown words: some of the words that the model does know, commonest first.
    public let knownExamples: [String]

    public init(
        ids: [Int], count: Int, dropped: String? = nil, unknownWords: [UnknownWord] = [], knownExamples: [String] = []
    ) {
        self.ids = ids
        self.count = count
        self.dropped = dropped
        self.unknownWords = unknownWords
        self.knownExamples = knownExamples
    }

    /// What a user should be told, one sentence each; empty where nothing was lost.
    public var warnings: [String] {
        var sentences: [String] = []
        if !unknownWords.isEmpty {
            let words = unknownWords.map { unknown in
                let near = unknown.nearest.map { "\"\($0)\"" }.joined(separator: ", ")
                return "\"\(unknown.word)\"" + (near.isEmpty ? "" : " (it knows \(near))")
            }
            sentences.append(
                "the model was never shown \(words.joined(separator: ", "))"
                    + (knownExamples.isEmpty ? "" : "; it was shown \(knownExamples.joined(separator: ", ")), …"))
        }
        if let dropped {
            sentences.append("the prompt is longer than the model's \(ids.count) tokens; this was dropped: \"\(dropped)\"")
        }
        return sentences
    }
}

/// A word of a prompt that the model was not trained on.
public struct UnknownWord: Equatable, Sendable {
    public let word: String
    /// Known words that are spelled alike, nearest first; may be empty.
    public let nearest: [String]

    public init(word: String, nearest: [String]) {
        self.word = word
        self.nearest = nearest
    }
}

/// What can be wrong with a tokenizer's files and their use. Every message is one line.
public enum TokenizerError: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// A file is missing, unreadable or contradicts itself.
    case badFile(file: String, problem: String)
    /// Training a vocabulary failed.
    case training(String)
    /// Text that the library refuses.
    case cannotConvert(String)

    public var description: String {
        switch self {
        case let .badFile(file, problem): return "\(file): \(problem)"
        case let .training(problem): return "cannot train a tokenizer: \(problem)"
        case let .cannotConvert(problem): return "tokenizer: \(problem)"
        }
    }

    public var errorDescription: String? { description }
}

import Checkpoints
import Files
import Foundation

/// The words of the captions that a model was trained on, commonest first.
///
/// SentencePiece splits any word into known pieces, so that its vocabulary cannot tell whether a model has
/// ever seen the word; this list can.
public struct KnownWords: Sendable {
    public let words: [String]
    private let set: Set<String>

    /// Collects the words of captions.
    public init(captions: some Sequence<String>) {
        var counts: [String: Int] = [:]
        for caption in captions {
            for word in Self.split(caption) { counts[word, default: 0] += 1 }
        }
        self.init(counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key))
    }

    /// Reads a `vocabulary.txt`: one word a line, commonest first. Throws `FileError.unreadable` or
    /// `TokenizerError.badFile`.
    public init(_ url: URL) throws {
        let file = try FileBytes(url)
        guard let bytes = file.bytes(0, file.count), let text = String(bytes: bytes, encoding: .utf8) else {
            throw TokenizerError.badFile(file: url.path, problem: "this is not a list of words in UTF-8")
        }
        self.init(text.split(whereSeparator: \.isNewline).map(String.init))
    }

    /// This list, and behind it what other captions add to it.
    public func adding(_ captions: some Sequence<String>) -> KnownWords {
        KnownWords(words + KnownWords(captions: captions).words.filter { !set.contains($0) })
    }

    private init(_ words: [String]) {
        self.words = words
        set = Set(words)
    }

    /// Writes the list, one word a line.
    public func write(to url: URL) throws {
        try AtomicFile.write(words.joined(separator: "\n") + "\n", to: url)
    }

    /// Words of a text, in lower case: runs of letters and digits, apostrophes inside a word included.
    public static func split(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func finish() {
            while word.hasSuffix("'") { word.removeLast() }
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        for character in text.lowercased() {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else if character == "'" || character == "\u{2019}", !word.isEmpty {
                word.append("'")
            } else {
                finish()
            }
        }
        finish()
        return words
    }

    /// The words of a prompt that are not in the list, each once, with known words that are spelled alike.
    public func unknown(in prompt: String) -> [UnknownWord] {
        var seen: Set<String> = []
        return Self.split(prompt).filter { !set.contains($0) && seen.insert($0).inserted }.map { word in
            // A third of the letters: further away, another word is another word.
            let limit = word.count < 4 ? 0 : word.count / 3
            let nearest = nearestWords(to: word, among: words, count: 3, within: limit)
            return UnknownWord(word: word, nearest: nearest)
        }
    }

    /// Some of the commonest words that mean something by themselves.
    public var examples: [String] {
        Array(words.lazy.filter { $0.count >= 4 && !Self.functionWords.contains($0) }.prefix(12))
    }

    private static let functionWords: Set<String> = [
        "with", "over", "under", "from", "into", "onto", "that", "this", "their", "there", "which", "while", "across",
        "above", "below", "behind", "beside", "around", "through", "along", "some", "many", "several", "very", "near",
        "toward", "towards", "against", "between", "shot", "video", "view", "scene", "clip", "footage", "slowly",
        "three", "four", "five", "upon", "being", "have", "where", "during",
    ]
}

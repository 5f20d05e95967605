import Checkpoints
import Files
import Foundation

/// Byte-pair encoding as GPT-2 and CLIP have it: bytes are written as printable characters, words end in
/// `</w>`, and pairs are merged in the order of `merges.txt` (Sennrich et al. 2016).
struct BytePairs {
    static let wordEnd = "</w>"

    /// Ids by piece.
    let ids: [String: Int]
    private let pieces: [Int: String]
    private let merges: [Pair: Merge]
    /// Ids of single bytes, inside and at the end of a word.
    private let inner: [Int?]
    private let last: [Int?]

    private struct Pair: Hashable {
        let left: Int32
        let right: Int32
    }

    private struct Merge {
        let rank: Int32
        let id: Int32
    }

    /// Throws `CheckpointError`, or `TokenizerError.badFile` where the files do not belong together.
    init(vocabulary: URL, merges mergesURL: URL) throws {
        let ids = try JSONFile.read([String: Int].self, from: vocabulary)
        guard let largest = ids.values.max(), ids.values.allSatisfy({ $0 >= 0 }), largest < Int(Int32.max) else {
            throw TokenizerError.badFile(file: vocabulary.path, problem: "its ids are not numbers from 0 on")
        }
        let file = try FileBytes(mergesURL)
        guard let bytes = file.bytes(0, file.count), let text = String(bytes: bytes, encoding: .utf8) else {
            throw TokenizerError.badFile(file: mergesURL.path, problem: "this is not text in UTF-8")
        }
        var merges: [Pair: Merge] = [:]
        // "\r\n" is one character, and no newline by itself.
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#version") {
            let parts = line.split(separator: " ")
            if parts.isEmpty { continue }
            guard parts.count == 2, let left = ids[String(parts[0])], let right = ids[String(parts[1])],
                let merged = ids[String(parts[0] + parts[1])]
            else {
                throw TokenizerError.badFile(
                    file: mergesURL.path,
                    problem: "the merge \"\(line.prefix(60))\" is not of pieces of \(vocabulary.lastPathComponent): "
                        + "the two files do not belong together")
            }
            let pair = Pair(left: Int32(left), right: Int32(right))
            if merges[pair] == nil { merges[pair] = Merge(rank: Int32(merges.count), id: Int32(merged)) }
        }
        self.ids = ids
        self.merges = merges
        pieces = Dictionary(ids.map { ($0.value, $0.key) }) { first, _ in first }
        inner = Self.characters.map { ids[String($0)] }
        last = Self.characters.map { ids[String($0) + Self.wordEnd] }
    }

    var size: Int { (pieces.keys.max() ?? -1) + 1 }

    func piece(_ id: Int) -> String? { pieces[id] }

    /// Ids of a word; bytes that the vocabulary lacks become `unknown`.
    func encode(_ word: String, unknown: Int) -> [Int] {
        let bytes = Array(word.utf8)
        if let whole = ids[String(bytes.map { Self.characters[Int($0)] }) + Self.wordEnd] { return [whole] }
        var symbols = bytes.indices.map { index in
            (index == bytes.count - 1 ? last : inner)[Int(bytes[index])].map(Int32.init) ?? -1
        }
        while symbols.count > 1 {
            var best: (merge: Merge, pair: Pair)?
            for index in 0..<(symbols.count - 1) {
                let pair = Pair(left: symbols[index], right: symbols[index + 1])
                if let merge = merges[pair], merge.rank < best?.merge.rank ?? .max { best = (merge, pair) }
            }
            guard let best else { break }
            var merged: [Int32] = []
            var index = 0
            while index < symbols.count {
                if index + 1 < symbols.count, symbols[index] == best.pair.left, symbols[index + 1] == best.pair.right {
                    merged.append(best.merge.id)
                    index += 2
                } else {
                    merged.append(symbols[index])
                    index += 1
                }
            }
            symbols = merged
        }
        return symbols.map { $0 < 0 ? unknown : Int($0) }
    }

    /// The bytes of a piece, a space for the end of a word.
    static func bytes(of piece: String) -> [UInt8] {
        let ends = piece.hasSuffix(wordEnd)
        let body = ends ? piece.dropLast(wordEnd.count) : piece[...]
        return body.unicodeScalars.compactMap { byteOf[Character($0)] } + (ends ? [0x20] : [])
    }

    /// A vocabulary without merges: every byte inside and at the end of a word, in CLIP's order.
    static var byteVocabulary: [String] { characters.map { String($0) } + characters.map { String($0) + wordEnd } }

    /// The printable character for each byte: itself where it is printable Latin-1, else one from U+0100 on.
    private static let characters: [Character] = {
        var next: UInt32 = 0x100
        return (0..<256 as Range<UInt32>).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                return Character(UnicodeScalar(UInt8(byte)))
            default:
                defer { next += 1 }
                return UnicodeScalar(next).map(Character.init) ?? " "
            }
        }
    }()

    private static let byteOf: [Character: UInt8] = Dictionary(
        uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })
}

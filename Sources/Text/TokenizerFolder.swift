import Checkpoints
import Files
import Foundation

/// The `tokenizer/` folder of a model, in the layout of transformers.
public enum TokenizerFolder {
    /// Opens what the folder holds: a SentencePiece model (`spiece.model`), or CLIP's byte pairs (`vocab.json`
    /// and `merges.txt`).
    ///
    /// `maximumLength` overrides the length that `tokenizer_config.json` states. Throws `CheckpointError` or
    /// `TokenizerError`.
    public static func open(_ url: URL, maximumLength: Int? = nil) throws -> any Tokenizer {
        _ = try ModelFolder(url)
        func has(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: url.appendingPathComponent(name).path)
        }
        if has("spiece.model") { return try SentencePieceTokenizer(folder: url, maximumLength: maximumLength) }
        if has("vocab.json") || has("merges.txt") { return try CLIPTokenizer(folder: url, maximumLength: maximumLength) }
        throw CheckpointError.missingFile(
            folder: url.path, wanted: "tokenizer", hint: "it needs spiece.model, or vocab.json and merges.txt")
    }

    /// The library and class that `model_index.json` names for the tokenizer in a folder: transformers has none for a
    /// SentencePiece model in CLIP's layout.
    public static func className(of url: URL) -> (library: String, type: String) {
        let isSentencePiece = FileManager.default.fileExists(atPath: url.appendingPathComponent("spiece.model").path)
        return isSentencePiece ? ("vidrd", "SentencePieceTokenizer") : ("transformers", "CLIPTokenizer")
    }
}

/// The parts of `tokenizer_config.json` and `special_tokens_map.json` that matter here.
struct TokenizerConfiguration {
    private(set) var maximumLength: Int?
    private(set) var addsBegin: Bool?
    private(set) var begin: String?
    private(set) var end: String?
    private(set) var padding: String?
    private(set) var unknown: String?

    /// Reads whichever of the two files exist; `special_tokens_map.json` goes first.
    init(folder: URL) throws {
        if let file = try Self.read(folder.appendingPathComponent("tokenizer_config.json")) {
            // transformers writes 1e30 where there is no limit.
            maximumLength = file.model_max_length.flatMap { $0 >= 1 && $0 < 1e6 ? Int($0) : nil }
            addsBegin = file.add_bos_token
            take(file)
        }
        if let file = try Self.read(folder.appendingPathComponent("special_tokens_map.json")) { take(file) }
    }

    private mutating func take(_ file: File) {
        begin = file.bos_token?.text ?? begin
        end = file.eos_token?.text ?? end
        padding = file.pad_token?.text ?? padding
        unknown = file.unk_token?.text ?? unknown
    }

    private static func read(_ url: URL) throws -> File? {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        return try JSONFile.read(File.self, from: url)
    }

    private struct File: Decodable {
        let model_max_length: Double?
        let add_bos_token: Bool?
        let bos_token: Token?
        let eos_token: Token?
        let pad_token: Token?
        let unk_token: Token?
    }

    /// A token is written as a string or as an object with its `content`.
    private struct Token: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            struct Object: Decodable { let content: String }
            if let object = try? Object(from: decoder) {
                text = object.content
            } else {
                text = try decoder.singleValueContainer().decode(String.self)
            }
        }
    }
}

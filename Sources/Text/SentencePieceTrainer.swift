import CSentencePiece
import Checkpoints
import Files
import Foundation

/// Trains SentencePiece vocabularies, by libsentencepiece's trainer.
public enum SentencePieceTrainer {
    /// Trains a unigram model on captions and writes a whole tokenizer folder: `spiece.model`, `vocabulary.txt` and
    /// `tokenizer_config.json`. Captions that do not carry `vocabularySize` pieces get as many as they do.
    ///
    /// Text is normalised by `nmt_nfkc_cf`: NFKC, spaces cleaned, lower case. The special pieces are
    /// pad 0, unknown 1, begin 2 and end 3. Equal captions in equal order give equal models.
    /// Throws `TokenizerError.training` where there are no captions or `vocabularySize` is too small for their letters, and
    /// `FileError.unwritable`.
    @discardableResult
    public static func trainFolder(
        captions: [String], vocabularySize: Int, maximumLength: Int, to folder: URL
    ) throws -> SentencePieceTokenizer {
        struct Configuration: Encodable {
            let tokenizer_class = "SentencePieceTokenizer"
            let model_max_length: Int
            let add_bos_token = true
            let pad_token = "<pad>", unk_token = "<unk>", bos_token = "<s>", eos_token = "</s>"
        }
        let bytes = try train(captions, vocabularySize), url = folder.appendingPathComponent("spiece.model")
        let model = try bytes.withUnsafeBytes { try SentencePieceModel($0, name: url.path) }
        let file = try AtomicFile(url)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.commit()
        let words = KnownWords(captions: captions)
        try words.write(to: folder.appendingPathComponent("vocabulary.txt"))
        try JSONFile.write(
            Configuration(model_max_length: maximumLength), to: folder.appendingPathComponent("tokenizer_config.json"))
        return try SentencePieceTokenizer(model: model, maximumLength: maximumLength, knownWords: words)
    }

    /// A serialized model.
    private static func train(_ captions: [String], _ vocabularySize: Int) throws -> [UInt8] {
        // The trainer takes zero-terminated lines.
        let sentences = captions.map { $0.replacingOccurrences(of: "\0", with: " ") }.filter { !$0.isEmpty }
        guard !sentences.isEmpty else { throw TokenizerError.training("there are no captions") }
        let options = [
            "model_type": "unigram", "vocab_size": String(vocabularySize), "character_coverage": "1.0",
            "normalization_rule_name": "nmt_nfkc_cf", "pad_id": "0", "unk_id": "1", "bos_id": "2", "eos_id": "3",
            // One thread: the sums of several come in any order, and the model would differ from run to run.
            "num_threads": "1", "minloglevel": "2", "hard_vocab_limit": "false",
        ].sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        var size = 0
        var message: UnsafeMutablePointer<CChar>?
        let model = withStrings(sentences) { lines in
            withStrings(options) { sp_train(lines, sentences.count, $0, options.count, &size, &message) }
        }
        guard let model else {
            throw TokenizerError.training(reason(SentencePieceModel.take(message) ?? "the library gives no reason"))
        }
        defer { sp_free(model) }
        return Array(UnsafeRawBufferPointer(start: model, count: size))
    }

    /// The library's message without its place in the library's source.
    private static func reason(_ message: String) -> String {
        message.range(of: "] ", options: .backwards).map { String(message[$0.upperBound...]) } ?? message
    }

    /// C strings for the time of a call.
    private static func withStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        var offsets: [Int] = []
        var bytes: [CChar] = []
        for string in strings {
            offsets.append(bytes.count)
            bytes.append(contentsOf: string.utf8CString)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            let pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}

import Checkpoints
import Files
import Foundation

/// Writes a tokenizer folder of CLIP's kind that knows single bytes only: for models of random weights, whose tokens mean
/// nothing anyway.
public enum ByteTokenizer {
    /// - Parameter size: of the vocabulary; the last two ids are the marks of begin and end. At least 514.
    public static func write(size: Int, to folder: URL) throws {
        precondition(size >= 514, "\(size) ids do not hold 512 bytes and two marks")
        let (begin, end) = ("<|startoftext|>", "<|endoftext|>")
        var ids = Dictionary(uniqueKeysWithValues: BytePairs.byteVocabulary.enumerated().map { ($1, $0) })
        ids[begin] = size - 2
        ids[end] = size - 1
        try JSONFile.write(ids, to: folder.appendingPathComponent("vocab.json"))
        try AtomicFile.write("#version: 0.2\n", to: folder.appendingPathComponent("merges.txt"))
        try JSONFile.write(
            ["bos_token": begin, "eos_token": end, "unk_token": end, "pad_token": "!"],
            to: folder.appendingPathComponent("special_tokens_map.json"))
    }
}

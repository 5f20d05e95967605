import CSentencePiece
import Checkpoints
import Files
import Foundation

/// A trained SentencePiece model (Kudo and Richardson 2018), by libsentencepiece.
///
/// Encoding is thread-safe: the library does not change a loaded model.
public final class SentencePieceModel: @unchecked Sendable {
    /// A piece and the bytes of the text (UTF-8) that it stands for.
    public struct Piece: Equatable, Sendable {
        public let id: Int
        public let bytes: Range<Int>
    }

    private let model: OpaquePointer

    /// Loads a `.model` file. Throws `FileError.unreadable` or `TokenizerError.badFile`.
    public convenience init(_ url: URL) throws {
        let file = try FileBytes(url)
        guard let bytes = file.bytes(0, file.count) else {
            throw FileError.unreadable(path: url.path, reason: "it cannot be mapped")
        }
        if let problem = file.pointerProblem { throw TokenizerError.badFile(file: url.path, problem: problem) }
        try self.init(bytes, name: url.path)
    }

    /// Loads a serialized model; `name` stands for it in messages.
    public init(_ bytes: UnsafeRawBufferPointer, name: String) throws {
        var message: UnsafeMutablePointer<CChar>?
        guard !bytes.isEmpty, SentencePieceCheck.isSound(bytes),
            let loaded = sp_load(bytes.baseAddress, bytes.count, &message) else {
            _ = Self.take(message)
            throw TokenizerError.badFile(file: name, problem: "this is no SentencePiece model; fetch or make it again")
        }
        model = loaded
    }

    deinit { sp_release(model) }

    /// Number of pieces.
    public var size: Int { Int(sp_size(model)) }
    public var unknownID: Int? { Self.optional(sp_unk_id(model)) }
    public var beginID: Int? { Self.optional(sp_bos_id(model)) }
    public var endID: Int? { Self.optional(sp_eos_id(model)) }
    public var paddingID: Int? { Self.optional(sp_pad_id(model)) }

    /// Splits a text into pieces, without special tokens. Throws `TokenizerError.cannotConvert`.
    public func encode(_ text: String) throws -> [Piece] {
        var text = text
        var spans: UnsafeMutablePointer<sp_span>?
        var message: UnsafeMutablePointer<CChar>?
        let count = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { sp_encode(model, $0.baseAddress, $0.count, &spans, &message) }
        }
        guard count >= 0, let spans else {
            throw TokenizerError.cannotConvert(Self.take(message) ?? "the text cannot be encoded")
        }
        defer { sp_free(spans) }
        return UnsafeBufferPointer(start: spans, count: Int(count)).map {
            Piece(id: Int($0.id), bytes: Int($0.begin)..<max(Int($0.begin), Int($0.end)))
        }
    }

    static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { sp_free(text) }
        return String(cString: text)
    }

    private static func optional(_ id: Int32) -> Int? { id < 0 ? nil : Int(id) }
}

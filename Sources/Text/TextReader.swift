import Layers
import Tensors

/// Reads prompts for a denoiser: tokenizer and text encoder in one.
public protocol TextReader {
    /// Channels of the hidden states.
    var width: Int { get }
    /// Channels of pooled text; nil where it gives none.
    var pooledWidth: Int? { get }

    /// Prompts, each read for itself; the empty one is allowed. Throws `TokenizerError`.
    func read(_ prompts: [String]) throws -> TextReading
}

/// What was read.
public struct TextReading {
    /// [prompts, tokens, width].
    public let hidden: Tensor
    /// [prompts, tokens]: 1 for the tokens of a prompt, with its marks of begin and end, 0 for what fills its row.
    public let mask: Tensor
    /// [prompts, pooledWidth].
    public let pooled: Tensor?
    /// What users should be told of each prompt: words that were cut off or are unknown.
    public let warnings: [[String]]

    public init(hidden: Tensor, mask: Tensor, pooled: Tensor?, warnings: [[String]]) {
        (self.hidden, self.mask, self.pooled, self.warnings) = (hidden, mask, pooled, warnings)
    }
}

/// CLIP's text transformer behind any tokenizer. It pools at a prompt's end mark, and its hidden states are meant to be
/// looked at beyond that too, padding included (Stable Diffusion).
public struct CLIPReader: TextReader {
    public let tokenizer: any Tokenizer
    public let encoder: TextEncoder
    /// Those of the encoder, where they may lie in a file's memory, which is given back after each reading.
    private let parameters: ParameterStore?

    public init(_ tokenizer: any Tokenizer, _ encoder: TextEncoder, parameters: ParameterStore? = nil) {
        (self.tokenizer, self.encoder, self.parameters) = (tokenizer, encoder, parameters)
    }

    public var width: Int { encoder.configuration.hiddenSize }
    public var pooledWidth: Int? { width }

    public func read(_ prompts: [String]) throws -> TextReading {
        defer { parameters?.dropPages() }
        let tokens = try prompts.map(tokenizer.encode)
        let read = read(ids: tokens.map(\.ids))
        let mask = tokens.flatMap { tokens in tokens.ids.indices.map { $0 < tokens.count ? Float(1) : 0 } }
        return TextReading(
            hidden: read.hidden, mask: Tensor(mask, [prompts.count, read.hidden.shape[1]]), pooled: read.pooled,
            warnings: tokens.map(\.warnings))
    }

    /// Hidden states and pooled text of prompts in tokens of equal number; recorded where gradients are.
    public func read(ids: [[Int]]) -> (hidden: Tensor, pooled: Tensor) {
        let hidden = encoder(ids), end = tokenizer.endID
        return (hidden, TextEncoder.pooled(hidden, at: ids.map { $0.firstIndex(of: end) ?? $0.count - 1 }))
    }
}

import Layers
import Tensors

/// `text_encoder/config.json`, as transformers writes it for `CLIPTextModel`.
public struct TextEncoderConfiguration: Codable, Equatable, Sendable {
    public var vocabularySize: Int
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layers: Int
    public var heads: Int
    /// The longest prompt in tokens, with its begin and end marks.
    public var positions: Int
    /// `quick_gelu` (OpenAI's CLIP) or `gelu` (OpenCLIP).
    public var activation: String
    public var epsilon: Float

    public init(
        vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layers: Int, heads: Int, positions: Int,
        activation: String = "quick_gelu", epsilon: Float = 1e-5
    ) {
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layers = layers
        self.heads = heads
        self.positions = positions
        self.activation = activation
        self.epsilon = epsilon
    }

    /// The text encoder of the model that ships; the vocabulary is its tokenizer's.
    public static func starter(vocabularySize: Int) -> TextEncoderConfiguration {
        TextEncoderConfiguration(
            vocabularySize: vocabularySize, hiddenSize: 192, intermediateSize: 768, layers: 3, heads: 4, positions: 32)
    }

    enum CodingKeys: String, CodingKey {
        case architectures
        case modelType = "model_type"
        case vocabularySize = "vocab_size"
        case hiddenSize = "hidden_size"
        case intermediateSize = "intermediate_size"
        case layers = "num_hidden_layers"
        case heads = "num_attention_heads"
        case positions = "max_position_embeddings"
        case activation = "hidden_act"
        case epsilon = "layer_norm_eps"
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        func invalid(_ key: CodingKeys, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: c, debugDescription: problem)
        }
        func positive(_ key: CodingKeys, _ fallback: Int? = nil, upTo limit: Int = 1 << 16) throws -> Int {
            let value = try fallback.map { try c.decodeIfPresent(Int.self, forKey: key) ?? $0 } ?? c.decode(Int.self, forKey: key)
            guard value > 0, value <= limit else { throw invalid(key, "is \(value) and must be from 1 to \(limit)") }
            return value
        }
        vocabularySize = try positive(.vocabularySize, 49408, upTo: 1 << 24)
        hiddenSize = try positive(.hiddenSize)
        intermediateSize = try positive(.intermediateSize)
        layers = try positive(.layers, upTo: 1 << 10)
        heads = try positive(.heads)
        guard hiddenSize % heads == 0 else { throw invalid(.heads, "\(heads) heads do not divide hidden_size \(hiddenSize)") }
        positions = try positive(.positions, 77)
        activation = try c.decodeIfPresent(String.self, forKey: .activation) ?? "quick_gelu"
        guard ["quick_gelu", "gelu"].contains(activation) else {
            throw invalid(.activation, "\"\(activation)\" is not known; quick_gelu and gelu are")
        }
        epsilon = try c.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-5
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(["CLIPTextModel"], forKey: .architectures)
        try c.encode("clip_text_model", forKey: .modelType)
        try c.encode(vocabularySize, forKey: .vocabularySize)
        try c.encode(hiddenSize, forKey: .hiddenSize)
        try c.encode(intermediateSize, forKey: .intermediateSize)
        try c.encode(layers, forKey: .layers)
        try c.encode(heads, forKey: .heads)
        try c.encode(positions, forKey: .positions)
        try c.encode(activation, forKey: .activation)
        try c.encode(epsilon, forKey: .epsilon)
    }
}

/// CLIP's text transformer (Radford et al., arXiv 2103.00020; transformers' `CLIPTextModel`): causal, pre-norm.
public struct TextEncoder {
    public let configuration: TextEncoderConfiguration
    private let tokens, positions: Embedding
    private let layers: [TransformerBlock]
    private let finalNorm: LayerNormalization

    public init(_ configuration: TextEncoderConfiguration, _ scope: ParameterScope) {
        self.configuration = configuration
        let model = scope.scope("text_model")
        tokens = Embedding(
            model.scope("embeddings.token_embedding"), entries: configuration.vocabularySize,
            channels: configuration.hiddenSize)
        positions = Embedding(
            model.scope("embeddings.position_embedding"), entries: configuration.positions,
            channels: configuration.hiddenSize)
        layers = (0..<configuration.layers).map { TransformerBlock(model.scope("encoder.layers", $0), configuration.block) }
        finalNorm = LayerNormalization(
            model.scope("final_layer_norm"), channels: configuration.hiddenSize, epsilon: configuration.epsilon)
    }

    /// The last hidden state, [batch, tokens, hiddenSize], of token ids of equal length.
    public func callAsFunction(_ ids: [[Int]]) -> Tensor {
        let length = ids[0].count, c = configuration.hiddenSize
        precondition(length <= configuration.positions, "\(length) tokens for \(configuration.positions) positions")
        var x = tokens(ids.flatMap { $0 }).reshaped([ids.count, length, c])
        x = x.addingTable(positions(Array(0..<length)))
        var surroundings = TransformerBlock.Surroundings()
        surroundings.mask = .causal
        for layer in layers { x = layer(x, surroundings) }
        return finalNorm(x)
    }

    /// The hidden states at one place of each sequence, [batch, hiddenSize]: CLIP pools at the end mark.
    public static func pooled(_ hidden: Tensor, at places: [Int]) -> Tensor {
        let length = hidden.shape[1]
        return hidden.reshaped([-1, hidden.shape[2]]).gatheringRows(places.enumerated().map { $0 * length + $1 })
    }
}

extension TextEncoderConfiguration {
    /// A layer of CLIP's transformers; pictures' patches see one another, words only those before them.
    package var block: TransformerBlock.Configuration {
        var block = TransformerBlock.Configuration(channels: hiddenSize, heads: heads)
        (block.names, block.epsilon, block.bias) = (.transformers, epsilon, true)
        block.feedForward = activation == "quick_gelu" ? .quickGELU(hidden: intermediateSize) : .gelu(hidden: intermediateSize)
        return block
    }
}

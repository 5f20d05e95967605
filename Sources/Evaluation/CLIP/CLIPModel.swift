import Checkpoints
import Foundation
import Layers
import Tensors
import Text
import Video

/// The two towers of a CLIP folder as transformers writes it (Radford et al., arXiv 2103.00020), for CLIPSIM.
public final class CLIPModel {
    private let tokenizer: any Tokenizer
    private let text: TextEncoder
    private let vision: VisionEncoder
    private let textProjection, visionProjection: Linear
    public let warnings: [String]

    /// `config.json` of the folder; what newer versions leave out is CLIP ViT-B/32's.
    struct Configuration: Decodable {
        var text: Tower
        var vision: Tower
        var projection: Int

        struct Tower: Decodable {
            var hidden_size, intermediate_size, num_hidden_layers, num_attention_heads: Int?
            var vocab_size, max_position_embeddings, image_size, patch_size: Int?
            var hidden_act: String?
            var layer_norm_eps: Float?
        }

        enum CodingKeys: String, CodingKey { case text = "text_config", vision = "vision_config", projection = "projection_dim" }

        init(from decoder: any Decoder) throws {
            let box = try decoder.container(keyedBy: CodingKeys.self)
            text = try box.decode(Tower.self, forKey: .text)
            vision = try box.decode(Tower.self, forKey: .vision)
            projection = try box.decodeIfPresent(Int.self, forKey: .projection) ?? 512
        }
    }

    /// Loads text and vision tower and the tokenizer beside them (or in `tokenizer/`). Throws `CheckpointError` or
    /// `TokenizerError`.
    public init(_ url: URL) throws {
        let folder = try ModelFolder(url)
        let read = try folder.configuration(Configuration.self, named: "config.json")
        let reader = WeightReader(try folder.weights(), for: "CLIP")
        let scope = ParameterScope(reader, store: ParameterStore())
        let t = read.text, width = t.hidden_size ?? 512, heads = t.num_attention_heads ?? 8
        let configuration = TextEncoderConfiguration(
            vocabularySize: t.vocab_size ?? 49408, hiddenSize: width, intermediateSize: t.intermediate_size ?? 2048,
            layers: t.num_hidden_layers ?? 12, heads: heads, positions: t.max_position_embeddings ?? 77,
            activation: t.hidden_act ?? "quick_gelu", epsilon: t.layer_norm_eps ?? 1e-5)
        let visionConfiguration = VisionEncoder.Configuration(read.vision)
        for (name, hidden, count) in [("text_config", width, heads), ("vision_config", visionConfiguration.hiddenSize, visionConfiguration.heads)]
        where count < 1 || hidden < 1 || hidden % count != 0 {
            throw CheckpointError.configuration(
                file: url.appendingPathComponent("config.json").path, key: "\(name).num_attention_heads",
                problem: "is \(count), which does not divide hidden_size \(hidden)")
        }
        guard visionConfiguration.isSane else {
            throw CheckpointError.configuration(
                file: url.appendingPathComponent("config.json").path, key: "vision_config",
                problem: "names pictures of \(visionConfiguration.imageSize) and patches of \(visionConfiguration.patchSize) pixels")
        }
        text = TextEncoder(configuration, scope)
        vision = VisionEncoder(visionConfiguration, scope.scope("vision_model"))
        textProjection = Linear(scope.scope("text_projection"), width, read.projection, bias: false)
        visionProjection = Linear(scope.scope("visual_projection"), visionConfiguration.hiddenSize, read.projection, bias: false)
        // Position indices and the temperature are of no use here.
        try reader.finish(allowLeftOver: true)
        warnings = reader.warnings
        let inner = url.appendingPathComponent("tokenizer")
        tokenizer = try TokenizerFolder.open(
            FileManager.default.fileExists(atPath: inner.path) ? inner : url, maximumLength: configuration.positions)
    }

    /// The sentence's direction, [projection], of length 1.
    public func embedding(of sentence: String) throws -> [Float] {
        let ids = try tokenizer.encode(sentence).ids
        let end = ids.firstIndex(of: tokenizer.endID) ?? ids.count - 1
        return Self.normalized(textProjection(TextEncoder.pooled(text([ids]), at: [end])).values)
    }

    /// The pictures' directions, each of length 1.
    public func embeddings(of frames: [Frame]) -> [[Float]] {
        let side = vision.configuration.imageSize
        let pixels = Tensor(uninitialized: [frames.count, side, side, 3])
        let scaler = CLIPPicture(side: side)
        for (index, frame) in frames.enumerated() { scaler.write(frame, to: pixels.pointer + index * side * side * 3) }
        return embeddings(ofPixels: pixels)
    }

    /// - Parameter pixels: [batch, side, side, 3], normalised as CLIP does it.
    package func embeddings(ofPixels pixels: Tensor) -> [[Float]] {
        let result = visionProjection(vision(pixels))
        return (0..<result.shape[0]).map { Self.normalized(result.slice($0).values) }
    }

    /// Mean over the frames of the cosine between picture and sentence: CLIPSIM (GODIVA, arXiv 2104.14806).
    public func similarity(_ reader: VideoReader, to sentence: [Float], atMost most: Int) throws -> (mean: Double, frames: Int) {
        var sum = 0.0, count = 0, batch: [Frame] = []
        func flush() {
            for picture in embeddings(of: batch) { sum += zip(picture, sentence).reduce(0) { $0 + Double($1.0 * $1.1) } }
            count += batch.count
            batch = []
        }
        while count + batch.count < most, let frame = try reader.next() {
            batch.append(frame)
            if batch.count == 8 { flush() }
        }
        if !batch.isEmpty { flush() }
        return (sum / Double(max(count, 1)), count)
    }

    private static func normalized(_ values: [Float]) -> [Float] {
        let length = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        return values.map { Float(Double($0) / max(length, 1e-12)) }
    }
}

/// CLIP's vision transformer: patches, a class token, pre-norm layers.
struct VisionEncoder {
    struct Configuration {
        let hiddenSize, intermediateSize, layers, heads, imageSize, patchSize: Int
        let activation: String
        let epsilon: Float

        init(_ tower: CLIPModel.Configuration.Tower) {
            hiddenSize = tower.hidden_size ?? 768
            intermediateSize = tower.intermediate_size ?? 3072
            layers = tower.num_hidden_layers ?? 12
            heads = tower.num_attention_heads ?? 12
            imageSize = tower.image_size ?? 224
            patchSize = tower.patch_size ?? 32
            activation = tower.hidden_act ?? "quick_gelu"
            epsilon = tower.layer_norm_eps ?? 1e-5
        }

        var isSane: Bool {
            (1...4096).contains(imageSize) && (1...imageSize).contains(patchSize) && (1...4096).contains(layers)
        }
        var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }
    }

    let configuration: Configuration
    private let patch: Parameter
    private let classToken: Parameter
    private let positions: Embedding
    private let firstNorm, lastNorm: LayerNormalization
    private let layers: [Layer]

    private struct Layer {
        let firstNorm, secondNorm: LayerNormalization
        let query, key, value, output, expand, contract: Linear
        let heads: Int
        let isQuick: Bool

        init(_ scope: ParameterScope, _ configuration: Configuration) {
            let c = configuration.hiddenSize, attention = scope.scope("self_attn")
            firstNorm = LayerNormalization(scope.scope("layer_norm1"), channels: c, epsilon: configuration.epsilon)
            query = Linear(attention.scope("q_proj"), c, c)
            key = Linear(attention.scope("k_proj"), c, c)
            value = Linear(attention.scope("v_proj"), c, c)
            output = Linear(attention.scope("out_proj"), c, c)
            secondNorm = LayerNormalization(scope.scope("layer_norm2"), channels: c, epsilon: configuration.epsilon)
            expand = Linear(scope.scope("mlp.fc1"), c, configuration.intermediateSize)
            contract = Linear(scope.scope("mlp.fc2"), configuration.intermediateSize, c)
            heads = configuration.heads
            isQuick = configuration.activation == "quick_gelu"
        }

        func callAsFunction(_ input: Tensor) -> Tensor {
            let y = firstNorm(input)
            let x = input + output(query(y).attending(key(y), value(y), heads: heads))
            let z = expand(secondNorm(x))
            return x + contract(isQuick ? z.quickGELU() : z.gelu())
        }
    }

    init(_ configuration: Configuration, _ scope: ParameterScope) {
        self.configuration = configuration
        let c = configuration.hiddenSize, p = configuration.patchSize, embeddings = scope.scope("embeddings")
        patch = embeddings.scope("patch_embedding").parameter("weight", [c, 3, p, p], .fanIn(3 * p * p))
        classToken = embeddings.parameter("class_embedding", [c], .zeros)
        positions = Embedding(embeddings.scope("position_embedding"), entries: configuration.patches + 1, channels: c)
        // The name is spelled so in all checkpoints.
        firstNorm = LayerNormalization(scope.scope("pre_layrnorm"), channels: c, epsilon: configuration.epsilon)
        lastNorm = LayerNormalization(scope.scope("post_layernorm"), channels: c, epsilon: configuration.epsilon)
        layers = (0..<configuration.layers).map { Layer(scope.scope("encoder.layers", $0), configuration) }
    }

    /// [batch, side, side, 3] -> the class token after the last layer, [batch, hiddenSize].
    func callAsFunction(_ pixels: Tensor) -> Tensor {
        let batch = pixels.shape[0], c = configuration.hiddenSize, tokens = configuration.patches + 1
        // Every patch as a row of its pixels: the convolution's stride is its kernel.
        let filter = patch.value.permuted([0, 2, 3, 1]).reshaped([c, -1])
        let embedded = patches(pixels).linear(filter, nil)
        var x = Tensor(uninitialized: [batch, tokens, c])
        for n in 0..<batch {
            let row = x.pointer + n * tokens * c
            row.update(from: classToken.value.pointer, count: c)
            (row + c).update(from: embedded.pointer + n * (tokens - 1) * c, count: (tokens - 1) * c)
        }
        x = firstNorm(x.addingTable(positions(Array(0..<tokens))))
        for layer in layers { x = layer(x) }
        return lastNorm(TextEncoder.pooled(x, at: [Int](repeating: 0, count: batch)))
    }

    /// [batch, side, side, 3] -> [batch · patches, patch · patch · 3]
    private func patches(_ pixels: Tensor) -> Tensor {
        let side = configuration.imageSize, p = configuration.patchSize, grid = side / p
        let result = Tensor(uninitialized: [pixels.shape[0] * grid * grid, p * p * 3])
        var target = result.pointer
        for n in 0..<pixels.shape[0] {
            for gy in 0..<grid {
                for gx in 0..<grid {
                    for y in 0..<p {
                        target.update(from: pixels.pointer + ((n * side + gy * p + y) * side + gx * p) * 3, count: p * 3)
                        target += p * 3
                    }
                }
            }
        }
        return result
    }
}

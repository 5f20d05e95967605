import Checkpoints
import Files
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
    struct Configuration {
        let text: TextEncoderConfiguration
        let vision: VisionEncoder.Configuration
        let projection: Int

        private static let textDefaults: [String: any Sendable] = [
            "hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 12, "num_attention_heads": 8,
        ]
        private static let visionDefaults: [String: any Sendable] = [
            "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
        ]

        private struct Outline: Decodable {
            let projection: Int?
            enum CodingKeys: String, CodingKey { case projection = "projection_dim" }
        }

        /// Throws `CheckpointError`, where there is no such file or for sizes that no transformer has.
        init(_ folder: ModelFolder) throws {
            let file = folder.configurationURL.path
            projection = try folder.configuration(Outline.self).projection ?? 512
            let towers = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.configurationURL)) as? [String: Any]
            /// Decodes a tower's object, with what it leaves out put in.
            func read<Value: Decodable>(_ type: Value.Type, _ key: String, _ defaults: [String: any Sendable] = [:]) throws -> Value {
                guard let own = towers?[key] as? [String: Any] else {
                    throw FileError.invalid(path: file, key: key, problem: "is missing or no object")
                }
                let data = try JSONSerialization.data(withJSONObject: (defaults as [String: Any]).merging(own) { $1 })
                return try JSONFile.decode(type, from: data, file: "\(file), \(key)")
            }
            text = try read(TextEncoderConfiguration.self, "text_config", Self.textDefaults)
            vision = VisionEncoder.Configuration(
                transformer: try read(TextEncoderConfiguration.self, "vision_config", Self.visionDefaults),
                patches: try read(VisionEncoder.Patches.self, "vision_config"))
            guard (1...1 << 16).contains(projection) else {
                throw FileError.invalid(
                    path: file, key: "projection_dim", problem: "is \(projection) and must be from 1 to \(1 << 16)")
            }
        }
    }

    /// Loads text and vision tower and the tokenizer beside them (or in `tokenizer/`). Throws `CheckpointError` or
    /// `TokenizerError`.
    public init(_ url: URL) throws {
        let folder = try ModelFolder(url), configuration = try Configuration(folder)
        let reader = WeightReader(try folder.weights(), for: "CLIP")
        let scope = ParameterScope(reader, store: ParameterStore())
        text = TextEncoder(configuration.text, scope)
        vision = VisionEncoder(configuration.vision, scope.scope("vision_model"))
        textProjection = Linear(
            scope.scope("text_projection"), configuration.text.hiddenSize, configuration.projection, bias: false)
        visionProjection = Linear(
            scope.scope("visual_projection"), configuration.vision.transformer.hiddenSize, configuration.projection, bias: false)
        // Position indices and the temperature are of no use here.
        try reader.finish(allowLeftOver: true)
        warnings = reader.warnings
        let inner = url.appendingPathComponent("tokenizer")
        tokenizer = try TokenizerFolder.open(
            FileManager.default.fileExists(atPath: inner.path) ? inner : url, maximumLength: configuration.text.positions)
    }

    /// The sentence's direction, [projection], of length 1.
    public func embedding(of sentence: String) throws -> [Float] {
        let ids = try tokenizer.encode(sentence).ids
        let end = ids.firstIndex(of: tokenizer.endID) ?? ids.count - 1
        return Self.normalized(textProjection(TextEncoder.pooled(text([ids]), at: [end])).values)
    }

    /// The pictures' directions, each of length 1.
    public func embeddings(of frames: [Frame]) -> [[Float]] {
        let side = vision.configuration.patches.imageSize
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
    /// `vision_config`: its transformer has the text tower's keys.
    struct Configuration {
        let transformer: TextEncoderConfiguration
        let patches: Patches
    }

    struct Patches: Decodable {
        /// Pixels of the sides of pictures and patches.
        let imageSize, patchSize: Int
        var count: Int { (imageSize / patchSize) * (imageSize / patchSize) }

        enum CodingKeys: String, CodingKey { case imageSize = "image_size", patchSize = "patch_size" }

        init(from decoder: any Decoder) throws {
            let box = try decoder.container(keyedBy: CodingKeys.self)
            func side(_ key: CodingKeys, _ fallback: Int, _ allowed: ClosedRange<Int>) throws -> Int {
                let value = try box.decodeIfPresent(Int.self, forKey: key) ?? fallback
                guard allowed.contains(value) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: key, in: box,
                        debugDescription: "is \(value) and must be from \(allowed.lowerBound) to \(allowed.upperBound)")
                }
                return value
            }
            imageSize = try side(.imageSize, 224, 1...4096)
            patchSize = try side(.patchSize, 32, 1...imageSize)
        }
    }

    let configuration: Configuration
    private let patch: Parameter
    private let classToken: Parameter
    private let positions: Embedding
    private let firstNorm, lastNorm: LayerNormalization
    private let layers: [TransformerBlock]

    init(_ configuration: Configuration, _ scope: ParameterScope) {
        self.configuration = configuration
        let sizes = configuration.transformer, c = sizes.hiddenSize, p = configuration.patches.patchSize
        let embeddings = scope.scope("embeddings")
        patch = embeddings.scope("patch_embedding").parameter("weight", [c, 3, p, p], .fanIn(3 * p * p))
        classToken = embeddings.parameter("class_embedding", [c], .zeros)
        positions = Embedding(embeddings.scope("position_embedding"), entries: configuration.patches.count + 1, channels: c)
        // The name is spelled so in all checkpoints.
        firstNorm = LayerNormalization(scope.scope("pre_layrnorm"), channels: c, epsilon: sizes.epsilon)
        lastNorm = LayerNormalization(scope.scope("post_layernorm"), channels: c, epsilon: sizes.epsilon)
        layers = (0..<sizes.layers).map { TransformerBlock(scope.scope("encoder.layers", $0), sizes.block) }
    }

    /// [batch, side, side, 3] -> the class token after the last layer, [batch, hiddenSize].
    func callAsFunction(_ pixels: Tensor) -> Tensor {
        let batch = pixels.shape[0], c = configuration.transformer.hiddenSize, tokens = configuration.patches.count + 1
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
        let side = configuration.patches.imageSize, p = configuration.patches.patchSize, grid = side / p
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

import Checkpoints
import Diffusion
import Files
import Foundation
import Layers
import Models
import Tensors
import Text

/// Complete models of random weights, in the sizes of real ones: for measurements and trials where the real weights
/// are not at hand.
public enum RandomModel: String, CaseIterable, Sendable {
    case starter
    /// VidRD as published, on Stable Diffusion 2.1: 1,182 million parameters in the U-Net.
    case sd21

    public var unet: UNetConfiguration {
        switch self {
        case .starter: return .starter
        case .sd21:
            return UNetConfiguration(
                sampleSize: 32, downBlockTypes: Array(repeating: "CrossAttnDownBlock3D", count: 3) + ["DownBlock3D"],
                upBlockTypes: ["UpBlock3D"] + Array(repeating: "CrossAttnUpBlock3D", count: 3),
                blockOutChannels: [320, 640, 1280, 1280], layersPerBlock: 2, heads: [5, 10, 20, 20],
                crossAttentionDim: 1024)
        }
    }

    public var autoencoder: AutoencoderConfiguration {
        switch self {
        case .starter: return .starter
        case .sd21: return AutoencoderConfiguration(blockOutChannels: [128, 256, 512, 512], layersPerBlock: 2)
        }
    }

    public var textEncoder: TextEncoderConfiguration {
        switch self {
        case .starter: return .starter(vocabularySize: 800)
        case .sd21:
            return TextEncoderConfiguration(
                vocabularySize: 49408, hiddenSize: 1024, intermediateSize: 4096, layers: 23, heads: 16, positions: 77,
                activation: "gelu")
        }
    }

    private var defaults: GenerationDefaults { self == .starter ? .starter : .official }

    /// Stable Diffusion's schedule and the starter's.
    private var scheduler: SchedulerConfiguration {
        var scheduler = SchedulerConfiguration()
        switch self {
        case .starter:
            scheduler.betaSchedule = .squaredCosine
            scheduler.predictionType = .velocity
        case .sd21:
            (scheduler.betaStart, scheduler.betaEnd, scheduler.betaSchedule) = (0.00085, 0.012, .scaledLinear)
            (scheduler.setAlphaToOne, scheduler.stepsOffset) = (false, 1)
        }
        return scheduler
    }

    /// Weights of a part, made when they are asked for.
    public func weights(of part: String, seed: UInt64) -> any WeightSource {
        RandomWeights(location: "random \(rawValue)", seed: seed) {
            switch part {
            case "unet": _ = VideoUNet(unet, $0)
            case "vae": _ = Autoencoder(autoencoder, $0)
            default: _ = TextEncoder(textEncoder, $0)
            }
        }
    }

    /// Weights of a part as a file of 16-bit numbers that has no name any more and goes when it is closed.
    public func temporaryFile(of part: String, seed: UInt64) throws -> any WeightSource {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("vidrd-\(part)-\(getpid()).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try SafetensorsWriter.write(weights(of: part, seed: seed), as: .float16, to: file)
        return try WeightFile.open(file)
    }

    /// Writes a diffusers-style folder, which must not exist yet. Throws `CheckpointError`.
    public func write(as type: ElementType, seed: UInt64, to folder: URL) throws {
        func model(_ member: ModelMember, _ configuration: some Encodable) -> DiffusersFolderWriter.Part {
            .model(
                member.name, library: member.library, type: member.type, weights: weights(of: member.name, seed: seed), as: type
            ) { try JSONFile.write(configuration, to: $0) }
        }
        let kind = ModelKind.vidRD
        try DiffusersFolderWriter.write(
            pipeline: kind.className,
            kind.members.map { member in
                switch member.name {
                case "unet": return model(member, unet)
                case "vae": return model(member, autoencoder)
                case "text_encoder": return model(member, textEncoder)
                case "tokenizer":
                    return .init(member.name, library: member.library, type: member.type) {
                        try ByteTokenizer.write(size: textEncoder.vocabularySize, to: $0)
                    }
                default:
                    return .init(member.name, library: member.library, type: member.type) {
                        try JSONFile.write(scheduler, to: $0.appendingPathComponent("scheduler_config.json"))
                    }
                }
            }, settings: [GenerationDefaults.fileName: defaults], to: folder)
    }
}

/// Random numbers under the names of a model's parameters: no layer is left at zero, and values keep their size on the way
/// through the layers. A tensor depends on the seed and its name alone.
private struct RandomWeights: WeightSource {
    let location: String
    let keys: [String]
    private let shapes: [String: [Int]]
    private let seed: UInt64

    init(location: String, seed: UInt64, _ make: (ParameterScope) -> Void) {
        let store = ParameterStore()
        make(ParameterScope(shapesInto: store))
        shapes = Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.key, $0.value.shape) })
        keys = shapes.keys.sorted()
        self.location = location
        self.seed = seed
    }

    func info(_ key: String) -> TensorInfo? { shapes[key].map { TensorInfo(key: key, shape: $0, type: .float32) } }

    func tensor(_ key: String) throws -> Tensor {
        let shape = shapes[key] ?? []
        // FNV-1a, which unlike Swift's own hash is the same in every run.
        let hash = key.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        var generator = TorchGenerator(seed: hash)
        let isBias = key.hasSuffix(".bias"), fanIn = shape.dropFirst().reduce(1, *)
        if shape.count == 1, !isBias { return generator.rand(shape, low: 0.8, high: 1.2) }
        // A uniform number up to √3 has variance 1.
        let bound: Float = isBias ? 0.1 : (3 / Float(fanIn)).squareRoot()
        return generator.rand(shape, low: -bound, high: bound)
    }
}

import Checkpoints
import Files
import Foundation
import Generation
import Layers
import Models
import Scenes
import Tensors
import Video

/// Trains encoder and decoder on single pictures: `Tensor.reconstructionError` and a KL term, on crops first and whole
/// pictures at the end. The decoder has to make small pictures from latents averaged to half their size, too: the scale
/// equivariance of Skorokhodov et al. (arXiv 2502.14831, section 4). Without it these latents' spectrum ends in a floor of
/// white noise, which diffusion would have to learn by heart.
public final class AutoencoderStage: TrainingStage {
    public let name = "autoencoder"
    public let optimizer: Optimizer
    public private(set) var batchSize: Int
    private let store: ParameterStore
    private var model: Autoencoder
    private let cache: ClipCache
    private let weights: StarterRecipe.Autoencoder.Weights
    private let cropBatch: Int
    private let output: URL
    private let heldOutPictures: [Frame]

    /// - Parameters:
    ///   - cropBatch: pictures of a quarter of the area in a batch; whole pictures come in a quarter of this number.
    ///   - heldOut: pictures of scenes that no training draws, on which it is measured.
    ///   - beginning: the folder of an autoencoder of these sizes whose weights are trained further; nil to begin anew.
    ///   - output: the folder of the trained part, `vae`.
    ///
    /// Throws `TrainingError.unfitSize`, and `CheckpointError` for another autoencoder.
    public init(
        _ configuration: AutoencoderConfiguration, cache: ClipCache, cropBatch: Int,
        weights: StarterRecipe.Autoencoder.Weights, optimizer kind: OptimizerKind = .adamW, heldOut: Int = 0, seed: UInt64,
        beginning: URL? = nil, output: URL
    ) throws {
        try cache.checkSize(factor: configuration.factor)
        store = ParameterStore()
        let reader = try beginning.map { WeightReader(try ModelFolder($0).weights(), for: "the autoencoder") }
        model = Autoencoder(configuration, ParameterScope(reader, store: store, seed: seed))
        try reader?.finish()
        store.train { !$0.contains("temp_convs") }
        optimizer = Optimizer(store.parameters, configuration: .init(kind))
        self.cache = cache
        self.weights = weights
        self.cropBatch = cropBatch
        self.output = output
        batchSize = cropBatch
        heldOutPictures = SceneCatalog.heldOut(count: heldOut, frames: 1, width: cache.width, height: cache.height).map { $0.frame(0) }
    }

    /// Peak signal-to-noise ratio of pictures decoded from the means of their latents, over the squared error of all of them.
    public func heldOut() -> [String: Double] {
        guard !heldOutPictures.isEmpty else { return [:] }
        let error = heldOutPictures.reduce(0.0) { sum, picture in
            let x = picture.signedTensor.reshaped([1, picture.height, picture.width, 3])
            return sum + withoutGradients { Self.squaredError(x, model.decode(model.encode(x).mean)) }
        }
        return ["psnr": -10 * log10(error / Double(heldOutPictures.count))]
    }

    /// Mean over all values, for values from 0 to 1.
    private static func squaredError(_ picture: Tensor, _ decoded: Tensor) -> Double {
        zip(picture.values, decoded.values).reduce(0.0) { $0 + pow(Double($1.0 - min(max($1.1, -1), 1)) / 2, 2) }
            / Double(picture.count)
    }

    /// Share of the run that sees crops only.
    private static let cropShare = 0.8

    public func loss(generator: inout TorchGenerator, progress: Double) throws -> Tensor {
        let whole = progress >= Self.cropShare, factor = model.configuration.factor
        let size = whole ? (cache.height, cache.width) : (cache.height / 2 / factor * factor, cache.width / 2 / factor * factor)
        batchSize = whole ? max(1, cropBatch / 4) : cropBatch
        let pictures = Tensor(uninitialized: [batchSize, size.0, size.1, 3])
        let total = cache.entries.reduce(0) { $0 + $1.frames }
        for i in 0..<batchSize {
            let draw = (0..<3).map { _ in Double(generator.uniform()) }
            cache.read(
                Int(draw[0] * Double(total)), top: Int(draw[1] * Double(cache.height - size.0 + 1)),
                left: Int(draw[2] * Double(cache.width - size.1 + 1)), size: size,
                into: pictures.pointer + i * size.0 * size.1 * 3)
        }
        let latents = [batchSize, size.0 / factor, size.1 / factor, model.configuration.latentChannels]
        return Self.loss(model, pictures, noise: generator.randn(latents), weights: weights)
    }

    /// The loss of pictures [batch, height, width, 3] with the posterior's noise [batch, height / factor, width / factor,
    /// latent channels].
    package static func loss(
        _ model: Autoencoder, _ pictures: Tensor, noise: Tensor, weights: StarterRecipe.Autoencoder.Weights
    ) -> Tensor {
        let (mean, logVariance) = model.encode(pictures)
        let deviation = (logVariance * 0.5).exp()
        let latents = mean + deviation * noise
        var loss = model.decode(latents).reconstructionError(pictures)
        let (height, width) = (latents.size(-3) / 2, latents.size(-2) / 2), factor = model.configuration.factor
        if weights.scaleEquivariance > 0, height > 0, width > 0 {
            let small = pictures.halved(height: height * factor, width: width * factor)
            let decoded = model.decode(latents.halved(height: height, width: width))
            loss = loss + decoded.reconstructionError(small) * weights.scaleEquivariance
        }
        // KL(N(mean, variance) || N(0, 1)) by element, without its constant -1/2.
        let kl = ((mean * mean + logVariance.exp() - logVariance) * 0.5).mean()
        return loss + kl * weights.kl
    }

    public func sheet() throws -> Frame {
        var cells: [Frame] = []
        var error = 0.0
        let count = 8
        for i in 0..<count {
            let entry = cache.entries[(i * 7919 + 13) % cache.entries.count]
            let picture = cache.frames(entry.offset..<entry.offset + 1)
            let decoded = model.decode(model.encode(picture).mean)
            error += Self.squaredError(picture, decoded) / Double(count)
            cells += [Frame(signed: picture.slice(0)), Frame(signed: decoded.slice(0))]
        }
        return try ContactSheet(columns: 4).picture(of: cells, title: String(format: "%.2f dB", -10 * log10(error)))
    }

    public func export() throws {
        var configuration = model.configuration
        let (mean, deviation) = latentStatistics()
        configuration.latentsMean = mean
        configuration.latentsStd = deviation
        try store.write(configuration: configuration, to: output)
    }

    /// Mean and deviation of each latent channel over pictures of the cache.
    private func latentStatistics() -> ([Float], [Float]) {
        let channels = model.configuration.latentChannels, count = min(256, cache.entries.count)
        var sums = [Double](repeating: 0, count: channels), squares = sums, n = 0.0
        for i in 0..<count {
            let entry = cache.entries[i * cache.entries.count / count]
            let mean = withoutGradients { model.encode(cache.frames(entry.offset..<entry.offset + 1)).mean.values }
            for (index, value) in mean.enumerated() {
                sums[index % channels] += Double(value)
                squares[index % channels] += Double(value * value)
            }
            n += Double(mean.count / channels)
        }
        let means = sums.map { $0 / n }
        return (
            means.map { Float($0) },
            zip(squares, means).map { Float(max(1e-8, $0 / n - $1 * $1).squareRoot()) }
        )
    }
}

extension ParameterStore {
    /// Writes a component folder: `config.json` and float16 `diffusion_pytorch_model.safetensors` (or another name).
    public func write(
        configuration: some Encodable, to folder: URL, named name: String = "diffusion_pytorch_model.safetensors"
    ) throws {
        try FileManager.default.makeFolder(folder)
        let tensors = Dictionary(uniqueKeysWithValues: parameters.map { ($0.key, $0.value.detached) })
        try SafetensorsWriter.write(tensors, as: .float16, to: folder.appendingPathComponent(name))
        try JSONFile.write(configuration, to: folder.appendingPathComponent("config.json"))
    }
}

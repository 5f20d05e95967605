import Checkpoints
import Foundation
import Generation
import Layers
import Models
import Tensors
import Video

/// Trains the decoder's temporal layers on clips (VidRD section 3.4), its spatial ones with them where it is asked for, and
/// leaves the encoder as it is: `Tensor.reconstructionError` and the differences between neighbouring frames, which is where jitter shows.
public final class DecoderStage: TrainingStage {
    public let name = "decoder"
    public let optimizer: Optimizer
    public let batchSize: Int
    private let store = ParameterStore()
    private let model: Autoencoder
    private let cache: ClipCache
    private let latents: LatentCache
    private let frames: Int
    private let latentNoise: Float
    private let output: URL

    /// - Parameters:
    ///   - batch: clips in a batch.
    ///   - frames: frames of a training clip.
    ///   - spatial: whether the decoder's spatial layers are trained too, at a quarter of the rate.
    ///   - latentNoise: the largest deviation of noise on normalised latents; each clip gets one from 0 up to it. What
    ///     diffusion leaves differs from frame to frame as noise does, and clean latents alone would not teach the
    ///     temporal layers to remove it.
    public init(
        cache: ClipCache, batch: Int, frames: Int, spatial: Bool, latentNoise: Float, optimizer kind: OptimizerKind = .adamW,
        folder: URL, report: (String) -> Void, isCancelled: () -> Bool = { false }
    ) throws {
        if let short = cache.entries.first(where: { $0.frames < frames }) {
            throw TrainingError.shortClips(cache.folder.path, needed: frames, found: short.frames)
        }
        output = folder.appendingPathComponent("vae")
        let component = try ModelFolder(output)
        let reader = WeightReader(try component.weights(), for: "the autoencoder")
        var configuration = try component.configuration(AutoencoderConfiguration.self)
        configuration.addTempConv = true
        model = Autoencoder(configuration, ParameterScope(reader, store: store))
        try reader.finish()
        try cache.checkSize(factor: configuration.factor)
        latents = try LatentCache(cache, model, store, report: report, isCancelled: isCancelled)
        store.train { key in
            guard key.hasPrefix("decoder.") || key.hasPrefix("post_quant_conv.") else { return false }
            return spatial || key.contains("temp_convs")
        }
        optimizer = Optimizer(store.parameters, configuration: .init(kind)) { $0.contains("temp_convs") ? 1 : 0.25 }
        self.cache = cache
        batchSize = batch
        self.frames = frames
        self.latentNoise = latentNoise
    }

    public func loss(generator: inout TorchGenerator, progress: Double) throws -> Tensor {
        let count = batchSize * frames, (h, w) = (cache.height, cache.width)
        let z = Tensor(uninitialized: [count] + latents.shape), pictures = Tensor(uninitialized: [count, h, w, 3])
        var levels: [Float] = []
        for i in 0..<batchSize {
            let entry = cache.entries[Int(Double(generator.uniform()) * Double(cache.entries.count))]
            let first = entry.offset + Int(generator.uniform() * Float(entry.frames - frames + 1))
            let level = latentNoise * generator.uniform()
            levels += Array(repeating: level, count: z.count / batchSize)
            for f in 0..<frames {
                latents.read(first + f, into: z.pointer + (i * frames + f) * z.count / count)
                cache.read(first + f, size: (h, w), into: pictures.pointer + (i * frames + f) * h * w * 3)
            }
        }
        let noisy = z + generator.randn(z.shape) * Tensor(levels, z.shape)
        let decoded = model.decode(model.denormalized(noisy), frames: frames)
        return decoded.reconstructionError(pictures) + decoded.meanChangeError(pictures, clips: batchSize)
    }

    public func sheet() throws -> Frame {
        var cells: [Frame] = []
        for i in 0..<4 {
            let entry = cache.entries[(i * 7919 + 13) % cache.entries.count], range = entry.offset..<entry.offset + frames
            let pictures = cache.frames(range), z = model.encode(pictures).mean
            let plain = model.decode(z), temporal = model.decode(z, frames: frames)
            cells += [pictures, plain, temporal].flatMap { x in [0, frames / 2].map { Frame(signed: x.slice($0)) } }
        }
        return try ContactSheet(columns: 6).picture(of: cells, title: "original, plain decoder, temporal decoder")
    }

    public func export() throws { try store.write(configuration: model.configuration, to: output) }
}

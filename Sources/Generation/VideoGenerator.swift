import Diffusion
import Layers
import Models
import Tensors
import Video

/// What happens while a video is made.
public enum GenerationEvent: Sendable {
    /// A denoising step of a clip is done; both counts begin at 1.
    case step(clip: Int, clips: Int, step: Int, steps: Int)
    /// Frames of the video have been handed over.
    case frames(done: Int, of: Int)
}

/// Makes one video: noise, denoising clip after clip, decoding, frames.
///
/// It is a sequence of clips' frames: each clip is denoised and decoded when it is asked for, and what one clip needs of
/// the one before is all that is kept, so memory does not grow with the length.
public final class VideoGenerator: Sequence, IteratorProtocol {
    public let settings: GenerationSettings
    /// Warnings about the prompt.
    public let warnings: [String]
    public let clips: Int
    /// Told of every step; an error that it throws ends generation and is found in `failure`.
    public var onEvent: ((GenerationEvent) throws -> Void)?
    /// Shown the model's idea of the clean clip after every step, just before the step's event: latents
    /// [1, frames, height, width, channels], which `LatentColours` makes pictures of.
    public var onPrediction: ((Tensor) -> Void)?
    public private(set) var failure: (any Error)?

    private let model: VideoModel
    private let reuse: ReuseAndDiffuse
    private let guidance: Guidance
    private let prior: NoisePrior
    private var sampler: any Sampler
    private var generator: TorchGenerator
    private let prompted: Conditioning
    /// Without and with the prompt, in one batch; nil without guidance.
    private let guided: Conditioning?
    private let shape: [Int]
    private var clip = 0
    private var produced = 0
    private var trajectory: [Tensor] = []
    /// What the last clip was denoised to, [1, frames, height, width, channels].
    public private(set) var clipLatents: Tensor?

    /// What the U-Net is told besides the latents, and what it keeps of it.
    private struct Conditioning {
        let context: Tensor
        let pooled: Tensor?
        let cache = ContextCache()
        let deep: DeepFeatures
    }

    /// Throws `GenerationError` or `DiffusionError` for settings out of range.
    public init(_ model: VideoModel, _ settings: GenerationSettings) throws {
        self.model = model
        self.settings = settings
        let factor = model.autoencoder.configuration.factor
        guard settings.length >= 1 else {
            throw GenerationError.invalidOption(name: "length", found: "\(settings.length)", allowed: "1 or more frames")
        }
        guard settings.width > 0, settings.height > 0, settings.width % factor == 0, settings.height % factor == 0 else {
            throw GenerationError.invalidOption(
                name: "size", found: "\(settings.width)x\(settings.height)",
                allowed: "multiples of \(factor), such as \(Swift.max(1, settings.width / factor) * factor)x\(Swift.max(1, settings.height / factor) * factor)")
        }
        reuse = try ReuseAndDiffuse(
            clipFrames: settings.clipFrames, overlap: settings.overlap, noiseRecycle: settings.noiseRecycle,
            stagedGuidance: settings.stagedGuidance, order: settings.reuseOrder)
        let last = Float(model.schedule.timestepCount)
        guidance = try Guidance(
            scale: settings.guidanceScale,
            interval: Float(settings.guidanceFrom) * last...Float(Swift.max(settings.guidanceFrom, settings.guidanceTo)) * last)
        prior = try NoisePrior(
            .progressive, alpha: settings.noiseAlpha, scaling: settings.official ? .official : .unitVariance)
        sampler = try SamplerConfiguration(kind: settings.sampler, steps: settings.steps, eta: settings.eta)
            .makeSampler(for: model.schedule)
        generator = TorchGenerator(seed: settings.seed)
        clips = reuse.clips(for: settings.length)
        shape = [1, settings.clipFrames, settings.height / factor, settings.width / factor, model.unet.configuration.inChannels]
        let wanted = try model.encode(settings.prompt)
        warnings = wanted.warnings
        if settings.guidanceScale > 1 {
            let unwanted = try model.encode(settings.negativePrompt)
            guided = Conditioning(
                context: Tensor.stacked([unwanted.context, wanted.context]),
                pooled: wanted.pooled.flatMap { w in unwanted.pooled.map { Tensor.stacked([$0, w]) } },
                deep: DeepFeatures(period: settings.deepReuse))
        } else {
            guided = nil
        }
        prompted = Conditioning(
            context: wanted.context, pooled: wanted.pooled, deep: DeepFeatures(period: settings.deepReuse))
    }

    /// The frames that the next clip adds; nil after the last one or after a failure.
    public func next() -> [Frame]? {
        guard failure == nil, clip < clips else { return nil }
        do {
            let latents = try denoise(initialNoise())
            StoragePool.shared.trim(above: Self.keptBetweenPhases)
            let frames = decode(latents)
            StoragePool.shared.trim(above: Self.keptBetweenPhases)
            clip += 1
            produced += frames.count
            clipLatents = latents
            try onEvent?(.frames(done: produced, of: settings.length))
            return frames
        } catch {
            failure = error
            return nil
        }
    }

    /// Free memory that U-Net and decoder leave to one another; to ask the system for more costs more than it saves.
    private static let keptBetweenPhases = 256 << 20

    private func initialNoise() -> Tensor {
        guard let past = trajectory.first else {
            let noise = prior.draw(shape, from: &generator)
            return sampler.initialNoiseScale == 1 ? noise : noise * sampler.initialNoiseScale
        }
        let fresh = generator.channelsLastNormal(shape, std: reuse.freshDeviation)
        return reuse.initialNoise(past: past, fresh: fresh)
    }

    /// One clip from noise to clean latents; keeps its trajectory for the next.
    private func denoise(_ noise: Tensor) throws -> Tensor {
        var latents = noise
        let past = trajectory, steps = sampler.timesteps.count
        trajectory = []
        for conditioning in [prompted, guided] { conditioning?.deep.reset() }
        for (index, timestep) in sampler.timesteps.enumerated() {
            if !past.isEmpty { reuse.guide(latents, step: index, of: steps, past: past[index]) }
            trajectory.append(latents.copied())
            let fresh = sampler.drawsNoise ? generator.channelsLastNormal(shape, order: .frames) : nil
            let made = sampler.step(modelOutput: predict(latents, timestep), at: index, sample: latents, noise: fresh)
            latents = made.sample
            onPrediction?(made.predictedSample)
            try onEvent?(.step(clip: clip + 1, clips: clips, step: index + 1, steps: steps))
        }
        return latents
    }

    private func predict(_ latents: Tensor, _ timestep: Float) -> Tensor {
        guard let guided, guidance.isActive(at: timestep) else { return predict([latents], timestep, prompted) }
        let both = predict([latents, latents], timestep, guided)
        return guidance.combine(unconditional: both.slice(0..<1), conditional: both.slice(1..<2))
    }

    private func predict(_ latents: [Tensor], _ timestep: Float, _ conditioning: Conditioning) -> Tensor {
        model.unet(
            latents.count == 1 ? latents[0] : Tensor.stacked(latents), timesteps: latents.map { _ in timestep },
            context: conditioning.context, pooled: conditioning.pooled, cache: conditioning.cache, deep: conditioning.deep)
    }

    /// Pictures of the frames that this clip adds to the video.
    private func decode(_ latents: Tensor) -> [Frame] {
        var frames = latents.slice(0)
        let skipped = clipLatents == nil || reuse.order == .reversed ? 0 : reuse.overlap
        if skipped > 0, let clipLatents {
            // The temporal decoder sees the frames that were really shown before the new ones.
            let n = settings.clipFrames
            frames = Tensor.stacked([clipLatents.slice(0).slice(n - skipped..<n), frames.slice(skipped..<n)])
        }
        let count = Swift.min(settings.clipFrames - skipped, settings.length - produced)
        let pictures = model.autoencoder.decode(
            model.autoencoder.denormalized(frames), frames: settings.official ? 1 : settings.clipFrames)
        return (skipped..<skipped + count).map { Frame(signed: pictures.slice($0)) }
    }
}

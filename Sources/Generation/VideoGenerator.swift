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
    /// The prompts of the clips.
    public let prompts: PromptPlan
    /// Told of every step; an error that it throws ends generation and is found in `failure`.
    public var onEvent: ((GenerationEvent) throws -> Void)?
    /// Shown the model's idea of the clean clip after every step, just before the step's event: latents
    /// [1, frames, height, width, channels], which `LatentColours` makes pictures of.
    public var onPrediction: ((Tensor) -> Void)?
    public private(set) var failure: (any Error)?

    private let model: VideoModel
    private let plan: MemoryPlan
    private let reuse: ReuseAndDiffuse
    private let guidance: Guidance
    private let prior: NoisePrior
    private var sampler: any Sampler
    private var generator: TorchGenerator
    /// What the denoiser is told of each part of `prompts`: only that of the clip at hand is kept with its memory.
    private let conditions: [Condition]
    private var part = -1
    /// Nil without guidance.
    private let unwanted: Condition?
    /// With the prompt, without it, and both in one batch.
    private var prompted, unprompted, guided: Conditioning?
    private let shape: [Int]
    /// Where clips are saved, and how many were there at the beginning.
    private var run: VideoRun?
    private var savedClips = 0
    private var clip = 0
    private var decoder: FrameDecoder
    private var trajectory: [Tensor] = []
    /// What the last clip was denoised to, [1, frames, height, width, channels].
    public private(set) var clipLatents: Tensor?
    /// Latents of the frames that were handed over last, [frames, height, width, channels].
    public private(set) var frameLatents: Tensor?

    /// What the denoiser is told besides the latents, and what it keeps of it.
    private struct Conditioning {
        let condition: Condition
        let memory: any DenoiserMemory
    }

    /// - Parameter plan: how memory is spared.
    ///
    /// Throws `GenerationError` or `DiffusionError` for settings out of range.
    public init(_ model: VideoModel, _ settings: GenerationSettings, plan: MemoryPlan = .unlimited) throws {
        self.model = model
        self.plan = plan
        self.settings = settings
        let factor = model.codec.factor
        guard settings.length >= 1 else {
            throw GenerationError.invalidOption(name: "length", found: "\(settings.length)", allowed: "1 or more frames")
        }
        guard settings.width > 0, settings.height > 0, settings.width % factor == 0, settings.height % factor == 0 else {
            throw GenerationError.invalidOption(
                name: "size", found: "\(settings.width)x\(settings.height)",
                allowed: "multiples of \(factor), such as \(Swift.max(1, settings.width / factor) * factor)x\(Swift.max(1, settings.height / factor) * factor)")
        }
        reuse = try settings.reuse()
        prompts = try PromptPlan(settings)
        let last = Float(model.schedule.timestepCount)
        guidance = try Guidance(
            scale: settings.guidanceScale,
            interval: Float(settings.guidanceFrom) * last...Float(Swift.max(settings.guidanceFrom, settings.guidanceTo)) * last)
        prior = try NoisePrior(
            .progressive, alpha: settings.noiseAlpha, scaling: settings.official ? .official : .unitVariance)
        sampler = try SamplerConfiguration(kind: settings.sampler, steps: settings.steps, eta: settings.eta)
            .makeSampler(for: model.schedule)
        generator = TorchGenerator(seed: settings.seed)
        decoder = FrameDecoder(model.codec, settings, tile: plan.decoderTile)
        clips = reuse.clips(for: settings.length)
        shape = [1, settings.clipFrames, settings.height / factor, settings.width / factor, model.denoiser.latentChannels]
        var warnings: [String] = []
        conditions = try prompts.parts.map {
            let wanted = try model.condition(for: $0.prompt)
            warnings += wanted.warnings.filter { !warnings.contains($0) }
            return wanted.condition
        }
        self.warnings = warnings
        unwanted = settings.guidanceScale > 1 ? try model.condition(for: settings.negativePrompt).condition : nil
    }

    /// Keeps the video in a run's folder, from its first clip on or from where it was left: clips that are there are
    /// decoded and not made again, new ones are saved before they are decoded.
    ///
    /// Throws `RunError.damaged`, also where what is there does not fit the settings.
    public func keep(in run: VideoRun) throws {
        precondition(clip == 0, "a run begins before the first clip")
        self.run = run
        guard let state = try run.newestState() else { return }
        guard state.trajectory.count == sampler.timesteps.count, state.trajectory.allSatisfy({ $0.shape == shape }) else {
            throw RunError.damaged(file: run.path, problem: "its latents are \(state.trajectory.count) steps of \(state.trajectory[0].shape), and the settings lead to \(sampler.timesteps.count) of \(shape)")
        }
        (savedClips, trajectory, generator) = (state.clips, state.trajectory, state.generator)
    }

    /// The frames that the next clip completes (`FrameDecoder`); nil after the last one or after a failure, which in a
    /// run's folder leaves the clips that were saved.
    public func next() -> [Frame]? {
        guard failure == nil, clip < clips else { return nil }
        do {
            // A model may be in training: what it makes is looked at, and nothing of it is recorded.
            return try withoutGradients { try nextFrames() }
        } catch {
            failure = error
            return nil
        }
    }

    private func nextFrames() throws -> [Frame] {
        let latents = try nextLatents()
        StoragePool.shared.trim(above: Self.keptBetweenPhases)
        let overlap = clip == 0 || reuse.order == .reversed ? 0 : reuse.overlap
        let made = decoder.decode(latents.slice(0).slice(overlap..<settings.clipFrames), of: settings.length)
        StoragePool.shared.trim(above: Self.keptBetweenPhases)
        clip += 1
        (clipLatents, frameLatents) = (latents, made.latents)
        try onEvent?(.frames(done: decoder.done, of: settings.length))
        return made.frames
    }

    /// The frames of finished clips that wait for the next one: where generation is ended before its last clip, they are
    /// what is left to show.
    public var waiting: [Frame] { decoder.waiting }

    /// Clean latents of the next clip, as they were saved or made now.
    private func nextLatents() throws -> Tensor {
        if let run, clip < savedClips {
            let latents = try run.latents(of: clip + 1)
            guard latents.shape == shape else {
                throw RunError.damaged(file: run.path, problem: "clip \(clip + 1) is \(latents.shape), and the settings lead to \(shape)")
            }
            return latents
        }
        condition()
        let latents = try denoise(initialNoise())
        try run?.save(latents, ClipState(clips: clip + 1, trajectory: trajectory, generator: generator))
        return latents
    }

    /// Makes ready what the denoiser is told in the next clip.
    private func condition() {
        let wanted = prompts.parts.lastIndex { $0.clip <= clip + 1 } ?? 0
        guard wanted != part else { return }
        part = wanted
        let condition = conditions[wanted]
        func conditioning(_ condition: Condition) -> Conditioning {
            Conditioning(condition: condition, memory: model.denoiser.makeMemory(deepReuse: settings.deepReuse))
        }
        prompted = conditioning(condition)
        guard let unwanted else { return }
        if plan.splitsGuidance {
            unprompted = conditioning(unwanted)
        } else {
            guided = conditioning(.stacked([unwanted, condition]))
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
        let history = settings.official ? .keep : settings.editHistory
        trajectory = []
        for conditioning in [prompted, unprompted, guided] { conditioning?.memory.beginPiece() }
        for (index, timestep) in sampler.timesteps.enumerated() {
            let edited = past.isEmpty ? .none : reuse.guide(latents, step: index, of: steps, past: past[index])
            trajectory.append(latents.copied())
            let fresh = sampler.drawsNoise ? generator.channelsLastNormal(shape, order: .frames) : nil
            let made = sampler.step(
                modelOutput: predict(latents, timestep), at: index, sample: latents, edited: history.told(edited), noise: fresh)
            latents = made.sample
            onPrediction?(made.predictedSample)
            try onEvent?(.step(clip: clip + 1, clips: clips, step: index + 1, steps: steps))
        }
        return latents
    }

    private func predict(_ latents: Tensor, _ timestep: Float) -> Tensor {
        guard unwanted != nil, guidance.isActive(at: timestep) else { return predict([latents], timestep, prompted) }
        if plan.splitsGuidance {
            return guidance.combine(
                unconditional: predict([latents], timestep, unprompted), conditional: predict([latents], timestep, prompted))
        }
        let both = predict([latents, latents], timestep, guided)
        return guidance.combine(unconditional: both.slice(0..<1), conditional: both.slice(1..<2))
    }

    private func predict(_ latents: [Tensor], _ timestep: Float, _ conditioning: Conditioning?) -> Tensor {
        guard let conditioning else { preconditionFailure("a clip is conditioned before its first step") }
        return model.denoiser(
            latents.count == 1 ? latents[0] : Tensor.stacked(latents),
            at: .perSample(model.denoiser.told(latents.map { _ in timestep }, of: model.schedule)),
            given: conditioning.condition, memory: conditioning.memory)
    }
}

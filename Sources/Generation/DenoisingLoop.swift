import Diffusion
import Tensors

/// The loop over steps, the same for all methods: guidance, sampler, whoever watches, and an edit of the latents before
/// each step.
public struct DenoisingLoop {
    private let denoiser: GuidedDenoiser
    private let sampler: any Sampler
    /// Of the latents of a clip: [1, frames, height, width, channels].
    public let shape: [Int]

    /// Throws `DiffusionError` for settings out of range.
    public init(_ settings: GenerationSettings, _ denoiser: GuidedDenoiser) throws {
        let model = denoiser.model, factor = model.codec.factor
        self.denoiser = denoiser
        sampler = try SamplerConfiguration(kind: settings.sampler, steps: settings.steps, eta: settings.eta)
            .makeSampler(for: model.process)
        shape = [1, settings.clipFrames, settings.height / factor, settings.width / factor, model.denoiser.latentChannels]
    }

    public var steps: Int { sampler.timesteps.count }

    /// Standard normal noise as the sampler begins with it.
    public func scaled(_ noise: Tensor) -> Tensor {
        sampler.initialNoiseScale == 1 ? noise : noise * sampler.initialNoiseScale
    }

    /// From noise to clean latents, [1, frames, height, width, channels].
    ///
    /// - Parameters:
    ///   - noise: as `scaled` gives it.
    ///   - stretch: whose prompt it follows.
    ///   - random: for samplers that draw noise between steps.
    ///   - history: what the sampler remembers of frames that were edited.
    ///   - edit: may change the latents in place before a step, counted from 0, and tells which frames it has changed.
    public func denoise(
        _ noise: Tensor, of stretch: Int, random: inout TorchGenerator, history: EditHistory = .restart, _ watch: StepWatch,
        edit: (_ latents: Tensor, _ step: Int, _ steps: Int) -> EditedFrames = { _, _, _ in .none }
    ) throws -> Tensor {
        var latents = noise, sampler = sampler
        denoiser.begin(stretch)
        for (index, timestep) in sampler.timesteps.enumerated() {
            let edited = edit(latents, index, steps)
            let fresh = sampler.drawsNoise ? random.channelsLastNormal(shape, order: .frames) : nil
            let scale = sampler.inputScale(at: index)
            let made = sampler.step(
                modelOutput: denoiser(scale == 1 ? latents : latents * scale, at: timestep), at: index, sample: latents, edited: history.told(edited),
                noise: fresh)
            latents = made.sample
            try watch.step(index + 1, of: steps, made.predictedSample)
        }
        return latents
    }
}

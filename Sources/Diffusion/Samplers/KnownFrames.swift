import Tensors

/// Frames that are given and are to stay: at each step they replace what was sampled, with the noise of that step
/// (the replacement method of Song et al., 2011.13456, section 5, for frames).
///
///     let edited = known.replace(in: sample, at: sampler.noiseLevel(at: index))   // before the model is asked
///     sample = sampler.step(modelOutput: output, at: index, sample: sample, edited: edited, noise: nil).sample
///     …
///     known.replace(in: sample, at: sampler.noiseLevel(at: sampler.timesteps.count))   // the clean ones, in the end
public struct KnownFrames {
    public let clean: Tensor
    public let noise: Tensor
    /// The frames that are known.
    public let frames: EditedFrames

    /// - Parameters:
    ///   - clean: clean latents [batch, frames, height, width, channels]; only known frames are read.
    ///   - noise: standard normal values of that shape, the same for all steps, so that a known frame goes the straight
    ///     way from its noise to what it is.
    ///   - mask: one value for each frame, true where it is known.
    public init(clean: Tensor, noise: Tensor, mask: [Bool]) {
        precondition(clean.shape == noise.shape, "\(noise.shape) is no noise for \(clean.shape)")
        precondition(clean.rank >= 2 && clean.shape[1] == mask.count, "\(mask.count) marks for \(clean.shape)")
        (self.clean, self.noise, frames) = (clean, noise, EditedFrames(mask: mask))
    }

    /// Puts the known frames into `latents`, in place, as they are at a noise level; nobody else may hold `latents`.
    /// - Returns: the frames to tell the sampler of.
    @discardableResult
    public func replace(in latents: Tensor, at level: NoiseLevel) -> EditedFrames {
        precondition(latents.shape == clean.shape, "\(latents.shape) does not fit \(clean.shape)")
        let size = clean.shape[2...].reduce(1, *)
        for entry in 0..<clean.shape[0] {
            for position in frames.positions {
                let place = (entry * clean.shape[1] + position) * size
                for index in place..<place + size {
                    latents.pointer[index] = level.alpha * clean.pointer[index] + level.sigma * noise.pointer[index]
                }
            }
        }
        return frames
    }
}

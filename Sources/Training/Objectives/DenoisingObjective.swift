import Diffusion
import Generation
import Models
import Tensors

/// Denoising score matching: the mean squared error of what the network makes of noisy latents (Ho et al.,
/// arXiv 2006.11239), weighted as the process has it, with noise that frames of a clip share in part.
public struct DenoisingObjective: Objective {
    /// Draws levels and weighs errors.
    public let process: any NoiseProcess
    /// Whether every frame has a level of its own (Chen et al., arXiv 2407.01392), for a denoiser of that ability.
    public let levelPerFrame: Bool
    public let checkpointing: Bool

    public init(_ process: any NoiseProcess, levelPerFrame: Bool = false, checkpointing: Bool = false) {
        (self.process, self.levelPerFrame, self.checkpointing) = (process, levelPerFrame, checkpointing)
    }

    public func loss(of student: any Denoiser, on batch: LatentBatch, generator: inout TorchGenerator) throws -> Tensor {
        let (samples, frames) = (batch.clean.shape[0], batch.clean.shape[1])
        let levels = process.draw(levelPerFrame ? samples * frames : samples, from: &generator)
        let noise = try batch.clean.shape[1] > 1
            ? correlatedNoise(batch.clean.shape, &generator) : generator.randn(batch.clean.shape)
        return loss(of: student, on: batch, noise: noise, levels: levels)
    }

    /// The loss with noise of the latents' shape and a level for each sample or, sample by sample, for each frame.
    package func loss(of student: any Denoiser, on batch: LatentBatch, noise: Tensor, levels: [Float]) -> Tensor {
        let noisy = process.noisy(batch.clean, noise: noise, at: levels)
        let told = student.told(levels, of: process), frames = batch.clean.shape[1]
        let output = student(
            process.input(noisy, at: levels),
            at: levels.count == batch.clean.shape[0]
                ? .perSample(told) : .perFrame(stride(from: 0, to: told.count, by: frames).map { Array(told[$0..<$0 + frames]) }),
            given: batch.condition, memory: nil, checkpointing: checkpointing)
        return process.loss(output, process.target(batch.clean, noise: noise, at: levels), at: levels)
    }

    /// A correlation between neighbouring frames that is drawn anew for each batch, more often strong than weak, so that
    /// sampling may choose any.
    private func correlatedNoise(_ shape: [Int], _ generator: inout TorchGenerator) throws -> Tensor {
        let u = Double(generator.uniform()), correlation = 0.95 * (1 - u * u)
        let alpha = correlation / (1 - correlation * correlation).squareRoot()
        return try NoisePrior(.progressive, alpha: alpha).draw(shape, from: &generator)
    }
}

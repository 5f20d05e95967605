import Diffusion
import Generation
import Models
import Tensors

/// Denoising score matching: the mean squared error of what the network makes of noisy latents (Ho et al.,
/// arXiv 2006.11239), with one timestep for each sample and noise that frames of a clip share in part.
public struct DenoisingObjective: Objective {
    public let schedule: NoiseSchedule
    /// Timesteps are drawn as t = s·u / (1 + (s - 1)·u) of the noisiest: above 1 more of them are noisy.
    public let timestepShift: Float
    public let checkpointing: Bool

    public init(_ schedule: NoiseSchedule, timestepShift: Float = 1, checkpointing: Bool = false) {
        (self.schedule, self.timestepShift, self.checkpointing) = (schedule, timestepShift, checkpointing)
    }

    public func loss(of student: any Denoiser, on batch: LatentBatch, generator: inout TorchGenerator) throws -> Tensor {
        let samples = batch.clean.shape[0], last = schedule.timestepCount - 1
        // One timestep from each of `samples` equal slices, so that every batch sees easy and hard ones.
        let timesteps = (0..<samples).map { i -> Int in
            let u = (Float(i) + generator.uniform()) / Float(samples)
            return min(last, Int(timestepShift * u / (1 + (timestepShift - 1) * u) * Float(last + 1)))
        }
        let noise = try batch.clean.shape[1] > 1
            ? correlatedNoise(batch.clean.shape, &generator) : generator.randn(batch.clean.shape)
        return loss(of: student, on: batch, noise: noise, timesteps: timesteps)
    }

    /// The loss with noise of the latents' shape and a timestep for each sample.
    package func loss(of student: any Denoiser, on batch: LatentBatch, noise: Tensor, timesteps: [Int]) -> Tensor {
        let noisy = schedule.addNoise(batch.clean, noise: noise, timesteps: timesteps)
        let target = schedule.target(batch.clean, noise: noise, timesteps: timesteps)
        return student(
            noisy, at: .perSample(student.told(timesteps.map(Float.init), of: schedule)), given: batch.condition, memory: nil,
            checkpointing: checkpointing
        ).meanSquaredError(target)
    }

    /// A correlation between neighbouring frames that is drawn anew for each batch, more often strong than weak, so that
    /// sampling may choose any.
    private func correlatedNoise(_ shape: [Int], _ generator: inout TorchGenerator) throws -> Tensor {
        let u = Double(generator.uniform()), correlation = 0.95 * (1 - u * u)
        let alpha = correlation / (1 - correlation * correlation).squareRoot()
        return try NoisePrior(.progressive, alpha: alpha).draw(shape, from: &generator)
    }
}

import Models
import Tensors

/// What training draws: clean latents and what belongs to them.
public struct LatentBatch {
    /// Normalised, [samples, frames, height, width, channels].
    public let clean: Tensor
    /// Of as many samples; recorded where the text encoder is trained too.
    public let condition: Condition

    public init(clean: Tensor, condition: Condition) { (self.clean, self.condition) = (clean, condition) }
}

/// What a denoiser is taught: to denoise, or to do in few steps what a teacher does in many. What else it takes, such as a
/// teacher, the kind of noise or how levels are drawn, an objective holds itself.
public protocol Objective {
    /// The recorded loss of `student` on a batch, [1]; levels and noise come from `generator`.
    func loss(of student: any Denoiser, on batch: LatentBatch, generator: inout TorchGenerator) throws -> Tensor
}

import Tensors

/// Classifier-free guidance (Ho and Salimans, 2207.12598): what the model says without the prompt, or with a
/// negative prompt, and further along the way to what it says with the prompt.
public struct Guidance: Sendable, Equatable {
    /// 1 leaves the model's output as it is; above 1 the prompt weighs more.
    public let scale: Float
    /// Timesteps at which guidance acts (2404.07724); `nil`: at all of them.
    public let interval: ClosedRange<Float>?

    /// - Parameters:
    ///   - scale: 0 to 100; a scale of 1 or below asks for no second model evaluation (see `isActive`).
    ///   - interval: training timesteps, both ends included.
    /// - Throws: `DiffusionError.invalidOption` for values out of range.
    public init(scale: Float, interval: ClosedRange<Float>? = nil) throws {
        guard (0...100).contains(scale) else {
            throw DiffusionError.invalidOption(name: "guidance", found: "\(scale)", allowed: "0 to 100")
        }
        self.scale = scale
        self.interval = interval
    }

    /// Whether the model must also be asked without the prompt at this timestep. As in the latent diffusion
    /// pipelines, only a scale above 1 guides.
    public func isActive(at timestep: Float) -> Bool {
        scale > 1 && (interval?.contains(timestep) ?? true)
    }

    /// unconditional + scale · (conditional − unconditional).
    public func combine(unconditional: Tensor, conditional: Tensor) -> Tensor {
        zipped(unconditional, conditional) { $0 + scale * ($1 - $0) }
    }
}

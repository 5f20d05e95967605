import Foundation
import Tensors

/// Classifier-free guidance (Ho and Salimans, 2207.12598): what the model says without the prompt, or with a
/// negative prompt, and further along the way to what it says with the prompt.
public struct Guidance: Sendable, Equatable {
    /// 1 leaves the model's output as it is; above 1 the prompt weighs more.
    public let scale: Float
    /// φ of 2305.08891, section 3.4: the share of the output that gets the standard deviation of the prompted
    /// output back, against overexposure. 0 is off.
    public let rescale: Float
    /// Timesteps at which guidance acts (2404.07724); `nil`: at all of them.
    public let interval: ClosedRange<Float>?

    /// - Parameters:
    ///   - scale: 0 to 100; a scale of 1 or below asks for no second model evaluation (see `isActive`).
    ///   - rescale: φ, 0 to 1.
    ///   - interval: training timesteps, both ends included.
    /// - Throws: `DiffusionError.invalidOption` for values out of range.
    public init(scale: Float, rescale: Float = 0, interval: ClosedRange<Float>? = nil) throws {
        guard (0...100).contains(scale) else {
            throw DiffusionError.invalidOption(name: "guidance", found: "\(scale)", allowed: "0 to 100")
        }
        guard (0...1).contains(rescale) else {
            throw DiffusionError.invalidOption(name: "guidance rescale", found: "\(rescale)", allowed: "0 to 1")
        }
        self.scale = scale
        self.rescale = rescale
        self.interval = interval
    }

    /// Whether the model must also be asked without the prompt at this timestep. As in the latent diffusion
    /// pipelines, only a scale above 1 guides.
    public func isActive(at timestep: Float) -> Bool {
        scale > 1 && (interval?.contains(timestep) ?? true)
    }

    /// unconditional + scale · (conditional − unconditional), rescaled per entry of the first axis.
    public func combine(unconditional: Tensor, conditional: Tensor) -> Tensor {
        let guided = zipped(unconditional, conditional) { $0 + scale * ($1 - $0) }
        guard rescale > 0 else { return guided }
        let entries = guided.rank == 0 ? 1 : guided.size(0)
        let count = entries == 0 ? 0 : guided.count / entries
        for entry in 0..<entries {
            let values = UnsafeMutableBufferPointer(start: guided.pointer + entry * count, count: count)
            let wanted = Self.standardDeviation(
                UnsafeMutableBufferPointer(start: conditional.pointer + entry * count, count: count)
            )
            let found = Self.standardDeviation(values)
            guard found > 0 else { continue }
            let factor = rescale * (wanted / found) + (1 - rescale)
            for index in 0..<count { values[index] *= factor }
        }
        return guided
    }

    /// With n − 1 in the denominator, as torch's `std`.
    private static func standardDeviation(_ values: UnsafeMutableBufferPointer<Float>) -> Float {
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return Float((squares / Double(values.count - 1)).squareRoot())
    }
}

import Foundation

extension NoiseSchedule {
    /// arctan(σ/α) of a timestep, from almost 0 to π/2: with x = α·x₀ + σ·ε and α² + σ² = 1, the angle between clean
    /// sample and noise (Salimans & Ho, arXiv 2202.00512, appendix D).
    ///
    /// - Parameter timestep: within `0..<timestepCount`; between whole numbers σ/α is interpolated, as solvers do.
    public func angle(at timestep: Float) -> Float {
        let lower = Int(timestep), part = timestep - Float(lower)
        guard part > 0 else { return atan2(noiseRate(lower), signalRate(lower)) }
        // Without any signal in the last timestep the ratio would be infinite: see `SigmaSteps.trainingSigmas`.
        func ratio(_ index: Int) -> Float { noiseRate(index) / (signalRate(index) > 0 ? signalRate(index) : 0x1p-12) }
        return atan(ratio(lower) + part * (ratio(lower + 1) - ratio(lower)))
    }
}

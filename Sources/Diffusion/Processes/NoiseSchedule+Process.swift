import Tensors

/// A schedule of timesteps (Ho et al., arXiv 2006.11239) as a process: x_t = √ᾱ·x₀ + √(1−ᾱ)·ε. Levels are timesteps, whole
/// numbers as Float.
extension NoiseSchedule: NoiseProcess {
    /// Up to the number of timesteps, which is no timestep itself.
    public var levels: ClosedRange<Float> { 0...Float(timestepCount) }

    public func mixture(at level: Float) -> NoiseMixture {
        NoiseMixture(clean: signalRate(Int(level)), noise: noiseRate(Int(level)))
    }

    /// ε, x₀ or v = √ᾱ·ε − √(1−ᾱ)·x₀, as `prediction_type` has it.
    public func target(at level: Float) -> NoiseMixture {
        switch configuration.predictionType {
        case .epsilon: NoiseMixture(clean: 0, noise: 1)
        case .sample: NoiseMixture(clean: 1, noise: 0)
        case .velocity: NoiseMixture(clean: -noiseRate(Int(level)), noise: signalRate(Int(level)))
        }
    }

    /// One timestep from each of `count` equal slices, so that every batch sees easy and hard ones, moved by
    /// `timestepShift`.
    public func draw(_ count: Int, from generator: inout TorchGenerator) -> [Float] {
        (0..<count).map { i in
            let u = (Float(i) + generator.uniform()) / Float(count)
            return Float(min(timestepCount - 1, Int(timestepShift * u / (1 + (timestepShift - 1) * u) * Float(timestepCount))))
        }
    }
}

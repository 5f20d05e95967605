import Foundation
import Tensors

/// A process whose level is a real number, and whose samples go from noise to clean along an ordinary differential equation.
public protocol ContinuousProcess: NoiseProcess {
    /// How what a sample is made of changes with the level: dx/dlevel = clean · x₀ + noise · ε.
    func change(at level: Float) -> NoiseMixture
    /// Levels from which `count` steps begin, falling, and the clean end behind them: `count` + 1 numbers.
    func steps(_ count: Int) -> [Float]
}

/// Flow matching along straight lines (Lipman et al., arXiv 2210.02747; NFD, arXiv 2506.01380): x_t = (1 − t)·x₀ + t·ε, and
/// the network says v = ε − x₀. Levels are 0 to 1; training draws t = sigmoid(n), n standard normal (Esser et al.,
/// arXiv 2403.03206, section 3.1).
public struct FlowProcess: ContinuousProcess {
    /// Times are drawn and visited as s·t / (1 + (s − 1)·t): above 1 more of them are noisy.
    public let shift: Float

    public init(shift: Float = 1) { self.shift = shift }

    public var levels: ClosedRange<Float> { 0...1 }
    public func mixture(at level: Float) -> NoiseMixture { NoiseMixture(clean: 1 - level, noise: level) }
    public func target(at _: Float) -> NoiseMixture { NoiseMixture(clean: -1, noise: 1) }
    public func change(at level: Float) -> NoiseMixture { target(at: level) }

    private func shifted(_ t: Float) -> Float { shift * t / (1 + (shift - 1) * t) }

    public func draw(_ count: Int, from generator: inout TorchGenerator) -> [Float] {
        generator.randn([count]).values.map { shifted(1 / (1 + exp(-$0))) }
    }

    public func steps(_ count: Int) -> [Float] { (0...count).map { shifted(Float(count - $0) / Float(count)) } }
}

/// TrigFlow (Lu & Song, arXiv 2410.11081, section 3) with σ_data = 1: x_t = cos t·x₀ + sin t·z, and the network says
/// dx/dt = cos t·z − sin t·x₀. Levels are angles, 0 to π/2. A network that says v of a variance-preserving schedule says the
/// same at arctan(σ/α).
public struct TrigFlowProcess: ContinuousProcess {
    /// Training draws t = arctan(eᵗ'), t' normal with this mean and deviation.
    public let logMean, logDeviation: Float

    public init(logMean: Float = 0, logDeviation: Float = 1.6) { (self.logMean, self.logDeviation) = (logMean, logDeviation) }

    public var levels: ClosedRange<Float> { 0...Float.pi / 2 }
    public func mixture(at level: Float) -> NoiseMixture { NoiseMixture(clean: cos(level), noise: sin(level)) }
    public func target(at level: Float) -> NoiseMixture { NoiseMixture(clean: -sin(level), noise: cos(level)) }
    public func change(at level: Float) -> NoiseMixture { target(at: level) }
    public func angle(at level: Float) -> Float { level }

    public func draw(_ count: Int, from generator: inout TorchGenerator) -> [Float] {
        generator.randn([count]).values.map { atan(exp(logMean + logDeviation * $0)) }
    }

    public func steps(_ count: Int) -> [Float] { (0...count).map { .pi / 2 * Float(count - $0) / Float(count) } }
}

/// EDM (Karras et al., arXiv 2206.00364) with Snap Video's scaling of the input (arXiv 2402.14797, section 3.2):
/// x_σ = x₀/σ_in + σ·ε, and the network says (σ_d²·ε − σ·x₀) / (σ_d·√(σ² + σ_d²)) of x_σ / √(σ_d²/σ_in² + σ²). With σ_in = 1
/// these are EDM's own.
///
/// It is EDM's process in other variables: σ_in·x_σ = x₀ + σ_in·σ·ε. Levels are σ.
public struct EDMProcess: ContinuousProcess {
    /// σ_d, the standard deviation of clean samples.
    public let dataDeviation: Float
    /// σ_in, above 0: large pictures of video are redundant, and noise that leaves a pixel unknown leaves them known.
    public let inputScale: Float
    public let levels: ClosedRange<Float>
    /// ln σ is drawn with this mean and deviation.
    public let logMean, logDeviation: Float
    /// Steps are equally spaced in σ^(1/ρ).
    private static let exponent: Float = 7

    public init(
        dataDeviation: Float = 0.5, inputScale: Float = 1, levels: ClosedRange<Float> = 0.002...80, logMean: Float = -1.2,
        logDeviation: Float = 1.2
    ) {
        precondition(dataDeviation > 0 && inputScale > 0 && levels.lowerBound > 0, "deviations and levels are above 0")
        (self.dataDeviation, self.inputScale, self.levels) = (dataDeviation, inputScale, levels)
        (self.logMean, self.logDeviation) = (logMean, logDeviation)
    }

    public func mixture(at level: Float) -> NoiseMixture { NoiseMixture(clean: 1 / inputScale, noise: level) }

    public func target(at level: Float) -> NoiseMixture {
        let root = (level * level + dataDeviation * dataDeviation).squareRoot()
        return NoiseMixture(clean: -level / (dataDeviation * root), noise: dataDeviation / root)
    }

    public func inputScale(at level: Float) -> Float {
        let signal = dataDeviation / inputScale
        return 1 / (signal * signal + level * level).squareRoot()
    }

    /// The weight 1/σ_d² + 1/σ² of the clean sample's error, which counts it by what a network can say at a level, comes to
    /// (σ² + σ_d²)² / (σ² + σ_d²/σ_in)² of the output's: σ_in² without noise, 1 with nothing else, and 1 throughout for
    /// σ_in = 1.
    public func weight(at level: Float) -> Float {
        let data = dataDeviation * dataDeviation, square = level * level
        let ratio = (square + data) / (square + data / inputScale)
        return ratio * ratio
    }

    public func change(at _: Float) -> NoiseMixture { NoiseMixture(clean: 0, noise: 1) }

    public func draw(_ count: Int, from generator: inout TorchGenerator) -> [Float] {
        generator.randn([count]).values.map { min(max(exp(logMean + logDeviation * $0), levels.lowerBound), levels.upperBound) }
    }

    /// Equation 5 of Karras et al., and 0 in the end.
    public func steps(_ count: Int) -> [Float] {
        let (high, low) = (pow(levels.upperBound, 1 / Self.exponent), pow(levels.lowerBound, 1 / Self.exponent))
        return (0..<count).map { index in
            index == 0 ? levels.upperBound : pow(high + Float(index) / Float(max(1, count - 1)) * (low - high), Self.exponent)
        } + [0]
    }
}

import Foundation
import Tensors

/// How much signal and noise a diffused sample holds at every training timestep:
/// x_t = √ᾱ_t · x₀ + √(1−ᾱ_t) · ε.
///
/// Constants are computed in float32 in the order in which diffusers computes them. Where nearly no signal is
/// left, the predicted sample is a difference divided by √ᾱ ≈ 10⁻⁵: there only the same rounding gives the same
/// numbers.
public struct NoiseSchedule: Sendable {
    public let configuration: SchedulerConfiguration
    /// ᾱ_t of every timestep, falling from almost 1.
    public let alphasCumprod: [Float]
    /// Training draws timesteps as t = s·u / (1 + (s − 1)·u) of the noisiest: above 1 more of them are noisy.
    public var timestepShift: Float = 1

    /// - Throws: `DiffusionError.invalidValue` for numbers that make no schedule.
    public init(_ configuration: SchedulerConfiguration) throws {
        try Self.check(configuration)
        self.configuration = configuration
        var betas = Self.betas(configuration)
        if configuration.rescaleBetasZeroSNR { betas = Self.rescaledToZeroTerminalSNR(betas) }
        alphasCumprod = Self.cumulativeProduct(betas.map { 1 - $0 })
    }

    /// Number of timesteps that the model was trained on; timesteps are `0..<timestepCount`.
    public var timestepCount: Int { alphasCumprod.count }

    /// √ᾱ_t, the share of the clean sample.
    public func signalRate(_ timestep: Int) -> Float { alphasCumprod[timestep].squareRoot() }

    /// √(1−ᾱ_t), the share of the noise.
    public func noiseRate(_ timestep: Int) -> Float { (1 - alphasCumprod[timestep]).squareRoot() }

    // MARK: Construction

    private static func check(_ configuration: SchedulerConfiguration) throws {
        func fail(_ key: String, _ found: Any, _ allowed: String) -> DiffusionError {
            .invalidValue(key: key, found: "\(found)", allowed: allowed)
        }
        let count = configuration.trainTimestepCount
        guard (2...1_000_000).contains(count) else { throw fail("num_train_timesteps", count, "2 to 1000000") }
        if let betas = configuration.trainedBetas {
            guard betas.count == count else {
                throw fail("trained_betas", "a list of \(betas.count)", "a list of num_train_timesteps = \(count)")
            }
            guard betas.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
                throw fail("trained_betas", "a list with values outside", "values above 0, at most 1")
            }
        } else if configuration.betaSchedule != .squaredCosine {
            guard configuration.betaStart > 0, configuration.betaStart < 1 else {
                throw fail("beta_start", configuration.betaStart, "between 0 and 1")
            }
            guard configuration.betaEnd >= configuration.betaStart, configuration.betaEnd < 1 else {
                throw fail("beta_end", configuration.betaEnd, "from beta_start to below 1")
            }
        }
        guard (0..<count).contains(configuration.stepsOffset) else {
            throw fail("steps_offset", configuration.stepsOffset, "0 to \(count - 1)")
        }
        guard configuration.clipSampleRange > 0 else {
            throw fail("clip_sample_range", configuration.clipSampleRange, "above 0")
        }
    }

    private static func betas(_ configuration: SchedulerConfiguration) -> [Float] {
        if let betas = configuration.trainedBetas { return betas }
        let count = configuration.trainTimestepCount
        switch configuration.betaSchedule {
        case .linear:
            return linspace(Float(configuration.betaStart), Float(configuration.betaEnd), count)
        case .scaledLinear:
            let roots = linspace(
                Float(configuration.betaStart.squareRoot()), Float(configuration.betaEnd.squareRoot()), count
            )
            return roots.map { $0 * $0 }
        case .squaredCosine:
            func alphaBar(_ time: Double) -> Double {
                let cosine = cos((time + 0.008) / 1.008 * Double.pi / 2)
                return cosine * cosine
            }
            return (0..<count).map { index in
                let now = Double(index) / Double(count), next = Double(index + 1) / Double(count)
                return Float(min(1 - alphaBar(next) / alphaBar(now), 0.999))
            }
        }
    }

    /// Equally spaced values including both ends, counted from the nearer end and rounded once, as in torch.
    private static func linspace(_ start: Float, _ end: Float, _ count: Int) -> [Float] {
        let step = (end - start) / Float(count - 1)
        return (0..<count).map { index in
            index < count / 2
                ? start.addingProduct(step, Float(index)) : end.addingProduct(-step, Float(count - 1 - index))
        }
    }

    private static func cumulativeProduct(_ values: [Float]) -> [Float] {
        var product = 1.0
        return values.map { value in
            product *= Double(value)
            return Float(product)
        }
    }

    /// Algorithm 1 of "Common Diffusion Noise Schedules and Sample Steps are Flawed" (2305.08891).
    private static func rescaledToZeroTerminalSNR(_ betas: [Float]) -> [Float] {
        let roots = cumulativeProduct(betas.map { 1 - $0 }).map { $0.squareRoot() }
        let first = roots[0], last = roots[roots.count - 1]
        let scale = first / (first - last)
        let alphaBars = roots.map { root in
            let shifted = (root - last) * scale
            return shifted * shifted
        }
        return alphaBars.indices.map { index in
            1 - (index == 0 ? alphaBars[0] : alphaBars[index] / alphaBars[index - 1])
        }
    }
}

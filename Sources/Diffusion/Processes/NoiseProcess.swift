import Foundation
import Tensors

/// How clean latents become noisy, what a network is asked of them, and how training draws levels.
///
/// Everything is linear at a level: x = signal · x₀ + noise · ε is what there is, and F = clean · x₀ + noise · ε what the
/// network says of inputScale · x. Two equations with two unknowns: whoever has x and F has x₀ and ε as well. What a level
/// is, each process says itself: a timestep, a time, an angle, a standard deviation.
public protocol NoiseProcess: Sendable {
    /// Levels that there are, from the clean to the noisy end.
    var levels: ClosedRange<Float> { get }
    /// What a noisy sample is made of.
    func mixture(at level: Float) -> NoiseMixture
    /// What the network's output is made of; nowhere a multiple of `mixture`.
    func target(at level: Float) -> NoiseMixture
    /// What a noisy sample is multiplied by for the network.
    func inputScale(at level: Float) -> Float
    /// What the squared error of the network's output counts for in training.
    func weight(at level: Float) -> Float
    /// arctan(noise / signal), 0 to π/2: how noisy a sample is, in a number that all processes share.
    func angle(at level: Float) -> Float
    /// Levels that training draws, each by itself.
    func draw(_ count: Int, from generator: inout TorchGenerator) -> [Float]
}

/// clean · x₀ + noise · ε.
public struct NoiseMixture: Equatable, Sendable {
    public let clean, noise: Float

    public init(clean: Float, noise: Float) { (self.clean, self.noise) = (clean, noise) }
}

extension NoiseProcess {
    public func inputScale(at _: Float) -> Float { 1 }
    public func weight(at _: Float) -> Float { 1 }

    public func angle(at level: Float) -> Float {
        let mixture = mixture(at: level)
        return atan2(mixture.noise, mixture.clean)
    }

    // MARK: Tensors
    // Levels are one for each entry of the first axis, or one for each frame of each entry, [samples, frames, …].

    /// The noisy sample. Recorded for gradients where its inputs are.
    public func noisy(_ clean: Tensor, noise: Tensor, at levels: [Float]) -> Tensor {
        combine(clean, noise, levels) { mixture(at: $0) }
    }

    /// What the network should say.
    public func target(_ clean: Tensor, noise: Tensor, at levels: [Float]) -> Tensor {
        combine(clean, noise, levels) { target(at: $0) }
    }

    /// What the network is shown.
    public func input(_ noisy: Tensor, at levels: [Float]) -> Tensor {
        let scales = levels.map(inputScale)
        return scales.allSatisfy { $0 == 1 } ? noisy : combine(noisy, noisy, levels) { NoiseMixture(clean: inputScale(at: $0), noise: 0) }
    }

    /// The clean sample that a network's output stands for.
    public func clean(_ output: Tensor, of noisy: Tensor, at levels: [Float]) -> Tensor {
        combine(noisy, output, levels) { inverse(at: $0).clean }
    }

    /// The noise that it stands for.
    public func noise(_ output: Tensor, of noisy: Tensor, at levels: [Float]) -> Tensor {
        combine(noisy, output, levels) { inverse(at: $0).noise }
    }

    /// x₀ and ε as mixtures of x (`clean`) and F (`noise`), by Cramer's rule.
    package func inverse(at level: Float) -> (clean: NoiseMixture, noise: NoiseMixture) {
        let x = mixture(at: level), f = target(at: level)
        // In double precision: near the ends the determinant is a difference of nearly equal numbers.
        let (a, b, p, q) = (Double(x.clean), Double(x.noise), Double(f.clean), Double(f.noise)), determinant = a * q - b * p
        return (
            NoiseMixture(clean: Float(q / determinant), noise: Float(-b / determinant)),
            NoiseMixture(clean: Float(-p / determinant), noise: Float(a / determinant))
        )
    }

    private func combine(_ first: Tensor, _ second: Tensor, _ levels: [Float], _ factors: (Float) -> NoiseMixture) -> Tensor {
        let pairs = levels.map { level in
            let mixture = factors(level)
            return (own: mixture.clean, other: mixture.noise)
        }
        if levels.count == first.size(0) { return first.combined(with: second, pairs) }
        precondition(
            first.rank > 1 && levels.count == first.size(0) * first.size(1),
            "\(levels.count) levels are neither one for each entry nor one for each frame of \(first.shape)")
        let flat = [levels.count] + first.shape[2...]
        return first.reshaped(flat).combined(with: second.reshaped(flat), pairs).reshaped(first.shape)
    }

    /// The mean over what is compared of weight · (output − target)², levels as above.
    public func loss(_ output: Tensor, _ target: Tensor, at levels: [Float]) -> Tensor {
        let weights = levels.map(weight)
        return weights.allSatisfy { $0 == 1 }
            ? output.meanSquaredError(target) : output.meanSquaredError(target, weights: Tensor(weights, [levels.count]))
    }
}

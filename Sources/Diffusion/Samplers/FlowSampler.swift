import Tensors

/// Euler's and Heun's methods on the differential equation of a continuous process (Karras et al., arXiv 2206.00364,
/// algorithm 1 without churn).
///
/// Euler's step takes x₀ and ε for what they are now: x' = signal'·x₀ + noise'·ε, which is DDIM and, where noise grows against
/// a constant signal or along straight lines, Euler's method. Heun's goes there first, asks the network again, and takes the
/// mean of both directions: two evaluations for each step but the last, which goes to the clean end and is Euler's.
public struct FlowSampler: Sampler {
    public enum Method: String, Codable, CaseIterable, Sendable { case euler, heun }

    /// The level of each evaluation, falling; with Heun's method each but the first twice.
    public let timesteps: [Float]
    public let initialNoiseScale: Float
    public let drawsNoise = false
    public let process: any ContinuousProcess

    /// Where step i of the evaluations goes.
    private let next: [Float]
    /// Whether an evaluation corrects the step before it.
    private let corrects: [Bool]
    /// The sample and its direction at the beginning of the step that is corrected.
    private var begun: (index: Int, sample: Tensor, direction: Tensor)?

    /// Throws `DiffusionError.invalidOption` for less than one step.
    public init(_ process: any ContinuousProcess, steps: Int, method: Method = .euler) throws {
        guard steps >= 1 else { throw DiffusionError.invalidOption(name: "steps", found: "\(steps)", allowed: "1 or more") }
        self.process = process
        let levels = process.steps(steps)
        var (timesteps, next, corrects): ([Float], [Float], [Bool]) = ([], [], [])
        for step in 0..<steps {
            timesteps.append(levels[step])
            next.append(levels[step + 1])
            corrects.append(false)
            guard method == .heun, step + 1 < steps else { continue }
            timesteps.append(levels[step + 1])
            next.append(levels[step + 1])
            corrects.append(true)
        }
        (self.timesteps, self.next, self.corrects) = (timesteps, next, corrects)
        initialNoiseScale = process.mixture(at: levels[0]).noise
    }

    public func inputScale(at index: Int) -> Float { process.inputScale(at: timesteps[index]) }

    public func noiseLevel(at index: Int) -> NoiseLevel {
        let mixture = process.mixture(at: index < timesteps.count ? timesteps[index] : next[index - 1])
        return NoiseLevel(alpha: mixture.clean, sigma: mixture.noise)
    }

    public mutating func step(
        modelOutput: Tensor, at index: Int, sample: Tensor, edited: EditedFrames, noise _: Tensor?
    ) -> SamplerStep {
        let level = timesteps[index], inverse = process.inverse(at: level)
        func mixed(_ factors: NoiseMixture, _ first: Tensor, _ second: Tensor) -> Tensor {
            linearCombination([(factors.clean, first), (factors.noise, second)])
        }
        let clean = mixed(inverse.clean, sample, modelOutput), noise = mixed(inverse.noise, sample, modelOutput)
        let direction = mixed(process.change(at: level), clean, noise)
        let past = begun
        begun = nil
        if corrects[index], let past, past.index == index - 1 {
            let width = next[index] - timesteps[index - 1]
            let corrected = linearCombination([(1, past.sample), (width / 2, past.direction), (width / 2, direction)])
            // A frame that was edited in between has no beginning that belongs to it: its step was Euler's.
            return SamplerStep(sample: edited.taken(from: sample, into: corrected), predictedSample: clean)
        }
        // A clean sample is the clean sample, whatever a process multiplies it by among noise.
        guard index + 1 < timesteps.count else { return SamplerStep(sample: clean, predictedSample: clean) }
        if corrects[index + 1] { begun = (index, sample, direction) }
        return SamplerStep(sample: mixed(process.mixture(at: next[index]), clean, noise), predictedSample: clean)
    }
}

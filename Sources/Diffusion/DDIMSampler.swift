import Tensors

/// Denoising diffusion implicit models (Song, Meng and Ermon, 2010.02502), as diffusers' `DDIMScheduler`.
public struct DDIMSampler: Sampler {
    public let timesteps: [Float]
    public let initialNoiseScale: Float = 1
    public var drawsNoise: Bool { eta > 0 }

    private let eta: Float
    private let prediction: PredictionType
    /// Bound of the predicted sample.
    private let clip: Float?
    /// ᾱ before and after each step.
    private let alphas: [(now: Float, next: Float)]

    init(_ schedule: NoiseSchedule, spacing: TimestepSpacing, steps: Int, eta: Float) throws {
        let configuration = schedule.configuration
        let total = schedule.timestepCount
        let visited: [Int] = switch spacing {
        case .linspace:
            Timesteps.linspace(total, count: steps).map { Int($0.rounded(.toNearestOrEven)) }
        case .leading:
            Timesteps.leading(total, count: steps, offset: configuration.stepsOffset, leavingOutLowest: false)
                .map { Int($0) }
        case .trailing:
            Timesteps.trailing(total, last: total, count: steps).map { Int($0) }
        }
        timesteps = visited.map { Float($0) }
        try checkTimesteps(timesteps, schedule)
        self.eta = eta
        prediction = configuration.predictionType
        clip = configuration.clipSample ? configuration.clipSampleRange : nil
        let end = configuration.setAlphaToOne ? 1 : schedule.alphasCumprod[0]
        alphas = visited.map { timestep in
            // Not the next timestep that is visited: diffusers goes down by a whole step at every spacing.
            let next = timestep - total / steps
            return (schedule.alphasCumprod[timestep], next >= 0 ? schedule.alphasCumprod[next] : end)
        }
        if prediction == .epsilon, let first = visited.first, schedule.alphasCumprod[first] == 0 {
            throw DiffusionError.noSignal(timestep: first)
        }
    }

    public func noiseLevel(at index: Int) -> NoiseLevel {
        NoiseLevel(alphaCumprod: index < alphas.count ? alphas[index].now : alphas[alphas.count - 1].next)
    }

    /// DDIM remembers nothing: an edit is a sample like any other.
    public func step(
        modelOutput: Tensor, at index: Int, sample: Tensor, edited: EditedFrames, noise: Tensor?
    ) -> SamplerStep {
        let (alpha, nextAlpha) = alphas[index]
        let signal = alpha.squareRoot(), level = (1 - alpha).squareRoot()
        // Formulas 12 and 16 of the paper.
        var predicted: Tensor
        let predictedNoise: Tensor
        switch prediction {
        case .epsilon:
            predicted = zipped(sample, modelOutput) { ($0 - level * $1) / signal }
            predictedNoise = modelOutput
        case .sample:
            predicted = modelOutput
            predictedNoise = zipped(sample, modelOutput) { ($0 - signal * $1) / level }
        case .velocity:
            predicted = zipped(sample, modelOutput) { signal * $0 - level * $1 }
            predictedNoise = zipped(sample, modelOutput) { level * $0 + signal * $1 }
        }
        if let clip { predicted = mapped(predicted) { min(max($0, -clip), clip) } }

        let variance = ((1 - nextAlpha) / (1 - alpha)) * (1 - alpha / nextAlpha)
        let deviation = eta * variance.squareRoot()
        let direction = max(0, 1 - nextAlpha - deviation * deviation).squareRoot()
        var terms = [(nextAlpha.squareRoot(), predicted), (direction, predictedNoise)]
        if drawsNoise {
            guard let noise else { preconditionFailure("DDIM with eta \(eta) needs noise at every step") }
            terms.append((deviation, noise))
        }
        return SamplerStep(sample: linearCombination(terms), predictedSample: predicted)
    }
}

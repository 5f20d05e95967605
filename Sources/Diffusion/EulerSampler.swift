import Tensors

/// Euler's method on the probability-flow equation (Karras et al., 2206.00364), as diffusers'
/// `EulerDiscreteScheduler` without churn.
///
/// diffusers keeps z = x₀ + r·ε with r = σ/α; this keeps x = α·z. A step along dz/dr = ε from r to r' is then
/// linear in x and the model's output, with two factors that need no division by a vanishing α.
public struct EulerSampler: Sampler {
    public let timesteps: [Float]
    public let initialNoiseScale: Float
    public let drawsNoise = false

    private let sigmas: [Float]
    private let prediction: PredictionType

    init(_ schedule: NoiseSchedule, spacing: TimestepSpacing, steps: Int, karras: Bool) throws {
        let configuration = schedule.configuration
        let total = schedule.timestepCount
        let visited = switch spacing {
        case .linspace:
            // The model is told float32 timesteps, and their noise levels are those of the rounded numbers.
            Timesteps.linspace(total, count: steps).map { Double(Float($0)) }
        case .leading:
            Timesteps.leading(total, count: steps, offset: configuration.stepsOffset, leavingOutLowest: false)
        case .trailing:
            Timesteps.trailing(total, last: total, count: steps)
        }
        let grid = SigmaSteps(
            schedule, timesteps: visited, karras: karras ? .visited : nil, roundsKarrasTimesteps: false,
            finalSigma: configuration.finalSigmasType == .zero ? 0 : SigmaSteps.trainingSigmas(schedule)[0]
        )
        timesteps = grid.timesteps
        try checkTimesteps(timesteps, schedule)
        sigmas = grid.sigmas
        prediction = configuration.predictionType
        let highest = NoiseLevel(ratio: sigmas.max() ?? 0)
        initialNoiseScale = spacing == .leading ? 1 : highest.sigma
    }

    public func noiseLevel(at index: Int) -> NoiseLevel { NoiseLevel(ratio: sigmas[index]) }

    /// Euler's method remembers nothing: an edit is a sample like any other.
    public func step(
        modelOutput: Tensor, at index: Int, sample: Tensor, edited: EditedFrames, noise: Tensor?
    ) -> SamplerStep {
        let ratio = Double(sigmas[index]), nextRatio = Double(sigmas[index + 1])
        let alpha = 1 / (ratio * ratio + 1).squareRoot()
        let nextAlpha = 1 / (nextRatio * nextRatio + 1).squareRoot()
        let (kept, taken) = switch prediction {
        case .epsilon: (nextAlpha / alpha, nextAlpha * (nextRatio - ratio))
        case .sample: (nextAlpha * nextRatio / (alpha * ratio), nextAlpha * (1 - nextRatio / ratio))
        case .velocity: (nextAlpha * alpha * (1 + ratio * nextRatio), nextAlpha * alpha * (nextRatio - ratio))
        }
        return SamplerStep(
            sample: linearCombination([(Float(kept), sample), (Float(taken), modelOutput)]),
            predictedSample: NoiseLevel(ratio: sigmas[index]).predictedSample(modelOutput, sample: sample, prediction)
        )
    }
}

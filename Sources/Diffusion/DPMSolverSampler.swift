import Foundation
import Tensors

/// DPM-Solver++ (Lu et al., 2211.01095), multistep of order 2 or 1, as diffusers' `DPMSolverMultistepScheduler`
/// with `algorithm_type` dpmsolver++.
public struct DPMSolverSampler: Sampler {
    public let timesteps: [Float]
    public let initialNoiseScale: Float = 1
    public let drawsNoise = false

    private let levels: [NoiseLevel]
    private let prediction: PredictionType
    private let order: Int
    private let heun: Bool
    /// Whether the last step is of first order.
    private let endsInFirstOrder: Bool
    /// The clean sample predicted in the step before, and that step's index.
    private var previous: (index: Int, predicted: Tensor)?

    init(_ schedule: NoiseSchedule, spacing: TimestepSpacing, steps: Int, karras: Bool) throws {
        let configuration = schedule.configuration
        guard ["dpmsolver++", "deis"].contains(configuration.algorithmType) else {
            throw DiffusionError.invalidValue(
                key: "algorithm_type", found: "\"\(configuration.algorithmType)\"", allowed: "dpmsolver++"
            )
        }
        order = try solverOrder(configuration)
        heun = configuration.solverType == .heun
        prediction = configuration.predictionType
        let grid = SigmaSteps(
            schedule, timesteps: try SigmaSteps.solver(schedule, spacing: spacing, count: steps, clipped: true),
            karras: karras ? .training : nil,
            roundsKarrasTimesteps: configuration.betaSchedule != .squaredCosine,
            finalSigma: configuration.finalSigmasType == .zero ? 0 : SigmaSteps.trainingSigmas(schedule)[0]
        )
        // The model is told whole timesteps: those of Karras levels in a cosine schedule are cut. (diffusers cuts
        // the last training timestep to the one before where its logarithms round down.)
        timesteps = grid.timesteps.map { ($0 + 1e-4).rounded(.down) }
        try checkTimesteps(timesteps, schedule)
        levels = grid.sigmas.map { NoiseLevel(ratio: $0) }
        endsInFirstOrder = configuration.eulerAtFinal || configuration.finalSigmasType == .zero
            || (configuration.lowerOrderFinal && timesteps.count < 15)
    }

    public func noiseLevel(at index: Int) -> NoiseLevel { levels[index] }

    public mutating func step(
        modelOutput: Tensor, at index: Int, sample: Tensor, edited: EditedFrames, noise: Tensor?
    ) -> SamplerStep {
        let now = levels[index], next = levels[index + 1]
        let predicted = now.predictedSample(modelOutput, sample: sample, prediction)
        let last = previous
        previous = (index, predicted)

        let h = next.lambda - now.lambda
        let decay = exp(-h) - 1
        let kept = next.sigma / now.sigma
        let taken = next.alpha * decay
        // Karras levels that end with the least noise have a last step of no length, and so of no slope.
        let isFirstOrder = order == 1 || h == 0 || (index == timesteps.count - 1 && endsInFirstOrder)
        func firstOrder() -> Tensor { linearCombination([(kept, sample), (-taken, predicted)]) }
        guard !isFirstOrder, let last, last.index == index - 1 else {
            return SamplerStep(sample: firstOrder(), predictedSample: predicted)
        }
        let ratio = (now.lambda - levels[index - 1].lambda) / h
        let slope = zipped(predicted, last.predicted) { (1 / ratio) * ($0 - $1) }
        let slopeFactor = heun ? next.alpha * (decay / h + 1) : -(0.5 * taken)
        let result = linearCombination([(kept, sample), (-taken, predicted), (slopeFactor, slope)])
        return SamplerStep(sample: edited.taken(from: firstOrder(), into: result), predictedSample: predicted)
    }
}

/// The order of a multistep solver.
func solverOrder(_ configuration: SchedulerConfiguration) throws -> Int {
    guard (1...2).contains(configuration.solverOrder) else {
        throw DiffusionError.invalidValue(key: "solver_order", found: "\(configuration.solverOrder)", allowed: "1, 2")
    }
    return configuration.solverOrder
}

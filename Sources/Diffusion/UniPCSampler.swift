import Foundation
import Tensors

/// UniPC (Zhao et al., 2302.04867), order 2 or 1, predicting the clean sample, as diffusers'
/// `UniPCMultistepScheduler`. Each model output first corrects the step that led to it.
public struct UniPCSampler: Sampler {
    public let timesteps: [Float]
    public let initialNoiseScale: Float = 1
    public let drawsNoise = false

    private let levels: [NoiseLevel]
    private let prediction: PredictionType
    private let order: Int
    private let lowersOrderAtEnd: Bool
    /// Whether B(h) = h instead of e^h − 1.
    private let usesPlainStep: Bool

    /// The step before: where it started, its order, and the clean samples predicted until then, latest last.
    private struct History {
        let index: Int
        let order: Int
        /// Frames that were edited there: their step was of first order.
        let edited: EditedFrames
        let sample: Tensor
        let predicted: [Tensor]
    }

    private var history: History?

    init(_ schedule: NoiseSchedule, spacing: TimestepSpacing, steps: Int, karras: Bool) throws {
        let configuration = schedule.configuration
        order = try solverOrder(configuration)
        usesPlainStep = configuration.solverType == .bh1
        prediction = configuration.predictionType
        lowersOrderAtEnd = configuration.lowerOrderFinal
        let grid = SigmaSteps(
            schedule, timesteps: try SigmaSteps.solver(schedule, spacing: spacing, count: steps, clipped: false),
            karras: karras ? .training : nil, roundsKarrasTimesteps: true,
            finalSigma: configuration.finalSigmasType == .zero ? 0 : SigmaSteps.trainingSigmas(schedule)[0]
        )
        timesteps = grid.timesteps
        try checkTimesteps(timesteps, schedule)
        levels = grid.sigmas.map { NoiseLevel(ratio: $0) }
    }

    public func noiseLevel(at index: Int) -> NoiseLevel { levels[index] }

    public mutating func step(
        modelOutput: Tensor, at index: Int, sample: Tensor, edited: EditedFrames, noise: Tensor?
    ) -> SamplerStep {
        let predicted = levels[index].predictedSample(modelOutput, sample: sample, prediction)
        let last = history.flatMap { $0.index == index - 1 ? $0 : nil }
        let corrected = last.map { edited.taken(from: sample, into: correct($0, predicted: predicted)) } ?? sample

        let outputs = (last?.predicted.suffix(order - 1) ?? []) + [predicted]
        var order = min(order, outputs.count)
        if lowersOrderAtEnd || levels[index + 1].sigma == 0 { order = min(order, timesteps.count - index) }
        history = History(
            index: index, order: order, edited: edited, sample: corrected, predicted: Array(outputs))

        let h = Step(from: levels[index], to: levels[index + 1], usesPlainStep: usesPlainStep)
        let firstOrder = linearCombination([(h.kept, corrected), (-h.taken, predicted)])
        guard order == 2 else { return SamplerStep(sample: firstOrder, predictedSample: predicted) }
        let slope = slope(outputs, ending: index, over: h)
        let result = zipped(firstOrder, slope) { $0 - h.slopeFactor * (0.5 * $1) }
        return SamplerStep(sample: edited.taken(from: firstOrder, into: result), predictedSample: predicted)
    }

    /// The step before once more, now that the model's view of where it ended is known.
    private func correct(_ last: History, predicted: Tensor) -> Tensor {
        let index = last.index
        let h = Step(from: levels[index], to: levels[index + 1], usesPlainStep: usesPlainStep)
        let base = linearCombination([(h.kept, last.sample), (-h.taken, last.predicted[last.predicted.count - 1])])
        let change = zipped(predicted, last.predicted[last.predicted.count - 1]) { $0 - $1 }
        func firstOrder() -> Tensor { zipped(base, change) { $0 - h.slopeFactor * (0.5 * $1) } }
        guard last.order == 2 else { return firstOrder() }
        let slope = slope(last.predicted, ending: index, over: h)
        // ρ₁ + ρ₂ = b₁ and r·ρ₁ + ρ₂ = b₂, with r the (negative) length of the step before in units of this one.
        let r = (levels[index - 1].lambda - levels[index].lambda) / h.length
        let b = h.integrals
        let first = (b.0 - b.1) / (1 - r)
        let second = b.0 - first
        let correction = linearCombination([(first, slope), (second, change)])
        return last.edited.taken(from: firstOrder(), into: zipped(base, correction) { $0 - h.slopeFactor * $1 })
    }

    /// Difference of the last two predictions over their distance, in units of the step.
    private func slope(_ predicted: [Tensor], ending index: Int, over step: Step) -> Tensor {
        let r = (levels[index - 1].lambda - levels[index].lambda) / step.length
        return zipped(predicted[predicted.count - 2], predicted[predicted.count - 1]) { ($0 - $1) / r }
    }

    /// The numbers of one step in λ = log(α/σ).
    private struct Step {
        let length: Float
        let kept: Float
        let taken: Float
        let slopeFactor: Float
        /// φ₂ and 2φ₃ of the step over B(h).
        let integrals: (Float, Float)

        init(from now: NoiseLevel, to next: NoiseLevel, usesPlainStep: Bool) {
            length = next.lambda - now.lambda
            let grown = expm1(-length)
            let scale = usesPlainStep ? -length : grown
            kept = next.sigma / now.sigma
            taken = next.alpha * grown
            slopeFactor = next.alpha * scale
            let phi2 = grown / -length - 1
            let phi3 = phi2 / -length - 0.5
            integrals = (phi2 / scale, phi3 * 2 / scale)
        }
    }
}

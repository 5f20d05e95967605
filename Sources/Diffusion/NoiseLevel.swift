import Foundation
import Tensors

/// A noise level of the variance-preserving process: x = α·x₀ + σ·ε with α² + σ² = 1.
struct NoiseLevel {
    let alpha: Float
    let sigma: Float
    /// log(α/σ), infinite without noise.
    let lambda: Float

    init(ratio: Float) {
        alpha = 1 / (ratio * ratio + 1).squareRoot()
        sigma = ratio * alpha
        lambda = log(alpha) - log(sigma)
    }

    /// The clean sample that a model's output at this level stands for.
    func predictedSample(_ modelOutput: Tensor, sample: Tensor, _ prediction: PredictionType) -> Tensor {
        switch prediction {
        case .epsilon: zipped(sample, modelOutput) { ($0 - sigma * $1) / alpha }
        case .sample: modelOutput
        case .velocity: zipped(sample, modelOutput) { alpha * $0 - sigma * $1 }
        }
    }
}

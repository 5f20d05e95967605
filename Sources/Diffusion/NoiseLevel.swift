import Foundation
import Tensors

/// A noise level: x = α·x₀ + σ·ε, with α² + σ² = 1 in the variance-preserving process.
public struct NoiseLevel: Equatable, Sendable {
    public let alpha: Float
    public let sigma: Float
    /// log(α/σ), infinite without noise.
    public let lambda: Float

    public init(alpha: Float, sigma: Float) {
        (self.alpha, self.sigma) = (alpha, sigma)
        lambda = log(alpha) - log(sigma)
    }

    /// - Parameter alphaCumprod: ᾱ = α², from 0 to 1.
    init(alphaCumprod: Float) {
        alpha = alphaCumprod.squareRoot()
        sigma = (1 - alphaCumprod).squareRoot()
        lambda = log(alpha) - log(sigma)
    }

    /// - Parameter ratio: σ/α, 0 or more.
    public init(ratio: Float) {
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

import CKernels
import Foundation

/// Loops over numbers in memory, on the calling thread: what optimisers are made of.
package enum VectorKernels {
    /// Σ aᵢ bᵢ, summed in float64.
    package static func dot(_ count: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Double {
        kernels.dot(count, a, b)
    }

    /// y = a x + b y
    package static func combine(
        _ count: Int, _ a: Float, _ x: UnsafePointer<Float>, _ b: Float, _ y: UnsafeMutablePointer<Float>
    ) {
        kernels.axpby(count, a, x, b, y)
    }

    /// Nesterov's momentum, with g = clip · gradient: momentum = g + m · momentum, and update = g + m · momentum.
    package static func nesterov(
        _ count: Int, _ gradient: UnsafePointer<Float>, clip: Float, momentum m: Float,
        _ momentum: UnsafeMutablePointer<Float>, _ update: UnsafeMutablePointer<Float>
    ) {
        kernels.nesterov(count, gradient, clip, m, momentum, update)
    }

    /// One step of AdamW (Loshchilov & Hutter, arXiv 1711.05101).
    package struct AdamW {
        let rate, beta1, beta2, epsilon, decay, correction1, correction2, clip: Float

        /// - Parameters:
        ///   - step: from 1 on, for the correction of moments that began with zeros.
        ///   - clip: factor of the gradient.
        package init(
            rate: Float, beta1: Float, beta2: Float, epsilon: Float, decay: Float, step: Int, clip: Float
        ) {
            (self.rate, self.beta1, self.beta2, self.epsilon, self.decay, self.clip) = (rate, beta1, beta2, epsilon, decay, clip)
            correction1 = 1 / (1 - pow(beta1, Float(step)))
            correction2 = 1 / (1 - pow(beta2, Float(step)))
        }

        /// Changes weights and moments in place.
        package func callAsFunction(
            _ count: Int, _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>,
            _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>
        ) {
            kernels.adamw(
                count, weights, gradient, first, second, rate, beta1, beta2, epsilon, decay, correction1, correction2, clip)
        }
    }
}

import Foundation
import Tensors

/// Linear, SiLU, linear: `linear_1` and `linear_2`.
public struct TimestepEmbedding {
    private let first, second: Linear

    public init(_ scope: ParameterScope, inputs: Int, outputs: Int) {
        first = Linear(scope.scope("linear_1"), inputs, outputs)
        second = Linear(scope.scope("linear_2"), outputs, outputs)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { second(first(x).silu()) }

    /// In which unit a network is told how noisy its input is, and with which frequencies it sees that.
    public enum Scale: String, Codable, CaseIterable, Sendable {
        /// Timesteps of a schedule, 0 to 1000, with frequencies from 1 to 1/10000: Ho et al., arXiv 2006.11239, diffusers.
        case timestep
        /// Angles arctan(σ/α), 0 to π/2, with frequencies from 16 to 1/4. Consistency training differentiates the network by
        /// this number (Lu & Song, arXiv 2410.11081, section 4): over an angle, the frequencies of timesteps reach 640, and
        /// float32 has no step between one that misses the slope and one that drowns in rounding. With frequencies of 1 and
        /// below, what the best denoiser of fine detail does near 0 is learnt ten times slower.
        case angle

        var frequencies: (highest: Float, ratio: Float) { self == .timestep ? (1, 10000) : (16, 64) }
    }

    /// Sinusoids of noise levels as diffusers' `Timesteps` has them: [levels.count, channels].
    ///
    /// - Parameters:
    ///   - levels: in the unit of `scale`.
    ///   - flipSinToCos: cosines first.
    ///   - frequencyShift: `downscale_freq_shift`.
    public static func sinusoids(
        _ levels: [Float], scale: Scale = .timestep, channels: Int, flipSinToCos: Bool, frequencyShift: Float
    ) -> Tensor {
        let (highest, ratio) = scale.frequencies, logarithm = Float(log(Double(ratio)))
        let half = channels / 2
        var values = [Float](repeating: 0, count: levels.count * channels)
        for (row, level) in levels.enumerated() {
            for i in 0..<half {
                let exponent = -logarithm * Float(i) / (Float(half) - frequencyShift)
                let angle = level * (highest * exp(exponent))
                values[row * channels + i] = flipSinToCos ? cos(angle) : sin(angle)
                values[row * channels + half + i] = flipSinToCos ? sin(angle) : cos(angle)
            }
        }
        return Tensor(values, [levels.count, channels])
    }
}

/// Fixed frame positions of Temp-attn: sines and cosines interleaved, base 10000 (VidRD section 3.2):
/// [frames, channels].
public func framePositions(_ frames: Int, channels: Int) -> Tensor {
    var values = [Float](repeating: 0, count: frames * channels)
    for frame in 0..<frames {
        for i in stride(from: 0, to: channels, by: 2) {
            let angle = Float(frame) * exp(Float(i) * -Float(log(10000.0) / Double(channels)))
            values[frame * channels + i] = sin(angle)
            if i + 1 < channels { values[frame * channels + i + 1] = cos(angle) }
        }
    }
    return Tensor(values, [frames, channels])
}

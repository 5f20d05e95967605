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

    /// Sinusoids of the timestep as diffusers' `Timesteps` has them: [timesteps.count, channels].
    ///
    /// - Parameters:
    ///   - flipSinToCos: cosines first.
    ///   - frequencyShift: `downscale_freq_shift`.
    public static func sinusoids(
        _ timesteps: [Float], channels: Int, flipSinToCos: Bool, frequencyShift: Float
    ) -> Tensor {
        let half = channels / 2
        var values = [Float](repeating: 0, count: timesteps.count * channels)
        for (row, timestep) in timesteps.enumerated() {
            for i in 0..<half {
                let exponent = -Float(log(10000.0)) * Float(i) / (Float(half) - frequencyShift)
                let angle = timestep * exp(exponent)
                values[row * channels + i] = flipSinToCos ? cos(angle) : sin(angle)
                values[row * channels + half + i] = flipSinToCos ? sin(angle) : cos(angle)
            }
        }
        return Tensor(values, [timesteps.count, channels])
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

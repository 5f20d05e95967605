import Tensors

/// VidRD's Temp-conv: several times group norm, SiLU and a (3, 1, 1) convolution along frames, with a residual.
///
/// The last convolution begins at zero, so that an image model keeps its outputs; a single frame passes unchanged.
public struct TemporalConvolution {
    private let stages: [(norm: GroupNormalization, weight: Parameter, bias: Parameter)]

    /// - Parameter layers: 4 in the U-Net, 3 in the decoder (official code).
    public init(_ scope: ParameterScope, channels: Int, layers: Int, groups: Int) {
        stages = (0..<layers).map { index in
            // The official list holds norm, activation, dropout and convolution one after another.
            let norm = GroupNormalization(
                scope.scope("convs", index * 4), groups: groups, channels: channels, epsilon: 1e-5, isNew: true)
            let convolution = scope.scope("convs", index * 4 + 3)
            let start: Initializer = index == layers - 1 ? .zeros : .fanIn(channels * 3)
            return (
                norm, convolution.parameter("weight", [channels, channels, 3, 1, 1], start, isNew: true),
                convolution.parameter("bias", [channels], start, isNew: true)
            )
        }
    }

    /// x [batch, frames, height, width, channels]
    public func callAsFunction(_ x: Tensor) -> Tensor {
        guard x.shape[1] > 1 else { return x }
        var y = x
        for stage in stages {
            y = stage.norm(y, silu: true).convolvedOverFrames(stage.weight.value, bias: stage.bias.value)
        }
        return x + y
    }
}

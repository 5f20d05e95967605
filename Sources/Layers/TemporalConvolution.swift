import Tensors

/// VidRD's Temp-conv: several times group norm, SiLU and a (3, 1, 1) convolution along frames, with a residual.
///
/// The last convolution begins at zero, so that an image model keeps its outputs; a single frame passes unchanged.
public struct TemporalConvolution {
    private let stages: [Stage]
    private let passesSingleFrames: Bool

    /// - Parameters:
    ///   - layers: 4 in the U-Net, 3 in the decoder (official code).
    ///   - family: whose parameter names; diffusers' layer also works on single frames.
    public init(_ scope: ParameterScope, channels: Int, layers: Int, groups: Int, family: VideoFamily = .vidRD) {
        passesSingleFrames = family.passesSingleFrames
        stages = (0..<layers).map { index in
            let names = family.convolutionNames(index)
            let norm = GroupNormalization(
                scope.scope(names.norm), groups: groups, channels: channels, epsilon: 1e-5, isNew: true)
            let convolution = scope.scope(names.convolution)
            let start: Initializer = index == layers - 1 ? .zeros : .fanIn(channels * 3)
            return Stage(
                norm: norm,
                weight: convolution.parameter("weight", [channels, channels, 3, 1, 1], start, isNew: true, mayBeHalfPrecision: true),
                bias: convolution.parameter("bias", [channels], start, isNew: true))
        }
    }

    /// x [batch, frames, height, width, channels]
    public func callAsFunction(_ x: Tensor) -> Tensor {
        guard x.shape[1] > 1 || !passesSingleFrames else { return x }
        var y = x
        for (index, stage) in stages.enumerated() {
            y = stage(y, overwriting: index > 0, adding: index == stages.count - 1 ? x : nil)
        }
        return y
    }

    /// A group norm and the convolution behind it.
    private struct Stage {
        let norm: GroupNormalization
        let weight, bias: Parameter
        private let filter = Prepared<TemporalFilter>()

        init(norm: GroupNormalization, weight: Parameter, bias: Parameter) {
            (self.norm, self.weight, self.bias) = (norm, weight, bias)
        }

        func callAsFunction(_ x: Tensor, overwriting: Bool, adding residual: Tensor?) -> Tensor {
            let filter = filter.of(weight) { $0.halfPrecision.map { TemporalFilter($0) } ?? TemporalFilter($0.value) }
            return norm(x, silu: true, overwriting: overwriting)
                .convolvedOverFrames(filter, bias: bias.value, adding: residual, overwriting: true)
        }
    }
}

import Tensors

/// diffusers' ResnetBlock2D: two 3x3 convolutions behind group norm and SiLU, with the time embedding between them.
public struct ResidualBlock {
    private let firstNorm, secondNorm: GroupNormalization
    private let firstConvolution, secondConvolution: Convolution2D
    private let timeProjection: Linear?
    private let shortcut: Convolution2D?

    /// - Parameters:
    ///   - timeChannels: nil in the autoencoder, which has no timestep.
    ///   - isPerFrame: whether frames of a clip are normalised one by one.
    public init(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, timeChannels: Int?, groups: Int, epsilon: Float,
        isPerFrame: Bool = false
    ) {
        func norm(_ name: String, _ channels: Int) -> GroupNormalization {
            GroupNormalization(
                scope.scope(name), groups: groups, channels: channels, epsilon: epsilon, isPerFrame: isPerFrame)
        }
        firstNorm = norm("norm1", inputs)
        firstConvolution = Convolution2D(scope.scope("conv1"), inputs, outputs)
        timeProjection = timeChannels.map { Linear(scope.scope("time_emb_proj"), $0, outputs) }
        secondNorm = norm("norm2", outputs)
        secondConvolution = Convolution2D(scope.scope("conv2"), outputs, outputs)
        shortcut = inputs == outputs ? nil : Convolution2D(scope.scope("conv_shortcut"), inputs, outputs, kernel: 1)
    }

    /// - Parameters:
    ///   - x: [batch, (frames,) height, width, channels]
    ///   - time: SiLU of the time embedding, [batch, timeChannels].
    public func callAsFunction(_ x: Tensor, time: Tensor? = nil) -> Tensor {
        var y = firstConvolution(firstNorm(x, silu: true))
        if let timeProjection, let time { y = y.addingPerBatch(timeProjection(time)) }
        return secondConvolution(secondNorm(y, silu: true), adding: shortcut?(x) ?? x)
    }
}

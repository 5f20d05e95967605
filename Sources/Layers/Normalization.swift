import Tensors

/// Group normalisation over everything but the first axis; for a clip its statistics are joint over frames.
public struct GroupNormalization {
    private let gamma, beta: Parameter
    private let groups: Int
    private let epsilon: Float
    private let isPerFrame: Bool

    /// - Parameter isPerFrame: whether each frame of a clip has statistics of its own.
    public init(
        _ scope: ParameterScope, groups: Int, channels: Int, epsilon: Float, isNew: Bool = false, isPerFrame: Bool = false
    ) {
        gamma = scope.parameter("weight", [channels], .ones, isNew: isNew)
        beta = scope.parameter("bias", [channels], .zeros, isNew: isNew)
        self.groups = groups
        self.epsilon = epsilon
        self.isPerFrame = isPerFrame
    }

    /// - Parameter overwriting: nobody else holds x's memory, and the result may take it.
    public func callAsFunction(_ x: Tensor, silu: Bool = false, overwriting: Bool = false) -> Tensor {
        let pictures = isPerFrame && x.shape.count > 4 ? x.reshaped([x.shape[0] * x.shape[1]] + x.shape.dropFirst(2)) : x
        return pictures.groupNorm(
            groups: groups, gamma.value, beta.value, epsilon: epsilon, silu: silu, overwriting: overwriting
        ).reshaped(x.shape)
    }
}

/// Layer normalisation over channels.
public struct LayerNormalization {
    private let gamma, beta: () -> Tensor
    private let epsilon: Float

    /// - Parameter hasWeights: whether it scales and shifts by parameters, and not by 1 and 0.
    public init(_ scope: ParameterScope, channels: Int, epsilon: Float = 1e-5, hasWeights: Bool = true, isNew: Bool = false) {
        if hasWeights {
            let weight = scope.parameter("weight", [channels], .ones, isNew: isNew)
            let bias = scope.parameter("bias", [channels], .zeros, isNew: isNew)
            (gamma, beta) = ({ weight.value }, { bias.value })
        } else {
            let (ones, zeros) = (Tensor(repeating: 1, [channels]), Tensor.zeros([channels]))
            (gamma, beta) = ({ ones }, { zeros })
        }
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.layerNorm(gamma(), beta(), epsilon: epsilon) }
}

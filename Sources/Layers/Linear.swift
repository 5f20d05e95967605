import Tensors

/// y = x Wᵀ + b over the last axis.
public struct Linear {
    public let weight: Parameter
    public let bias: Parameter?

    public init(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, bias: Bool = true, zero: Bool = false,
        isNew: Bool = false
    ) {
        weight = scope.parameter("weight", [outputs, inputs], zero ? .zeros : .fanIn(inputs), isNew: isNew)
        self.bias = bias ? scope.parameter("bias", [outputs], zero ? .zeros : .fanIn(inputs), isNew: isNew) : nil
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight.value, bias?.value) }
}

/// Rows of a table by index.
public struct Embedding {
    public let weight: Parameter

    public init(_ scope: ParameterScope, entries: Int, channels: Int) {
        weight = scope.parameter("weight", [entries, channels], .normal(0.02))
    }

    public func callAsFunction(_ indices: [Int]) -> Tensor { weight.value.gatheringRows(indices) }
}

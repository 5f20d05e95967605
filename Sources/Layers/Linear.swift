import Tensors

/// y = x Wᵀ + b over the last axis.
public struct Linear {
    public let weight: Parameter
    public let bias: Parameter?

    public init(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, bias: Bool = true, zero: Bool = false,
        isNew: Bool = false
    ) {
        weight = scope.parameter(
            "weight", [outputs, inputs], zero ? .zeros : .fanIn(inputs), isNew: isNew, mayRest: true)
        self.bias = bias ? scope.parameter("bias", [outputs], zero ? .zeros : .fanIn(inputs), isNew: isNew) : nil
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        if let resting = weight.compact { return x.linear(resting, bias?.value) }
        return x.linear(weight.value, bias?.value)
    }
}

/// Rows of a table by index.
public struct Embedding {
    public let weight: Parameter

    public init(_ scope: ParameterScope, entries: Int, channels: Int) {
        weight = scope.parameter("weight", [entries, channels], .normal(0.02), mayRest: true)
    }

    public func callAsFunction(_ indices: [Int]) -> Tensor { 
        weight.compact?.gatheringRows(indices) ?? weight.value.gatheringRows(indices)
    }
}

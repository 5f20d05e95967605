import Tensors

/// y = x Wᵀ + b over the last axis.
public final class Linear {
    public let weight: Parameter
    public let bias: Parameter?
    private let filter = Prepared<LinearFilter>()

    public init(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, bias: Bool = true, zero: Bool = false,
        isNew: Bool = false
    ) {
        weight = scope.parameter(
            "weight", [outputs, inputs], zero ? .zeros : .fanIn(inputs), isNew: isNew, mayBeHalfPrecision: true)
        self.bias = bias ? scope.parameter("bias", [outputs], zero ? .zeros : .fanIn(inputs), isNew: isNew) : nil
    }

    /// - Parameter formerly: what older checkpoints call it.
    init(
        _ scope: ParameterScope, named name: String, formerly: String?, _ inputs: Int, _ outputs: Int, bias: Bool, zero: Bool,
        isNew: Bool
    ) {
        func parameter(_ part: String, _ shape: [Int], mayBeHalfPrecision: Bool = false) -> Parameter {
            scope.parameter(
                "\(name).\(part)", aliases: formerly.map { ["\($0).\(part)"] } ?? [], shape, zero ? .zeros : .fanIn(inputs),
                isNew: isNew, mayBeHalfPrecision: mayBeHalfPrecision)
        }
        weight = parameter("weight", [outputs, inputs], mayBeHalfPrecision: true)
        self.bias = bias ? parameter("bias", [outputs]) : nil
    }

    /// - Parameter residual: added to the result, whose shape it has.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil) -> Tensor {
        x.linear(prepared, bias?.value, adding: residual)
    }

    /// GEGLU of the result: half as many channels.
    public func geglu(_ x: Tensor) -> Tensor { x.linearGEGLU(prepared, bias?.value) }

    private var prepared: LinearFilter {
        filter.of(weight) { $0.halfPrecision.map { LinearFilter($0) } ?? LinearFilter($0.value) }
    }
}

/// Rows of a table by index.
public struct Embedding {
    public let weight: Parameter

    public init(_ scope: ParameterScope, entries: Int, channels: Int) {
        weight = scope.parameter("weight", [entries, channels], .normal(0.02), mayBeHalfPrecision: true)
    }

    public func callAsFunction(_ indices: [Int]) -> Tensor {
        weight.halfPrecision?.gatheringRows(indices) ?? weight.value.gatheringRows(indices)
    }
}

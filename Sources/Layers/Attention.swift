import Tensors

/// Multi-head attention with diffusers' parameter names: `to_q`, `to_k`, `to_v`, `to_out.0`.
public struct Attention {
    private let query, key, value, output: Linear
    private let heads: Int

    /// - Parameters:
    ///   - context: channels of the sequence that is looked at; nil for self-attention.
    ///   - isNew: a layer that an image model lacks; its output projection then begins at zero.
    public init(_ scope: ParameterScope, channels: Int, context: Int? = nil, heads: Int, isNew: Bool = false) {
        let seen = context ?? channels
        query = Linear(scope.scope("to_q"), channels, channels, bias: false, isNew: isNew)
        key = Linear(scope.scope("to_k"), seen, channels, bias: false, isNew: isNew)
        value = Linear(scope.scope("to_v"), seen, channels, bias: false, isNew: isNew)
        output = Linear(scope.scope("to_out.0"), channels, channels, zero: isNew, isNew: isNew)
        self.heads = heads
    }

    /// - Parameter layout: which axis of `x` is the sequence; see `AttentionLayout`.
    public func callAsFunction(_ x: Tensor, context: Tensor? = nil, layout: AttentionLayout) -> Tensor {
        let seen = context ?? x
        return output(query(x).attending(key(seen), value(seen), heads: heads, layout: layout))
    }
}

/// Linear, GEGLU, linear: `net.0.proj` and `net.2`.
public struct FeedForward {
    private let expand, contract: Linear

    public init(_ scope: ParameterScope, channels: Int) {
        expand = Linear(scope.scope("net.0.proj"), channels, channels * 8)
        contract = Linear(scope.scope("net.2"), channels * 4, channels)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { contract(expand(x).geglu()) }
}

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

    /// - Parameters:
    ///   - layout: which axis of `x` is the sequence; see `AttentionLayout`.
    ///   - cache: keys and values of `context` from an earlier call.
    ///   - residual: added to the result, whose number of elements it has.
    public func callAsFunction(
        _ x: Tensor, context: Tensor? = nil, layout: AttentionLayout, cache: ContextCache? = nil,
        adding residual: Tensor? = nil
    ) -> Tensor {
        let seen = context ?? x
        let (keys, values) = cache?.entry(key.weight) { (key(seen), value(seen)) } ?? (key(seen), value(seen))
        return output(query(x).attending(keys, values, heads: heads, layout: layout), adding: residual)
    }
}

/// Keys and values of one text in every cross-attention of a model: they depend on the prompt alone and stay the same for
/// all frames and steps.
public final class ContextCache {
    private var entries: [ObjectIdentifier: (Tensor, Tensor)] = [:]

    public init() {}

    fileprivate func entry(_ owner: Parameter, _ make: () -> (Tensor, Tensor)) -> (Tensor, Tensor) {
        if let found = entries[ObjectIdentifier(owner)] { return found }
        let made = make()
        entries[ObjectIdentifier(owner)] = made
        return made
    }
}

/// Linear, GEGLU, linear: `net.0.proj` and `net.2`.
public struct FeedForward {
    private let expand, contract: Linear

    public init(_ scope: ParameterScope, channels: Int) {
        expand = Linear(scope.scope("net.0.proj"), channels, channels * 8)
        contract = Linear(scope.scope("net.2"), channels * 4, channels)
    }

    /// - Parameter residual: added to the result, whose shape it has.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor) -> Tensor {
        contract(expand.geglu(x), adding: residual)
    }
}

import Tensors

/// Multi-head attention: linear layers for queries, keys, values and output.
public struct Attention {
    /// What checkpoints call the four layers; the second name is that of older ones.
    public struct Names: Sendable {
        let query, key, value, output: (name: String, older: String?)

        /// diffusers' `Attention`.
        public static let diffusers = Names(query: ("to_q", nil), key: ("to_k", nil), value: ("to_v", nil), output: ("to_out.0", nil))
        /// The attention of diffusers' autoencoders, which was called otherwise before 0.17.
        public static let autoencoder = Names(
            query: ("to_q", "query"), key: ("to_k", "key"), value: ("to_v", "value"), output: ("to_out.0", "proj_attn"))
        /// transformers' `CLIPAttention`.
        public static let transformers = Names(
            query: ("q_proj", nil), key: ("k_proj", nil), value: ("v_proj", nil), output: ("out_proj", nil))
    }

    private let query, key, value, output: Linear
    private let queryNorm, keyNorm: Parameter?
    private let heads: Int

    /// - Parameters:
    ///   - context: channels of the sequence that is looked at; nil for self-attention.
    ///   - bias: of queries, keys and values.
    ///   - headNorm: whether every head's queries and keys are normalised, `q_norm` and `k_norm` (Dehghani et al.,
    ///     arXiv 2302.05442, section 2).
    ///   - isNew: a layer that an image model lacks; its output projection then begins at zero.
    public init(
        _ scope: ParameterScope, names: Names = .diffusers, channels: Int, context: Int? = nil, heads: Int, bias: Bool = false,
        headNorm: Bool = false, isNew: Bool = false
    ) {
        let seen = context ?? channels
        func linear(_ name: (name: String, older: String?), _ inputs: Int, bias: Bool = bias, zero: Bool = false) -> Linear {
            Linear(scope, named: name.name, formerly: name.older, inputs, channels, bias: bias, zero: zero, isNew: isNew)
        }
        query = linear(names.query, channels)
        key = linear(names.key, seen)
        value = linear(names.value, seen)
        output = linear(names.output, channels, bias: true, zero: isNew)
        queryNorm = headNorm ? scope.parameter("q_norm.weight", [channels / heads], .ones) : nil
        keyNorm = headNorm ? scope.parameter("k_norm.weight", [channels / heads], .ones) : nil
        self.heads = heads
    }

    /// - Parameters:
    ///   - layout: which axis of `x` is the sequence; see `AttentionLayout`.
    ///   - mask: which keys a query sees; with a `memory` its offset is that of the tokens in there.
    ///   - positions: by which queries and keys are turned: of all tokens that are seen, those of `x` last.
    ///   - cache: keys and values of `context` from an earlier call.
    ///   - memory: keys and values of the tokens before those of `x`.
    ///   - residual: added to the result, whose number of elements it has.
    public func callAsFunction(
        _ x: Tensor, context: Tensor? = nil, layout: AttentionLayout = .tokens, mask: AttentionMask? = nil,
        positions: RotaryPositions? = nil, cache: ContextCache? = nil, memory: KeyValueCache? = nil, adding residual: Tensor? = nil
    ) -> Tensor {
        let seen = context ?? x
        func made() -> (Tensor, Tensor) {
            let keys = key(seen)
            return (keyNorm.map { keys.rmsNorm($0.value) } ?? keys, value(seen))
        }
        var (keys, values) = cache?.entry(key.weight, made) ?? made(), queries = query(x), mask = mask
        if let queryNorm { queries = queries.rmsNorm(queryNorm.value) }
        if let memory {
            mask?.offset = memory.tokens
            (keys, values) = memory.joined(keys, values)
        }
        if let positions {
            let own = queries.shape[queries.rank - 2]
            queries = queries.rotated(by: positions[positions.tokens - own..<positions.tokens])
            keys = keys.rotated(by: positions)
        }
        return output(queries.attending(keys, values, heads: heads, layout: layout, mask: mask), adding: residual)
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

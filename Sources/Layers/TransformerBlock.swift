import Tensors

/// One pre-norm transformer block, for text, pictures, videos and what steers them: self-attention, attention to a context,
/// attention over frames, feed-forward, each added to what it was made of; the parts that a configuration names.
public struct TransformerBlock {
    /// What checkpoints call the parts.
    public struct Names: Sendable {
        let selfNorm, selfAttention, feedForwardNorm, feedForward: String
        let attention: Attention.Names

        /// diffusers' `BasicTransformerBlock`.
        public static let diffusers = Names(
            selfNorm: "norm1", selfAttention: "attn1", feedForwardNorm: "norm3", feedForward: "ff", attention: .diffusers)
        /// transformers' `CLIPEncoderLayer`.
        public static let transformers = Names(
            selfNorm: "layer_norm1", selfAttention: "self_attn", feedForwardNorm: "layer_norm2", feedForward: "mlp",
            attention: .transformers)
    }

    public struct Configuration: Sendable {
        public var channels, heads: Int
        public var names = Names.diffusers
        public var epsilon: Float = 1e-5
        /// Of queries, keys and values in self-attention.
        public var bias = false
        public var headNorm = false
        public var feedForward = FeedForward.Kind.geglu
        /// Channels of a context that is attended to as well.
        public var contextChannels: Int?
        /// Attention over frames, and whether the positions of frames are added before it.
        public var temporalAttention = false, framePositions = false
        /// Channels of a condition that steers the block by adaLN-zero: shift, scale and gate of attention and of
        /// feed-forward, none at first (Peebles & Xie, arXiv 2212.09748, section 3.2). The norms then have no weights.
        public var steering: Int?

        public init(channels: Int, heads: Int) { (self.channels, self.heads) = (channels, heads) }
    }

    private let selfNorm, feedForwardNorm: LayerNormalization
    private let selfAttention: Attention
    private let cross, temporal: (norm: LayerNormalization, attention: Attention)?
    private let feedForward: FeedForward
    private let steering: Linear?
    private let framePositions: Bool

    public init(_ scope: ParameterScope, _ configuration: Configuration) {
        let (c, heads, names) = (configuration.channels, configuration.heads, configuration.names)
        precondition(
            configuration.steering == nil || !configuration.temporalAttention, "a block that is steered has no attention over frames")
        func norm(_ name: String, isNew: Bool = false) -> LayerNormalization {
            LayerNormalization(
                scope.scope(name), channels: c, epsilon: configuration.epsilon, hasWeights: configuration.steering == nil, isNew: isNew)
        }
        selfNorm = norm(names.selfNorm)
        selfAttention = Attention(
            scope.scope(names.selfAttention), names: names.attention, channels: c, heads: heads, bias: configuration.bias,
            headNorm: configuration.headNorm)
        cross = configuration.contextChannels.map {
            (norm("norm2"), Attention(scope.scope("attn2"), channels: c, context: $0, heads: heads, headNorm: configuration.headNorm))
        }
        temporal = configuration.temporalAttention
            ? (norm("temp_norm", isNew: true), Attention(scope.scope("temp_attn"), channels: c, heads: heads, isNew: true)) : nil
        feedForwardNorm = norm(names.feedForwardNorm)
        feedForward = FeedForward(scope.scope(names.feedForward), channels: c, kind: configuration.feedForward)
        steering = configuration.steering.map { Linear(scope.scope("adaLN_modulation.1"), $0, 6 * c, zero: true) }
        framePositions = configuration.framePositions
    }

    /// What goes beside the tokens.
    public struct Surroundings {
        /// Of the text, [batch, tokens, contextChannels].
        public var context: Tensor?
        /// Its keys and values from earlier calls.
        public var cache: ContextCache?
        /// Which tokens see which in self-attention, and where they stand.
        public var mask: AttentionMask?
        public var positions: RotaryPositions?
        /// Keys and values of earlier tokens.
        public var memory: KeyValueCache?
        /// What steers the block, [groups, steering]: a row for every so many tokens, in their order.
        public var condition: Tensor?

        public init() {}
    }

    /// - Parameter x: [batch, tokens, channels], or [batch, frames, height, width, channels], whose frames are looked at one by
    ///   one in self-attention.
    public func callAsFunction(_ x: Tensor, _ surroundings: Surroundings = Surroundings()) -> Tensor {
        if let steering {
            guard let condition = surroundings.condition else { preconditionFailure("a block that is steered has a condition") }
            return steered(x, steering(condition.silu()), surroundings)
        }
        var y = attendingContext(attending(selfNorm(x), x, surroundings), surroundings)
        if let temporal {
            let (frames, pixels) = (x.shape[1], x.shape[2] * x.shape[3])
            // The official code adds positions in place, so that the residual stream carries them too, even where a single
            // frame then skips the attention. Weights were trained that way.
            if framePositions { y = y.addingTable(Layers.framePositions(frames, channels: x.size(-1)), stride: pixels) }
            if frames > 1 { y = temporal.attention(temporal.norm(y), layout: .frames, adding: y) }
        }
        return feedForward(feedForwardNorm(y), adding: y)
    }

    private func attending(_ x: Tensor, _ residual: Tensor?, _ surroundings: Surroundings) -> Tensor {
        let c = x.size(-1), tokens = x.rank == 5 ? x.reshaped([x.shape[0] * x.shape[1], -1, c]) : x
        return selfAttention(
            tokens, mask: surroundings.mask, positions: surroundings.positions, memory: surroundings.memory,
            adding: residual?.reshaped(tokens.shape)
        ).reshaped(x.shape)
    }

    private func attendingContext(_ x: Tensor, _ surroundings: Surroundings) -> Tensor {
        guard let cross else { return x }
        return cross.attention(
            cross.norm(x), context: surroundings.context, layout: x.rank == 5 ? .context : .tokens, cache: surroundings.cache,
            adding: x)
    }

    private func steered(_ x: Tensor, _ rows: Tensor, _ surroundings: Surroundings) -> Tensor {
        let c = x.size(-1), parts = (0..<6).map { rows.channels($0 * c..<($0 + 1) * c) }
        let y = attendingContext(
            attending(selfNorm(x).modulated(shift: parts[0], scale: parts[1]), nil, surroundings).gated(parts[2], adding: x),
            surroundings)
        return feedForward(feedForwardNorm(y).modulated(shift: parts[3], scale: parts[4])).gated(parts[5], adding: y)
    }
}

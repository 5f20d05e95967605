import Tensors

/// VidRD's spatio-temporal transformer: per frame self-attention and cross-attention to the text, then Temp-attn over
/// frames, then the feed-forward layer (official `Transformer3DModel`).
public struct VideoTransformer {
    private let norm: GroupNormalization
    private let input, output: Linear
    private let blocks: [Block]

    public struct Configuration {
        public var channels: Int
        public var heads: Int
        public var contextChannels: Int
        public var groups: Int
        public var temporalAttention: Bool
        public var framePositions: Bool

        public init(
            channels: Int, heads: Int, contextChannels: Int, groups: Int,
            temporalAttention: Bool, framePositions: Bool
        ) {
            self.channels = channels
            self.heads = heads
            self.contextChannels = contextChannels
            self.groups = groups
            self.temporalAttention = temporalAttention
            self.framePositions = framePositions
        }
    }

    struct Block {
        let selfNorm, crossNorm, feedForwardNorm: LayerNormalization
        let selfAttention, crossAttention: Attention
        let temporalNorm: LayerNormalization?
        let temporalAttention: Attention?
        let feedForward: FeedForward
        let framePositions: Bool

        init(_ scope: ParameterScope, _ configuration: Configuration) {
            let c = configuration.channels, heads = configuration.heads
            selfNorm = LayerNormalization(scope.scope("norm1"), channels: c)
            selfAttention = Attention(scope.scope("attn1"), channels: c, heads: heads)
            crossNorm = LayerNormalization(scope.scope("norm2"), channels: c)
            crossAttention = Attention(
                scope.scope("attn2"), channels: c, context: configuration.contextChannels, heads: heads)
            if configuration.temporalAttention {
                temporalNorm = LayerNormalization(scope.scope("temp_norm"), channels: c, isNew: true)
                temporalAttention = Attention(scope.scope("temp_attn"), channels: c, heads: heads, isNew: true)
            } else {
                temporalNorm = nil
                temporalAttention = nil
            }
            feedForwardNorm = LayerNormalization(scope.scope("norm3"), channels: c)
            feedForward = FeedForward(scope.scope("ff"), channels: c)
            framePositions = configuration.framePositions
        }

        func callAsFunction(_ input: Tensor, context: Tensor, cache: ContextCache?) -> Tensor {
            let (b, f, h, w, c) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3], input.shape[4])
            let tokens = selfNorm(input).reshaped([b * f, h * w, c])
            var x = selfAttention(tokens, layout: .tokens, adding: input.reshaped(tokens.shape)).reshaped(input.shape)
            x = crossAttention(crossNorm(x), context: context, layout: .context, cache: cache, adding: x)
            if let temporalNorm, let temporalAttention {
                // The official code adds positions in place, so that the residual stream carries them too, even
                // where a single frame then skips the attention. Weights were trained that way.
                if framePositions {
                    x = x.addingTable(Layers.framePositions(f, channels: c), stride: h * w)
                }
                if f > 1 { x = temporalAttention(temporalNorm(x), layout: .frames, adding: x) }
            }
            return feedForward(feedForwardNorm(x), adding: x)
        }
    }

    public init(_ scope: ParameterScope, _ configuration: Configuration) {
        let c = configuration.channels
        norm = GroupNormalization(scope.scope("norm"), groups: configuration.groups, channels: c, epsilon: 1e-6)
        // A 1x1 convolution's weight has two more axes of size one, which readers take for the same thing.
        input = Linear(scope.scope("proj_in"), c, c)
        blocks = [Block(scope.scope("transformer_blocks", 0), configuration)]
        output = Linear(scope.scope("proj_out"), c, c)
    }

    /// - Parameters:
    ///   - x: [batch, frames, height, width, channels]
    ///   - context: text, [batch, tokens, contextChannels]
    ///   - cache: its keys and values from earlier calls.
    public func callAsFunction(_ x: Tensor, context: Tensor, cache: ContextCache? = nil) -> Tensor {
        let perFrame = [x.shape[0] * x.shape[1]] + x.shape.dropFirst(2)
        var y = input(norm(x.reshaped(perFrame))).reshaped(x.shape)
        for block in blocks { y = block(y, context: context, cache: cache) }
        return output(y, adding: x)
    }
}

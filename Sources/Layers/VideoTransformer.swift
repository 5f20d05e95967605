import Tensors

/// VidRD's spatio-temporal transformer: per frame self-attention and cross-attention to the text, then Temp-attn over
/// frames, then the feed-forward layer (official `Transformer3DModel`).
public struct VideoTransformer {
    private let norm: GroupNormalization
    private let input, output: Linear
    private let block: TransformerBlock

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

    public init(_ scope: ParameterScope, _ configuration: Configuration) {
        let c = configuration.channels
        norm = GroupNormalization(scope.scope("norm"), groups: configuration.groups, channels: c, epsilon: 1e-6)
        // A 1x1 convolution's weight has two more axes of size one, which readers take for the same thing.
        input = Linear(scope.scope("proj_in"), c, c)
        var parts = TransformerBlock.Configuration(channels: c, heads: configuration.heads)
        parts.contextChannels = configuration.contextChannels
        (parts.temporalAttention, parts.framePositions) = (configuration.temporalAttention, configuration.framePositions)
        block = TransformerBlock(scope.scope("transformer_blocks", 0), parts)
        output = Linear(scope.scope("proj_out"), c, c)
    }

    /// - Parameters:
    ///   - x: [batch, frames, height, width, channels]
    ///   - context: text, [batch, tokens, contextChannels]
    ///   - cache: its keys and values from earlier calls.
    public func callAsFunction(_ x: Tensor, context: Tensor, cache: ContextCache? = nil) -> Tensor {
        let perFrame = [x.shape[0] * x.shape[1]] + x.shape.dropFirst(2)
        var surroundings = TransformerBlock.Surroundings()
        (surroundings.context, surroundings.cache) = (context, cache)
        return output(block(input(norm(x.reshaped(perFrame))).reshaped(x.shape), surroundings), adding: x)
    }
}

import Tensors

/// diffusers' `TransformerTemporalModel`: every pixel's frames attend to one another, twice, and go through a
/// feed-forward layer.
public struct TemporalTransformer {
    private let norm: GroupNormalization
    private let input, output: Linear
    private let norms: [LayerNormalization]
    private let attentions: [Attention]
    private let feedForward: FeedForward

    /// - Parameters:
    ///   - channels: of what comes in and goes out.
    ///   - heads: of the attentions.
    ///   - headChannels: of each head; `heads * headChannels` is the width inside.
    public init(_ scope: ParameterScope, channels: Int, heads: Int, headChannels: Int, groups: Int) {
        let width = heads * headChannels
        norm = GroupNormalization(scope.scope("norm"), groups: groups, channels: channels, epsilon: 1e-6)
        input = Linear(scope.scope("proj_in"), channels, width)
        let block = scope.scope("transformer_blocks", 0)
        norms = (1...3).map { LayerNormalization(block.scope("norm\($0)"), channels: width) }
        attentions = (1...2).map { Attention(block.scope("attn\($0)"), channels: width, heads: heads) }
        feedForward = FeedForward(block.scope("ff"), channels: width)
        output = Linear(scope.scope("proj_out"), width, channels)
    }

    /// x [batch, frames, height, width, channels]
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = input(norm(x))
        for (norm, attention) in zip(norms, attentions) { y = attention(norm(y), layout: .frames, adding: y) }
        return output(feedForward(norms[2](y), adding: y), adding: x)
    }
}

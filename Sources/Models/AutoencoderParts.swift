import Layers
import Tensors

/// Residual block, self-attention over the pixels of each picture, residual block.
struct AutoencoderMiddle {
    let first, second: ResidualBlock
    let attention: PixelAttention?

    init(_ scope: ParameterScope, channels: Int, groups: Int, attends: Bool) {
        func block(_ index: Int) -> ResidualBlock {
            ResidualBlock(
                scope.scope("resnets", index), channels, channels, timeChannels: nil, groups: groups, epsilon: 1e-6)
        }
        first = block(0)
        attention = attends ? PixelAttention(scope.scope("attentions.0"), channels: channels, groups: groups) : nil
        second = block(1)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = first(x)
        return second(attention?(y) ?? y)
    }
}

/// Single-head self-attention of the autoencoder's middle, over the pixels of each picture.
struct PixelAttention {
    private let norm: GroupNormalization
    private let attention: Attention

    init(_ scope: ParameterScope, channels: Int, groups: Int) {
        norm = GroupNormalization(scope.scope("group_norm"), groups: groups, channels: channels, epsilon: 1e-6)
        attention = Attention(scope, names: .autoencoder, channels: channels, heads: 1, bias: true)
    }

    /// x [batch, height, width, channels]
    func callAsFunction(_ x: Tensor) -> Tensor {
        let tokens = norm(x).reshaped([x.shape[0], x.shape[1] * x.shape[2], x.shape[3]])
        return attention(tokens, adding: x.reshaped(tokens.shape)).reshaped(x.shape)
    }
}

/// Pictures to the mean and logarithm of the variance of their latents.
struct Encoder {
    private let input: Convolution2D
    private let levels: [(blocks: [ResidualBlock], down: Convolution2D?)]
    private let middle: AutoencoderMiddle
    private let norm: GroupNormalization
    private let output: Convolution2D

    init(_ scope: ParameterScope, _ configuration: AutoencoderConfiguration) {
        let channels = configuration.blockOutChannels, groups = configuration.normNumGroups
        let patch = configuration.patchSize * configuration.patchSize
        input = Convolution2D(scope.scope("conv_in"), configuration.inChannels * patch, channels[0])
        levels = channels.indices.map { level in
            let block = scope.scope("down_blocks", level)
            let blocks = (0..<configuration.layersPerBlock).map { layer in
                ResidualBlock(
                    block.scope("resnets", layer), layer == 0 ? channels[max(level - 1, 0)] : channels[level],
                    channels[level], timeChannels: nil, groups: groups, epsilon: 1e-6)
            }
            // diffusers pads below and to the right only.
            let down = level == channels.count - 1
                ? nil
                : Convolution2D(
                    block.scope("downsamplers.0.conv"), channels[level], channels[level], stride: 2, padding: (0, 1))
            return (blocks, down)
        }
        middle = AutoencoderMiddle(
            scope.scope("mid_block"), channels: channels[channels.count - 1], groups: groups,
            attends: configuration.midBlockAddAttention)
        norm = GroupNormalization(
            scope.scope("conv_norm_out"), groups: groups, channels: channels[channels.count - 1], epsilon: 1e-6)
        output = Convolution2D(
            scope.scope("conv_out"), channels[channels.count - 1], 2 * configuration.latentChannels)
    }

    func callAsFunction(_ pictures: Tensor) -> Tensor {
        var x = input(pictures)
        for level in levels {
            for block in level.blocks { x = block(x) }
            if let down = level.down { x = down(x) }
        }
        return output(norm(middle(x), silu: true))
    }
}

/// Latents to pictures, with VidRD's temporal convolutions between the residual blocks (official `TemporalDecoder`).
struct TemporalDecoder {
    private let input: Convolution2D
    private let middle: AutoencoderMiddle
    private let levels: [(up: Convolution2D?, blocks: [(ResidualBlock, TemporalConvolution?)])]
    private let norm: GroupNormalization
    private let output: Convolution2D

    init(_ scope: ParameterScope, _ configuration: AutoencoderConfiguration) {
        let channels: [Int] = configuration.blockOutChannels.reversed(), groups = configuration.normNumGroups
        let patch = configuration.patchSize * configuration.patchSize
        input = Convolution2D(scope.scope("conv_in"), configuration.latentChannels, channels[0])
        middle = AutoencoderMiddle(
            scope.scope("mid_block"), channels: channels[0], groups: groups,
            attends: configuration.midBlockAddAttention)
        levels = channels.indices.map { level in
            let block = scope.scope("up_blocks", level)
            let blocks = (0...configuration.layersPerBlock).map { layer in
                (
                    ResidualBlock(
                        block.scope("resnets", layer), layer == 0 ? channels[max(level - 1, 0)] : channels[level],
                        channels[level], timeChannels: nil, groups: groups, epsilon: 1e-6),
                    configuration.addTempConv
                        ? TemporalConvolution(
                            block.scope("temp_convs", layer), channels: channels[level],
                            layers: configuration.tempConvLayers, groups: configuration.tempConvGroups) : nil
                )
            }
            // Checkpoints have it behind the level before.
            let up = level == 0
                ? nil
                : Convolution2D(
                    scope.scope("up_blocks", level - 1).scope("upsamplers.0.conv"), channels[level - 1], channels[level - 1])
            return (up, blocks)
        }
        norm = GroupNormalization(
            scope.scope("conv_norm_out"), groups: groups, channels: channels[channels.count - 1], epsilon: 1e-6)
        output = Convolution2D(
            scope.scope("conv_out"), channels[channels.count - 1], configuration.outChannels * patch)
    }

    /// - Parameters:
    ///   - latents: [clips * frames, height, width, channels]
    ///   - frames: 1 to leave the temporal layers out.
    ///   - piece: see `Autoencoder.decode`.
    func callAsFunction(_ latents: Tensor, frames: Int, piece: Int) -> Tensor {
        var x = middle(input(latents))
        for level in levels {
            for (index, (block, temporal)) in level.blocks.enumerated() {
                if index == 0, let up = level.up {
                    // The larger pictures with the channels of the smaller ones are never there all at once.
                    x = x.inPieces(of: piece / 4) { block(up($0, upsampledTo: (2 * $0.shape[1], 2 * $0.shape[2]))) }
                } else {
                    x = x.inPieces(of: piece) { block($0) }
                }
                if let temporal, frames > 1 {
                    x = temporal(x.reshaped([x.shape[0] / frames, frames] + x.shape.dropFirst())).reshaped(x.shape)
                }
            }
        }
        return x.inPieces(of: piece) { output(norm($0, silu: true)) }
    }
}

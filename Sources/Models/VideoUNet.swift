import Layers
import Tensors

/// VidRD's U-Net: Stable Diffusion's image U-Net, inflated to clips (arXiv 2309.03549, section 3.2; official
/// `UNet3DConditionModel`).
///
/// Spatial layers work frame by frame; a Temp-conv follows every residual block and Temp-attn stands in every
/// transformer block. Both begin as identities, so that an image model's weights give the image model's outputs for
/// each frame. The other way of inflating the same U-Net, diffusers' `UNet3DConditionModel`, differs only in where its
/// temporal layers stand (`VideoFamily`).
public struct VideoUNet {
    public let configuration: UNetConfiguration

    private let inputConvolution: Convolution2D
    private let timeEmbedding: TimestepEmbedding
    private let pooledEmbedding: TimestepEmbedding?
    private let inputTransformer: TemporalTransformer?
    private let down: [Level]
    private let middle: (first: Stage, second: Stage)
    private let up: [Level]
    private let outputNorm: GroupNormalization
    private let outputConvolution: Convolution2D

    /// A residual block with what follows it.
    private struct Stage {
        let residual: ResidualBlock
        let temporal: TemporalConvolution?
        let transformer: VideoTransformer?
        let temporalTransformer: TemporalTransformer?

        func callAsFunction(_ x: Tensor, time: Tensor, context: Tensor, cache: ContextCache?) -> Tensor {
            var y = residual(x, time: time)
            if let temporal { y = temporal(y) }
            if let transformer { y = transformer(y, context: context, cache: cache) }
            if let temporalTransformer { y = temporalTransformer(y) }
            return y
        }
    }

    /// The stages of one resolution and the convolution that leads to the next.
    private struct Level {
        let stages: [Stage]
        let resampler: Convolution2D?
    }

    public init(_ configuration: UNetConfiguration, _ scope: ParameterScope) {
        self.configuration = configuration
        let channels = configuration.blockOutChannels, timeChannels = channels[0] * 4
        let groups = configuration.normNumGroups, depth = channels.count
        let family = configuration.family, isPerFrame = configuration.normalizesFramesAlone

        func temporal(_ scope: ParameterScope, _ channels: Int) -> TemporalConvolution? {
            configuration.addTempConv
                ? TemporalConvolution(
                    scope, channels: channels, layers: configuration.tempConvLayers,
                    groups: configuration.tempConvGroups, family: family) : nil
        }
        func transformer(_ scope: ParameterScope, level: Int) -> VideoTransformer {
            VideoTransformer(
                scope,
                .init(
                    channels: channels[level], heads: configuration.heads[level],
                    contextChannels: configuration.crossAttentionDim, groups: groups,
                    temporalAttention: family.attendsWithinBlocks, framePositions: configuration.addTempEmbed))
        }
        func temporalTransformer(_ scope: ParameterScope, level: Int) -> TemporalTransformer {
            TemporalTransformer(
                scope, channels: channels[level], heads: configuration.heads[level],
                headChannels: channels[level] / configuration.heads[level], groups: groups)
        }
        /// The stage `index` of a block: its residual block and temporal convolution, and transformers where it attends.
        func stage(
            _ block: ParameterScope, _ index: Int, _ inputs: Int, _ outputs: Int, attendsAt level: Int?
        ) -> Stage {
            Stage(
                residual: ResidualBlock(
                    block.scope("resnets", index), inputs, outputs, timeChannels: timeChannels, groups: groups,
                    epsilon: configuration.normEps, isPerFrame: isPerFrame),
                temporal: temporal(block.scope("temp_convs", index), outputs),
                transformer: level.map { transformer(block.scope("attentions", index), level: $0) },
                temporalTransformer: family.attendsBehindTransformers
                    ? level.map { temporalTransformer(block.scope("temp_attentions", index), level: $0) } : nil)
        }

        inputConvolution = Convolution2D(scope.scope("conv_in"), configuration.inChannels, channels[0])
        timeEmbedding = TimestepEmbedding(scope.scope("time_embedding"), inputs: channels[0], outputs: timeChannels)
        pooledEmbedding = configuration.projectionClassEmbeddingsInputDim.map {
            TimestepEmbedding(scope.scope("class_embedding"), inputs: $0, outputs: timeChannels)
        }

        inputTransformer = family.attendsBehindTransformers
            ? TemporalTransformer(
                scope.scope("transformer_in"), channels: channels[0], heads: 8, headChannels: configuration.headChannels,
                groups: groups) : nil

        down = (0..<depth).map { level in
            let block = scope.scope("down_blocks", level), attends = configuration.downBlockTypes[level].hasPrefix("Cross")
            let stages = (0..<configuration.layersPerBlock).map { layer in
                let inputs = layer == 0 ? channels[max(level - 1, 0)] : channels[level]
                return stage(block, layer, inputs, channels[level], attendsAt: attends ? level : nil)
            }
            let isLast = level == depth - 1
            return Level(
                stages: stages,
                resampler: isLast
                    ? nil
                    : Convolution2D(
                        block.scope("downsamplers.0.conv"), channels[level], channels[level], stride: 2,
                        padding: (1, 1)))
        }

        let inner = channels[depth - 1], block = scope.scope("mid_block")
        middle = (
            stage(block, 0, inner, inner, attendsAt: depth - 1), stage(block, 1, inner, inner, attendsAt: nil)
        )

        up = (0..<depth).map { index in
            let level = depth - 1 - index, block = scope.scope("up_blocks", index)
            let attends = configuration.upBlockTypes[index].hasPrefix("Cross")
            let layers = configuration.layersPerBlock + 1
            let stages = (0..<layers).map { layer in
                let skip = layer == layers - 1 ? channels[max(level - 1, 0)] : channels[level]
                let inputs = layer == 0 ? channels[min(level + 1, depth - 1)] : channels[level]
                return stage(block, layer, inputs + skip, channels[level], attendsAt: attends ? level : nil)
            }
            return Level(
                stages: stages,
                resampler: level == 0
                    ? nil : Convolution2D(block.scope("upsamplers.0.conv"), channels[level], channels[level]))
        }

        outputNorm = GroupNormalization(
            scope.scope("conv_norm_out"), groups: groups, channels: channels[0], epsilon: configuration.normEps,
            isPerFrame: isPerFrame)
        outputConvolution = Convolution2D(scope.scope("conv_out"), channels[0], configuration.outChannels)
    }

    /// The model's prediction for noisy latents.
    ///
    /// - Parameters:
    ///   - latents: [batch, frames, height, width, inChannels]
    ///   - timesteps: how noisy each sample of the batch is, in the unit of `configuration.timeEmbedding`.
    ///   - context: text, [batch, tokens, crossAttentionDim]
    ///   - pooled: pooled text, [batch, channels]; only where the configuration asks for it.
    ///   - cache: keys and values of `context` from earlier calls with the same text; not for training.
    ///   - deep: where the features of the coarser levels are kept, and taken from while they are fresh.
    ///   - checkpointing: whether training keeps only the borders of stages and computes the rest twice.
    public func callAsFunction(
        _ latents: Tensor, timesteps: [Float], context: Tensor, pooled: Tensor? = nil, cache: ContextCache? = nil,
        deep: DeepFeatures? = nil, checkpointing: Bool = false
    ) -> Tensor {
        let time = self.time(timesteps, pooled: pooled)

        func run(_ stage: Stage, _ x: Tensor) -> Tensor {
            checkpointing
                ? checkpointed([x, time, context]) { stage($0[0], time: $0[1], context: $0[2], cache: nil) }
                : stage(x, time: time, context: context, cache: cache)
        }

        var x = inputConvolution(latents)
        if let inputTransformer { x = inputTransformer(x) }
        var skips = [x]
        func goDown(_ level: Level, toNext: Bool = true) {
            for stage in level.stages {
                x = run(stage, x)
                skips.append(x)
            }
            if toNext, let resampler = level.resampler {
                x = resampler(x)
                skips.append(x)
            }
        }
        let kept = deep?.take(for: latents.shape)
        if let kept {
            goDown(down[0], toNext: false)
            x = kept
        } else {
            for level in down { goDown(level) }
            x = run(middle.second, run(middle.first, x))
        }
        for (index, level) in up.enumerated() {
            if index == up.count - 1 {
                if kept == nil { deep?.keep(x, for: latents.shape) }
            } else if kept != nil {
                continue
            }
            for stage in level.stages { x = run(stage, x.concatenatingChannels(skips.removeLast())) }
            if let resampler = level.resampler, let next = skips.last {
                // The size of the skip that follows: twice this one's, or one less where a level was odd.
                x = resampler(x, upsampledTo: (next.shape[2], next.shape[3]))
            }
        }
        return outputConvolution(outputNorm(x, silu: true))
    }

    /// SiLU of the time embedding: [batch, 4 * blockOutChannels[0]].
    private func time(_ timesteps: [Float], pooled: Tensor?) -> Tensor {
        var embedding = timeEmbedding(
            TimestepEmbedding.sinusoids(
                timesteps, scale: configuration.timeEmbedding, channels: configuration.blockOutChannels[0],
                flipSinToCos: configuration.flipSinToCos, frequencyShift: configuration.freqShift))
        if let pooledEmbedding, let pooled { embedding = embedding + pooledEmbedding(pooled) }
        return embedding.silu()
    }
}

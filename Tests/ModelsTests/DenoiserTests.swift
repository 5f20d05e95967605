import Layers
import Models
import Tensors
import Testing

/// The smallest denoiser that looks back: what a frame should be is the mean of all frames up to it, moved by its action
/// and shrunk by its level. It stands for those that keep something of earlier frames.
private struct CausalMean: Denoiser {
    var levelScale: TimestepEmbedding.Scale { .timestep }
    var latentChannels: Int { 2 }
    var latentSize: (height: Int, width: Int) { (1, 1) }
    var textWidth: Int? { nil }
    var pooledTextWidth: Int? { nil }
    var abilities: DenoiserAbilities { [.levelPerFrame, .actions] }

    final class Past: DenoiserMemory {
        var sum = [Float](repeating: 0, count: 2), count: Float = 0
        func beginPiece() {}
    }

    func makeMemory(deepReuse: Int) -> any DenoiserMemory { Past() }

    func callAsFunction(
        _ latents: Tensor, at levels: DenoiserLevels, given condition: Condition, memory: (any DenoiserMemory)?,
        checkpointing: Bool
    ) -> Tensor {
        guard case let .perFrame(levels) = levels, let actions = condition.actions else { preconditionFailure() }
        let past = memory as? Past, result = Tensor(uninitialized: latents.shape)
        for sample in 0..<latents.shape[0] {
            var sum = past?.sum ?? [0, 0], count = past?.count ?? 0
            for frame in 0..<latents.shape[1] {
                let place = (sample * latents.shape[1] + frame)
                count += 1
                for k in 0..<2 {
                    sum[k] += latents.pointer[2 * place + k]
                    result.pointer[2 * place + k] = (sum[k] / count + actions.pointer[place]) * (1 - levels[sample][frame])
                }
            }
        }
        return result
    }

    func remember(_ latents: Tensor, at: DenoiserLevels, given: Condition, in memory: any DenoiserMemory) {
        guard let past = memory as? Past else { preconditionFailure() }
        for frame in 0..<latents.shape[1] {
            past.count += 1
            for k in 0..<2 { past.sum[k] += latents.pointer[2 * frame + k] }
        }
    }
}

@Suite struct DenoiserTests {
    private var random = TorchGenerator(seed: 1)

    /// Frame by frame, each remembered when it is settled, is what the whole clip is at once.
    @Test func aDenoiserThatLooksBackWorksThroughTheSeam() {
        var random = random
        let clip = random.randn([1, 5, 1, 1, 2]), actions = random.randn([1, 5, 1]), levels: [Float] = [0, 0.1, 0.5, 0.9, 0.3]
        let denoiser: any Denoiser = CausalMean()
        let whole = denoiser(clip, at: .perFrame([levels]), given: Condition(actions: actions))
        let memory = denoiser.makeMemory(deepReuse: 1)
        for frame in 0..<5 {
            let latents = clip.slice(0).slice(frame..<frame + 1).reshaped([1, 1, 1, 1, 2])
            let condition = Condition(actions: actions.slice(0).slice(frame..<frame + 1).reshaped([1, 1, 1]))
            // Steps do not enter the memory, however often they are made.
            for _ in 0..<2 {
                let made = denoiser(latents, at: .perFrame([[levels[frame]]]), given: condition, memory: memory)
                #expect(largestDifference(made.values, whole.slice(0).slice(frame).values) < 1e-6)
            }
            denoiser.remember(latents, at: .perFrame([[0]]), given: condition, in: memory)
        }
    }

    /// Through the seam a U-Net gives the same bits, with its memory those that its own caches give.
    @Test func theVideoUNetIsADenoiser() throws {
        let configuration = UNetConfiguration(
            sampleSize: 8, downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D"],
            upBlockTypes: ["CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [8, 16], layersPerBlock: 1,
            heads: [1, 2], crossAttentionDim: 16, normNumGroups: 4, tempConvLayers: 2, tempConvGroups: 4,
            projectionClassEmbeddingsInputDim: 16)
        let unet = VideoUNet(configuration, ParameterScope(nil, store: ParameterStore(), seed: 3))
        let denoiser: any Denoiser = unet
        #expect(denoiser.latentChannels == 4 && denoiser.latentSize == (8, 8))
        #expect(denoiser.textWidth == 16 && denoiser.pooledTextWidth == 16 && denoiser.abilities == .deepReuse)
        var random = random
        let latents = random.randn([2, 3, 8, 8, 4]), text = random.randn([2, 5, 16]), pooled = random.randn([2, 16])
        let condition = Condition(text: .init(hidden: text, pooled: pooled))
        let wanted = unet(latents, timesteps: [10, 500], context: text, pooled: pooled)
        #expect(denoiser(latents, at: .perSample([10, 500]), given: condition).values == wanted.values)

        let memory = denoiser.makeMemory(deepReuse: 2), deep = DeepFeatures(period: 2), cache = ContextCache()
        for (step, timestep) in [Float(900), 800, 700].enumerated() {
            if step == 2 {
                memory.beginPiece()
                deep.reset()
            }
            let own = unet(latents, timesteps: [timestep, timestep], context: text, pooled: pooled, cache: cache, deep: deep)
            let found = denoiser(latents, at: .perSample([timestep, timestep]), given: condition, memory: memory)
            #expect(found.values == own.values)
            let anew = unet(latents, timesteps: [timestep, timestep], context: text, pooled: pooled)
            #expect((found.values == anew.values) == (step != 1), "the second step takes deep features from the first")
        }
    }

    @Test func conditionsOfSeveralSamplesAreStacked() {
        var random = random
        func make() -> Condition {
            Condition(
                text: .init(hidden: random.randn([1, 3, 4]), mask: Tensor([1, 1, 0], [1, 3]), pooled: random.randn([1, 4])),
                known: .init(latents: random.randn([1, 2, 1, 1, 3]), mask: Tensor([1, 0], [1, 2, 1, 1, 1]), levels: [0.1]),
                actions: random.randn([1, 2, 5]), framesPerSecond: [8], isPicture: [false])
        }
        let first = make(), second = make(), both = Condition.stacked([first, second])
        func joined(_ member: (Condition) -> Tensor?) -> Bool {
            member(both)?.values == (member(first)?.values ?? []) + (member(second)?.values ?? [])
        }
        #expect(joined { $0.text?.hidden } && joined { $0.text?.mask } && joined { $0.text?.pooled })
        #expect(joined { $0.known?.latents } && joined { $0.known?.mask } && joined { $0.actions })
        #expect(both.text?.hidden.shape == [2, 3, 4] && both.known?.mask.shape == [2, 2, 1, 1, 1])
        #expect(both.known?.levels == [0.1, 0.1] && both.framesPerSecond == [8, 8] && both.isPicture == [false, false])
        var silent = second
        silent.actions = nil
        silent.text?.pooled = nil
        let less = Condition.stacked([first, silent])
        #expect(less.actions == nil && less.text != nil && less.text?.pooled == nil)
    }

    @Test func abilitiesAreWords() {
        #expect(DenoiserAbilities([.levelPerFrame, .actions]).description == "a noise level for each frame, actions")
    }

    private func largestDifference(_ first: [Float], _ second: [Float]) -> Float {
        first.count == second.count ? zip(first, second).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }
}

@Suite struct PictureCodecTests {
    /// What a codec promises to those that know nothing else of it.
    private func check(_ codec: any PictureCodec) {
        var random = TorchGenerator(seed: 4)
        let pictures = random.rand([3, 16, 24, 3], low: -1, high: 1)
        let latents = codec.latents(of: pictures)
        #expect(latents.shape == [3, 16 / codec.factor, 24 / codec.factor, codec.latentChannels])
        #expect(codec.pictures(of: latents, frames: 3).shape == pictures.shape)
        for index in 0..<3 {
            let alone = codec.latents(of: pictures.slice(index..<index + 1))
            #expect(zip(alone.values, latents.slice(index).values).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test func pixelsAreTheirOwnLatents() {
        let codec = PixelCodec()
        check(codec)
        var random = TorchGenerator(seed: 4)
        let pictures = random.rand([2, 6, 5, 3], low: -1, high: 1)
        #expect(codec.latents(of: pictures).values == pictures.values)
        let tiled = codec.pictures(of: pictures, frames: 2, limits: DecodingLimits(tile: 4))
        #expect(tiled.values == pictures.values && codec.temporalContext == 0)
    }

    @Test func theAutoencoderNormalisesAndDecodes() {
        let configuration = AutoencoderConfiguration(
            blockOutChannels: [8, 8], layersPerBlock: 1, normNumGroups: 4, latentsMean: [0.1, -0.2, 0, 0.3],
            latentsStd: [1, 2, 0.5, 1.5], midBlockAddAttention: false, tempConvLayers: 2, tempConvGroups: 4)
        let model = Autoencoder(configuration, ParameterScope(nil, store: ParameterStore(), seed: 3)), codec: any PictureCodec = model
        check(codec)
        var random = TorchGenerator(seed: 4)
        let pictures = random.rand([4, 16, 16, 3], low: -1, high: 1)
        let latents = codec.latents(of: pictures)
        #expect(latents.values == model.normalized(model.encode(pictures).mean).values)
        #expect(codec.pictures(of: latents, frames: 4).values == model.decode(model.denormalized(latents), frames: 4).values)
        let tiled = codec.pictures(of: latents, frames: 2, limits: DecodingLimits(tile: 4))
        #expect(tiled.values == model.decode(model.denormalized(latents), frames: 2, tile: 4).values)
        #expect(codec.temporalContext == 4)
        var spatial = configuration
        spatial.addTempConv = false
        #expect(Autoencoder(spatial, ParameterScope(nil, store: ParameterStore())).temporalContext == 0)
    }
}

import Layers
import Tensors

extension VideoUNet: Denoiser {
    public var latentChannels: Int { configuration.inChannels }
    public var latentSize: (height: Int, width: Int) { (configuration.sampleSize, configuration.sampleSize) }
    public var textWidth: Int? { configuration.crossAttentionDim }
    public var pooledTextWidth: Int? { configuration.projectionClassEmbeddingsInputDim }
    public var levelScale: TimestepEmbedding.Scale { configuration.timeEmbedding }
    public var abilities: DenoiserAbilities { .deepReuse }

    public func makeMemory(deepReuse: Int) -> any DenoiserMemory { Memory(deepReuse: deepReuse) }

    public func callAsFunction(
        _ latents: Tensor, at levels: DenoiserLevels, given condition: Condition, memory: (any DenoiserMemory)?,
        checkpointing: Bool
    ) -> Tensor {
        guard case let .perSample(timesteps) = levels, let text = condition.text, abilities.isSuperset(of: condition.members) else {
            preconditionFailure("a video U-Net is told one level and a prompt for each sample, and not: \(condition.members)")
        }
        let own = memory as? Memory
        precondition((own == nil) == (memory == nil), "the memory is another denoiser's")
        return self(
            latents, timesteps: timesteps, context: text.hidden, pooled: text.pooled, cache: own?.context, deep: own?.deep,
            checkpointing: checkpointing)
    }

    /// Keys and values of the text, and features of the coarser levels.
    private final class Memory: DenoiserMemory {
        let context = ContextCache()
        let deep: DeepFeatures

        init(deepReuse: Int) { deep = DeepFeatures(period: deepReuse) }

        func beginPiece() { deep.reset() }
    }
}

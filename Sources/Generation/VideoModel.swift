import Checkpoints
import Diffusion
import Foundation
import Layers
import Models
import Tensors
import Text

/// A complete text-to-video model: tokenizer, text encoder, U-Net, autoencoder and noise schedule.
public final class VideoModel {
    public let tokenizer: any Tokenizer
    public let textEncoder: TextEncoder
    public let unet: VideoUNet
    public let autoencoder: Autoencoder
    public let schedule: NoiseSchedule
    public let defaults: GenerationDefaults

    /// Things worth telling that are no errors.
    public let warnings: [String]
    /// Those of the text encoder, where they may lie in a file's memory.
    private var textParameters: ParameterStore?

    public init(
        tokenizer: any Tokenizer, textEncoder: TextEncoder, unet: VideoUNet, autoencoder: Autoencoder,
        schedule: NoiseSchedule, defaults: GenerationDefaults, warnings: [String] = []
    ) {
        self.tokenizer = tokenizer
        self.textEncoder = textEncoder
        self.unet = unet
        self.autoencoder = autoencoder
        self.schedule = schedule
        self.defaults = defaults
        self.warnings = warnings
    }

    /// Loads a diffusers-style folder, or the three pieces that VidRD's authors publish.
    ///
    /// Throws `CheckpointError`, `TokenizerError` or `DiffusionError`.
    public convenience init(_ url: URL) throws { try self.init(ModelLayout(url)) }

    /// Loads a model from wherever its parts lie; errors as above.
    public convenience init(_ layout: ModelLayout) throws {
        var warnings: [String] = []
        func load<Configuration: Decodable, Part>(
            _ part: ModelLayout.Part, _ type: Configuration.Type, _ name: String, allowLeftOver: Bool = false,
            _ adapt: (inout Configuration, WeightReader) -> Void = { _, _ in },
            _ make: (Configuration, ParameterScope) -> Part
        ) throws -> (part: Part, store: ParameterStore) {
            var configuration = try part.folder.configuration(type)
            let reader = WeightReader(try part.weights(), for: name), store = ParameterStore()
            adapt(&configuration, reader)
            let made = make(configuration, ParameterScope(reader, store: store, keepsCompact: true))
            try reader.finish(allowLeftOver: allowLeftOver)
            warnings += reader.warnings
            if !reader.freshKeys.isEmpty {
                warnings.append("\(name) has no temporal layers in \(part.folder.url.path): they begin as identities, frames are made one by one")
            }
            return (made, store)
        }
        let (text, textParameters) = try load(layout.textEncoder, TextEncoderConfiguration.self, "the text encoder", { _, reader in
            // Older transformers store the indices 0, 1, 2, … of positions.
            reader.ignore("text_model.embeddings.position_ids")
        }) { TextEncoder($0, $1) }
        let unet = try load(layout.unet, UNetConfiguration.self, "the U-Net", { $0.adapt(to: $1) }) { VideoUNet($0, $1) }.part
        let autoencoder = try load(layout.autoencoder, AutoencoderConfiguration.self, "the autoencoder", {
            if $1.containsScope("decoder.up_blocks.0.temp_convs") { $0.addTempConv = true }
        }) { Autoencoder($0, $1) }.part
        let schedule = try NoiseSchedule(SchedulerConfiguration(contentsOf: layout.scheduler))
        let tokenizer = try TokenizerFolder.open(layout.tokenizer, maximumLength: text.configuration.positions)
        func require(_ fits: Bool, _ problem: String) throws {
            if !fits { throw GenerationError.inconsistentModel(layout.unet.folder.url.deletingLastPathComponent().path, problem) }
        }
        let (width, latents) = (text.configuration.hiddenSize, autoencoder.configuration.latentChannels)
        try require(
            tokenizer.vocabularySize <= text.configuration.vocabularySize,
            "the tokenizer has \(tokenizer.vocabularySize) tokens and the text encoder knows \(text.configuration.vocabularySize)")
        for taken in [unet.configuration.crossAttentionDim, unet.configuration.projectionClassEmbeddingsInputDim ?? width] {
            try require(taken == width, "the U-Net takes text of width \(taken) and the text encoder gives \(width)")
        }
        for channels in [unet.configuration.inChannels, unet.configuration.outChannels] {
            try require(channels == latents, "the U-Net works on \(channels) channels and the autoencoder has \(latents)")
        }
        self.init(
            tokenizer: tokenizer, textEncoder: text, unet: unet, autoencoder: autoencoder, schedule: schedule,
            defaults: layout.statedDefaults ?? .of(unet.configuration), warnings: warnings)
        self.textParameters = textParameters
    }

    /// One part of a model from weights that are known to fit. Throws `CheckpointError`.
    public static func part<Part>(named name: String, from source: any WeightSource, _ make: (ParameterScope) -> Part) throws -> Part {
        let reader = WeightReader(source, for: name)
        let made = make(ParameterScope(reader, store: ParameterStore(), keepsCompact: true))
        try reader.finish()
        return made
    }

    /// The model's view of a prompt: hidden states [1, tokens, width], pooled [1, width] where the U-Net takes it, and
    /// warnings about words that were cut or are unknown.
    public func encode(_ prompt: String) throws -> (context: Tensor, pooled: Tensor?, warnings: [String]) {
        defer { textParameters?.dropPages() }
        let tokens = try tokenizer.encode(prompt)
        let hidden = textEncoder([tokens.ids])
        let end = tokens.ids.firstIndex(of: tokenizer.endID) ?? tokens.ids.count - 1
        let pooled = unet.configuration.projectionClassEmbeddingsInputDim.map { _ in TextEncoder.pooled(hidden, at: [end]) }
        return (hidden, pooled, tokens.warnings)
    }
}

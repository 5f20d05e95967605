import Checkpoints
import Diffusion
import Layers
import Models
import Text

extension ModelComponent where Made == any Denoiser {
    /// Stable Diffusion's U-Net inflated to clips, VidRD's way or diffusers': the weights' names tell which.
    static func videoUNet(_ library: String) -> Self { unet(library, "UNet3DConditionModel", "UNet2DConditionModel") }

    /// The same as an image model, whose temporal layers begin as identities.
    static var imageUNet: Self { unet("diffusers", "UNet2DConditionModel", "UNet3DConditionModel") }

    private static func unet(_ library: String, _ type: String, _ synonym: String) -> Self {
        let member = ModelMember(name: "unet", content: .network(title: "the U-Net"), library: library, type: type, synonyms: [synonym])
        return Self(members: [member]) { loading in
            let unet = try loading.network(member, UNetConfiguration.self, { $0.adapt(to: $1) }) { VideoUNet($0, $1) }.part
            let (taken, given) = (unet.configuration.inChannels, unet.configuration.outChannels)
            try loading.require(given == taken, "the U-Net takes \(taken) channels and gives \(given)")
            return unet
        }
    }
}

extension ModelComponent where Made == any PictureCodec {
    /// Latent diffusion's autoencoder, with VidRD's temporal decoder where the weights have one.
    static func autoencoder(_ library: String) -> Self {
        let types = ["AutoencoderKL", "TemporalAutoencoderKL"]
        let type = library == "vidrd" ? types[1] : types[0]
        let member = ModelMember(
            name: "vae", content: .network(title: "the autoencoder"), library: library, type: type, synonyms: types)
        return Self(members: [member]) { loading in
            try loading.network(member, AutoencoderConfiguration.self, {
                if $1.containsScope("decoder.up_blocks.0.temp_convs") { $0.addTempConv = true }
            }) { Autoencoder($0, $1) }.part
        }
    }
}

extension ModelComponent where Made == any TextReader {
    /// CLIP's text encoder, with its own tokenizer or the starter's.
    static var clip: Self {
        let encoder = ModelMember(
            name: "text_encoder", content: .network(title: "the text encoder"), library: "transformers", type: "CLIPTextModel")
        let tokenizer = ModelMember(
            name: "tokenizer", content: .tokenizer, library: "transformers", type: "CLIPTokenizer",
            synonyms: ["CLIPTokenizerFast", "SentencePieceTokenizer"])
        return Self(members: [encoder, tokenizer]) { loading in
            let text = try loading.network(encoder, TextEncoderConfiguration.self, { _, reader in
                // Older transformers store the indices 0, 1, 2, … of positions.
                reader.ignore("text_model.embeddings.position_ids")
            }) { TextEncoder($0, $1) }
            let sizes = text.part.configuration
            let words = try TokenizerFolder.open(loading.layout.folder(of: tokenizer), maximumLength: sizes.positions)
            try loading.require(
                words.vocabularySize <= sizes.vocabularySize,
                "the tokenizer has \(words.vocabularySize) tokens and the text encoder knows \(sizes.vocabularySize)")
            return CLIPReader(words, text.part, parameters: text.store)
        }
    }
}

extension ModelComponent where Made == any NoiseProcess {
    /// Noise in discrete timesteps, as diffusers' schedulers have it.
    static var discrete: Self {
        let member = ModelMember(
            name: "scheduler", content: .file("scheduler_config.json"), library: "diffusers", type: "DDIMScheduler",
            synonyms: [
                "PNDMScheduler", "DDPMScheduler", "DPMSolverMultistepScheduler", "UniPCMultistepScheduler",
                "EulerDiscreteScheduler",
            ])
        return Self(members: [member]) { loading in
            try NoiseSchedule(SchedulerConfiguration(contentsOf: loading.layout.file(of: member)))
        }
    }
}

/// A model in the making: where its parts lie, and what is to be told of them.
final class ModelLoading {
    let layout: ModelLayout
    private(set) var warnings: [String] = []

    init(_ layout: ModelLayout) { self.layout = layout }

    /// A network with its parameters.
    ///
    /// - Parameter adapt: fits the configuration to the weights. Throws `CheckpointError`.
    func network<Configuration: Decodable, Network>(
        _ member: ModelMember, _ type: Configuration.Type,
        _ adapt: (inout Configuration, WeightReader) -> Void = { _, _ in },
        _ make: (Configuration, ParameterScope) -> Network
    ) throws -> (part: Network, store: ParameterStore) {
        let part = try layout.part(of: member)
        let title = if case let .network(title) = member.content { title } else { member.name }
        var configuration = try part.folder.configuration(type)
        let reader = WeightReader(try part.weights(), for: title), store = ParameterStore()
        adapt(&configuration, reader)
        let made = make(configuration, ParameterScope(reader, store: store, keepsHalfPrecision: true))
        try reader.finish()
        warnings += reader.warnings
        if !reader.freshKeys.isEmpty {
            warnings.append("\(title) has no temporal layers in \(part.folder.url.path): they begin as identities, frames are made one by one")
        }
        return (made, store)
    }

    /// Throws `GenerationError.inconsistentModel` where parts do not fit.
    func require(_ fits: Bool, _ problem: String) throws {
        if !fits { throw GenerationError.inconsistentModel(layout.place, problem) }
    }
}

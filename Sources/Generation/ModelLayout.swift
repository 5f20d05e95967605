import Checkpoints
import Foundation

/// Where the parts of a model lie in a folder.
public struct ModelLayout {
    /// A configuration and the weights that go with it.
    struct Part {
        let folder: ModelFolder
        let weights: () throws -> any WeightSource

        init(_ folder: ModelFolder) {
            self.folder = folder
            weights = { try folder.weights() }
        }

        /// Weights from elsewhere: the tensors of `file` whose names begin with `prefix`.
        init(_ folder: ModelFolder, from file: URL, under prefix: String) {
            self.folder = folder
            weights = { RenamedWeights(try WeightFile.open(file), under: prefix) }
        }
    }

    let unet, autoencoder, textEncoder: Part
    let tokenizer, scheduler: URL
    private let root: URL
    private let isOfficial: Bool

    /// Recognises VidRD's published trio (`ModelT2V.pth`, `vae_finetuned`, `stable-diffusion-2-1-base`) and diffusers
    /// folders.
    init(_ url: URL) throws {
        root = url
        let published = url.appendingPathComponent("ModelT2V.pth")
        isOfficial = FileManager.default.fileExists(atPath: published.path)
        if isOfficial {
            let base = try DiffusersFolder(url.appendingPathComponent("stable-diffusion-2-1-base"), needsIndex: false)
            unet = Part(try base.part("unet"), from: published, under: "unet.")
            textEncoder = Part(try base.part("text_encoder"), from: published, under: "text_encoder.")
            autoencoder = Part(try ModelFolder(url.appendingPathComponent("vae_finetuned")))
            tokenizer = try base.part("tokenizer").url
            scheduler = try base.part("scheduler").url.appendingPathComponent("scheduler_config.json")
        } else {
            let folder = try DiffusersFolder(url)
            unet = Part(try folder.part("unet"))
            textEncoder = Part(try folder.part("text_encoder"))
            autoencoder = Part(try folder.part("vae"))
            tokenizer = try folder.part("tokenizer").url
            scheduler = try folder.part("scheduler").url.appendingPathComponent("scheduler_config.json")
        }
    }

    func defaults() throws -> GenerationDefaults {
        let file = root.appendingPathComponent("generation_config.json")
        guard FileManager.default.fileExists(atPath: file.path) else { return .official }
        return try JSONFile.read(GenerationDefaults.self, from: file)
    }

    /// Writes the model in `source`, in whichever layout, as one diffusers-style folder.
    ///
    /// Throws `CheckpointError`.
    public static func convert(_ source: URL, as type: ElementType, to folder: URL) throws {
        let layout = try ModelLayout(source)
        func model(_ name: String, _ library: String, _ className: String, _ part: Part) throws -> DiffusersFolderWriter.Model {
            .init(
                name: name, library: library, type: className, configuration: part.folder.configurationURL,
                weights: try part.weights())
        }
        try DiffusersFolderWriter.write(
            pipeline: "VidRDPipeline",
            models: [
                model("unet", "vidrd", "UNet3DConditionModel", layout.unet),
                model("vae", "vidrd", "TemporalAutoencoderKL", layout.autoencoder),
                model("text_encoder", "transformers", "CLIPTextModel", layout.textEncoder),
            ],
            copies: [
                .init(name: "tokenizer", library: "transformers", type: "CLIPTokenizer", folder: layout.tokenizer),
                .init(
                    name: "scheduler", library: "diffusers", type: "DDIMScheduler",
                    folder: layout.scheduler.deletingLastPathComponent()),
            ], as: type, to: folder)
        if FileManager.default.fileExists(atPath: source.appendingPathComponent("generation_config.json").path) {
            try JSONFile.write(layout.defaults(), to: folder.appendingPathComponent("generation_config.json"))
        }
    }
}

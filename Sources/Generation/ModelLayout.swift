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
    /// What `generation_config.json` of the folder says; nil where there is none.
    let statedDefaults: GenerationDefaults?

    /// Recognises VidRD's published trio (`ModelT2V.pth`, `vae_finetuned`, `stable-diffusion-2-1-base`) and diffusers
    /// folders.
    ///
    /// - Parameters:
    ///   - checkpoint: U-Net and text encoder in one file (`ModelT2V.pth`), in place of those of the folder.
    ///   - autoencoder: the folder of the autoencoder (`vae_finetuned`), in place of the folder's.
    ///
    /// Throws `CheckpointError`.
    public init(_ url: URL, checkpoint: URL? = nil, autoencoder: URL? = nil) throws {
        func member(_ name: String) -> URL? {
            let place = url.appendingPathComponent(name)
            return FileManager.default.fileExists(atPath: place.path) ? place : nil
        }
        let published = member("ModelT2V.pth")
        let folder = try DiffusersFolder(
            published == nil ? url : url.appendingPathComponent("stable-diffusion-2-1-base"),
            needsIndex: published == nil && checkpoint == nil)
        if let file = checkpoint ?? published {
            unet = Part(try folder.part("unet"), from: file, under: "unet.")
            textEncoder = Part(try folder.part("text_encoder"), from: file, under: "text_encoder.")
        } else {
            unet = Part(try folder.part("unet"))
            textEncoder = Part(try folder.part("text_encoder"))
        }
        if let place = autoencoder ?? published.map({ _ in url.appendingPathComponent("vae_finetuned") }) {
            self.autoencoder = Part(try ModelFolder(place))
        } else {
            self.autoencoder = Part(try folder.part("vae"))
        }
        tokenizer = try folder.part("tokenizer").url
        scheduler = try folder.part("scheduler").url.appendingPathComponent("scheduler_config.json")
        statedDefaults = try member(GenerationDefaults.fileName).map { try JSONFile.read(GenerationDefaults.self, from: $0) }
    }

    /// Writes the model, in whichever layout it lies, as one diffusers-style folder.
    ///
    /// Throws `CheckpointError`.
    public func convert(as type: ElementType, to folder: URL) throws {
        func model(_ name: String, _ library: String, _ className: String, _ part: Part) throws -> DiffusersFolderWriter.Part {
            .model(name, library: library, type: className, weights: try part.weights(), as: type) {
                try DiffusersFolderWriter.copy(part.folder.configurationURL, to: $0)
            }
        }
        func copy(_ name: String, _ library: String, _ className: String, _ source: URL) -> DiffusersFolderWriter.Part {
            .init(name, library: library, type: className) { try DiffusersFolderWriter.copyContents(of: source, to: $0) }
        }
        try DiffusersFolderWriter.write(
            pipeline: "VidRDPipeline",
            [
                model("unet", "vidrd", "UNet3DConditionModel", unet),
                model("vae", "vidrd", "TemporalAutoencoderKL", autoencoder),
                model("text_encoder", "transformers", "CLIPTextModel", textEncoder),
                copy("tokenizer", "transformers", "CLIPTokenizer", tokenizer),
                copy("scheduler", "diffusers", "DDIMScheduler", scheduler.deletingLastPathComponent()),
            ], settings: statedDefaults.map { [GenerationDefaults.fileName: $0] } ?? [:], to: folder)
    }
}

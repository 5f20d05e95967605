import Foundation

/// Writes a whole pipeline as one diffusers-style folder, from wherever its parts lie.
public enum DiffusersFolderWriter {
    /// A part with weights.
    public struct Model {
        let name: String
        let library: String
        let type: String
        let configuration: URL
        let weights: any WeightSource

        /// `library` and `type` go into `model_index.json`: `("unet", "diffusers", "UNet3DConditionModel")`.
        public init(name: String, library: String, type: String, configuration: URL, weights: any WeightSource) {
            self.name = name
            self.library = library
            self.type = type
            self.configuration = configuration
            self.weights = weights
        }
    }

    /// A part that is copied as it is: the folder of the tokenizer, of the scheduler.
    public struct Copy {
        let name: String
        let library: String
        let type: String
        let folder: URL

        public init(name: String, library: String, type: String, folder: URL) {
            self.name = name
            self.library = library
            self.type = type
            self.folder = folder
        }
    }

    /// Writes all parts beside `folder` and gives them their name at the end; `folder` must not exist yet.
    ///
    /// - Parameter type: `.float32`, `.float16` or `.bfloat16`, for all weights.
    public static func write(
        pipeline: String, models: [Model], copies: [Copy], as type: ElementType, to folder: URL
    ) throws {
        let manager = FileManager.default
        guard !manager.fileExists(atPath: folder.path) else {
            throw CheckpointError.unwritable(file: folder.path, reason: "it exists already")
        }
        let aside = folder.deletingLastPathComponent()
            .appendingPathComponent(".\(folder.lastPathComponent).\(getpid())-\(UInt32.random(in: 0 ... .max))")
        defer { try? manager.removeItem(at: aside) }
        for model in models {
            let part = aside.appendingPathComponent(model.name)
            // transformers calls its files model, diffusers by its own name.
            let name = model.library == "transformers" ? "model" : "diffusion_pytorch_model"
            try SafetensorsWriter.write(
                model.weights, as: type, metadata: ["format": "pt"], to: part.appendingPathComponent("\(name).safetensors"))
            try copy(model.configuration, to: part.appendingPathComponent("config.json"))
        }
        for part in copies { try copy(part.folder, to: aside.appendingPathComponent(part.name)) }
        try DiffusersFolder.writeIndex(
            pipeline: pipeline,
            parts: models.map { ($0.name, $0.library, $0.type) } + copies.map { ($0.name, $0.library, $0.type) }, to: aside)
        guard rename(aside.path, folder.path) == 0 else {
            throw CheckpointError.unwritable(file: folder.path, reason: String(cString: strerror(errno)))
        }
    }

    private static func copy(_ source: URL, to target: URL) throws {
        do {
            try FileManager.default.copyItem(at: source.resolvingSymlinksInPath(), to: target)
        } catch {
            throw CheckpointError.unwritable(file: target.path, reason: "copying \(source.path) failed: \(error.localizedDescription)")
        }
    }
}

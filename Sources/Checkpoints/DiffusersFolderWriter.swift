import Files
import Foundation

/// Writes a whole pipeline as one diffusers-style folder, from wherever its parts lie.
public enum DiffusersFolderWriter {
    /// A folder of the pipeline.
    public struct Part {
        let name: String
        let library: String
        let type: String
        let write: (URL) throws -> Void

        /// `library` and `type` go into `model_index.json`: `("unet", "diffusers", "UNet3DConditionModel")`. `write` gets
        /// the folder, which exists.
        public init(_ name: String, library: String, type: String, write: @escaping (URL) throws -> Void) {
            self.name = name
            self.library = library
            self.type = type
            self.write = write
        }

        /// A network: weights in one type, and its configuration, which `configuration` writes to the file it is given.
        public static func model(
            _ name: String, library: String, type: String, weights: any WeightSource, as elements: ElementType,
            configuration: @escaping (URL) throws -> Void
        ) -> Part {
            Part(name, library: library, type: type) { folder in
                // transformers calls its files model, diffusers by its own name.
                let file = library == "transformers" ? "model" : "diffusion_pytorch_model"
                try SafetensorsWriter.write(
                    weights, as: elements, metadata: ["format": "pt"],
                    to: folder.appendingPathComponent("\(file).safetensors"))
                try configuration(folder.appendingPathComponent("config.json"))
            }
        }
    }

    /// Writes all parts beside `folder` and gives them their name at the end; `folder` must not exist yet, or be empty.
    ///
    /// - Parameter settings: what goes into JSON files beside the parts, by their names: "generation_config.json".
    ///
    /// Throws `FileError`, and what the parts throw; nothing is left then.
    public static func write(
        pipeline: String, _ parts: [Part], settings: [String: any Encodable] = [:], to folder: URL
    ) throws {
        guard !FilePath.isTaken(folder.path) else {
            throw FileError.unwritable(path: folder.path, reason: "it exists already; choose another name")
        }
        let whole = try AtomicFolder(folder.path), aside = URL(fileURLWithPath: whole.temporaryPath)
        defer { whole.discard() }
        for part in parts {
            let place = aside.appendingPathComponent(part.name)
            try FileManager.default.makeFolder(place, for: folder)
            try part.write(place)
        }
        for (name, value) in settings { try JSONFile.write(value, to: aside.appendingPathComponent(name)) }
        try DiffusersFolder.writeIndex(pipeline: pipeline, parts: parts.map { ($0.name, $0.library, $0.type) }, to: aside)
        try whole.commit()
    }

    /// Copies a file.
    public static func copy(_ source: URL, to target: URL) throws {
        try FilePath.copy(source.resolvingSymlinksInPath().path, to: target.path)
    }

    /// Copies all files of a folder into another, which exists.
    public static func copyContents(of source: URL, to target: URL) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: source.path)) ?? []
        for name in names.sorted() {
            try copy(source.appendingPathComponent(name), to: target.appendingPathComponent(name))
        }
    }
}

import Foundation

/// The folder of one network in the layout of diffusers and transformers: `config.json` beside the weights.
public struct ModelFolder {
    public let url: URL

    /// Throws `CheckpointError.missingFile` where there is no such folder.
    public init(_ url: URL) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw CheckpointError.missingFile(
                folder: url.deletingLastPathComponent().path, wanted: "folder \(url.lastPathComponent)", hint: "")
        }
        guard isFolder.boolValue else {
            throw CheckpointError.unreadable(file: url.path, reason: "a folder is expected and this is a file")
        }
        self.url = url
    }

    /// Where the configuration lies.
    public var configurationURL: URL { url.appendingPathComponent("config.json") }

    /// Decodes `config.json`, or another JSON file of the folder. Throws `CheckpointError`.
    public func configuration<Value: Decodable>(_ type: Value.Type, named name: String = "config.json") throws -> Value {
        let file = url.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw CheckpointError.missingFile(folder: url.path, wanted: name, hint: inventory)
        }
        return try JSONFile.read(type, from: file)
    }

    /// Names under which weights are looked for, best first.
    static let weightNames: [String] = ["diffusion_pytorch_model", "model", "pytorch_model"].flatMap { stem in
        ["", ".fp16", ".non_ema"].flatMap { variant in
            ["\(stem)\(variant).safetensors", "\(stem).safetensors.index\(variant).json"]
        }
    } + ["diffusion_pytorch_model", "pytorch_model"].flatMap { stem in
        ["", ".fp16", ".non_ema"].flatMap { variant in
            ["\(stem)\(variant).bin", "\(stem).bin.index\(variant).json"]
        }
    }

    /// The weight file or index file that would be opened.
    public func weightsURL() throws -> URL {
        for name in Self.weightNames {
            let file = url.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: file.path) { return file }
        }
        throw CheckpointError.missingFile(
            folder: url.path, wanted: "weights (diffusion_pytorch_model.safetensors, model.safetensors, *.bin "
                + "or an *.index.json of several files)", hint: inventory)
    }

    /// Opens the weights; only headers are read. Throws `CheckpointError`.
    public func weights() throws -> any WeightSource {
        let file = try weightsURL()
        return file.pathExtension == "json" ? try ShardedWeights(index: file) : try WeightFile.open(file)
    }

    private var inventory: String {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
        if names.isEmpty { return "it is empty" }
        if names.contains(where: { $0.hasSuffix(".incomplete") || $0.hasSuffix(".part") }) {
            return "it looks half-downloaded: it has \(names.prefix(8).joined(separator: ", "))"
        }
        return "it has \(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? ", …" : "")"
    }
}

/// The folder of a whole pipeline: `model_index.json` and one folder for each part.
public struct DiffusersFolder {
    public let url: URL
    /// Class names of the parts, as `model_index.json` states them; a part may be null there and is left out.
    public let parts: [String: String]
    /// `_class_name` of the pipeline.
    public let pipeline: String?

    /// Throws `CheckpointError.missingFile` where the folder or its `model_index.json` is not there.
    ///
    /// With `needsIndex` false a folder without `model_index.json` is taken by its sub-folders.
    public init(_ url: URL, needsIndex: Bool = true) throws {
        self.url = url
        let folder = try ModelFolder(url)
        let index = url.appendingPathComponent("model_index.json")
        guard needsIndex || FileManager.default.fileExists(atPath: index.path) else {
            parts = [:]
            pipeline = nil
            return
        }
        let members = try folder.configuration([String: IndexValue].self, named: "model_index.json")
        var parts: [String: String] = [:]
        var pipeline: String?
        for (name, value) in members {
            switch value {
            case let .part(type): parts[name] = type
            case let .text(text) where name == "_class_name": pipeline = text
            default: break
            }
        }
        self.parts = parts
        self.pipeline = pipeline
    }

    /// Whether the folder has a part of this name.
    public func has(_ name: String) -> Bool {
        var isFolder: ObjCBool = false
        let path = url.appendingPathComponent(name).path
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// A part: `unet`, `vae`, `text_encoder`, `tokenizer`, `scheduler`. Throws `CheckpointError.missingFile`.
    public func part(_ name: String) throws -> ModelFolder {
        guard has(name) else {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
            throw CheckpointError.missingFile(
                folder: url.path, wanted: "folder \(name)",
                hint: names.isEmpty ? "it is empty" : "it has \(names.prefix(10).joined(separator: ", "))")
        }
        return try ModelFolder(url.appendingPathComponent(name))
    }

    /// Writes a `model_index.json`: parts as name, library and class.
    public static func writeIndex(
        pipeline: String, parts: [(name: String, library: String, type: String)], to folder: URL
    ) throws {
        var members: [String: IndexMember] = ["_class_name": .text(pipeline)]
        for part in parts { members[part.name] = .part([part.library, part.type]) }
        try JSONFile.write(members, to: folder.appendingPathComponent("model_index.json"))
    }

    private enum IndexMember: Encodable {
        case text(String), part([String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case let .text(text): try container.encode(text)
            case let .part(names): try container.encode(names)
            }
        }
    }

    /// `["diffusers", "UNet2DConditionModel"]`, `[null, null]`, a string, or something of no interest.
    private enum IndexValue: Decodable {
        case part(String), text(String), other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let names = try? container.decode([String?].self) {
                self = names.last.flatMap { $0 }.map(IndexValue.part) ?? .other
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .other
            }
        }
    }
}

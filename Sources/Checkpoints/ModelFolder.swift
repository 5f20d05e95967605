import Files
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
            throw FileError.unreadable(path: url.path, reason: "a folder is expected and this is a file")
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
        throw lacksWeights
    }

    /// The error for a folder without weights, which says what it has instead.
    var lacksWeights: CheckpointError {
        .missingFile(
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

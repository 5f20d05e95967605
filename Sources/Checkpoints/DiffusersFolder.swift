import Foundation

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

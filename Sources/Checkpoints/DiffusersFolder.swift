import Foundation

/// The folder of a whole pipeline: `model_index.json` and one folder for each part.
public struct DiffusersFolder {
    public let url: URL

    /// Throws `CheckpointError`: `.missingFile` where the folder or its `model_index.json` is not there, `.configuration`
    /// where that is no JSON object. What it says of the parts is not needed: their own configurations do.
    ///
    /// With `needsIndex` false a folder may lack `model_index.json`.
    public init(_ url: URL, needsIndex: Bool = true) throws {
        self.url = url
        let folder = try ModelFolder(url)
        let index = url.appendingPathComponent("model_index.json")
        if needsIndex || FileManager.default.fileExists(atPath: index.path) {
            _ = try folder.configuration([String: IndexValue].self, named: index.lastPathComponent)
        }
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

    /// Whatever stands under a key.
    private struct IndexValue: Decodable {
        init(from decoder: any Decoder) {}
    }
}

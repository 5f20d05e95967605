import Files
import Foundation

/// The folder of a whole pipeline: `model_index.json` and one folder for each part.
public struct DiffusersFolder {
    public let url: URL
    /// What `model_index.json` says; nil where there is none.
    public let index: Index?

    public static let indexName = "model_index.json"

    /// The content of `model_index.json`.
    public struct Index: Decodable {
        /// The pipeline's class, such as `StableDiffusionPipeline`.
        public let className: String?
        /// The classes of parts, such as `UNet2DConditionModel`, by the parts' names; parts that are null have none.
        public let parts: [String: String]

        public init(from decoder: any Decoder) throws {
            let values = try [String: Member](from: decoder)
            className = if case let .text(name)? = values["_class_name"] { name } else { nil }
            parts = values.compactMapValues { if case let .part(names) = $0, names.count == 2 { names[1] } else { nil } }
        }

        /// Whatever stands under a key.
        private enum Member: Decodable {
            case text(String), part([String?]), other

            init(from decoder: any Decoder) throws {
                if let text = try? String(from: decoder) {
                    self = .text(text)
                } else {
                    self = (try? [String?](from: decoder)).map(Member.part) ?? .other
                }
            }
        }
    }

    /// Throws `CheckpointError`: `.missingFile` where the folder or its `model_index.json` is not there, `.configuration`
    /// where that is no JSON object.
    ///
    /// With `needsIndex` false a folder may lack `model_index.json`.
    public init(_ url: URL, needsIndex: Bool = true) throws {
        self.url = url
        let folder = try ModelFolder(url)
        let isThere = FileManager.default.fileExists(atPath: url.appendingPathComponent(Self.indexName).path)
        index = needsIndex || isThere ? try folder.configuration(Index.self, named: Self.indexName) : nil
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
        try JSONFile.write(members, to: folder.appendingPathComponent(indexName))
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
}

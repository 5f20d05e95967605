import Checkpoints
import Files
import Foundation
import Text

/// Of which kind the model in a folder is, and where its parts lie.
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

    public let kind: ModelKind
    /// What `generation_config.json` of the folder says; nil where there is none.
    let statedDefaults: GenerationDefaults?
    /// Networks and other folders, by the names of their members.
    private let parts: [String: Part]
    private let folders: [String: URL]
    /// The folder's path, for messages.
    let place: String

    /// Recognises a diffusers folder by the class that its `model_index.json` names (`ModelKind`), and VidRD's published
    /// trio (`ModelT2V.pth`, `vae_finetuned`, `stable-diffusion-2-1-base`) by its files.
    ///
    /// - Parameters:
    ///   - checkpoint: U-Net and text encoder of VidRD in one file (`ModelT2V.pth`), in place of those of the folder.
    ///   - autoencoder: the folder of the autoencoder (`vae_finetuned`), in place of the folder's.
    ///
    /// Throws `CheckpointError`, or `GenerationError.unknownKind`.
    public init(_ url: URL, checkpoint: URL? = nil, autoencoder: URL? = nil) throws {
        func member(_ name: String) -> URL? {
            let place = url.appendingPathComponent(name)
            return FileManager.default.fileExists(atPath: place.path) ? place : nil
        }
        let published = member(ModelKind.published), file = checkpoint ?? published
        let folder = try DiffusersFolder(
            published == nil ? url : url.appendingPathComponent("stable-diffusion-2-1-base"), needsIndex: file == nil)
        kind = file == nil ? try ModelKind.of(folder) : .vidRD
        let inOneFile = file == nil ? [] : ["unet", "text_encoder"]
        var parts: [String: Part] = [:], folders: [String: URL] = [:]
        for member in kind.members {
            if case .network = member.content {
                if let file, inOneFile.contains(member.name) {
                    parts[member.name] = Part(try folder.part(member.name), from: file, under: member.name + ".")
                } else if member.name == "vae", let place = autoencoder ?? published.map({ _ in url.appendingPathComponent("vae_finetuned") }) {
                    parts[member.name] = Part(try ModelFolder(place))
                } else {
                    parts[member.name] = Part(try folder.part(member.name))
                }
            } else {
                folders[member.name] = try folder.part(member.name).url
            }
        }
        (self.parts, self.folders) = (parts, folders)
        place = url.path
        statedDefaults = try member(GenerationDefaults.fileName).map { try JSONFile.read(GenerationDefaults.self, from: $0) }
    }

    func part(of member: ModelMember) throws -> Part { try found(parts, member) }

    func folder(of member: ModelMember) throws -> URL { try found(folders, member) }

    func file(of member: ModelMember) throws -> URL {
        guard case let .file(name) = member.content else { return try folder(of: member) }
        return try folder(of: member).appendingPathComponent(name)
    }

    /// Only a component that asks for what it does not list as its own finds nothing.
    private func found<Value>(_ values: [String: Value], _ member: ModelMember) throws -> Value {
        guard let value = values[member.name] else {
            throw CheckpointError.missingFile(folder: place, wanted: "folder \(member.name)", hint: "")
        }
        return value
    }

    /// Writes the model, in whichever layout it lies, as one diffusers-style folder of its kind.
    ///
    /// Throws `CheckpointError`.
    public func convert(as type: ElementType, to folder: URL) throws {
        let written = try kind.members.map { member -> DiffusersFolderWriter.Part in
            switch member.content {
            case .network:
                let part = try part(of: member)
                return .model(member.name, library: member.library, type: member.type, weights: try part.weights(), as: type) {
                    try DiffusersFolderWriter.copy(part.folder.configurationURL, to: $0)
                }
            case .tokenizer, .file:
                let source = try self.folder(of: member), names = member.names(in: source)
                return .init(member.name, library: names.library, type: names.type) {
                    try DiffusersFolderWriter.copyContents(of: source, to: $0)
                }
            }
        }
        try DiffusersFolderWriter.write(
            pipeline: kind.className, written, settings: statedDefaults.map { [GenerationDefaults.fileName: $0] } ?? [:], to: folder)
    }
}

extension ModelKind {
    /// Writes the `model_index.json` of a folder that has all members of this kind. Throws `CheckpointError`.
    public func writeIndex(to folder: URL) throws {
        try DiffusersFolder.writeIndex(
            pipeline: className, parts: members.map {
                let names = $0.names(in: folder.appendingPathComponent($0.name))
                return ($0.name, names.library, names.type)
            }, to: folder)
    }

    /// The kind of the model in a folder; nil where there is none, and errors as of `of(_:)` for folders of diffusers.
    public static func of(_ url: URL) throws -> ModelKind? {
        func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url.appendingPathComponent(name).path) }
        if has(published) { return .vidRD }
        return has(DiffusersFolder.indexName) ? try of(DiffusersFolder(url)) : nil
    }

    /// U-Net and text encoder as VidRD's authors publish them, in one file.
    static let published = "ModelT2V.pth"

    /// The kind of the model in a diffusers folder. Throws `FileError.invalid` where its index names no class, and
    /// `GenerationError.unknownKind` for a class that nobody knows here.
    static func of(_ folder: DiffusersFolder) throws -> ModelKind {
        let file = folder.url.appendingPathComponent(DiffusersFolder.indexName).path
        guard let name = folder.index?.className else {
            throw FileError.invalid(
                path: file, key: "_class_name", problem: "\(JSONFile.missing); known are \(list)")
        }
        guard let kind = named(name) else { throw GenerationError.unknownKind(file: file, found: name) }
        return kind
    }
}

extension ModelMember {
    /// Library and class for `model_index.json`, of what lies in a folder.
    func names(in folder: URL) -> (library: String, type: String) {
        if case .tokenizer = content { TokenizerFolder.className(of: folder) } else { (library, type) }
    }
}

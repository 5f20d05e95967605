import Files
import Foundation

/// Opens weight files of every kind that is read here.
public enum WeightFile {
    /// Opens a safetensors file, a torch archive, a pickle of numpy arrays, or an index file (`*.index.json`) of several of them.
    ///
    /// What a file is, is told from its content, not its name. Throws `CheckpointError`.
    public static func open(_ url: URL) throws -> any WeightSource {
        if url.lastPathComponent.hasSuffix(".index.json") { return try ShardedWeights(index: url) }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
            return try ModelFolder(url).weights()
        }
        let file = try FileBytes(url)
        switch WeightFileFormat.of(file) {
        case .safetensors: return try SafetensorsFile(file)
        case .torchArchive: return try TorchArchive(file)
        case .pickle: return try PickleFile(file)
        case let .foreign(text): throw CheckpointError.notWeights(file: file.name, found: text)
        }
    }
}

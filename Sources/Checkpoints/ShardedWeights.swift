import Files
import Foundation
import Tensors

/// Weights in several files, held together by an index file: `{"weight_map": {key: file name}}`.
public struct ShardedWeights: WeightSource {
    public let location: String
    public let keys: [String]
    private let shards: [String: any WeightSource]
    private let shardOf: [String: String]

    /// Opens the index and all files it names. Throws `CheckpointError.missingFile` where files are not there
    /// (a half-downloaded folder) and `.damaged` where a file lacks a tensor that the index promises.
    public init(index: URL) throws {
        let map = try Self.map(of: index)
        let folder = index.deletingLastPathComponent()
        let names = Set(map.values).sorted()
        if let odd = names.first(where: { $0.contains("/") || $0.contains("\\") || $0.hasPrefix(".") || $0.isEmpty }) {
            throw FileError.invalid(
                path: index.path, key: "weight_map", problem: "names \"\(odd)\", which is not a file beside it")
        }
        let absent = names.filter { !FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
        guard absent.isEmpty else {
            throw CheckpointError.missingFile(
                folder: folder.path, wanted: absent.joined(separator: ", "),
                hint: "\(absent.count) of the \(names.count) files that \(index.lastPathComponent) names are missing: "
                    + "a half-finished download?")
        }
        var shards: [String: any WeightSource] = [:]
        for name in names {
            let url = folder.appendingPathComponent(name)
            let file = try FileBytes(url)
            shards[name] = WeightFileFormat.of(file) == .torchArchive
                ? try TorchArchive(file) : try SafetensorsFile(file)
        }
        for (key, name) in map where shards[name]?.contains(key) != true {
            throw CheckpointError.damaged(
                file: folder.appendingPathComponent(name).path,
                problem: "\(index.lastPathComponent) promises tensor \(key) and the file lacks it")
        }
        location = index.path
        keys = map.keys.sorted()
        shardOf = map
        self.shards = shards
    }

    /// The names of files by tensor, as an index file has them. Throws `CheckpointError`.
    public static func map(of index: URL) throws -> [String: String] {
        struct Index: Decodable {
            let weight_map: [String: String]
        }
        return try JSONFile.read(Index.self, from: index).weight_map
    }

    public func info(_ key: String) -> TensorInfo? {
        shardOf[key].flatMap { shards[$0] }?.info(key)
    }

    public func tensor(_ key: String) throws -> Tensor {
        guard let shard = shardOf[key].flatMap({ shards[$0] }) else { throw missing(key) }
        return try shard.tensor(key)
    }

    public func storedBytes(_ key: String) throws -> [UInt8] {
        guard let shard = shardOf[key].flatMap({ shards[$0] }) else { throw missing(key) }
        return try shard.storedBytes(key)
    }

    public func halfPrecision(_ key: String) -> HalfPrecisionWeights? {
        shardOf[key].flatMap { shards[$0] }?.halfPrecision(key)
    }
}

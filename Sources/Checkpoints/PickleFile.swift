import Foundation
import Tensors

/// A pickle by itself whose dictionaries hold numpy arrays, as JAX and TensorFlow programs leave their weights.
///
/// Keys are the paths through the dictionaries, joined by dots: `params.Conv3d_1a_7x7.Conv_0.kernel`.
public struct PickleFile: WeightSource {
    private let file: FileBytes
    private let graph: PickleGraph
    private let views: [String: Int]
    public let keys: [String]
    public var location: String { file.name }

    /// Throws `CheckpointError.unreadable`, `.notWeights`, `.damaged` or `.refusedPickle`.
    public init(_ url: URL) throws {
        try self.init(FileBytes(url))
    }

    public init(_ file: FileBytes) throws {
        try WeightFileFormat.of(file).require(.pickle, file)
        self.file = file
        graph = try PickleMachine.read(file, 0, file.count, name: "the pickle")
        views = try TensorPaths.find(in: graph, file: file.name)
        keys = views.keys.sorted()
        guard !keys.isEmpty else {
            throw CheckpointError.notWeights(file: file.name, found: "this pickle holds no arrays of numbers")
        }
    }

    public func info(_ key: String) -> TensorInfo? {
        guard let index = views[key] else { return nil }
        let view = graph.tensors[index]
        return TensorInfo(key: key, shape: view.shape, type: graph.storages[view.storage].type)
    }

    public func tensor(_ key: String) throws -> Tensor {
        guard let index = views[key] else { throw missing(key) }
        return try graph.embedded(graph.tensors[index], key: key, in: file)
    }
}

extension PickleGraph {
    /// A tensor whose elements the pickle itself holds.
    func embedded(_ view: View, key: String, in file: FileBytes) throws -> Tensor {
        let storage = storages[view.storage]
        guard let blob = storage.blob else {
            throw CheckpointError.damaged(file: file.name, problem: "tensor \(key) lies in a storage that a bare pickle has not")
        }
        guard storage.type.isConvertible else {
            throw CheckpointError.unsupportedType(file: file.name, key: key, type: storage.type.rawValue)
        }
        let tensor = Tensor(uninitialized: view.shape)
        guard tensor.count > 0 else { return tensor }
        func take(_ bytes: UnsafeRawBufferPointer) {
            guard let base = bytes.baseAddress else { return }
            if view.isContiguous {
                _ = ElementConversion.read(storage.type, from: base, count: storage.count, into: tensor.pointer)
            } else {
                let elements = Tensor(uninitialized: [storage.count])
                _ = ElementConversion.read(storage.type, from: base, count: storage.count, into: elements.pointer)
                view.gather(from: elements.pointer, into: tensor.pointer)
            }
        }
        switch blobs[blob] {
        case let .made(bytes): bytes.withUnsafeBytes(take)
        case let .file(offset, count):
            guard let bytes = file.bytes(offset, count) else {
                throw CheckpointError.damaged(file: file.name, problem: "tensor \(key) lies outside the file")
            }
            take(bytes)
            file.forget(offset, count)
        }
        return tensor
    }
}

import Files
import Foundation
import Tensors

/// A pickle by itself whose dictionaries hold numpy arrays, as JAX and TensorFlow programs leave their weights.
///
/// Keys are the paths through the dictionaries, joined by dots: `params.Conv3d_1a_7x7.Conv_0.kernel`.
public struct PickleFile: WeightSource {
    private let tensors: PickledTensors
    public var keys: [String] { tensors.keys }
    public var location: String { tensors.location }

    /// Throws `FileError.unreadable`, `.notWeights`, `.damaged` or `.refusedPickle`.
    public init(_ url: URL) throws {
        try self.init(FileBytes(url))
    }

    public init(_ file: FileBytes) throws {
        try WeightFileFormat.of(file).require(.pickle, file)
        tensors = try PickledTensors(file, 0, file.count, name: "the pickle") { _, key in
            throw CheckpointError.damaged(file: file.name, problem: "tensor \(key) lies in a storage that a bare pickle has not")
        }
        guard !keys.isEmpty else {
            throw CheckpointError.notWeights(file: file.name, found: "this pickle holds no arrays of numbers")
        }
    }

    public func info(_ key: String) -> TensorInfo? { tensors.info(key) }

    public func tensor(_ key: String) throws -> Tensor { try tensors.tensor(key) }

    public func storedBytes(_ key: String) throws -> [UInt8] { try tensors.storedBytes(key) }
}

import Files
import Foundation
import Tensors

/// A file written by `torch.save` (PyTorch 1.6 and later) or `torch.jit.save`: a zip archive with a pickle
/// that describes tensors and one entry for each storage. Opening reads the pickle; tensors are read when
/// asked for.
///
/// Keys are the paths through dictionaries, lists and modules, joined by dots. Where the outermost dictionary
/// holds a `state_dict` (Lightning's checkpoints, VidRD's `ModelT2V.pth`), that dictionary alone is taken and
/// its name is left out.
public struct TorchArchive: WeightSource {
    private let tensors: PickledTensors
    public var keys: [String] { tensors.keys }
    public var location: String { tensors.location }

    /// Throws `FileError.unreadable`, `.notWeights`, `.damaged` or `.refusedPickle`.
    public init(_ url: URL) throws {
        try self.init(FileBytes(url))
    }

    public init(_ file: FileBytes) throws {
        try WeightFileFormat.of(file).require(.torchArchive, file)
        let directory = try ZipDirectory(file)
        let pickles = directory.entries.keys.filter { $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2 }
        guard let pickle = pickles.first, pickles.count == 1, let entry = directory.entries[pickle] else {
            throw CheckpointError.notWeights(
                file: file.name, found: "this is a zip archive without one data.pkl: not a file that torch.save wrote")
        }
        let root = String(pickle.dropLast("data.pkl".count))
        if let order = directory.entries["\(root)byteorder"] {
            guard file.text(try directory.offset(of: order), order.byteCount) == "little" else {
                throw CheckpointError.notWeights(
                    file: file.name, found: "this torch archive was written on a big-endian machine; save it again on another")
            }
        }
        let start = try directory.offset(of: entry)
        tensors = try PickledTensors(file, start, entry.byteCount, name: "data.pkl") { storage, key in
            let name = "\(root)data/\(storage.key)"
            guard let entry = directory.entries[name], entry.byteCount / storage.type.size >= storage.count else {
                throw CheckpointError.damaged(
                    file: file.name, problem: "\(name), which holds tensor \(key), is missing or too short")
            }
            return try directory.offset(of: entry)
        }
    }

    public func info(_ key: String) -> TensorInfo? { tensors.info(key) }

    public func tensor(_ key: String) throws -> Tensor { try tensors.tensor(key) }

    public func storedBytes(_ key: String) throws -> [UInt8] { try tensors.storedBytes(key) }
}

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
    private let file: FileBytes
    private let directory: ZipDirectory
    private let root: String
    private let graph: PickleGraph
    private let views: [String: Int]
    public let keys: [String]
    /// Whether the archive holds a TorchScript program; its code is never looked at.
    public let isTorchScript: Bool

    public var location: String { file.name }

    /// Throws `CheckpointError.unreadable`, `.notWeights`, `.damaged` or `.refusedPickle`.
    public init(_ url: URL) throws {
        try self.init(FileBytes(url))
    }

    public init(_ file: FileBytes) throws {
        try WeightFileFormat.of(file).require(.torchArchive, file)
        self.file = file
        directory = try ZipDirectory(file)
        let pickles = directory.entries.keys.filter { $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2 }
        guard let pickle = pickles.first, pickles.count == 1, let entry = directory.entries[pickle] else {
            throw CheckpointError.notWeights(
                file: file.name, found: "this is a zip archive without one data.pkl: not a file that torch.save wrote")
        }
        root = String(pickle.dropLast("data.pkl".count))
        isTorchScript = directory.entries["\(root)constants.pkl"] != nil
        if let order = directory.entries["\(root)byteorder"] {
            guard file.text(try directory.offset(of: order), order.byteCount) == "little" else {
                throw CheckpointError.notWeights(
                    file: file.name, found: "this torch archive was written on a big-endian machine; save it again on another")
            }
        }
        graph = try PickleMachine.read(file, try directory.offset(of: entry), entry.byteCount, name: "data.pkl")
        views = try TensorPaths.find(in: graph, file: file.name)
        keys = views.keys.sorted()
    }

    public func info(_ key: String) -> TensorInfo? {
        guard let index = views[key] else { return nil }
        let view = graph.tensors[index]
        return TensorInfo(key: key, shape: view.shape, type: graph.storages[view.storage].type)
    }

    public func tensor(_ key: String) throws -> Tensor {
        guard let index = views[key] else { throw missing(key) }
        let view = graph.tensors[index]
        let storage = graph.storages[view.storage]
        guard storage.type.isConvertible else {
            throw CheckpointError.unsupportedType(file: location, key: key, type: storage.type.rawValue)
        }
        if storage.blob != nil { return try graph.embedded(view, key: key, in: file) }
        let tensor = Tensor(uninitialized: view.shape)
        guard tensor.count > 0 else { return tensor }
        let name = "\(root)data/\(storage.key)"
        guard let entry = directory.entries[name], entry.byteCount / storage.type.size >= storage.count else {
            throw CheckpointError.damaged(
                file: location, problem: "\(name), which holds tensor \(key), is missing or too short")
        }
        // The view was checked against the storage when it was read, and the storage against its entry now.
        let start = try directory.offset(of: entry) + view.offset * storage.type.size
        let span = zip(view.shape, view.strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
        guard let bytes = file.bytes(start, span * storage.type.size), let base = bytes.baseAddress else {
            throw CheckpointError.damaged(file: location, problem: "tensor \(key) lies outside the file")
        }
        if view.isContiguous {
            _ = ElementConversion.read(storage.type, from: base, count: span, into: tensor.pointer)
        } else {
            let elements = Tensor(uninitialized: [span])
            _ = ElementConversion.read(storage.type, from: base, count: span, into: elements.pointer)
            view.gather(from: elements.pointer, into: tensor.pointer)
        }
        file.forget(start, bytes.count)
        return tensor
    }
}

extension PickleGraph.View {
    /// Whether the elements lie in row-major order without gaps.
    var isContiguous: Bool {
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            if stride != expected { return false }
            expected *= size
        }
        return true
    }

    /// Copies the elements into row-major order; `source` begins at the view's first element.
    func gather(from source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
        guard let innerSize = shape.last, let innerStride = strides.last else {
            target[0] = source[0]
            return
        }
        var index = [Int](repeating: 0, count: shape.count - 1)
        var position = 0
        var written = 0
        let total = shape.reduce(1, *)
        while written < total {
            for inner in 0..<innerSize { target[written + inner] = source[position + inner * innerStride] }
            written += innerSize
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                position += strides[axis]
                if index[axis] < shape[axis] { break }
                position -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
        }
    }
}

import Files
import Tensors

/// The tensors that a pickle describes, under the paths that lead to them.
struct PickledTensors: WeightSource {
    let keys: [String]
    var location: String { file.name }
    private let file: FileBytes
    private let graph: PickleGraph
    private let views: [String: Int]
    private let place: (PickleGraph.Storage, String) throws -> Int

    /// Reads the pickle `offset..<offset + length` of a file.
    ///
    /// - Parameters:
    ///   - name: what messages call the pickle.
    ///   - place: where in the file the elements of a storage begin that the pickle does not hold itself, and which tensor
    ///     wants them; it throws where they are not all there.
    ///
    /// Throws `CheckpointError.damaged` or `.refusedPickle`.
    init(
        _ file: FileBytes, _ offset: Int, _ length: Int, name: String,
        place: @escaping (_ storage: PickleGraph.Storage, _ key: String) throws -> Int
    ) throws {
        self.file = file
        self.place = place
        graph = try PickleMachine.read(file, offset, length, name: name)
        views = try TensorPaths.find(in: graph, file: file.name)
        keys = views.keys.sorted()
    }

    func info(_ key: String) -> TensorInfo? {
        guard let index = views[key] else { return nil }
        let view = graph.tensors[index]
        return TensorInfo(key: key, shape: view.shape, type: graph.storages[view.storage].type)
    }

    func tensor(_ key: String) throws -> Tensor { try withElements(key) { try $0.tensor(of: $1, in: location) } }

    func storedBytes(_ key: String) throws -> [UInt8] { try withElements(key) { Array($1) } }

    private func withElements<Result>(
        _ key: String, _ body: (TensorInfo, UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard let index = views[key], let info = info(key) else { throw missing(key) }
        guard info.count > 0 else { return try body(info, .init(start: nil, count: 0)) }
        let view = graph.tensors[index], storage = graph.storages[view.storage], size = storage.type.size
        /// `bytes` begins with the view's first element.
        func inRows(_ bytes: UnsafeRawBufferPointer) throws -> Result {
            guard !view.isContiguous, let start = bytes.baseAddress else { return try body(info, bytes) }
            return try view.gathered(from: start, size: size).withUnsafeBytes { try body(info, $0) }
        }
        let start: Int
        switch storage.blob.map({ graph.blobs[$0] }) {
        case let .made(bytes): return try bytes.withUnsafeBytes(inRows)
        case let .file(offset, _): start = offset
        case nil: start = try place(storage, key) + view.offset * size
        }
        // The view was checked against its storage when it was read, and the storage against the file.
        let span = zip(view.shape, view.strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
        guard let bytes = file.bytes(start, span * size) else {
            throw CheckpointError.damaged(file: location, problem: "tensor \(key) lies outside the file")
        }
        defer { file.forget(start, bytes.count) }
        return try inRows(bytes)
    }
}

extension PickleGraph.View {
    /// Whether the elements lie in row-major order without gaps.
    fileprivate var isContiguous: Bool {
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            if stride != expected { return false }
            expected *= size
        }
        return true
    }

    /// The elements, of 1, 2, 4 or 8 bytes each, in row-major order; `source` begins with the view's first.
    fileprivate func gathered(from source: UnsafeRawPointer, size: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: shape.reduce(size, *)) { target, count in
            count = target.count
            guard let start = UnsafeMutableRawPointer(target.baseAddress) else { return }
            switch size {
            case 1: gather(UInt8.self, from: source, into: start)
            case 2: gather(UInt16.self, from: source, into: start)
            case 4: gather(UInt32.self, from: source, into: start)
            default: gather(UInt64.self, from: source, into: start)
            }
        }
    }

    private func gather<Element: BitwiseCopyable>(
        _: Element.Type, from source: UnsafeRawPointer, into target: UnsafeMutableRawPointer
    ) {
        guard let innerSize = shape.last, let innerStride = strides.last else { return }
        let size = MemoryLayout<Element>.size
        var index = [Int](repeating: 0, count: shape.count - 1)
        var position = 0
        var written = 0
        let total = shape.reduce(1, *)
        while written < total {
            for inner in 0..<innerSize {
                let element = source.loadUnaligned(fromByteOffset: (position + inner * innerStride) * size, as: Element.self)
                target.storeBytes(of: element, toByteOffset: (written + inner) * size, as: Element.self)
            }
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

import Foundation
import Tensors

/// One safetensors file, memory-mapped. Opening reads the header alone.
public struct SafetensorsFile: WeightSource {
    private let file: FileBytes
    private let header: SafetensorsHeader
    public let keys: [String]

    public var location: String { file.name }
    /// The file's `__metadata__`.
    public var metadata: [String: String] { header.metadata }

    /// Throws `CheckpointError.unreadable`, `.notWeights` or `.damaged`.
    public init(_ url: URL) throws {
        try self.init(FileBytes(url))
    }

    public init(_ file: FileBytes) throws {
        try WeightFileFormat.of(file).require(.safetensors, file)
        self.file = file
        header = try SafetensorsHeader(file)
        keys = header.entries.keys.sorted()
    }

    public func info(_ key: String) -> TensorInfo? { header.entries[key]?.info }

    public func tensor(_ key: String) throws -> Tensor {
        guard let entry = header.entries[key] else { throw missing(key) }
        guard entry.info.type.isConvertible else {
            throw CheckpointError.unsupportedType(file: location, key: key, type: entry.info.type.rawValue)
        }
        guard let bytes = file.bytes(entry.offset, entry.info.byteCount) else {
            throw CheckpointError.damaged(file: location, problem: "tensor \(key) lies outside the file")
        }
        let tensor = Tensor(uninitialized: entry.info.shape)
        if let start = bytes.baseAddress {
            _ = ElementConversion.read(entry.info.type, from: start, count: tensor.count, into: tensor.pointer)
            file.forget(entry.offset, bytes.count)
        }
        return tensor
    }

    public func compact(_ key: String) -> CompactWeights? {
        let kinds: [ElementType: CompactWeights.Kind] = [.float16: .float16, .bfloat16: .bfloat16]
        guard let entry = header.entries[key], let kind = kinds[entry.info.type],
            let bytes = file.bytes(entry.offset, entry.info.byteCount), let start = bytes.baseAddress
        else { return nil }
        return CompactWeights(shape: entry.info.shape, kind: kind, pointer: start, owner: file) { [file] in
            file.forget(entry.offset, entry.info.byteCount)
        }
    }
}

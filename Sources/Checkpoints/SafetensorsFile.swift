import Files
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

    /// Throws `FileError.unreadable`, `.notWeights` or `.damaged`.
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

    public func tensor(_ key: String) throws -> Tensor { try withElements(key) { try $0.tensor(of: $1, in: location) } }

    public func storedBytes(_ key: String) throws -> [UInt8] { try withElements(key) { Array($1) } }

    private func withElements<Result>(
        _ key: String, _ body: (TensorInfo, UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard let entry = header.entries[key] else { throw missing(key) }
        guard let bytes = file.bytes(entry.offset, entry.info.byteCount) else {
            throw CheckpointError.damaged(file: location, problem: "tensor \(key) lies outside the file")
        }
        defer { file.forget(entry.offset, bytes.count) }
        return try body(entry.info, bytes)
    }

    public func halfPrecision(_ key: String) -> HalfPrecisionWeights? {
        let kinds: [ElementType: HalfPrecisionWeights.Kind] = [.float16: .float16, .bfloat16: .bfloat16]
        guard let entry = header.entries[key], let kind = kinds[entry.info.type],
            let bytes = file.bytes(entry.offset, entry.info.byteCount), let start = bytes.baseAddress
        else { return nil }
        return HalfPrecisionWeights(shape: entry.info.shape, kind: kind, pointer: start, owner: file) { [file] in
            file.forget(entry.offset, entry.info.byteCount)
        }
    }
}

import Foundation
import Tensors

/// What a weight file says about one of its tensors.
public struct TensorInfo: Equatable, Sendable {
    public let key: String
    public let shape: [Int]
    public let type: ElementType

    public init(key: String, shape: [Int], type: ElementType) {
        self.key = key
        self.shape = shape
        self.type = type
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
    /// Bytes that the elements take in their stored type.
    public var byteCount: Int { count * type.size }

    /// The tensor whose stored elements these are. Throws `CheckpointError.unsupportedType`, which names `file`,
    /// and `MemoryExhausted`.
    func tensor(of elements: UnsafeRawBufferPointer, in file: String) throws -> Tensor {
        guard type.isConvertible else {
            throw CheckpointError.unsupportedType(file: file, key: key, type: type.rawValue)
        }
        let tensor = try Tensor(allocating: shape)
        if let start = elements.baseAddress {
            _ = ElementConversion.read(type, from: start, count: tensor.count, into: tensor.pointer)
        }
        return tensor
    }
}

/// Named tensors that are read when they are asked for: a weight file, several of them, or a view of one.
public protocol WeightSource {
    /// The file or folder, for messages.
    var location: String { get }
    /// All names, sorted.
    var keys: [String] { get }
    /// Name, shape and type of a tensor; nil where there is none of this name.
    func info(_ key: String) -> TensorInfo?
    /// A tensor in its stored shape and axis order, converted to float32.
    ///
    /// Throws `CheckpointError.missingTensor`, `.unsupportedType` or `.damaged`.
    func tensor(_ key: String) throws -> Tensor
    /// The elements of a tensor as they are stored: in `info`'s type, row by row, little-endian. Sources of float32 need not
    /// have it.
    ///
    /// Throws `CheckpointError.missingTensor` or `.damaged`.
    func storedBytes(_ key: String) throws -> [UInt8]
    /// A tensor that is stored in half precision, where it lies; nil where it is stored otherwise or cannot stay where it is.
    func halfPrecision(_ key: String) -> HalfPrecisionWeights?
}

extension WeightSource {
    public func storedBytes(_ key: String) throws -> [UInt8] { try tensor(key).values.withUnsafeBytes { Array($0) } }

    public func halfPrecision(_ key: String) -> HalfPrecisionWeights? { nil }

    public func contains(_ key: String) -> Bool { info(key) != nil }

    /// The error for a name that is not there, with the nearest names that are.
    func missing(_ key: String) -> CheckpointError {
        .missingTensor(file: location, key: key, nearest: nearestWords(to: key, among: keys, count: 3))
    }
}

/// Tensors in memory as a source.
public struct InMemoryWeights: WeightSource {
    public let location: String
    private let tensors: [String: Tensor]
    public let keys: [String]

    public init(_ tensors: [String: Tensor], location: String = "memory") {
        self.tensors = tensors
        self.location = location
        keys = tensors.keys.sorted()
    }

    public func info(_ key: String) -> TensorInfo? {
        tensors[key].map { TensorInfo(key: key, shape: $0.shape, type: .float32) }
    }

    public func tensor(_ key: String) throws -> Tensor {
        guard let tensor = tensors[key] else { throw missing(key) }
        return tensor
    }
}

/// Some tensors of another source under other names.
public struct RenamedWeights: WeightSource {
    private let source: any WeightSource
    private let originals: [String: String]
    public let keys: [String]
    public var location: String { source.location }

    /// `rename` gives the new name of a stored name, or nil to leave the tensor out. Where two stored names
    /// get the same new name, the one that sorts first is taken.
    public init(_ source: any WeightSource, rename: (String) -> String?) {
        self.source = source
        var originals: [String: String] = [:]
        for key in source.keys {
            if let name = rename(key), originals[name] == nil { originals[name] = key }
        }
        self.originals = originals
        keys = originals.keys.sorted()
    }

    /// The tensors whose names begin with `prefix`, which is taken off: `unet.` of a whole pipeline's file.
    public init(_ source: any WeightSource, under prefix: String) {
        self.init(source) { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
    }

    public func info(_ key: String) -> TensorInfo? {
        guard let original = originals[key], let found = source.info(original) else { return nil }
        return TensorInfo(key: key, shape: found.shape, type: found.type)
    }

    public func tensor(_ key: String) throws -> Tensor {
        guard let original = originals[key] else { throw missing(key) }
        return try source.tensor(original)
    }

    public func storedBytes(_ key: String) throws -> [UInt8] {
        guard let original = originals[key] else { throw missing(key) }
        return try source.storedBytes(original)
    }

    public func halfPrecision(_ key: String) -> HalfPrecisionWeights? { originals[key].flatMap { source.halfPrecision($0) } }
}

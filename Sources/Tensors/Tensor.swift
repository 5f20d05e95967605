/// A dense, contiguous float32 array with a shape.
///
/// Activations are channels-last: images `[batch, height, width, channels]`, clips
/// `[batch, frames, height, width, channels]`, token matrices `[batch, tokens, channels]`.
/// A tensor is a reference to memory that several tensors may share (`reshaped`). Operations do not write into their
/// inputs, but for those that are told to (`overwriting:`).
public struct Tensor {
    public let shape: [Int]
    private(set) var storage: Storage
    /// First element inside the storage; slices along the first axis share memory.
    let offset: Int
    /// Set where somebody asked for gradients: see `Gradient.swift`.
    var node: GradientNode?

    /// Memory with undefined content. Where there is none, `StoragePool.whenExhausted` ends the program.
    public init(uninitialized shape: [Int]) {
        do {
            try self.init(allocating: shape)
        } catch {
            StoragePool.shared.whenExhausted(error)
        }
    }

    /// Memory with undefined content, for shapes that come from outside: a file, a user. Throws `MemoryExhausted`.
    public init(allocating shape: [Int]) throws(MemoryExhausted) {
        var count = 1
        for size in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            // Four bytes each, and the next size class may be an eighth larger.
            guard !overflows, product < Int.max / 8 else { throw MemoryExhausted(bytes: .max) }
            count = product
        }
        self.init(shape: shape, storage: try Storage(count: count), offset: 0)
    }

    /// A shape whose elements nobody reads or writes: there are none.
    public init(withoutMemory shape: [Int]) { self = Tensor(uninitialized: [1]).seenAs(shape) }

    private func seenAs(_ shape: [Int]) -> Tensor { Tensor(shape: shape, storage: storage, offset: offset) }

    init(shape: [Int], storage: Storage, offset: Int, node: GradientNode? = nil) {
        self.shape = shape
        self.storage = storage
        self.offset = offset
        self.node = node
    }

    public init(_ values: [Float], _ shape: [Int]) {
        precondition(values.count == shape.reduce(1, *), "\(values.count) values do not fill \(shape)")
        self.init(uninitialized: shape)
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.update(from: base, count: source.count) }
        }
    }

    public init(repeating value: Float, _ shape: [Int]) {
        self.init(uninitialized: shape)
        pointer.update(repeating: value, count: count)
    }

    public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape) }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
    public var rank: Int { shape.count }

    /// The first of `count` elements. Valid as long as a tensor that shares this memory is alive; whoever
    /// writes through it must hold the only reference.
    public var pointer: UnsafeMutablePointer<Float> { storage.pointer + offset }

    /// The elements in row-major order.
    public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Whether no other tensor looks at this memory.
    mutating func isUnshared() -> Bool { isKnownUniquelyReferenced(&storage) }

    /// Size of an axis; negative axes count from the end.
    public func size(_ axis: Int) -> Int { shape[axis < 0 ? rank + axis : axis] }

    /// A copy in memory of its own, without gradient history.
    public func copied() -> Tensor {
        let copy = Tensor(uninitialized: shape)
        copy.pointer.update(from: pointer, count: count)
        return copy
    }

    /// The same memory without gradient history.
    public var detached: Tensor { Tensor(shape: shape, storage: storage, offset: offset) }
}

import CKernels
import Foundation

/// A weight in half precision (float16 or bfloat16), in memory that somebody else may own (a mapped file), and is widened piece by
/// piece where it is used: a model of a thousand million parameters then takes half the memory, with the same numbers.
public struct HalfPrecisionWeights {
    public enum Kind: Sendable {
        case float16, bfloat16

        var code: Int32 { Int32(self == .float16 ? CK_FLOAT16 : CK_BFLOAT16) }
    }

    public let shape: [Int]
    public let kind: Kind
    /// Numbers in row-major order; alignment is that of two bytes.
    let pointer: UnsafeRawPointer
    private let owner: AnyObject
    private let drop: () -> Void

    public var count: Int { shape.reduce(1, *) }

    /// - Parameters:
    ///   - owner: keeps the memory alive.
    ///   - drop: gives the memory's pages back to the system, which reads them again when they are touched.
    public init(shape: [Int], kind: Kind, pointer: UnsafeRawPointer, owner: AnyObject, drop: @escaping () -> Void) {
        self.shape = shape
        self.kind = kind
        self.pointer = pointer
        self.owner = owner
        self.drop = drop
    }

    /// The same numbers in another shape.
    public func reshaped(_ shape: [Int]) -> HalfPrecisionWeights {
        precondition(shape.reduce(1, *) == count, "\(self.shape) cannot become \(shape)")
        return HalfPrecisionWeights(shape: shape, kind: kind, pointer: pointer, owner: owner, drop: drop)
    }

    /// Says that the numbers will not be wanted for a while.
    public func dropPages() { drop() }

    /// Whether no number is infinite or NaN.
    public var isFinite: Bool {
        let mask: UInt16 = kind == .float16 ? 0x7C00 : 0x7F80, wide = SIMD16<UInt16>(repeating: mask)
        let whole = count / 16 * 16
        var found = SIMD16<UInt16>.zero
        for index in stride(from: 0, to: whole, by: 16) {
            let exponents = pointer.loadUnaligned(fromByteOffset: index * 2, as: SIMD16<UInt16>.self) & wide
            found.replace(with: 1, where: exponents .== wide)
        }
        return found == .zero
            && (whole..<count).allSatisfy { pointer.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self) & mask != mask }
    }

    /// All numbers as float32.
    public func expanded() -> Tensor {
        let result = Tensor(uninitialized: shape)
        parallel(count, grain: 1 << 16) { _, low, high in expand(low, high - low, into: result.pointer + low) }
        return result
    }

    /// Rows of a table by index: [indices.count, columns].
    public func gatheringRows(_ indices: [Int]) -> Tensor {
        let columns = shape[1], result = Tensor(uninitialized: [indices.count, columns])
        for (row, index) in indices.enumerated() {
            expand(index * columns, columns, into: result.pointer + row * columns)
        }
        return result
    }

    func expand(_ start: Int, _ count: Int, into target: UnsafeMutablePointer<Float>) {
        kernels.expand(count, kind.code, pointer + start * 2, target)
    }
}

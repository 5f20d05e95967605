import CKernels
import Foundation

/// A weight that rests in 16 bits a number, in memory that somebody else may own (a mapped file), and is widened piece by
/// piece where it is used: a model of a thousand million parameters then takes half the memory, with the same numbers.
public struct CompactWeights {
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
    public func reshaped(_ shape: [Int]) -> CompactWeights {
        precondition(shape.reduce(1, *) == count, "\(self.shape) cannot become \(shape)")
        return CompactWeights(shape: shape, kind: kind, pointer: pointer, owner: owner, drop: drop)
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

/// A convolution's weight with its taps outermost, [taps, in, out], as the kernels read it: 16 bits a number where it came
/// so.
final class TapMajorWeights {
    let inChannels, outChannels, taps: Int
    let kind: Int32
    let pointer: UnsafeRawPointer
    private let size: Int

    /// From PyTorch's [out, in, taps...].
    convenience init(_ weight: CompactWeights) {
        self.init(weight.shape, kind: weight.kind.code, UInt16.self, from: weight.pointer)
        weight.dropPages()
    }

    convenience init(_ weight: Tensor) {
        self.init(weight.shape, kind: Int32(CK_FLOAT32), Float.self, from: UnsafeRawPointer(weight.pointer))
        withExtendedLifetime(weight) {}
    }

    private init<Number: BitwiseCopyable>(_ shape: [Int], kind: Int32, _ type: Number.Type, from source: UnsafeRawPointer) {
        (outChannels, inChannels, taps) = (shape[0], shape[1], shape.dropFirst(2).reduce(1, *))
        self.kind = kind
        size = MemoryLayout<Number>.stride
        let (i, o, t) = (inChannels, outChannels, taps)
        // Kernels read whole panels, the last of which may end behind the last channel.
        let slack = kernels.panel
        let memory = UnsafeMutableRawPointer.allocate(byteCount: (i * o * t + slack) * size, alignment: 64)
        memset(memory + i * o * t * size, 0, slack * size)
        pointer = UnsafeRawPointer(memory)
        let block = 16, size = size
        parallel((i + block - 1) / block) { _, low, high in
            let last = min(high * block, i)
            for start in stride(from: low * block, to: last, by: block) {
                let end = min(start + block, last)
                for out in 0..<o {
                    for channel in start..<end {
                        for tap in 0..<t {
                            let number = source.loadUnaligned(fromByteOffset: ((out * i + channel) * t + tap) * size, as: type)
                            memory.storeBytes(of: number, toByteOffset: ((tap * i + channel) * o + out) * size, as: type)
                        }
                    }
                }
            }
        }
    }

    deinit { pointer.deallocate() }

    /// [taps * in, out] in float32.
    func rows() -> Tensor {
        let result = Tensor(uninitialized: [taps * inChannels, outChannels])
        parallel(result.count, grain: 1 << 16) { _, low, high in
            if kind == Int32(CK_FLOAT32) {
                memcpy(result.pointer + low, pointer + low * size, (high - low) * size)
            } else {
                kernels.expand(high - low, kind, pointer + low * size, result.pointer + low)
            }
        }
        return result
    }
}

extension Tensor {
    /// y [..., out] = x [..., in] * weight [out, in, 1...]^T + bias [out], with a weight that rests in 16 bits; records
    /// nothing.
    public func linear(_ weight: CompactWeights, _ bias: Tensor?) -> Tensor {
        let inputs = size(-1), outputs = weight.shape[0], rows = count / inputs
        precondition(weight.count == inputs * outputs, "linear: weight \(weight.shape) does not take \(shape)")
        OperationCount.add(rows * inputs * outputs)
        let y = Tensor(uninitialized: shape.dropLast() + [outputs])
        // As many rows of the weight at a time as stay in the last-level cache.
        let block = max(64, (1 << 20) / inputs)
        func product(_ someRows: Range<Int>, _ someOutputs: Range<Int>) {
            for start in stride(from: someOutputs.lowerBound, to: someOutputs.upperBound, by: block) {
                let end = min(start + block, someOutputs.upperBound)
                let wide = ck_scratch(0, (end - start) * inputs)!
                weight.expand(start * inputs, (end - start) * inputs, into: wide)
                matrixProduct(
                    someRows.count, end - start, inputs, pointer + someRows.lowerBound * inputs, wide, transposeB: true,
                    y.pointer + someRows.lowerBound * outputs + start, ldc: outputs)
            }
        }
        // The longer side is split: what the other side has, every thread must rearrange for itself.
        if rows >= outputs {
            parallel(rows, grain: 64) { _, low, high in product(low..<high, 0..<outputs) }
        } else {
            parallel(outputs, grain: 32) { _, low, high in product(0..<rows, low..<high) }
        }
        if let bias { y.addRowsInPlace(bias) }
        return y
    }
}

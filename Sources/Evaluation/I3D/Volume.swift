import CKernels
import Tensors

/// Clips as I3D sees them are tensors [frames, height, width, channels]; this file holds what is done to them beside
/// convolutions.
extension Tensor {
    /// Zeros that TensorFlow's "SAME" rule puts before and after an axis: as many as make the result ⌈size / stride⌉
    /// long, the odd one after.
    package static func samePadding(_ size: Int, kernel: Int, stride: Int) -> (before: Int, after: Int) {
        let total = max(((size + stride - 1) / stride - 1) * stride + kernel - size, 0)
        return (total / 2, total - total / 2)
    }

    /// Maximum over windows with "SAME" borders, axis after axis: the border never wins.
    package func maxPooled(kernel: (time: Int, space: Int), stride: (time: Int, space: Int)) -> Tensor {
        var result = self
        for (axis, size, step) in [(2, kernel.space, stride.space), (1, kernel.space, stride.space), (0, kernel.time, stride.time)]
        where size > 1 || step > 1 {
            result = result.maxPooled(axis: axis, kernel: size, stride: step)
        }
        return result
    }

    private func maxPooled(axis: Int, kernel: Int, stride: Int) -> Tensor {
        let size = shape[axis], outputs = (size + stride - 1) / stride
        let before = Tensor.samePadding(size, kernel: kernel, stride: stride).before
        let outer = shape[..<axis].reduce(1, *), inner = shape[(axis + 1)...].reduce(1, *)
        var resultShape = shape
        resultShape[axis] = outputs
        let result = Tensor(uninitialized: resultShape)
        parallel(outer * outputs, grain: max(1, (1 << 14) / inner)) { _, low, high in
            for index in low..<high {
                let (block, place) = (index / outputs, index % outputs)
                let first = max(place * stride - before, 0), last = min(place * stride - before + kernel, size)
                let target = result.pointer + index * inner
                target.update(from: pointer + (block * size + first) * inner, count: inner)
                for other in first + 1..<max(last, first + 1) {
                    let source = pointer + (block * size + other) * inner
                    for i in 0..<inner { target[i] = source[i] > target[i] ? source[i] : target[i] }
                }
            }
        }
        return result
    }
}

/// Columns of a row-major matrix: where a branch of a mixed layer puts its channels.
struct ChannelSlot {
    let tensor: Tensor
    let first: Int
    var stride: Int { tensor.size(-1) }
    /// The slot's first channel of a row.
    func row(_ index: Int) -> UnsafeMutablePointer<Float> { tensor.pointer + index * stride + first }
}

/// target = max(source + bias, 0) for one row.
@inline(__always)
func storeRectified(
    _ source: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, count: Int
) {
    for i in 0..<count {
        let value = source[i] + bias[i]
        target[i] = value > 0 ? value : 0
    }
}

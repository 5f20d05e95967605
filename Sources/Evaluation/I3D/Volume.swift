import Tensors

/// Clips as I3D sees them are tensors [frames, height, width, channels]; this file holds what is done to them beside
/// convolutions.
extension Tensor {
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

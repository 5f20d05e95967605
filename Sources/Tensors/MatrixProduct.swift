import CKernels
import COpenBLAS

/// c [m, n] = a [m, k] * b [k, n] (+ c), row-major, either factor transposed in memory. Rows of c are split over the
/// thread pool; OpenBLAS runs single-threaded inside.
func matrixProduct(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, transposeA: Bool = false, lda: Int? = nil,
    _ b: UnsafePointer<Float>, transposeB: Bool = false, ldb: Int? = nil,
    _ c: UnsafeMutablePointer<Float>, ldc: Int? = nil, accumulate: Bool = false
) {
    guard m > 0, n > 0, k > 0 else { return }
    let lda = lda ?? (transposeA ? m : k)
    let ldb = ldb ?? (transposeB ? k : n)
    let ldc = ldc ?? n
    // Split the longer side of the result, in pieces that are worth waking a thread for.
    let grain = max(8, (1 << 20) / max(1, 2 * k * (m >= n ? n : m)))
    func product(_ i0: Int, _ i1: Int, _ j0: Int, _ j1: Int) {
        cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
            blasint(i1 - i0), blasint(j1 - j0), blasint(k), 1,
            a + (transposeA ? i0 : i0 * lda), blasint(lda),
            b + (transposeB ? j0 * ldb : j0), blasint(ldb), accumulate ? 1 : 0,
            c + i0 * ldc + j0, blasint(ldc))
    }
    _ = kernels
    if m >= n {
        parallel(m, grain: grain) { _, low, high in product(low, high, 0, n) }
    } else {
        parallel(n, grain: grain) { _, low, high in product(0, m, low, high) }
    }
}

extension Tensor {
    /// y [..., out] = x [..., in] * weight [out, in]^T + bias [out]: PyTorch's linear layer.
    public func linear(_ weight: Tensor, _ bias: Tensor?) -> Tensor {
        let inputs = size(-1), outputs = weight.shape[0], rows = count / inputs
        precondition(weight.count == inputs * outputs, "linear: weight \(weight.shape) does not take \(shape)")
        OperationCount.add(rows * inputs * outputs)
        let y = Tensor(uninitialized: shape.dropLast() + [outputs])
        matrixProduct(rows, outputs, inputs, pointer, weight.pointer, transposeB: true, y.pointer)
        if let bias { y.addRowsInPlace(bias) }
        return y.recorded([self, weight] + (bias.map { [$0] } ?? [])) { [shapes = (x: shape, w: weight.shape), x = weight.node == nil ? nil : detached, w = node == nil ? nil : weight.detached, hasBias = bias != nil] dy in
            let dx = w.map { w in
                let gradient = Tensor(uninitialized: shapes.x)
                matrixProduct(rows, inputs, outputs, dy.pointer, w.pointer, gradient.pointer)
                return gradient
            }
            let dw = x.map { x in
                let gradient = Tensor(uninitialized: shapes.w)
                matrixProduct(outputs, inputs, rows, dy.pointer, transposeA: true, x.pointer, gradient.pointer)
                return gradient
            }
            return hasBias ? [dx, dw, dy.columnSums()] : [dx, dw]
        }
    }

    /// Adds a row to every row, in memory that nobody else holds yet.
    func addRowsInPlace(_ row: Tensor) {
        let c = row.count
        parallel(count / c, grain: max(1, (1 << 14) / c)) { _, low, high in
            kernels.add_rows(high - low, c, pointer + low * c, row.pointer, pointer + low * c)
        }
    }

    /// Adds another tensor, in memory that nobody else holds yet.
    func addInPlace(_ other: Tensor) {
        parallel(count, grain: 1 << 15) { _, low, high in
            kernels.add(high - low, pointer + low, other.pointer + low, pointer + low)
        }
    }

    /// The sum over all but the last axis: [channels].
    func columnSums() -> Tensor {
        let c = size(-1), rows = count / c
        let grain = max(64, (1 << 15) / c)
        let parts = partCount(rows, grain: grain)
        let partial = Tensor.zeros([parts, c])
        parallel(rows, parts: parts) { part, low, high in
            kernels.column_sums(high - low, c, pointer + low * c, partial.pointer + part * c)
        }
        return partial.sumOfParts()
    }

    /// [parts, ...] -> [...], in order.
    func sumOfParts() -> Tensor {
        let parts = shape[0], n = count / max(parts, 1)
        let total = Tensor(shape: Array(shape.dropFirst()), storage: storage, offset: offset)
        parallel(n, grain: 1 << 15) { _, low, high in
            for part in 1..<max(parts, 1) {
                kernels.add(high - low, total.pointer + low, pointer + part * n + low, total.pointer + low)
            }
        }
        return total
    }
}

import CKernels

/// A linear layer's weight [out, in] or a 1x1 convolution's [out, in, 1, 1], rearranged for the kernels once for each value of it.
public final class LinearFilter {
    /// Nil where the weight is in half precision, which cannot be trained.
    public let weight: Tensor?
    /// Nil where there is a `weight`.
    private let halfPrecision: PackedWeights?
    private let panels = MadeOnce<Tensor>()
    let inputs, outputs: Int

    /// - Parameter weight: a leaf where it is trained: it may be kept beyond a stretch without recording.
    public init(_ weight: Tensor) {
        (self.weight, halfPrecision) = (weight, nil)
        (outputs, inputs) = (weight.shape[0], weight.count / weight.shape[0])
    }

    /// The numbers are copied.
    public init(_ weight: HalfPrecisionWeights) {
        (self.weight, halfPrecision) = (nil, PackedWeights(weight.reshaped([weight.shape[0], weight.count / weight.shape[0]])))
        (outputs, inputs) = (weight.shape[0], weight.count / weight.shape[0])
    }

    /// Above so many numbers a weight does not stay in a second-level cache, and OpenBLAS does better.
    private static let packedLimit = 1 << 18

    /// The packed weight; nil where it is large or in half precision, or where OpenBLAS's sums are asked for.
    fileprivate var packed: Tensor? {
        guard let weight, weight.count <= Self.packedLimit, ConvolutionAlgorithm.current == .winograd else { return nil }
        return panels {
            let width = kernels.panel, made = Tensor(uninitialized: [(outputs + width - 1) / width * width, inputs])
            kernels.pack_linear(inputs, outputs, weight.pointer, made.pointer)
            return made
        }
    }

    /// Nil where there is none, or where OpenBLAS's sums are asked for.
    fileprivate var halfPrecisionPanels: PackedWeights? { ConvolutionAlgorithm.current == .winograd ? halfPrecision : nil }

    fileprivate func product(_ x: Tensor, _ bias: Tensor?) -> Tensor {
        x.linear(weight ?? halfPrecision!.rows().transposedMatrix(), bias)
    }

    /// Whether the steps must be taken one by one, for gradients or to be the same as when gradients are recorded.
    fileprivate func isTrained(with others: Tensor?...) -> Bool { ([weight] + others).contains { $0?.node != nil } }
}

extension Tensor {
    /// y [..., out] = x [..., in] * weight^T + bias [out] (+ residual [..., out]).
    public func linear(_ filter: LinearFilter, _ bias: Tensor?, adding residual: Tensor? = nil) -> Tensor {
        if let halfPrecision = filter.halfPrecisionPanels { return linear(halfPrecision, bias, residual) }
        guard !filter.isTrained(with: self, bias, residual), let packed = filter.packed else {
            let y = filter.product(self, bias)
            return residual.map { $0 + y } ?? y
        }
        let (k, n) = (filter.inputs, filter.outputs), rows = count / k
        precondition(size(-1) == k, "a linear layer of \(k) inputs does not take \(shape)")
        OperationCount.add(rows * k * n)
        let y = Tensor(uninitialized: shape.dropLast() + [n])
        parallel(rows, grain: max(12, (1 << 17) / (k * n))) { _, low, high in
            kernels.linear(
                high - low, n, k, pointer + low * k, packed.pointer, bias?.pointer, residual.map { $0.pointer + low * n },
                y.pointer + low * n)
        }
        return y
    }

    /// The two halves a, b of a linear layer's outputs as a * gelu(b): [..., out / 2].
    public func linearGEGLU(_ filter: LinearFilter, _ bias: Tensor?) -> Tensor {
        if let halfPrecision = filter.halfPrecisionPanels {
            let isWhole = halfPrecision.outChannels % (2 * kernels.panel) == 0
            return isWhole ? linearGEGLU(halfPrecision, bias) : linear(halfPrecision, bias, nil).geglu()
        }
        guard !filter.isTrained(with: self, bias), let packed = filter.packed else { return filter.product(self, bias).geglu() }
        let k = filter.inputs, c = filter.outputs / 2, rows = count / k
        precondition(size(-1) == k, "a linear layer of \(k) inputs does not take \(shape)")
        OperationCount.add(rows * k * c * 2)
        let y = Tensor(uninitialized: shape.dropLast() + [c])
        parallel(rows, grain: max(12, (1 << 16) / (k * c))) { _, low, high in
            kernels.linear_geglu(
                high - low, c, k, pointer + low * k, packed.pointer, bias?.pointer, y.pointer + low * c)
        }
        return y
    }
}

/// With packed weights in half precision: each panel of outputs is widened once for many rows.
extension Tensor {
    private func linear(_ weight: PackedWeights, _ bias: Tensor?, _ residual: Tensor?) -> Tensor {
        refuseGradients(of: "a linear layer with a weight in half precision", self, bias, residual)
        let (k, n) = (weight.inChannels, weight.outChannels), rows = count / k
        precondition(size(-1) == k, "a linear layer of \(k) inputs does not take \(shape)")
        OperationCount.add(rows * k * n)
        let y = Tensor(uninitialized: shape.dropLast() + [n])
        inPanels(rows: rows, outputs: n) { row, count, low, high in
            kernels.linear_packed(
                count, n, k, 1, low, high, weight.kind, pointer + row * k, weight.pointer, bias?.pointer,
                residual.map { $0.pointer + row * n }, y.pointer + row * n)
        }
        return y
    }

    private func linearGEGLU(_ weight: PackedWeights, _ bias: Tensor?) -> Tensor {
        refuseGradients(of: "a linear layer with a weight in half precision", self, bias)
        let k = weight.inChannels, c = weight.outChannels / 2, rows = count / k
        precondition(size(-1) == k, "a linear layer of \(k) inputs does not take \(shape)")
        OperationCount.add(rows * k * c * 2)
        let y = Tensor(uninitialized: shape.dropLast() + [c])
        inPanels(rows: rows, outputs: c) { row, count, low, high in
            kernels.linear_packed_geglu(
                count, c, k, low, high, weight.kind, pointer + row * k, weight.pointer, bias?.pointer, y.pointer + row * c)
        }
        return y
    }

    /// Shares a result [rows, outputs] among the threads: by panels, and by rows too where there are few panels, each of
    /// which is then widened more than once.
    private func inPanels(
        rows: Int, outputs: Int, _ body: (_ row: Int, _ rows: Int, _ low: Int, _ high: Int) -> Void
    ) {
        let panels = (outputs + kernels.panel - 1) / kernels.panel, wanted = 4 * ThreadPool.threads
        let pieces = Swift.max(1, Swift.min((wanted + panels - 1) / panels, rows / 96)), height = (rows + pieces - 1) / pieces
        parallel(pieces * panels) { _, low, high in
            var index = low
            while index < high {
                let piece = index / panels, end = Swift.min(high, (piece + 1) * panels)
                // Heights are rounded up, so that nothing may be left for the last pieces.
                let count = Swift.min(height, rows - piece * height)
                if count > 0 { body(piece * height, count, index - piece * panels, end - piece * panels) }
                index = end
            }
        }
    }
}

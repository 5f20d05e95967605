import CKernels

/// A linear layer's weight [out, in] or a 1x1 convolution's [out, in, 1, 1], rearranged for the kernels once for each value of it.
public final class LinearFilter {
    /// Nil where the weight rests in 16 bits, which cannot be trained.
    public let weight: Tensor?
    private let resting: CompactWeights?
    private var panels: Tensor?
    let inputs, outputs: Int

    /// - Parameter weight: a leaf where it is trained: it may be kept beyond a stretch without recording.
    public init(_ weight: Tensor) {
        (self.weight, resting) = (weight, nil)
        (outputs, inputs) = (weight.shape[0], weight.count / weight.shape[0])
    }

    /// The numbers stay where they are.
    public init(_ weight: CompactWeights) {
        (self.weight, resting) = (nil, weight)
        (outputs, inputs) = (weight.shape[0], weight.count / weight.shape[0])
    }

    /// Above so many numbers a weight does not stay in a second-level cache, and OpenBLAS does better.
    private static let packedLimit = 1 << 18

    /// The weight in panels; nil where it is large, or rests, or OpenBLAS's sums are asked for.
    fileprivate var packed: Tensor? {
        guard let weight, weight.count <= Self.packedLimit, ConvolutionAlgorithm.current == .winograd else { return nil }
        if let panels { return panels }
        let width = kernels.panel, made = Tensor(uninitialized: [(outputs + width - 1) / width * width, inputs])
        kernels.pack_linear(inputs, outputs, weight.pointer, made.pointer)
        panels = made
        return made
    }

    fileprivate func product(_ x: Tensor, _ bias: Tensor?) -> Tensor {
        if let resting { return x.linear(resting, bias) }
        return x.linear(weight ?? .zeros([outputs, inputs]), bias)
    }

    /// Whether the steps must be taken one by one, for gradients or to be the same as when gradients are recorded.
    fileprivate func isTrained(with others: Tensor?...) -> Bool { ([weight] + others).contains { $0?.node != nil } }
}

extension Tensor {
    /// y [..., out] = x [..., in] * weight^T + bias [out] (+ residual [..., out]).
    public func linear(_ filter: LinearFilter, _ bias: Tensor?, adding residual: Tensor? = nil) -> Tensor {
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

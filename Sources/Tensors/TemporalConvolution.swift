import CKernels

/// The weight [out, in, 3, 1, 1] of a convolution along frames in the kernels' order, made once for each value of the
/// weight.
public final class TemporalFilter {
    /// Nil where the weight is in half precision, which cannot be trained.
    public let weight: Tensor?
    fileprivate let forward: PackedWeights

    public init(_ weight: Tensor) {
        self.weight = weight
        forward = PackedWeights(weight)
    }

    /// The numbers are copied.
    public init(_ weight: HalfPrecisionWeights) {
        self.weight = nil
        forward = PackedWeights(weight)
    }
}

extension Tensor {
    /// Convolution along frames with kernel (3, 1, 1) and one frame of zeros at both ends:
    /// [batch, frames, height, width, in] -> [batch, frames, height, width, out].
    ///
    /// `ConvolutionAlgorithm.winograd` takes F(4, 3), with half the multiplications; `.exact` makes three matrix products
    /// over shifted views of the same memory.
    ///
    /// - Parameters:
    ///   - residual: added to the result, whose shape it has.
    ///   - overwriting: nobody else holds this tensor's memory, and the result may take it.
    public func convolvedOverFrames(
        _ filter: TemporalFilter, bias: Tensor?, adding residual: Tensor? = nil, overwriting: Bool = false
    ) -> Tensor {
        if let residual, residual.node != nil || node != nil || filter.weight?.node != nil {
            return residual + convolvedOverFrames(filter, bias: bias)
        }
        let taps = filter.forward, outputs = taps.outChannels
        precondition(
            rank == 5 && taps.inChannels == size(-1) && taps.taps == 3,
            "a temporal weight for \(taps.inChannels) channels does not take \(shape)")
        OperationCount.add(count * outputs * 3)
        let s = framesShape(outputs), algorithm = ConvolutionAlgorithm.current
        let isFree = overwriting && outputs == s.in_channels && algorithm == .winograd && node == nil && filter.weight?.node == nil
        let y = isFree ? self : Tensor(uninitialized: shape.dropLast() + [outputs])
        framesProduct(s, algorithm, self, taps, bias, residual, y)
        guard let weight = filter.weight else {
            refuseGradients(of: "a convolution with a weight in half precision", self, bias)
            return y
        }
        return y.recorded([self, weight] + (bias.map { [$0] } ?? [])) { [shape, x = weight.node == nil ? nil : detached, weight = weight.detached, wantsX = node != nil, hasBias = bias != nil] dy in
            var dx: Tensor?
            if wantsX {
                // The same convolution with the weight turned around in time and between channels.
                let turned = weight.reshaped([outputs, s.in_channels, 3]).permuted([1, 0, 2]).reversedLastAxis()
                let gradient = Tensor(uninitialized: shape)
                framesProduct(dy.framesShape(s.in_channels), algorithm, dy, PackedWeights(turned), nil, nil, gradient)
                dx = gradient
            }
            let dw = x.map { framesWeightGradient(s, $0, dy).reshaped(weight.shape) }
            return hasBias ? [dx, dw, dy.columnSums()] : [dx, dw]
        }
    }

    private func framesShape(_ outputs: Int) -> ck_frames_shape {
        ck_frames_shape(
            batch: shape[0], frames: shape[1], pixels: shape[2] * shape[3], in_channels: shape[4], out_channels: outputs)
    }

    /// The numbers of each run along the last axis in reverse order.
    private func reversedLastAxis() -> Tensor {
        let result = Tensor(uninitialized: shape), n = size(-1)
        for start in stride(from: 0, to: count, by: n) {
            for i in 0..<n { result.pointer[start + i] = pointer[start + n - 1 - i] }
        }
        return result
    }
}

private func framesProduct(
    _ s: ck_frames_shape, _ algorithm: ConvolutionAlgorithm, _ x: Tensor, _ weight: PackedWeights, _ bias: Tensor?,
    _ residual: Tensor?, _ y: Tensor
) {
    guard algorithm == .winograd else {
        let taps = weight.rows()
        for n in 0..<s.batch {
            shifted(s.frames) { tap, from, to, frames in
                matrixProduct(
                    frames * s.pixels, s.out_channels, s.in_channels,
                    x.pointer + (n * s.frames + from) * s.pixels * s.in_channels,
                    taps.pointer + tap * s.in_channels * s.out_channels,
                    y.pointer + (n * s.frames + to) * s.pixels * s.out_channels, accumulate: tap != 1)
            }
        }
        if let bias { y.addRowsInPlace(bias) }
        if let residual { y.addInPlace(residual) }
        return
    }
    let groups = (s.frames + 3) / 4, tiles = s.batch * s.pixels * groups
    let panels = (s.out_channels + kernels.panel - 1) / kernels.panel
    let chunks = (kernels.frames_input_size(s.in_channels, tiles) + transformedInputLimit - 1) / transformedInputLimit
    // Whole pixels.
    let block = ((tiles + chunks - 1) / chunks + groups - 1) / groups * groups
    let v = Tensor(uninitialized: [kernels.frames_input_size(s.in_channels, block)])
    withUnsafePointer(to: s) { s in
        for base in stride(from: 0, to: tiles, by: block) {
            let count = min(block, tiles - base)
            parallel(count, grain: 16) { _, low, high in
                kernels.frames_input(s, base, count, base + low, base + high, x.pointer, v.pointer)
            }
            parallel(panels) { _, low, high in
                kernels.frames_panels(
                    s, base, count, low, high, v.pointer, weight.kind, weight.pointer, bias?.pointer,
                    residual?.pointer, y.pointer)
            }
        }
    }
}

/// [out, in, 3]
private func framesWeightGradient(_ s: ck_frames_shape, _ x: Tensor, _ dy: Tensor) -> Tensor {
    let (i, o) = (s.in_channels, s.out_channels), taps = Tensor.zeros([3, o * i])
    for n in 0..<s.batch {
        shifted(s.frames) { tap, from, to, frames in
            matrixProduct(
                o, i, frames * s.pixels, dy.pointer + (n * s.frames + to) * s.pixels * o, transposeA: true,
                x.pointer + (n * s.frames + from) * s.pixels * i, taps.pointer + tap * o * i, accumulate: true)
        }
    }
    return taps.transposedMatrix()
}

/// The taps with the runs of frames they read and write; the middle tap comes first and touches every frame.
private func shifted(_ frames: Int, _ body: (_ tap: Int, _ from: Int, _ to: Int, _ frames: Int) -> Void) {
    body(1, 0, 0, frames)
    if frames > 1 {
        body(0, 0, 1, frames - 1)
        body(2, 1, 0, frames - 1)
    }
}

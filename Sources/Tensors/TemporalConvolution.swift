import CKernels

extension Tensor {
    /// Convolution along frames with kernel (3, 1, 1) and one frame of zeros at both ends:
    /// [batch, frames, height, width, in] -> [batch, frames, height, width, out].
    ///
    /// Channels-last makes it three matrix products over shifted views of the same memory.
    /// - Parameter weight: [out, in, 3, 1, 1], PyTorch's Conv3d layout.
    public func convolvedOverFrames(_ weight: Tensor, bias: Tensor?) -> Tensor {
        let (b, f, c) = (shape[0], shape[1], size(-1)), pixels = count / (b * f * c)
        let outputs = weight.shape[0]
        precondition(rank == 5 && weight.count == outputs * c * 3, "temporal weight \(weight.shape) does not take \(shape)")
        // [3, out, in]
        let taps = weight.detached.reshaped([outputs * c, 3]).transposedMatrix()
        let y = Tensor(uninitialized: shape.dropLast() + [outputs])
        for n in 0..<b {
            let source = pointer + n * f * pixels * c, target = y.pointer + n * f * pixels * outputs
            shifted(f) { tap, from, to, frames in
                matrixProduct(
                    frames * pixels, outputs, c, source + from * pixels * c, taps.pointer + tap * outputs * c,
                    transposeB: true, target + to * pixels * outputs, accumulate: tap != 1)
            }
        }
        if let bias { y.addRowsInPlace(bias) }
        return y.recorded([self, weight] + (bias.map { [$0] } ?? [])) { [x = detached, wantsX = node != nil, wantsW = weight.node != nil, hasBias = bias != nil, weightShape = weight.shape] dy in
            let dx = wantsX ? Tensor(uninitialized: x.shape) : nil
            let dtaps = wantsW ? Tensor.zeros([3, outputs * c]) : nil
            for n in 0..<b {
                let source = x.pointer + n * f * pixels * c, gradient = dy.pointer + n * f * pixels * outputs
                shifted(f) { tap, from, to, frames in
                    if let dx {
                        matrixProduct(
                            frames * pixels, c, outputs, gradient + to * pixels * outputs,
                            taps.pointer + tap * outputs * c, dx.pointer + (n * f + from) * pixels * c,
                            accumulate: tap != 1)
                    }
                    if let dtaps {
                        matrixProduct(
                            outputs, c, frames * pixels, gradient + to * pixels * outputs, transposeA: true,
                            source + from * pixels * c, dtaps.pointer + tap * outputs * c, accumulate: true)
                    }
                }
            }
            let dw = dtaps?.transposedMatrix().reshaped(weightShape)
            return hasBias ? [dx, dw, dy.columnSums()] : [dx, dw]
        }
    }
}

/// The taps with the runs of frames they read and write; the middle tap comes first and touches every frame.
private func shifted(_ frames: Int, _ body: (_ tap: Int, _ from: Int, _ to: Int, _ frames: Int) -> Void) {
    body(1, 0, 0, frames)
    if frames > 1 {
        body(0, 0, 1, frames - 1)
        body(2, 1, 0, frames - 1)
    }
}

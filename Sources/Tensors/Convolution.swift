import CKernels

/// A convolution's weight in the layouts that its kernels want, made once for each value of the weight.
///
/// The weight itself keeps PyTorch's layout [out, in, kernel height, kernel width].
public final class ConvolutionFilter {
    /// Nil where the weight is in half precision, which cannot be trained.
    public let weight: Tensor?
    let inChannels, outChannels, kernelHeight, kernelWidth: Int
    /// In half precision and packed; nil where there is a `weight`.
    let halfPrecision: PackedWeights?
    private let packedForward = MadeOnce<Tensor>(), packedBackward = MadeOnce<Tensor>(), rows = MadeOnce<Tensor>()

    public convenience init(_ weight: Tensor) { self.init(weight.shape, weight, nil) }

    /// The numbers are copied.
    public convenience init(_ weight: HalfPrecisionWeights) { self.init(weight.shape, nil, PackedWeights(weight)) }

    private init(_ shape: [Int], _ weight: Tensor?, _ halfPrecision: PackedWeights?) {
        precondition(shape.count == 4, "a 2D convolution's weight has four axes, not \(shape)")
        self.weight = weight
        self.halfPrecision = halfPrecision
        (outChannels, inChannels, kernelHeight, kernelWidth) = (shape[0], shape[1], shape[2], shape[3])
    }

    private func packed(flipped: Bool) -> Tensor {
        guard let weight else { preconditionFailure("a weight in half precision is not kept transformed") }
        let (i, o) = flipped ? (outChannels, inChannels) : (inChannels, outChannels)
        let result = Tensor(uninitialized: [kernels.winograd_weight_size(i, o)])
        parallel(i, grain: 8) { _, low, high in
            kernels.winograd_weight(i, o, low, high, flipped ? 1 : 0, weight.pointer, result.pointer)
        }
        return result
    }

    /// For Winograd's products; four times the weight's size.
    var forward: Tensor { packedForward(keeps: isKept) { packed(flipped: false) } }

    /// The same for the gradient of the input.
    var backward: Tensor { packedBackward(keeps: isKept) { packed(flipped: true) } }

    /// A weight that is being trained is another one at the next step: kept, the layouts of all layers would be the larger
    /// part of what training occupies.
    private var isKept: Bool { weight?.isRecorded != true }

    /// [kernel height * kernel width * in, out]: the right-hand side for columns.
    var columns: Tensor {
        guard let weight else { return halfPrecision!.rows() }
        return rows { weight.detached.reshaped([outChannels, inChannels, -1]).permuted([2, 1, 0]) }
    }

    /// [kernel height * kernel width * in, out] -> the weight's layout.
    func restored(_ gradient: Tensor) -> Tensor {
        gradient.reshaped([kernelHeight * kernelWidth, inChannels, outChannels]).permuted([2, 1, 0])
            .reshaped([outChannels, inChannels, kernelHeight, kernelWidth])
    }
}

/// Which algorithm 3x3 convolutions take.
public enum ConvolutionAlgorithm: Sendable {
    /// Winograd F(4x4, 3x3): about 2e-5 relative rounding error, a quarter of the multiplications.
    case winograd
    /// Columns and a matrix product: plain float32 sums.
    case exact

    @TaskLocal public static var current = ConvolutionAlgorithm.winograd
}

extension Tensor {
    /// 2D convolution of [batch, height, width, in] to [batch, height', width', out] with zeros around the picture.
    ///
    /// - Parameters:
    ///   - padding: rows and columns of zeros before and after; diffusers' encoder pads only after.
    ///   - residual: added to the result, whose shape it has.
    ///   - size: height and width that the nearest neighbours are spread to before the convolution; twice this tensor's, or
    ///     one less.
    public func convolved(
        _ filter: ConvolutionFilter, bias: Tensor? = nil, stride: Int = 1,
        padding: (before: Int, after: Int) = (1, 1), adding residual: Tensor? = nil,
        upsampledTo size: (height: Int, width: Int)? = nil
    ) -> Tensor {
        let isWinograd =
            ConvolutionAlgorithm.current == .winograd && stride == 1 && filter.kernelHeight == 3
            && filter.kernelWidth == 3 && padding == (1, 1)
        let isTrained = node != nil || filter.weight?.node != nil || residual?.node != nil
        if isTrained || !isWinograd, residual != nil || size != nil {
            // What Winograd's transforms do on the way, step by step.
            let x = size.map { upsampledNearest(height: $0.height, width: $0.width) } ?? self
            let y = x.convolved(filter, bias: bias, stride: stride, padding: padding)
            return residual.map { $0 + y } ?? y
        }
        let shape4 = Array(shape.suffix(3))
        let (h, w, c) = (size?.height ?? shape4[0], size?.width ?? shape4[1], shape4[2])
        let batch = count / (shape4[0] * shape4[1] * c)
        precondition(size == nil || (shape4[0], shape4[1]) == ((h + 1) / 2, (w + 1) / 2), "\(shape) is not half of \(h)x\(w)")
        precondition(c == filter.inChannels, "a filter for \(filter.inChannels) channels meets \(shape)")
        let oh = (h + padding.before + padding.after - filter.kernelHeight) / stride + 1
        let ow = (w + padding.before + padding.after - filter.kernelWidth) / stride + 1
        let s = ck_conv_shape(
            batch: batch, height: h, width: w, in_channels: c, out_height: oh, out_width: ow,
            out_channels: filter.outChannels, kernel_h: filter.kernelHeight, kernel_w: filter.kernelWidth,
            stride: stride, pad_top: padding.before, pad_left: padding.before,
            upsampled: size == nil ? 0 : 1)
        let y = Tensor(uninitialized: shape.dropLast(3) + [oh, ow, filter.outChannels])
        OperationCount.add(y.count * c * filter.kernelHeight * filter.kernelWidth)
        if isWinograd, let halfPrecision = filter.halfPrecision {
            winogradProduct(s, self, halfPrecision, bias, residual, y)
        } else if isWinograd {
            winogradProduct(s, self, filter.forward, bias, residual, y)
        } else if let halfPrecision = filter.halfPrecision, ConvolutionAlgorithm.current == .winograd {
            columnsProduct(s, self, halfPrecision, bias, y)
        } else {
            columnsProduct(s, self, filter.columns, y)
            if let bias { y.addRowsInPlace(bias) }
        }
        guard let weight = filter.weight else {
            refuseGradients(of: "a convolution with a weight in half precision", self, bias)
            return y
        }
        return y.recorded([self, weight] + (bias.map { [$0] } ?? [])) { [shape, x = weight.node == nil ? nil : detached, wantsX = node != nil, hasBias = bias != nil] dy in
            let dx = wantsX ? (isWinograd ? winogradInputGradient(s, filter, dy, shape) : columnsInputGradient(s, filter, dy, shape)) : nil
            let dw = x.map { isWinograd ? winogradWeightGradient(s, filter, $0, dy) : columnsWeightGradient(s, filter, $0, dy) }
            return hasBias ? [dx, dw, dy.columnSums()] : [dx, dw]
        }
    }
}

private func tileCount(_ s: ck_conv_shape) -> Int { s.batch * ((s.height + 3) / 4) * ((s.width + 3) / 4) }

private func winogradProduct(_ s: ck_conv_shape, _ x: Tensor, _ packed: Tensor, _ bias: Tensor?, _ residual: Tensor?, _ y: Tensor) {
    parallel(tileCount(s), grain: 4) { _, low, high in
        withUnsafePointer(to: s) {
            kernels.winograd_forward($0, low, high, x.pointer, packed.pointer, bias?.pointer, residual?.pointer, y.pointer)
        }
    }
}

/// Floats of a transformed input that are held at once: they should stay in the last-level cache.
let transformedInputLimit = 3 << 20

/// With a weight that is transformed panel by panel: threads share the output channels, so that each number of the
/// weight is read and transformed once for many tiles.
private func winogradProduct(
    _ s: ck_conv_shape, _ x: Tensor, _ weight: PackedWeights, _ bias: Tensor?, _ residual: Tensor?, _ y: Tensor
) {
    let tiles = tileCount(s), panels = (s.out_channels + kernels.panel - 1) / kernels.panel
    let chunks = (kernels.winograd_input_size(s.in_channels, tiles) + transformedInputLimit - 1) / transformedInputLimit
    let block = (tiles + chunks - 1) / chunks
    let v = Tensor(uninitialized: [kernels.winograd_input_size(s.in_channels, block)])
    withUnsafePointer(to: s) { s in
        for base in stride(from: 0, to: tiles, by: block) {
            let count = min(block, tiles - base)
            parallel(count, grain: 4) { _, low, high in
                kernels.winograd_input(s, base, count, base + low, base + high, x.pointer, v.pointer)
            }
            parallel(panels) { _, low, high in
                kernels.winograd_panels(
                    s, base, count, low, high, v.pointer, weight.kind, weight.pointer, bias?.pointer,
                    residual?.pointer, y.pointer)
            }
        }
    }
}

private func winogradInputGradient(_ s: ck_conv_shape, _ filter: ConvolutionFilter, _ dy: Tensor, _ shape: [Int]) -> Tensor {
    var reverse = s
    reverse.in_channels = s.out_channels
    reverse.out_channels = s.in_channels
    let dx = Tensor(uninitialized: shape)
    winogradProduct(reverse, dy, filter.backward, nil, nil, dx)
    return dx
}

private func winogradWeightGradient(_ s: ck_conv_shape, _ filter: ConvolutionFilter, _ x: Tensor, _ dy: Tensor) -> Tensor {
    let tiles = tileCount(s), size = kernels.winograd_weight_size(s.in_channels, s.out_channels)
    let parts = partCount(tiles, grain: 16)
    let partial = Tensor(uninitialized: [parts, size])
    parallel(tiles, parts: parts) { part, low, high in
        let target = partial.pointer + part * size
        target.update(repeating: 0, count: size)
        withUnsafePointer(to: s) {
            kernels.winograd_weight_gradient($0, low, high, x.pointer, dy.pointer, target)
        }
    }
    let total = partial.sumOfParts()
    let gradient = Tensor(uninitialized: [filter.outChannels, filter.inChannels, filter.kernelHeight, filter.kernelWidth])
    parallel(s.in_channels, grain: 8) { _, low, high in
        kernels.winograd_weight_gradient_finish(
            s.in_channels, s.out_channels, low, high, total.pointer, gradient.pointer)
    }
    return gradient
}

/// Rows of output whose columns fit a second-level cache.
private func rowsInBlock(_ s: ck_conv_shape) -> Int {
    max(1, (1 << 17) / (s.out_width * s.kernel_h * s.kernel_w * s.in_channels))
}

private func columnsProduct(_ s: ck_conv_shape, _ x: Tensor, _ weight: Tensor, _ y: Tensor) {
    let k = s.kernel_h * s.kernel_w * s.in_channels, block = rowsInBlock(s)
    parallel(s.batch * s.out_height) { _, low, high in
        for start in stride(from: low, to: high, by: block) {
            let end = min(high, start + block)
            let columns = ck_scratch(0, block * s.out_width * k)!
            withUnsafePointer(to: s) { kernels.im2col($0, start, end, x.pointer, columns) }
            matrixProduct(
                (end - start) * s.out_width, s.out_channels, k, columns, weight.pointer,
                y.pointer + start * s.out_width * s.out_channels)
        }
    }
}

/// With a weight in half precision: each panel is widened for a block of rows, which is larger for that.
private func columnsProduct(_ s: ck_conv_shape, _ x: Tensor, _ weight: PackedWeights, _ bias: Tensor?, _ y: Tensor) {
    let taps = s.kernel_h * s.kernel_w, k = taps * s.in_channels, block = 4 * rowsInBlock(s)
    let panels = (s.out_channels + kernels.panel - 1) / kernels.panel
    parallel(s.batch * s.out_height) { _, low, high in
        for start in stride(from: low, to: high, by: block) {
            let end = min(high, start + block)
            let columns = ck_scratch(2, block * s.out_width * k)!
            withUnsafePointer(to: s) { kernels.im2col($0, start, end, x.pointer, columns) }
            kernels.linear_packed(
                (end - start) * s.out_width, s.out_channels, k, taps, 0, panels, weight.kind, columns, weight.pointer,
                bias?.pointer, nil, y.pointer + start * s.out_width * s.out_channels)
        }
    }
}

private func columnsInputGradient(_ s: ck_conv_shape, _ filter: ConvolutionFilter, _ dy: Tensor, _ shape: [Int]) -> Tensor {
    let k = s.kernel_h * s.kernel_w * s.in_channels, block = rowsInBlock(s)
    let dx = Tensor.zeros(shape), weight = filter.columns
    // Neighbouring output rows add into the same input rows: a thread takes whole pictures.
    parallel(s.batch) { _, low, high in
        for n in low..<high {
            for start in stride(from: n * s.out_height, to: (n + 1) * s.out_height, by: block) {
                let end = min((n + 1) * s.out_height, start + block)
                let columns = ck_scratch(0, block * s.out_width * k)!
                matrixProduct(
                    (end - start) * s.out_width, k, s.out_channels, dy.pointer + start * s.out_width * s.out_channels,
                    weight.pointer, transposeB: true, columns)
                withUnsafePointer(to: s) { kernels.col2im($0, start, end, columns, dx.pointer) }
            }
        }
    }
    return dx
}

private func columnsWeightGradient(_ s: ck_conv_shape, _ filter: ConvolutionFilter, _ x: Tensor, _ dy: Tensor) -> Tensor {
    let k = s.kernel_h * s.kernel_w * s.in_channels, block = rowsInBlock(s), rows = s.batch * s.out_height
    let parts = partCount(rows)
    let partial = Tensor.zeros([parts, k, s.out_channels])
    parallel(rows, parts: parts) { part, low, high in
        for start in stride(from: low, to: high, by: block) {
            let end = min(high, start + block)
            let columns = ck_scratch(0, block * s.out_width * k)!
            withUnsafePointer(to: s) { kernels.im2col($0, start, end, x.pointer, columns) }
            matrixProduct(
                k, s.out_channels, (end - start) * s.out_width, columns, transposeA: true,
                dy.pointer + start * s.out_width * s.out_channels, partial.pointer + part * k * s.out_channels,
                accumulate: true)
        }
    }
    return filter.restored(partial.sumOfParts())
}

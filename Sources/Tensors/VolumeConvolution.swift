import CKernels

/// A 3D convolution of a clip [frames, height, width, in] with "SAME" borders, its batch norm folded in, and a
/// rectifier: the unit that I3D is made of.
///
/// Every shape that I3D has takes its own road: 1×1×1 is a matrix product; 3×3×3 is Winograd's F(4×4, 3×3) on frames
/// under F(2, 3) along time; the first layer, 7×7×7 with stride 2, is matrix products over overlapping views of frames
/// whose seven neighbours in time stand side by side as channels.
package final class VolumeConvolution {
    package enum Kernel { case pointwise, cube, first }

    package let kernel: Kernel
    package let inputs, outputs: Int
    private let bias: Tensor
    /// Packed for the kernels: one matrix, one for each kernel row, or one Winograd weight for each product along time.
    private var packed: [Tensor] = []

    /// - Parameters:
    ///   - weight: [kernel frames, kernel height, kernel width, in, out].
    ///   - scale, shift: the batch norm, as `scale · convolution + shift` for each output.
    package init(weight: Tensor, scale: [Float], shift: [Float]) {
        (inputs, outputs) = (weight.shape[3], weight.shape[4])
        bias = Tensor(shift, [shift.count])
        let folded = weight.copied()
        for row in 0..<folded.count / outputs {
            for o in 0..<outputs { folded.pointer[row * outputs + o] *= scale[o] }
        }
        switch weight.shape[0] {
        case 1:
            kernel = .pointwise
            packed = [Self.pack(folded.pointer, rows: inputs, outputs)]
        case 7:
            kernel = .first
            packed = Self.packFirst(folded, inputs, outputs)
        default:
            kernel = .cube
            packed = Self.packCube(folded, inputs, outputs)
        }
    }

    /// The clip after convolution and rectifier, in memory of its own.
    package func callAsFunction(_ x: Tensor) -> Tensor {
        let step = kernel == .first ? 2 : 1
        let y = Tensor(uninitialized: x.shape[..<3].map { ($0 + step - 1) / step } + [outputs])
        write(x, to: ChannelSlot(tensor: y, first: 0))
        return y
    }

    /// The same into some channels of a larger tensor.
    package func write(_ x: Tensor, to slot: ChannelSlot) {
        refuseGradients(of: "a convolution of a clip", x)
        precondition(x.rank == 4 && x.size(-1) == inputs, "a convolution of \(inputs) channels meets \(x.shape)")
        switch kernel {
        case .pointwise: writePointwise(x, slot)
        case .cube: writeCube(x, slot)
        case .first: writeFirst(x, slot)
        }
    }

    // MARK: 1×1×1

    private static func padded(_ count: Int) -> Int { (count + kernels.panel - 1) / kernels.panel * kernels.panel }

    private static func pack(_ matrix: UnsafePointer<Float>, rows: Int, _ outputs: Int) -> Tensor {
        let result = Tensor(uninitialized: [rows * padded(outputs)])
        kernels.pack_b(rows, outputs, matrix, outputs, result.pointer)
        return result
    }

    private func writePointwise(_ x: Tensor, _ slot: ChannelSlot) {
        let width = Self.padded(outputs), weight = packed[0]
        // Rows whose results stay in the second-level cache.
        let block = 96
        parallel(x.count / inputs, grain: 24) { _, low, high in
            let product = ck_scratch(0, block * width)!
            for start in stride(from: low, to: high, by: block) {
                let rows = min(block, high - start)
                kernels.gemm_packed(rows, outputs, inputs, x.pointer + start * inputs, inputs, weight.pointer, product, width)
                for row in 0..<rows { storeRectified(product + row * width, bias.pointer, slot.row(start + row), count: outputs) }
            }
        }
    }

    // MARK: 3×3×3

    /// F(2, 3) along time (Winograd): products with g₀, (g₀+g₁+g₂)/2, (g₀−g₁+g₂)/2 and g₂.
    private static func packCube(_ weight: Tensor, _ inputs: Int, _ outputs: Int) -> [Tensor] {
        // PyTorch's layout [out, in, height, width] of each tap.
        let taps = (0..<3).map { tap in
            weight.slice(tap).reshaped([9, inputs, outputs]).permuted([2, 1, 0])
        }
        let (a, b, c) = (taps[0], taps[1], taps[2])
        return [a, (a + b + c) * 0.5, (a + c - b) * 0.5, c].map { matrix in
            let result = Tensor(uninitialized: [kernels.winograd_weight_size(inputs, outputs)])
            parallel(inputs, grain: 8) { _, low, high in
                kernels.winograd_weight(inputs, outputs, low, high, 0, matrix.pointer, result.pointer)
            }
            return result
        }
    }

    private func writeCube(_ x: Tensor, _ slot: ChannelSlot) {
        let (frames, h, w) = (x.shape[0], x.shape[1], x.shape[2]), pairs = (frames + 1) / 2
        let plane = h * w * inputs, outPlane = h * w * outputs
        let zeros = Tensor.zeros([plane])
        func frame(_ index: Int) -> UnsafePointer<Float> {
            UnsafePointer((0..<frames).contains(index) ? x.pointer + index * plane : zeros.pointer)
        }
        let mixed = Tensor(uninitialized: [4, pairs, plane]), products = Tensor(uninitialized: [4, pairs, outPlane])
        let chunk = 1 << 12, chunks = (plane + chunk - 1) / chunk
        parallel(pairs * chunks) { _, low, high in
            for job in low..<high {
                let pair = job / chunks, start = job % chunks * chunk, end = min(start + chunk, plane)
                let (a, b, c, d) = (frame(2 * pair - 1), frame(2 * pair), frame(2 * pair + 1), frame(2 * pair + 2))
                let p = mixed.pointer + pair * plane, step = pairs * plane
                let q = p + step, r = q + step, s = r + step
                for i in start..<end {
                    p[i] = a[i] - c[i]
                    q[i] = b[i] + c[i]
                    r[i] = c[i] - b[i]
                    s[i] = b[i] - d[i]
                }
            }
        }
        var shape = ck_conv_shape()
        (shape.batch, shape.height, shape.width, shape.in_channels) = (pairs, h, w, inputs)
        (shape.out_height, shape.out_width, shape.out_channels) = (h, w, outputs)
        (shape.kernel_h, shape.kernel_w, shape.stride, shape.pad_top, shape.pad_left) = (3, 3, 1, 1, 1)
        let tiles = pairs * ((h + 3) / 4) * ((w + 3) / 4)
        for index in 0..<4 {
            parallel(tiles, grain: 4) { _, low, high in
                kernels.winograd_forward(
                    &shape, low, high, mixed.pointer + index * pairs * plane, packed[index].pointer, nil, nil,
                    products.pointer + index * pairs * outPlane)
            }
        }
        let pixels = h * w
        parallel(pairs * pixels, grain: 64) { _, low, high in
            for job in low..<high {
                let pair = job / pixels, pixel = job % pixels
                let p = products.pointer + pair * outPlane + pixel * outputs, step = pairs * outPlane
                let q = p + step, r = q + step, s = r + step
                let even = slot.row(2 * pair * pixels + pixel)
                for i in 0..<outputs {
                    let value = p[i] + q[i] + r[i] + bias.pointer[i]
                    even[i] = value > 0 ? value : 0
                }
                guard 2 * pair + 1 < frames else { continue }
                let odd = slot.row((2 * pair + 1) * pixels + pixel)
                for i in 0..<outputs {
                    let value = q[i] - r[i] - s[i] + bias.pointer[i]
                    odd[i] = value > 0 ? value : 0
                }
            }
        }
    }

    // MARK: 7×7×7, stride 2

    /// One matrix [7 columns · 7 frames · in, out] for each kernel row.
    private static func packFirst(_ weight: Tensor, _ inputs: Int, _ outputs: Int) -> [Tensor] {
        // [frames, rows, columns, in · out] -> [rows, columns, frames, in · out]
        let turned = weight.reshaped([7, 7, 7, inputs * outputs]).permuted([1, 2, 0, 3])
        let rows = 49 * inputs
        return (0..<7).map { pack(turned.pointer + $0 * rows * outputs, rows: rows, outputs) }
    }

    private func writeFirst(_ x: Tensor, _ slot: ChannelSlot) {
        let (frames, h, w) = (x.shape[0], x.shape[1], x.shape[2])
        let outFrames = (frames + 1) / 2, outH = (h + 1) / 2, outW = (w + 1) / 2
        let before = (time: Tensor.samePadding(frames, kernel: 7, stride: 2).before,
                      y: Tensor.samePadding(h, kernel: 7, stride: 2).before,
                      x: Tensor.samePadding(w, kernel: 7, stride: 2).before)
        let channels = 7 * inputs, paddedWidth = 2 * (outW - 1) + 7, width = Self.padded(outputs)
        // Output rows of one frame that share stacked input rows.
        let block = 4, blocks = (outH + block - 1) / block
        parallel(outFrames * blocks) { _, low, high in
            let stacked = ck_scratch(0, (2 * block + 5) * paddedWidth * channels)!
            let sums = ck_scratch(1, outW * width)!, product = ck_scratch(2, outW * width)!
            for job in low..<high {
                let frame = job / blocks, top = job % blocks * block, rows = min(block, outH - top)
                for row in 0..<2 * rows + 5 {
                    stack(x, frame: 2 * frame - before.time, row: 2 * top + row - before.y, left: before.x, paddedWidth,
                        to: stacked + row * paddedWidth * channels)
                }
                for row in 0..<rows {
                    for k in 0..<7 {
                        kernels.gemm_packed(
                            outW, outputs, 7 * channels, stacked + (2 * row + k) * paddedWidth * channels, 2 * channels,
                            packed[k].pointer, k == 0 ? sums : product, width)
                        if k > 0 { kernels.add(outW * width, sums, product, sums) }
                    }
                    let first = (frame * outH + top + row) * outW
                    for column in 0..<outW {
                        storeRectified(sums + column * width, bias.pointer, slot.row(first + column), count: outputs)
                    }
                }
            }
        }
    }

    /// One row of seven frames side by side, [padded width, 7, in], with zeros where there is no picture.
    private func stack(
        _ x: Tensor, frame: Int, row: Int, left: Int, _ paddedWidth: Int, to target: UnsafeMutablePointer<Float>
    ) {
        let (frames, h, w) = (x.shape[0], x.shape[1], x.shape[2]), channels = 7 * inputs
        target.update(repeating: 0, count: paddedWidth * channels)
        guard (0..<h).contains(row) else { return }
        for tap in 0..<7 where (0..<frames).contains(frame + tap) {
            let source = x.pointer + ((frame + tap) * h + row) * w * inputs
            for column in 0..<min(w, paddedWidth - left) {
                let to = target + (left + column) * channels + tap * inputs
                for c in 0..<inputs { to[c] = source[column * inputs + c] }
            }
        }
    }
}

extension Tensor {
    /// Zeros that TensorFlow's "SAME" rule puts before and after an axis: as many as make the result ⌈size / stride⌉
    /// long, the odd one after.
    package static func samePadding(_ size: Int, kernel: Int, stride: Int) -> (before: Int, after: Int) {
        let total = max(((size + stride - 1) / stride - 1) * stride + kernel - size, 0)
        return (total / 2, total - total / 2)
    }
}

/// Columns of a row-major matrix: where a branch of a mixed layer puts its channels.
package struct ChannelSlot {
    let tensor: Tensor
    let first: Int

    package init(tensor: Tensor, first: Int) { (self.tensor, self.first) = (tensor, first) }

    var stride: Int { tensor.size(-1) }
    /// The slot's first channel of a row.
    func row(_ index: Int) -> UnsafeMutablePointer<Float> { tensor.pointer + index * stride + first }
}

/// target = max(source + bias, 0) for one row.
@inline(__always)
private func storeRectified(
    _ source: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, count: Int
) {
    for i in 0..<count {
        let value = source[i] + bias[i]
        target[i] = value > 0 ? value : 0
    }
}

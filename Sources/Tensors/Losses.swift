import CKernels
import Foundation

// Each is a tensor of one element. Targets get gradients too, where they want them.
extension Tensor {
    /// Mean of squared differences from `target`; `weights` [batch], which have no gradient, scale each sample.
    public func meanSquaredError(_ target: Tensor, weights: Tensor? = nil) -> Tensor {
        refuseGradients(of: "a weight of meanSquaredError", weights)
        precondition(shape == target.shape, "cannot compare \(shape) with \(target.shape)")
        let difference = detached - target.detached
        let batch = weights?.count ?? 1, n = count / batch
        var total = 0.0
        for b in 0..<batch {
            let square = kernels.dot(n, difference.pointer + b * n, difference.pointer + b * n)
            total += square * Double(weights?.pointer[b] ?? 1)
        }
        let scale = 1 / Float(count)
        return Tensor([Float(total) * scale], [1]).recorded([self, target]) { [wantsTarget = target.node != nil] dy in
            let dx = Tensor(uninitialized: difference.shape)
            for b in 0..<batch {
                let factor = 2 * scale * dy.pointer[0] * (weights?.pointer[b] ?? 1)
                kernels.axpby(n, factor, difference.pointer + b * n, 0, dx.pointer + b * n)
            }
            return [dx, wantsTarget ? dx * -1 : nil]
        }
    }

    /// Mean of absolute differences from `target`.
    public func meanAbsoluteError(_ target: Tensor) -> Tensor {
        precondition(shape == target.shape, "cannot compare \(shape) with \(target.shape)")
        let difference = detached - target.detached
        let scale = 1 / Float(count)
        let total = kernels.absolute_sum(count, difference.pointer)
        return Tensor([Float(total) * scale], [1]).recorded([self, target]) { [wantsTarget = target.node != nil] dy in
            let dx = Tensor(uninitialized: difference.shape)
            kernels.sign(difference.count, difference.pointer, scale * dy.pointer[0], dx.pointer)
            return [dx, wantsTarget ? dx * -1 : nil]
        }
    }

    /// How far decoded pictures [batch, height, width, c] are from `pictures`: |e| + 4 e² + |∇e| / 2, means over all
    /// elements. At 30 dB (e² = 0.004 for values of -1 to 1) the three weigh alike.
    public func reconstructionError(_ pictures: Tensor) -> Tensor {
        meanAbsoluteError(pictures) + meanSquaredError(pictures) * 4 + meanGradientError(pictures) * 0.5
    }

    /// Mean absolute error of horizontal slopes plus that of vertical slopes, [batch, height, width, c].
    public func meanGradientError(_ target: Tensor) -> Tensor {
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let error = detached - target.detached, slope = Tensor.zeros(shape)
        let e = error.pointer, g = slope.pointer
        let acrossScale = 1 / Float(n * h * (w - 1) * c), downScale = 1 / Float(n * (h - 1) * w * c)
        let totals = Tensor.zeros([n])
        parallel(n) { _, low, high in
            for b in low..<high {
                var total: Float = 0
                // `count` neighbours at a distance, from element `start`.
                func compare(_ start: Int, _ count: Int, _ distance: Int, _ scale: Float) {
                    var sum: Float = 0
                    for i in start..<start + count {
                        let d = e[i + distance] - e[i]
                        sum += abs(d)
                        let s: Float = d > 0 ? scale : (d < 0 ? -scale : 0)
                        g[i + distance] += s
                        g[i] -= s
                    }
                    total += sum * scale
                }
                for y in 0..<h {
                    let row = (b * h + y) * w * c
                    compare(row, (w - 1) * c, c, acrossScale)
                    if y + 1 < h { compare(row, w * c, w * c, downScale) }
                }
                totals.pointer[b] = total
            }
        }
        let value = totals.values.reduce(0, +)
        return Tensor([value], [1]).recorded([self, target]) { [wantsTarget = target.node != nil] dy in
            [slope * dy.pointer[0], wantsTarget ? slope * -dy.pointer[0] : nil]
        }
    }

    /// Mean absolute error of the differences between neighbouring frames, [clips * frames, height, width, c].
    public func meanChangeError(_ target: Tensor, clips: Int) -> Tensor {
        let frames = shape[0] / clips, size = count / shape[0]
        guard frames > 1 else { return Tensor.zeros([1]) }
        let error = detached - target.detached, slope = Tensor.zeros(shape)
        let e = error.pointer, g = slope.pointer
        let scale = 1 / Float(clips * (frames - 1) * size)
        // Split by place, so that no two threads meet in a value.
        let parts = partCount(size, grain: 1024), totals = Tensor.zeros([parts])
        parallel(size, parts: parts) { part, low, high in
            var total = 0.0
            for clip in 0..<clips {
                for f in 1..<frames {
                    let now = (clip * frames + f) * size, before = now - size
                    var sum: Float = 0
                    for i in low..<high {
                        let d = e[now + i] - e[before + i]
                        sum += abs(d)
                        let s: Float = d > 0 ? scale : (d < 0 ? -scale : 0)
                        g[now + i] += s
                        g[before + i] -= s
                    }
                    total += Double(sum)
                }
            }
            totals.pointer[part] = Float(total)
        }
        return Tensor([totals.values.reduce(0, +) * scale], [1]).recorded([self, target]) { [wantsTarget = target.node != nil] dy in
            [slope * dy.pointer[0], wantsTarget ? slope * -dy.pointer[0] : nil]
        }
    }

    /// The sum of cross entropies of logits [batch, classes] with the classes that are known, over the whole batch's size.
    public func crossEntropy(_ classes: [Int?]) -> Tensor {
        let (n, k) = (shape[0], shape[1]), slope = Tensor.zeros(shape)
        var total = 0.0
        for (b, known) in classes.enumerated() {
            guard let known else { continue }
            let logits = Array(UnsafeBufferPointer(start: pointer + b * k, count: k))
            let largest = logits.max() ?? 0, powers = logits.map { Foundation.exp($0 - largest) }, sum = powers.reduce(0, +)
            total += Double(Foundation.log(sum) + largest - logits[known])
            for i in 0..<k { slope.pointer[b * k + i] = (powers[i] / sum - (i == known ? 1 : 0)) / Float(n) }
        }
        return Tensor([Float(total / Double(n))], [1]).recorded([self]) { dy in [slope * dy.pointer[0]] }
    }
}

import Foundation
import Tensors

// What each operation means, in the plainest loops: the oracles of the fast kernels.

/// Deterministic values in [-1, 1].
func pattern(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    let values = (0..<shape.reduce(1, *)).map { _ -> Float in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Double(state >> 33) / Double(1 << 30) - 1)
    }
    return Tensor(values, shape)
}

func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    precondition(a.shape == b.shape, "\(a.shape) against \(b.shape)")
    return zip(a.values, b.values).reduce(0) { largest, pair in
        // `max` would pass over what is no number.
        let error = abs(pair.0 - pair.1)
        return error.isFinite ? max(largest, error) : .infinity
    }
}

/// x [n, h, w, i], weight [o, i, kh, kw]
func naiveConvolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor, stride: Int, padding: (before: Int, after: Int)
) -> Tensor {
    let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (o, kh, kw) = (weight.shape[0], weight.shape[2], weight.shape[3])
    let oh = (h + padding.before + padding.after - kh) / stride + 1
    let ow = (w + padding.before + padding.after - kw) / stride + 1
    let xs = x.values, ws = weight.values, bs = bias.values
    var y = [Float]()
    for b in 0..<n {
        for oy in 0..<oh {
            for ox in 0..<ow {
                for k in 0..<o {
                    var sum = Double(bs[k])
                    for dy in 0..<kh {
                        for dx in 0..<kw {
                            let yy = oy * stride + dy - padding.before, xx = ox * stride + dx - padding.before
                            guard yy >= 0, yy < h, xx >= 0, xx < w else { continue }
                            for i in 0..<c {
                                sum += Double(xs[((b * h + yy) * w + xx) * c + i] * ws[((k * c + i) * kh + dy) * kw + dx])
                            }
                        }
                    }
                    y.append(Float(sum))
                }
            }
        }
    }
    return Tensor(y, [n, oh, ow, o])
}

/// x [b, f, h, w, i], weight [o, i, 3, 1, 1]
func naiveTemporalConvolution(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
    let (b, f, p, c, o) = (x.shape[0], x.shape[1], x.shape[2] * x.shape[3], x.shape[4], weight.shape[0])
    let xs = x.values, ws = weight.values, bs = bias.values
    var y = [Float](repeating: 0, count: b * f * p * o)
    for n in 0..<b {
        for t in 0..<f {
            for i in 0..<p {
                for k in 0..<o {
                    var sum = bs[k]
                    for tap in 0..<3 where t + tap - 1 >= 0 && t + tap - 1 < f {
                        for j in 0..<c {
                            sum += xs[((n * f + t + tap - 1) * p + i) * c + j] * ws[(k * c + j) * 3 + tap]
                        }
                    }
                    y[((n * f + t) * p + i) * o + k] = sum
                }
            }
        }
    }
    return Tensor(y, x.shape.dropLast() + [o])
}

func naiveGroupNorm(_ x: Tensor, groups: Int, _ gamma: Tensor, _ beta: Tensor, epsilon: Float, silu: Bool) -> Tensor {
    let batch = x.shape[0], c = x.size(-1), rows = x.count / batch / c, width = c / groups
    let xs = x.values, g = gamma.values, b = beta.values
    var y = xs
    for n in 0..<batch {
        for group in 0..<groups {
            let at = (0..<rows).flatMap { r in (0..<width).map { (n * rows + r) * c + group * width + $0 } }
            let mean = at.reduce(0.0) { $0 + Double(xs[$1]) } / Double(at.count)
            let variance = at.reduce(0.0) { $0 + pow(Double(xs[$1]) - mean, 2) } / Double(at.count)
            for i in at {
                let z = (Double(xs[i]) - mean) / (variance + Double(epsilon)).squareRoot() * Double(g[i % c]) + Double(b[i % c])
                y[i] = Float(silu ? z / (1 + exp(-z)) : z)
            }
        }
    }
    return Tensor(y, x.shape)
}

/// One head over explicit rows; `at(i)` is the offset of row i.
func naiveAttention(_ q: [[Float]], _ k: [[Float]], _ v: [[Float]], causal: Bool) -> [[Float]] {
    let scale = 1 / Double(q[0].count).squareRoot()
    return q.enumerated().map { i, query in
        let visible = causal ? Array(0...i) : Array(0..<k.count)
        let scores = visible.map { j in zip(query, k[j]).reduce(0.0) { $0 + Double($1.0 * $1.1) } * scale }
        let top = scores.max()!, weights = scores.map { exp($0 - top) }, total = weights.reduce(0, +)
        return (0..<v[0].count).map { d in
            Float(zip(visible, weights).reduce(0.0) { $0 + Double(v[$1.0][d]) * $1.1 } / total)
        }
    }
}

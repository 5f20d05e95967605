import Foundation
import Tensors
import Testing

/// Sequences longer than the blocks of keys and of queries that kernels take: 256 keys and some dozens of queries. A block
/// lies before the diagonal, on it or behind it.
@Suite struct CausalAttentionTests {
    private struct Twin {
        let y: [Double], dq: [Double], dk: [Double], dv: [Double]

        /// softmax(q kᵀ / √d, over keys up to the query's own) v of one sequence and head, and gradients of Σ g y.
        init(_ q: [Float], _ k: [Float], _ v: [Float], _ g: [Float], tokens n: Int, channels d: Int) {
            let scale = 1 / Double(d).squareRoot()
            var y = [Double](repeating: 0, count: n * d), dq = y, dk = y, dv = y
            for i in 0..<n {
                var p = (0...i).map { j in (0..<d).reduce(0.0) { $0 + Double(q[i * d + $1]) * Double(k[j * d + $1]) } * scale }
                let top = p.max()!
                p = p.map { exp($0 - top) }
                let total = p.reduce(0, +)
                p = p.map { $0 / total }
                var dp = [Double](repeating: 0, count: i + 1)
                for j in 0...i {
                    for c in 0..<d {
                        y[i * d + c] += p[j] * Double(v[j * d + c])
                        dv[j * d + c] += p[j] * Double(g[i * d + c])
                        dp[j] += Double(v[j * d + c]) * Double(g[i * d + c])
                    }
                }
                let mean = zip(p, dp).reduce(0) { $0 + $1.0 * $1.1 }
                for j in 0...i {
                    let ds = p[j] * (dp[j] - mean) * scale
                    for c in 0..<d {
                        dq[i * d + c] += ds * Double(k[j * d + c])
                        dk[j * d + c] += ds * Double(q[i * d + c])
                    }
                }
            }
            (self.y, self.dq, self.dk, self.dv) = (y, dq, dk, dv)
        }
    }

    @Test(arguments: [255, 256, 257, 300, 513, 600]) func isItsTwin(_ tokens: Int) throws {
        let (batch, heads, d) = (2, 2, 6), c = heads * d, shape = [batch, tokens, c]
        let inputs = (1...3).map { pattern(shape, seed: UInt64($0)) * 2 }, leaves = inputs.map { $0.requiringGradient() }
        let g = pattern(shape, seed: 9)
        let y = leaves[0].attending(leaves[1], leaves[2], heads: heads, causal: true)
        #expect(y.values == inputs[0].attending(inputs[1], inputs[2], heads: heads, causal: true).values)
        y.backward(g)
        let gradients = try leaves.map { try #require($0.gradient).values }
        for n in 0..<batch {
            for head in 0..<heads {
                func of<Value>(_ values: [Value]) -> [Value] {
                    (0..<tokens).flatMap { r in (0..<d).map { values[(n * tokens + r) * c + head * d + $0] } }
                }
                let twin = Twin(of(inputs[0].values), of(inputs[1].values), of(inputs[2].values), of(g.values), tokens: tokens, channels: d)
                for (name, found, wanted) in [
                    ("y", of(y.values), twin.y), ("dq", of(gradients[0]), twin.dq), ("dk", of(gradients[1]), twin.dk),
                    ("dv", of(gradients[2]), twin.dv),
                ] {
                    let error = zip(found, wanted).map { abs(Double($0) - $1) }.max() ?? .infinity
                    #expect(error < 2e-5, "\(name) of \(tokens): \(error)")
                }
            }
        }
    }

    /// What comes later changes no bit of what was before.
    @Test(arguments: [255, 256, 300, 511]) func nothingIsKnownOfTheFuture(_ known: Int) {
        let tokens = 530, c = 8
        let q = pattern([1, tokens, c]), k = pattern([1, tokens, c], seed: 2), v = pattern([1, tokens, c], seed: 3)
        func changed(_ x: Tensor) -> Tensor {
            Tensor(x.values.enumerated().map { $0 < known * c ? $1 : $1 * 50 + 7 }, x.shape)
        }
        let before = q.attending(k, v, heads: 1, causal: true).values
        let after = changed(q).attending(changed(k), changed(v), heads: 1, causal: true).values
        let isKept = before.prefix(known * c) == after.prefix(known * c)
        let isChanged = before.suffix((tokens - known) * c) != after.suffix((tokens - known) * c)
        #expect(isKept && isChanged)
    }
}

import Foundation
import Tensors
import Testing

/// Sequences longer than the blocks of keys and of queries that kernels take: 256 keys and some dozens of queries. A block
/// lies before the diagonal, on it or behind it.
@Suite struct CausalAttentionTests {
    private struct Twin {
        let y: [Double], dq: [Double], dk: [Double], dv: [Double]

        /// softmax(q kᵀ / √d, over the keys that each query sees) v of one sequence and head, and gradients of Σ g y.
        init(
            _ q: [Float], _ k: [Float], _ v: [Float], _ g: [Float], channels d: Int, sees: (Int, Int) -> Bool = { $1 <= $0 }
        ) {
            let scale = 1 / Double(d).squareRoot(), n = q.count / d
            var y = [Double](repeating: 0, count: n * d), dq = y, dk = [Double](repeating: 0, count: k.count), dv = dk
            for i in 0..<n {
                let seen = (0..<k.count / d).filter { sees(i, $0) }
                guard !seen.isEmpty else { continue }
                var p = seen.map { j in (0..<d).reduce(0.0) { $0 + Double(q[i * d + $1]) * Double(k[j * d + $1]) } * scale }
                let top = p.max() ?? 0
                p = p.map { exp($0 - top) }
                let total = p.reduce(0, +)
                p = p.map { $0 / total }
                var dp = [Double](repeating: 0, count: seen.count)
                for (at, j) in seen.enumerated() {
                    for c in 0..<d {
                        y[i * d + c] += p[at] * Double(v[j * d + c])
                        dv[j * d + c] += p[at] * Double(g[i * d + c])
                        dp[at] += Double(v[j * d + c]) * Double(g[i * d + c])
                    }
                }
                let mean = zip(p, dp).reduce(0) { $0 + $1.0 * $1.1 }
                for (at, j) in seen.enumerated() {
                    let ds = p[at] * (dp[at] - mean) * scale
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
        let y = leaves[0].attending(leaves[1], leaves[2], heads: heads, mask: .causal)
        #expect(y.values == inputs[0].attending(inputs[1], inputs[2], heads: heads, mask: .causal).values)
        y.backward(g)
        let gradients = try leaves.map { try #require($0.gradient).values }
        for n in 0..<batch {
            for head in 0..<heads {
                func of<Value>(_ values: [Value]) -> [Value] {
                    (0..<tokens).flatMap { r in (0..<d).map { values[(n * tokens + r) * c + head * d + $0] } }
                }
                let twin = Twin(of(inputs[0].values), of(inputs[1].values), of(inputs[2].values), of(g.values), channels: d)
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
        let before = q.attending(k, v, heads: 1, mask: .causal).values
        let after = changed(q).attending(changed(k), changed(v), heads: 1, mask: .causal).values
        let isKept = before.prefix(known * c) == after.prefix(known * c)
        let isChanged = before.suffix((tokens - known) * c) != after.suffix((tokens - known) * c)
        #expect(isKept && isChanged)
    }

    struct Shape: CustomTestStringConvertible, Sendable {
        let queries, keys, block, offset: Int
        let window: Int?
        var testDescription: String { "\(queries) queries at \(offset) of \(keys) keys, blocks of \(block), window \(window ?? 0)" }

        func sees(_ query: Int, _ key: Int) -> Bool {
            let own = (offset + query) / block, other = key / block
            return other <= own && (window.map { other > own - $0 } ?? true)
        }
    }

    /// Blocks within a block of keys and beyond it, keys of earlier calls, windows that slide, queries behind all that they
    /// may see.
    static let shapes = [
        Shape(queries: 12, keys: 12, block: 4, offset: 0, window: nil), Shape(queries: 12, keys: 12, block: 5, offset: 0, window: 2),
        Shape(queries: 4, keys: 20, block: 4, offset: 16, window: nil), Shape(queries: 4, keys: 20, block: 4, offset: 16, window: 3),
        Shape(queries: 64, keys: 640, block: 64, offset: 576, window: nil), Shape(queries: 64, keys: 640, block: 64, offset: 576, window: 2),
        Shape(queries: 530, keys: 530, block: 64, offset: 0, window: 3), Shape(queries: 300, keys: 600, block: 7, offset: 290, window: 40),
        Shape(queries: 257, keys: 257, block: 1, offset: 0, window: 5), Shape(queries: 3, keys: 6, block: 2, offset: 8, window: 2),
        Shape(queries: 40, keys: 6, block: 2, offset: 0, window: 1),
    ]

    @Test(arguments: shapes) func blocksAreTheirTwin(_ item: Shape) throws {
        let (batch, heads, d) = (2, 2, 6), c = heads * d
        let inputs = [(item.queries, 1), (item.keys, 2), (item.keys, 3)].map { pattern([batch, $0, c], seed: UInt64($1)) * 2 }
        let leaves = inputs.map { $0.requiringGradient() }, g = pattern([batch, item.queries, c], seed: 9)
        let mask = AttentionMask(block: item.block, offset: item.offset, window: item.window)
        let y = leaves[0].attending(leaves[1], leaves[2], heads: heads, mask: mask)
        y.backward(g)
        let gradients = try leaves.map { try #require($0.gradient).values }
        for n in 0..<batch {
            for head in 0..<heads {
                func of<Value>(_ values: [Value], _ tokens: Int) -> [Value] {
                    (0..<tokens).flatMap { r in (0..<d).map { values[(n * tokens + r) * c + head * d + $0] } }
                }
                let twin = Twin(
                    of(inputs[0].values, item.queries), of(inputs[1].values, item.keys), of(inputs[2].values, item.keys),
                    of(g.values, item.queries), channels: d, sees: item.sees)
                for (name, found, wanted) in [
                    ("y", of(y.values, item.queries), twin.y), ("dq", of(gradients[0], item.queries), twin.dq),
                    ("dk", of(gradients[1], item.keys), twin.dk), ("dv", of(gradients[2], item.keys), twin.dv),
                ] {
                    let error = zip(found, wanted).map { abs(Double($0) - $1) }.max() ?? .infinity
                    #expect(error < 2e-5, "\(name): \(error)")
                }
            }
        }
        let blind = (0..<item.queries).filter { i in !(0..<item.keys).contains { item.sees(i, $0) } }
        for i in blind { #expect(y.values[i * c..<(i + 1) * c].allSatisfy { $0 == 0 }) }
    }

    /// Block after block against cached keys and values is the whole sequence at once.
    @Test(arguments: [nil, 3] as [Int?]) func cachedKeysAlign(_ window: Int?) {
        let (block, blocks, c) = (16, 20, 8), tokens = block * blocks
        let q = pattern([1, tokens, c]), k = pattern([1, tokens, c], seed: 2), v = pattern([1, tokens, c], seed: 3)
        let whole = q.attending(k, v, heads: 2, mask: AttentionMask(block: block, window: window)).values
        for at in 0..<blocks {
            func part(_ x: Tensor, _ range: Range<Int>) -> Tensor { x.slice(0).slice(range).reshaped([1, range.count, c]) }
            let own = at * block..<(at + 1) * block
            // A cache that slides keeps what the window shows, and its first key begins a block.
            let first = window.map { max(0, at + 1 - $0) * block } ?? 0, seen = first..<own.upperBound
            let found = part(q, own).attending(
                part(k, seen), part(v, seen), heads: 2, mask: AttentionMask(block: block, offset: own.lowerBound - first, window: window)).values
            let error = zip(found, whole[own.lowerBound * c..<own.upperBound * c]).map { abs($0 - $1) }.max() ?? .infinity
            #expect(error < 1e-6, "block \(at): \(error)")
        }
    }
}

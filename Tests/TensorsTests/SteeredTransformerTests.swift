import Foundation
import Tensors
import Testing

/// What steers a transformer and tells its tokens where they stand: against plain sums and finite differences.
@Suite struct SteeredTransformerTests {
    @Test(arguments: [(1, 1, 3), (2, 5, 7), (6, 40, 33)]) func modulation(_ groups: Int, _ rows: Int, _ c: Int) {
        let x = pattern([groups, rows, c]), shift = pattern([groups, c], seed: 2), scale = pattern([groups, c], seed: 3)
        let residual = pattern([groups, rows, c], seed: 4)
        let y = x.modulated(shift: shift, scale: scale).values, z = x.gated(scale, adding: residual).values
        for index in 0..<x.count {
            let g = index / (rows * c) * c + index % c
            #expect(abs(y[index] - (x.values[index] * (1 + scale.values[g]) + shift.values[g])) < 1e-6)
            #expect(abs(z[index] - (x.values[index] * scale.values[g] + residual.values[index])) < 1e-6)
        }
        checkGradients([x, shift, scale]) { $0[0].modulated(shift: $0[1], scale: $0[2]) }
        checkGradients([x, scale, residual]) { $0[0].gated($0[1], adding: $0[2]) }
    }

    @Test(arguments: [(4, 8, 2), (1, 6, 1), (70, 32, 4)]) func rootMeanSquares(_ rows: Int, _ d: Int, _ heads: Int) {
        let x = pattern([rows, heads * d]) * 3, gamma = pattern([d], seed: 2), y = x.rmsNorm(gamma).values
        for head in 0..<rows * heads {
            let values = x.values[head * d..<(head + 1) * d].map(Double.init)
            let size = (values.reduce(0) { $0 + $1 * $1 } / Double(d) + 1e-6).squareRoot()
            for i in 0..<d { #expect(abs(Double(y[head * d + i]) - values[i] / size * Double(gamma.values[i])) < 1e-5) }
        }
        checkGradients([x, gamma]) { $0[0].rmsNorm($0[1]) }
    }

    /// Turned by complex numbers, an axis for each part of a head.
    @Test func rotation() {
        let (frames, height, width, d, heads) = (3, 2, 4, 16, 2), tokens = frames * height * width
        let positions = RotaryPositions.grid(frames: 5..<5 + frames, height: height, width: width, headChannels: d)
        let x = pattern([2, tokens, heads * d]), y = x.rotated(by: positions)
        for batch in 0..<2 {
            for token in 0..<tokens {
                let place = [5 + token / (height * width), token / width % height, token % width]
                for head in 0..<heads {
                    var channel = 0
                    // A third of 16 channels is no even number: the frames take what is left.
                    for (axis, size) in [8, 4, 4].enumerated() {
                        for pair in 0..<size / 2 {
                            let angle = Double(place[axis]) * pow(10_000, -2 * Double(pair) / Double(size))
                            let at = (batch * tokens + token) * heads * d + head * d + channel
                            let (a, b) = (Double(x.values[at]), Double(x.values[at + 1]))
                            #expect(abs(Double(y.values[at]) - (a * cos(angle) - b * sin(angle))) < 1e-5)
                            #expect(abs(Double(y.values[at + 1]) - (a * sin(angle) + b * cos(angle))) < 1e-5)
                            channel += 2
                        }
                    }
                }
            }
        }
        checkGradients([x]) { $0[0].rotated(by: positions) }
    }

    /// What attention makes of queries and keys depends on how far they lie apart: a window that moves sees the same.
    @Test func rotationIsRelative() {
        let (tokens, d) = (6, 12), q = pattern([1, tokens, d]), k = pattern([1, tokens, d], seed: 2), v = pattern([1, tokens, d], seed: 3)
        func seen(from start: Int) -> [Float] {
            let positions = RotaryPositions((start..<start + tokens).map { [Float($0)] }, channels: [d])
            return q.rotated(by: positions).attending(k.rotated(by: positions), v, heads: 1, mask: .causal).values
        }
        let (near, far) = (seen(from: 0), seen(from: 100)), plain = q.attending(k, v, heads: 1, mask: .causal).values
        #expect(zip(near, far).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(zip(near, plain).contains { abs($0 - $1) > 1e-2 })
    }
}

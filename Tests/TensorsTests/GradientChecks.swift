import Foundation
import Tensors
import Testing

/// Compares the gradients of a weighted sum of f's outputs with central differences, at up to 24 places of each input.
func checkGradients(
    _ inputs: [Tensor], step: Float = 1e-2, tolerance: Double = 2e-2, _ f: ([Tensor]) -> Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let weights = pattern(f(inputs).shape, seed: 99)
    func value(_ inputs: [Tensor]) -> Double {
        zip(f(inputs).values, weights.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let leaves = inputs.map { $0.requiringGradient() }
    f(leaves).backward(weights)
    for (index, input) in inputs.enumerated() {
        guard let gradient = leaves[index].gradient else {
            Issue.record("input \(index) got no gradient", sourceLocation: sourceLocation)
            continue
        }
        #expect(gradient.shape == input.shape, sourceLocation: sourceLocation)
        let norm = (gradient.values.reduce(0.0) { $0 + Double($1 * $1) } / Double(input.count)).squareRoot()
        for place in stride(from: 0, to: input.count, by: max(1, input.count / 24)) {
            func moved(_ by: Float) -> Double {
                var values = input.values
                values[place] += by
                var changed = inputs
                changed[index] = Tensor(values, input.shape)
                return value(changed)
            }
            let numeric = (moved(step) - moved(-step)) / Double(2 * step), analytic = Double(gradient.values[place])
            #expect(
                abs(numeric - analytic) <= tolerance * max(norm, abs(numeric)) + 1e-4,
                "input \(index) at \(place): \(analytic) against \(numeric)", sourceLocation: sourceLocation)
        }
    }
}

@Suite struct GradientTests {
    @Test(arguments: [(1, 8, 8, 5, 7), (2, 5, 9, 16, 20), (3, 4, 4, 33, 48), (1, 1, 3, 4, 4)])
    func winograd(_ n: Int, _ h: Int, _ w: Int, _ i: Int, _ o: Int) {
        let x = pattern([n, h, w, i]), weight = pattern([o, i, 3, 3], seed: 2), bias = pattern([o], seed: 3)
        let filter = ConvolutionFilter(weight)
        #expect(
            largestDifference(
                x.convolved(filter, bias: bias),
                naiveConvolution(x, weight, bias, stride: 1, padding: (1, 1))) < 2e-4)
        checkGradients([x, weight, bias]) { $0[0].convolved(ConvolutionFilter($0[1]), bias: $0[2]) }
    }

    @Test(arguments: [(3, 2, 1, 1), (3, 2, 0, 1), (1, 1, 0, 0), (3, 1, 1, 0)])
    func columns(_ kernel: Int, _ stride: Int, _ before: Int, _ after: Int) {
        let x = pattern([2, 7, 6, 5]), weight = pattern([9, 5, kernel, kernel], seed: 2), bias = pattern([9], seed: 3)
        #expect(
            largestDifference(
                x.convolved(ConvolutionFilter(weight), bias: bias, stride: stride, padding: (before, after)),
                naiveConvolution(x, weight, bias, stride: stride, padding: (before, after))) < 2e-5)
        checkGradients([x, weight, bias]) {
            $0[0].convolved(ConvolutionFilter($0[1]), bias: $0[2], stride: stride, padding: (before, after))
        }
    }

    @Test(arguments: [1, 2, 5], [ConvolutionAlgorithm.exact, .winograd])
    func temporalConvolution(_ frames: Int, _ algorithm: ConvolutionAlgorithm) {
        ConvolutionAlgorithm.$current.withValue(algorithm) { temporalConvolution(frames) }
    }

    private func temporalConvolution(_ frames: Int) {
        let x = pattern([2, frames, 3, 2, 6]), weight = pattern([10, 6, 3, 1, 1], seed: 2), bias = pattern([10], seed: 3)
        #expect(largestDifference(x.convolvedOverFrames(TemporalFilter(weight), bias: bias), naiveTemporalConvolution(x, weight, bias)) < 1e-5)
        checkGradients([x, weight, bias]) { $0[0].convolvedOverFrames(TemporalFilter($0[1]), bias: $0[2]) }
    }

    @Test(arguments: [(false, 4), (true, 3)]) func groupNorm(_ silu: Bool, _ groups: Int) {
        let x = pattern([2, 3, 5, 12]), gamma = pattern([12], seed: 2), beta = pattern([12], seed: 3)
        #expect(
            largestDifference(
                x.groupNorm(groups: groups, gamma, beta, silu: silu),
                naiveGroupNorm(x, groups: groups, gamma, beta, epsilon: 1e-5, silu: silu)) < 1e-5)
        checkGradients([x, gamma, beta]) { $0[0].groupNorm(groups: groups, $0[1], $0[2], silu: silu) }
    }

    @Test func groupNormKeepsPrecisionFarFromZero() {
        let x = pattern([1, 900, 8]), far = Tensor(x.values.map { $0 + 30 }, x.shape)
        let ones = Tensor(repeating: 1, [8]), zeros = Tensor.zeros([8])
        #expect(
            largestDifference(
                far.groupNorm(groups: 2, ones, zeros),
                naiveGroupNorm(far, groups: 2, ones, zeros, epsilon: 1e-5, silu: false)) < 1e-3)
    }

    @Test(arguments: [5, 32, 37]) func layerNorm(_ c: Int) {
        let x = pattern([3, 4, c]), gamma = pattern([c], seed: 2), beta = pattern([c], seed: 3)
        let rows = Tensor(x.values, [12, 1, c])
        #expect(
            largestDifference(
                x.layerNorm(gamma, beta).reshaped([12, 1, c]),
                naiveGroupNorm(rows, groups: 1, gamma, beta, epsilon: 1e-5, silu: false)) < 1e-5)
        checkGradients([x, gamma, beta]) { $0[0].layerNorm($0[1], $0[2]) }
    }

    @Test func linear() {
        let x = pattern([3, 5, 7]), w = pattern([9, 7], seed: 2), b = pattern([9], seed: 3)
        let column = Tensor(x.values, [15, 1, 1, 7])
        #expect(
            largestDifference(
                x.linear(w, b).reshaped([15, 1, 1, 9]),
                naiveConvolution(column, Tensor(w.values, [9, 7, 1, 1]), b, stride: 1, padding: (0, 0))) < 1e-5)
        checkGradients([x, w, b]) { $0[0].linear($0[1], $0[2]) }
        checkGradients([x, w]) { $0[0].linear($0[1], nil) }
    }

    @Test(arguments: [(7, 7, false), (33, 70, false), (40, 40, true), (3, 600, false)])
    func attention(_ queries: Int, _ keys: Int, _ causal: Bool) {
        let (heads, d) = (2, 5), c = heads * d
        let q = pattern([2, queries, c]), k = pattern([2, keys, c], seed: 2), v = pattern([2, keys, c], seed: 3)
        let y = q.attending(k, v, heads: heads, mask: causal ? .causal : nil).values
        for n in 0..<2 {
            for head in 0..<heads {
                func rows(_ x: Tensor, _ count: Int) -> [[Float]] {
                    (0..<count).map { r in (0..<d).map { x.values[(n * count + r) * c + head * d + $0] } }
                }
                let expected = naiveAttention(rows(q, queries), rows(k, keys), rows(v, keys), causal: causal)
                for r in 0..<queries {
                    for j in 0..<d { #expect(abs(y[(n * queries + r) * c + head * d + j] - expected[r][j]) < 1e-5) }
                }
            }
        }
        checkGradients([q, k, v]) { $0[0].attending($0[1], $0[2], heads: heads, mask: causal ? .causal : nil) }
    }

    @Test func attentionOverFramesIsAttentionOfEachPixel() {
        let (b, f, h, w, c, heads) = (2, 5, 2, 3, 8, 2)
        let q = pattern([b, f, h, w, c]), k = pattern([b, f, h, w, c], seed: 2), v = pattern([b, f, h, w, c], seed: 3)
        func sequences(_ x: Tensor) -> Tensor { x.permuted([0, 2, 3, 1, 4]).reshaped([b * h * w, f, c]) }
        let expected = sequences(q).attending(sequences(k), sequences(v), heads: heads)
        #expect(largestDifference(sequences(q.attending(k, v, heads: heads, layout: .frames)), expected) < 1e-6)
        checkGradients([q, k, v]) { $0[0].attending($0[1], $0[2], heads: heads, layout: .frames) }
    }

    @Test func framesShareTheirContext() {
        let (b, f, h, w, c, heads) = (2, 3, 2, 2, 8, 2)
        let q = pattern([b, f, h, w, c]), k = pattern([b, 6, c], seed: 2), v = pattern([b, 6, c], seed: 3)
        func repeated(_ x: Tensor) -> Tensor {
            Tensor.stacked((0..<b).flatMap { n in (0..<f).map { _ in x.slice(n..<n + 1) } })
        }
        let expected = q.reshaped([b * f, h * w, c]).attending(repeated(k), repeated(v), heads: heads)
        #expect(
            largestDifference(q.attending(k, v, heads: heads, layout: .context), expected.reshaped([b, f, h, w, c])) < 1e-6)
        checkGradients([q, k, v]) { $0[0].attending($0[1], $0[2], heads: heads, layout: .context) }
    }

    @Test func activations() {
        let x = Tensor(pattern([3, 37]).values.map { $0 * 4 }, [3, 37])
        let cases: [((Tensor) -> Tensor, (Double) -> Double)] = [
            ({ $0.silu() }, { $0 / (1 + exp(-$0)) }),
            ({ $0.gelu() }, { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }),
            ({ $0.quickGELU() }, { $0 / (1 + exp(-1.702 * $0)) }),
            ({ $0.exp() }, { exp($0) }),
        ]
        for (fast, naive) in cases {
            for (a, b) in zip(fast(x).values, x.values) {
                #expect(abs(Double(a) - naive(Double(b))) < 1e-6 * max(1, abs(naive(Double(b)))))
            }
            checkGradients([x]) { fast($0[0]) }
        }
        checkGradients([pattern([3, 10])]) { $0[0].geglu() }
    }

    @Test func arithmeticAndShapes() {
        let a = pattern([2, 3, 4, 6]), b = pattern([2, 3, 4, 6], seed: 2)
        checkGradients([a, b]) { ($0[0] + $0[1]) * $0[1] - $0[0] * 0.3 }
        checkGradients([a, pattern([2, 6], seed: 4)]) { $0[0].addingPerBatch($0[1]) }
        checkGradients([a, pattern([3, 6], seed: 4)]) { $0[0].addingTable($0[1], stride: 4) }
        checkGradients([a, pattern([2, 3, 4, 2], seed: 4)]) { $0[0].concatenatingChannels($0[1]) }
        checkGradients([a]) { $0[0].channels(1..<4) }
        checkGradients([a]) { $0[0].upsampledNearest(height: 6, width: 8) }
        checkGradients([a]) { $0[0].upsampledNearest(height: 5, width: 7) }
        checkGradients([a]) { $0[0].halved(height: 1, width: 2) }
        checkGradients([a]) { $0[0].halved(height: 1, width: 1) }
        checkGradients([pattern([2, 4, 6, 3])]) { $0[0].pixelUnshuffled(2) }
        checkGradients([pattern([2, 2, 3, 12])]) { $0[0].pixelShuffled(2) }
        checkGradients([pattern([5, 3])]) { $0[0].gatheringRows([4, 0, 4]) }
        checkGradients([a]) { $0[0].sum() }
        checkGradients([a]) { $0[0].meanSquaredError(b) * 10 }
        checkGradients([a]) { $0[0].meanSquaredError(b, weights: Tensor([0.5, 2], [2])) * 10 }
        checkGradients([a], step: 1e-3) { $0[0].meanAbsoluteError(b) * 100 }
        #expect(pattern([1, 4, 6, 3]).pixelUnshuffled(2).pixelShuffled(2).values == pattern([1, 4, 6, 3]).values)
        #expect(pattern([1, 2, 2, 4]).pixelShuffled(2).values[1] == pattern([1, 2, 2, 4]).values[1])
    }

    @Test func aValueUsedTwiceGetsBothGradients() {
        checkGradients([pattern([4, 4])]) { inputs in
            let x = inputs[0].silu()
            return x * x + x
        }
    }

    @Test func checkpointingChangesNothing() {
        let x = pattern([2, 4, 4, 8]), w = pattern([8, 8, 3, 3], seed: 2)
        func block(_ x: Tensor, _ w: Tensor) -> Tensor { x.convolved(ConvolutionFilter(w)).silu() + x }
        let (x1, w1) = (x.requiringGradient(), w.requiringGradient())
        block(block(x1, w1), w1).sum().backward()
        let (x2, w2) = (x.requiringGradient(), w.requiringGradient())
        let inner = checkpointed([x2]) { block($0[0], w2) }
        checkpointed([inner]) { block($0[0], w2) }.sum().backward()
        #expect(largestDifference(x1.gradient!, x2.gradient!) < 1e-5)
        #expect(largestDifference(w1.gradient!, w2.gradient!) < 1e-4)
    }

    @Test func inferenceRecordsNothing() {
        #expect(!pattern([2, 2]).linear(pattern([3, 2]), nil).silu().requiresGradient)
    }
}

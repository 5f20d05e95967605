import Tensors
import Testing

/// Layers that do several steps at once give what the steps give one after another.
@Suite struct FusedLayersTests {
    private static func naiveLinear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
        let (k, n) = (weight.shape[1], weight.shape[0]), rows = x.count / k
        let xs = x.values, ws = weight.values, bs = bias?.values
        let values = (0..<rows * n).map { at -> Float in
            let (row, out) = (at / n, at % n)
            return Float((0..<k).reduce(Double(bs?[out] ?? 0)) { $0 + Double(xs[row * k + $1]) * Double(ws[out * k + $1]) })
        }
        return Tensor(values, x.shape.dropLast() + [n])
    }

    @Test(arguments: [(1, 3, 5), (12, 16, 32), (97, 64, 33), (200, 31, 96), (5, 600, 700)])
    func linear(_ rows: Int, _ k: Int, _ n: Int) {
        let x = pattern([rows, k]), weight = pattern([n, k], seed: 2), bias = pattern([n], seed: 3)
        let residual = pattern([rows, n], seed: 4), filter = LinearFilter(weight)
        let plain = Self.naiveLinear(x, weight, nil), shifted = Self.naiveLinear(x, weight, bias), near = Float(k) * 2e-6
        #expect(largestDifference(x.linear(filter, nil), plain) < near)
        #expect(largestDifference(x.linear(filter, bias), shifted) < near)
        #expect(largestDifference(x.linear(filter, bias, adding: residual), shifted + residual) < near)
        checkGradients([x, weight, bias, residual]) { $0[0].linear(LinearFilter($0[1]), $0[2], adding: $0[3]) }
    }

    @Test(arguments: [(7, 5, 3), (100, 64, 48), (30, 24, 37)]) func geglu(_ rows: Int, _ k: Int, _ c: Int) {
        let x = pattern([rows, k]), weight = pattern([2 * c, k], seed: 2), bias = pattern([2 * c], seed: 3)
        let near = Float(k) * 1e-5
        for shift in [nil, bias] {
            let expected = Self.naiveLinear(x, weight, shift).geglu()
            #expect(largestDifference(x.linearGEGLU(LinearFilter(weight), shift), expected) < near)
        }
        checkGradients([x, weight, bias]) { $0[0].linearGEGLU(LinearFilter($0[1]), $0[2]) }
    }

    /// A convolution that spreads its input to twice its size, or one less, on the way.
    @Test(arguments: [(4, 4), (5, 7), (8, 3), (1, 1)], [ConvolutionAlgorithm.winograd, .exact])
    func upsampledConvolution(_ size: (h: Int, w: Int), _ algorithm: ConvolutionAlgorithm) {
        let x = pattern([2, (size.h + 1) / 2, (size.w + 1) / 2, 20]), weight = pattern([33, 20, 3, 3], seed: 2)
        let bias = pattern([33], seed: 3), residual = pattern([2, size.h, size.w, 33], seed: 4)
        let large = x.upsampledNearest(height: size.h, width: size.w)
        let expected = naiveConvolution(large, weight, bias, stride: 1, padding: (1, 1))
        ConvolutionAlgorithm.$current.withValue(algorithm) {
            let filter = ConvolutionFilter(weight)
            #expect(largestDifference(x.convolved(filter, bias: bias, upsampledTo: (size.h, size.w)), expected) < 5e-4)
            #expect(
                largestDifference(
                    x.convolved(filter, bias: bias, adding: residual, upsampledTo: (size.h, size.w)), expected + residual)
                    < 5e-4)
        }
        checkGradients([x, weight, bias, residual]) {
            $0[0].convolved(
                ConvolutionFilter($0[1]), bias: $0[2], adding: $0[3], upsampledTo: (size.h, size.w))
        }
    }

    @Test(arguments: [1, 4, 6], [ConvolutionAlgorithm.winograd, .exact])
    func temporalConvolutionWithResidual(_ frames: Int, _ algorithm: ConvolutionAlgorithm) {
        let x = pattern([2, frames, 3, 2, 6]), weight = pattern([6, 6, 3, 1, 1], seed: 2), bias = pattern([6], seed: 3)
        let residual = pattern([2, frames, 3, 2, 6], seed: 4)
        ConvolutionAlgorithm.$current.withValue(algorithm) {
            let expected = naiveTemporalConvolution(x, weight, bias) + residual
            #expect(
                largestDifference(x.convolvedOverFrames(TemporalFilter(weight), bias: bias, adding: residual), expected) < 1e-5)
        }
        checkGradients([x, weight, bias, residual]) {
            $0[0].convolvedOverFrames(TemporalFilter($0[1]), bias: $0[2], adding: $0[3])
        }
    }
}

/// Pieces of the first axis give what the whole gives, also with gradients.
@Suite struct PiecesTests {
    @Test(arguments: [1, 7, 40, 1000]) func inPieces(_ limit: Int) {
        let x = pattern([5, 2, 4]), weight = pattern([3, 4], seed: 2)
        let whole = x.linear(weight, nil)
        #expect(x.inPieces(of: limit) { $0.linear(weight, nil) }.values == whole.values)
        checkGradients([x, weight]) { inputs in inputs[0].inPieces(of: limit) { $0.linear(inputs[1], nil) } }
        checkGradients([weight]) { inputs in x.inPieces(of: limit) { $0.linear(inputs[0], nil) } }
    }
}

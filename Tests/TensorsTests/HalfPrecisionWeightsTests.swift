import Tensors
import Testing

/// Weights in half precision give what the same numbers give in float32.
@Suite struct HalfPrecisionWeightsTests {
    /// The numbers of `values`, rounded to the kind, in both forms.
    private func weights(_ values: Tensor, _ kind: HalfPrecisionWeights.Kind) -> (halfPrecision: HalfPrecisionWeights, wide: Tensor) {
        let bits = values.values.map { value -> UInt16 in
            kind == .float16 ? Self.half(value) : UInt16(truncatingIfNeeded: value.bitPattern >> 16)
        }
        let memory = Memory(bits)
        let halfPrecision = HalfPrecisionWeights(shape: values.shape, kind: kind, pointer: memory.pointer, owner: memory) {}
        return (halfPrecision, halfPrecision.expanded())
    }

    private final class Memory {
        let pointer: UnsafeRawPointer

        init(_ bits: [UInt16]) {
            let memory = UnsafeMutableRawPointer.allocate(byteCount: bits.count * 2, alignment: 2)
            bits.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
            pointer = UnsafeRawPointer(memory)
        }

        deinit { pointer.deallocate() }
    }

    /// Normal numbers only, cut off.
    private static func half(_ value: Float) -> UInt16 {
        let bits = value.bitPattern, exponent = Int((bits >> 23) & 0xFF) - 112
        guard exponent > 0 else { return 0 }
        return UInt16(bits >> 16 & 0x8000) | UInt16(exponent << 10) | UInt16(bits >> 13 & 0x3FF)
    }

    /// Every number of 16 bits against its definition.
    @Test func expansion() {
        let all = (0...UInt16.max).map { $0 }, memory = Memory(all)
        func expanded(_ kind: HalfPrecisionWeights.Kind) -> [Float] {
            HalfPrecisionWeights(shape: [all.count], kind: kind, pointer: memory.pointer, owner: memory) {}.expanded().values
        }
        for (bits, found) in zip(all, expanded(.bfloat16)) where !found.isNaN {
            #expect(found.bitPattern == UInt32(bits) << 16)
        }
        for (bits, found) in zip(all, expanded(.float16)) {
            let sign: Float = bits & 0x8000 == 0 ? 1 : -1, exponent = Int(bits >> 10 & 31), fraction = Float(bits & 0x3FF)
            switch exponent {
            case 0: #expect(found == sign * fraction * 0x1p-24)
            case 31: #expect(fraction == 0 ? found == sign * .infinity : found.isNaN)
            default:
                #expect(found == sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024))
            }
        }
    }

    @Test func nonFiniteNumbersAreFound() {
        func isFinite(_ bits: [UInt16], _ kind: HalfPrecisionWeights.Kind) -> Bool {
            let memory = Memory(bits)
            return HalfPrecisionWeights(shape: [bits.count], kind: kind, pointer: memory.pointer, owner: memory) {}.isFinite
        }
        for place in [0, 17, 40] {
            var bits = [UInt16](repeating: 0x3C00, count: 41)
            #expect(isFinite(bits, .float16) && isFinite(bits, .bfloat16))
            bits[place] = 0x7E00
            #expect(!isFinite(bits, .float16) && isFinite(bits, .bfloat16))
            bits[place] = 0xFF80
            #expect(!isFinite(bits, .bfloat16))
        }
    }

    /// Random shapes, odd ones among them, and enough channels for several slices.
    @Test(arguments: [HalfPrecisionWeights.Kind.float16, .bfloat16])
    func layersAgreeWithFloat32(_ kind: HalfPrecisionWeights.Kind) {
        var random = TorchGenerator(seed: 5)
        for turn in 0..<12 {
            let draw = random.randint(1..<12, count: 4), channels = random.randint(1..<300, count: 2)
            let (b, f, h, w) = (1 + draw[0] % 2, draw[1], draw[2], draw[3]), i = channels[0]
            // Now and then whole panels, which take another way through GEGLU.
            let o = turn % 3 == 0 ? (channels[1] + 31) / 32 * 32 : channels[1]
            let x = random.randn([b, f, h, w, i]), bias = random.randn([o])
            let near = Float(i).squareRoot() * 1e-4
            let (spatial, wideSpatial) = weights(random.randn([o, i, 3, 3]), kind)
            let (temporal, wideTemporal) = weights(random.randn([o, i, 3, 1, 1]), kind)
            let (linear, wideLinear) = weights(random.randn([o, i]), kind)
            let pictures = x.reshaped([b * f, h, w, i])
            let convolved = naiveConvolution(pictures, wideSpatial, bias, stride: 1, padding: (1, 1)).reshaped([b, f, h, w, o])
            let overFrames = naiveTemporalConvolution(x, wideTemporal, bias)
            let products = x.linear(wideLinear, bias), filter = LinearFilter(linear)
            let doubled = Tensor.stacked([bias, bias]).reshaped([2 * o])
            let (twice, wideTwice) = weights(random.randn([2 * o, i]), kind)
            let gated = x.linear(wideTwice, doubled).geglu()
            for algorithm in [ConvolutionAlgorithm.exact, .winograd] {
                ConvolutionAlgorithm.$current.withValue(algorithm) {
                    #expect(largestDifference(x.linear(filter, bias), products) < near)
                    #expect(largestDifference(x.linear(filter, nil), x.linear(wideLinear, nil)) < near)
                    #expect(
                        largestDifference(x.linearGEGLU(LinearFilter(twice), doubled), gated)
                            < near * (1 + gated.values.reduce(0) { max($0, abs($1)) }))
                    #expect(largestDifference(x.convolved(ConvolutionFilter(spatial), bias: bias), convolved) < 10 * near)
                    #expect(
                        largestDifference(x.convolvedOverFrames(TemporalFilter(temporal), bias: bias), overFrames) < 4 * near)
                }
            }
            #expect(
                largestDifference(
                    pictures.convolved(ConvolutionFilter(spatial), bias: bias, stride: 2),
                    naiveConvolution(pictures, wideSpatial, bias, stride: 2, padding: (1, 1))) < 10 * near)
            let residual = random.randn([b, f, h, w, o])
            #expect(largestDifference(x.linear(filter, bias, adding: residual), products + residual) < near)
            #expect(
                largestDifference(
                    x.convolved(ConvolutionFilter(spatial), bias: bias, adding: residual), convolved + residual) < 10 * near)
            #expect(
                largestDifference(
                    x.convolvedOverFrames(TemporalFilter(temporal), bias: bias, adding: residual), overFrames + residual)
                    < 4 * near)
            let rows = [o - 1, 0, o / 2]
            #expect(linear.gatheringRows(rows).values == wideLinear.gatheringRows(rows).values)
        }
    }
}

import Tensors
import Testing

/// Counted in processes of their own, where no other test takes memory.
@Suite struct GradientMemoryTests {
    @Test func backwardFreesWhatItPasses() async {
        await #expect(processExitsWith: .success) {
            let layers = 20, c = 128, shape = [256, c], activation = shape.reduce(1, *) * 4, weight = c * c * 4
            let weights = (0..<layers).map { pattern([c, c], seed: UInt64($0)).requiringGradient() }, x = pattern(shape)
            var loss: Tensor?, forward = 0
            let whole = StoragePool.shared.mostUsed {
                forward = StoragePool.shared.mostUsed {
                    loss = weights.reduce(x) { $0.linear($1, nil).silu() }.sum()
                }
                loss?.backward()
            }
            // Each layer saves the input of its product, which is the result of the layer before, and that of SiLU.
            #expect(forward >= (2 * layers - 1) * activation && forward <= (2 * layers + 1) * activation, "\(forward)")
            // What comes in and what goes out. Had nothing been freed, the gradients of the weights too, half an activation each.
            #expect(whole <= forward + 3 * activation, "\((forward, whole))")
            // The loss is there still, and so are input, weights and their gradients, in blocks up to twice as large.
            let kept = StoragePool.shared.usedBytes
            #expect(kept <= activation + 3 * layers * weight + 4096, "\(kept)")
            #expect(weights.allSatisfy { $0.gradient != nil })
            withExtendedLifetime((loss, x)) {}
        }
    }

    @Test func whatIsFixedNeedsNoInputs() async {
        await #expect(processExitsWith: .success) {
            let c = 16, shape = [1, 4, 16, 16, c], activation = shape.reduce(1, *) * 4, depth = 10
            let convolution = ConvolutionFilter(pattern([c, c, 3, 3])), temporal = TemporalFilter(pattern([c, c, 3, 1, 1]))
            let linear = LinearFilter(pattern([c, c])), x = pattern(shape).requiringGradient()
            func layer(_ x: Tensor) -> Tensor {
                x.convolved(convolution, adding: x).convolvedOverFrames(temporal, bias: nil).linear(linear, nil)
            }
            // What is prepared once.
            layer(x).sum().backward()
            var y = x
            let most = StoragePool.shared.mostUsed { for _ in 0..<depth { y = layer(y) } }
            // What one layer works with, which differs between instruction sets; one input a layer would be `depth` more.
            #expect(most <= 8 * activation, "\(most / activation) of \(3 * depth) activations are kept")
            y.sum().backward()
            #expect(x.gradient != nil)
        }
    }

    @Test func filtersInTrainingAreNotKeptTransformed() async {
        await #expect(processExitsWith: .success) {
            let weight = pattern([64, 64, 3, 3]), x = pattern([1, 4, 4, 64])
            let fixed = ConvolutionFilter(weight), trained = ConvolutionFilter(weight.requiringGradient())
            func kept(_ filter: ConvolutionFilter) -> Int {
                let before = StoragePool.shared.usedBytes
                x.requiringGradient().convolved(filter).sum().backward()
                filter.weight?.clearGradient()
                return StoragePool.shared.usedBytes - before
            }
            // Two layouts of 36 numbers for nine.
            #expect(kept(fixed) >= 8 * weight.count * 4)
            #expect(kept(trained) == 0)
            // Measuring between two steps: nothing is recorded, and the layout may serve again.
            #expect(withoutGradients { kept(trained) } >= 4 * weight.count * 4)
        }
    }
}

import Generation
import Tensors

/// Single operations in shapes of the U-Net.
enum OperationBench {
    struct Case {
        let name: String
        let pass: () -> Void
    }

    static func cases(_ config: RandomModel, frames: Int, height: Int, width: Int) -> [Case] {
        var random = TorchGenerator(seed: 2)
        let configuration = config.unet
        var result: [Case] = []
        for (level, channels) in configuration.blockOutChannels.enumerated() {
            let (h, w, c) = (max(1, height >> level), max(1, width >> level), channels)
            let x = random.randn([1, frames, h, w, c]), bias = random.randn([c]), shape = "\(h)x\(w) \(c)"
            let gamma = random.randn([c]), beta = random.randn([c])
            func weight(_ shape: [Int]) -> Tensor {
                random.randn(shape) * (1 / Float(shape.dropFirst().reduce(1, *)).squareRoot())
            }
            let filter = ConvolutionFilter(weight([c, c, 3, 3])), frameFilter = TemporalFilter(weight([c, c, 3, 1, 1]))
            let linear = LinearFilter(weight([c, c])), wide = LinearFilter(weight([8 * c, c])), heads = configuration.heads[level]
            result += [
                Case(name: "convolution 3x3, \(shape)") { _ = x.convolved(filter, bias: bias) },
                Case(name: "convolution over frames, \(shape)") { _ = x.convolvedOverFrames(frameFilter, bias: bias) },
                Case(name: "linear, \(shape)") { _ = x.linear(linear, bias) },
                Case(name: "linear and GEGLU, \(shape)") { _ = x.linearGEGLU(wide, nil) },
                Case(name: "group norm and SiLU, \(shape)") {
                    _ = x.groupNorm(groups: configuration.normNumGroups, gamma, beta, epsilon: 1e-5, silu: true)
                },
                Case(name: "self-attention, \(shape)") {
                    let tokens = x.reshaped([frames, h * w, c])
                    _ = tokens.attending(tokens, tokens, heads: heads)
                },
                Case(name: "attention over frames, \(shape)") { _ = x.attending(x, x, heads: heads, layout: .frames) },
            ]
        }
        return result
    }
}

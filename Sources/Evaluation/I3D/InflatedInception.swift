import Checkpoints
import Tensors

/// I3D, the RGB stream: Inception-v1 inflated along time, trained on Kinetics-400 ("Quo Vadis, Action Recognition?",
/// Carreira & Zisserman, 2017).
public final class InflatedInception {
    public static let classes = 400
    public static let features = 1024
    /// Side of the pictures it takes.
    public static let side = 224
    /// Fewer frames than this leave nothing for the last pooling, which takes two steps of eight frames.
    public static let fewestFrames = 9

    /// What the network says about a clip.
    public struct Output {
        /// Before the softmax: [400].
        public let logits: [Float]
        /// Mean over space and time before the last layer: [1024].
        public let pooled: [Float]

        public init(logits: [Float], pooled: [Float]) {
            (self.logits, self.pooled) = (logits, pooled)
        }
    }

    private let stem: (VolumeConvolution, VolumeConvolution, VolumeConvolution)
    private let third, fourth, fifth: [MixedLayer]
    private let head: Tensor
    private let headBias: Tensor

    /// Reads the weights, whoever wrote them (`I3DWeights`). Throws `CheckpointError`.
    public init(_ source: any WeightSource) throws {
        let weights = try I3DWeights(source)
        stem = (weights.unit("Conv3d_1a_7x7", 7, 3, 64), weights.unit("Conv3d_2b_1x1", 1, 64, 64),
                weights.unit("Conv3d_2c_3x3", 3, 64, 192))
        third = [MixedLayer(weights, "Mixed_3b", 192, [64, 96, 128, 16, 32, 32]),
                 MixedLayer(weights, "Mixed_3c", 256, [128, 128, 192, 32, 96, 64])]
        fourth = [MixedLayer(weights, "Mixed_4b", 480, [192, 96, 208, 16, 48, 64]),
                  MixedLayer(weights, "Mixed_4c", 512, [160, 112, 224, 24, 64, 64]),
                  MixedLayer(weights, "Mixed_4d", 512, [128, 128, 256, 24, 64, 64]),
                  MixedLayer(weights, "Mixed_4e", 512, [112, 144, 288, 32, 64, 64]),
                  MixedLayer(weights, "Mixed_4f", 528, [256, 160, 320, 32, 128, 128])]
        fifth = [MixedLayer(weights, "Mixed_5b", 832, [256, 160, 320, 32, 128, 128]),
                 MixedLayer(weights, "Mixed_5c", 832, [384, 192, 384, 48, 128, 128])]
        (head, headBias) = weights.head(Self.features, Self.classes)
        try weights.finish()
    }

    /// - Parameter clip: [frames, 224, 224, 3], red, green and blue in −1…1; at least `fewestFrames` frames.
    public func callAsFunction(_ clip: Tensor) -> Output {
        precondition(
            clip.rank == 4 && Array(clip.shape[1...]) == [Self.side, Self.side, 3] && clip.shape[0] >= Self.fewestFrames,
            "I3D takes clips [\(Self.fewestFrames) or more, 224, 224, 3], not \(clip.shape)")
        var x = stem.0(clip).maxPooled(kernel: (1, 3), stride: (1, 2))
        x = stem.2(stem.1(x)).maxPooled(kernel: (1, 3), stride: (1, 2))
        for layer in third { x = layer(x) }
        x = x.maxPooled(kernel: (3, 3), stride: (2, 2))
        for layer in fourth { x = layer(x) }
        x = x.maxPooled(kernel: (2, 2), stride: (2, 2))
        for layer in fifth { x = layer(x) }
        let pooled = Self.meanOverWindows(x)
        return Output(logits: pooled.linear(head, headBias).values, pooled: pooled.values)
    }

    /// The mean over time of averages over 2 steps and all pixels, [steps, 7, 7, channels] -> [1, channels]. The last
    /// layer is linear, so that the mean of its results is its result for the mean.
    private static func meanOverWindows(_ x: Tensor) -> Tensor {
        let steps = x.shape[0], pixels = x.shape[1] * x.shape[2], channels = x.size(-1)
        var sums = [Double](repeating: 0, count: channels)
        for step in 0..<steps {
            // The first and the last step are in one window, the others in two.
            let weight = (step == 0 || step == steps - 1 ? 1.0 : 2.0) / Double(2 * (steps - 1) * pixels)
            for pixel in 0..<pixels {
                let row = x.pointer + (step * pixels + pixel) * channels
                for c in 0..<channels { sums[c] += weight * Double(row[c]) }
            }
        }
        return Tensor(sums.map { Float($0) }, [1, channels])
    }
}

/// Four branches side by side: 1×1×1; 1×1×1 and 3×3×3, twice; pooling and 1×1×1.
private struct MixedLayer {
    private let single, beforeSecond, second, beforeThird, third, last: VolumeConvolution
    private let width: Int

    /// - Parameter widths: channels of the six convolutions, in the order above.
    init(_ weights: I3DWeights, _ name: String, _ inputs: Int, _ widths: [Int]) {
        single = weights.unit("\(name).Branch_0/Conv3d_0a_1x1", 1, inputs, widths[0])
        beforeSecond = weights.unit("\(name).Branch_1/Conv3d_0a_1x1", 1, inputs, widths[1])
        second = weights.unit("\(name).Branch_1/Conv3d_0b_3x3", 3, widths[1], widths[2])
        beforeThird = weights.unit("\(name).Branch_2/Conv3d_0a_1x1", 1, inputs, widths[3])
        third = weights.unit("\(name).Branch_2/Conv3d_0b_3x3", 3, widths[3], widths[4])
        last = weights.unit("\(name).Branch_3/Conv3d_0b_1x1", 1, inputs, widths[5])
        width = widths[0] + widths[2] + widths[4] + widths[5]
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = Tensor(uninitialized: x.shape[..<3] + [width])
        single.write(x, to: ChannelSlot(tensor: y, first: 0))
        second.write(beforeSecond(x), to: ChannelSlot(tensor: y, first: single.outputs))
        third.write(beforeThird(x), to: ChannelSlot(tensor: y, first: single.outputs + second.outputs))
        last.write(x.maxPooled(kernel: (3, 3), stride: (1, 1)), to: ChannelSlot(tensor: y, first: width - last.outputs))
        return y
    }
}

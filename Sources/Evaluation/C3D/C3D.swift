import Checkpoints
import Foundation
import Tensors

/// C3D (Tran et al., 2015), trained on Sports-1M and tuned on UCF-101: the classifier behind the papers' IS.
///
/// Layers `conv1` to `conv5b` and `fc6` to `fc8` of a state dictionary or a TorchScript program (`conv3a` may be called
/// `conv3_1`); widths are the file's own. Pictures are blue, green, red, 0 to 255, less a mean: a tensor `mean` of the
/// file where it has one, else Sports-1M's (90, 98, 102).
public final class C3D {
    public let classes: Int
    /// Pictures are brought to 171×128, and of that the middle is taken.
    static let side = 112, width = 171, height = 128
    public static let frames = 16

    private let convolutions: [VolumeConvolution]
    private let layers: [(weight: Tensor, bias: Tensor)]
    private let mean: [Float]

    /// Throws `CheckpointError` where layers are missing or do not follow one another.
    public init(_ source: any WeightSource) throws {
        let names = [["conv1", "conv1a"], ["conv2", "conv2a"], ["conv3a", "conv3_1"], ["conv3b", "conv3_2"], ["conv4a", "conv4_1"],
                     ["conv4b", "conv4_2"], ["conv5a", "conv5_1"], ["conv5b", "conv5_2"]]
        // What stands before the layers' names: nothing, or "module." and the like.
        let prefix = source.keys.lazy.compactMap { key -> String? in
            ["conv1.weight", "conv1a.weight"].first { key == $0 || key.hasSuffix("." + $0) }.map { String(key.dropLast($0.count)) }
        }.first ?? ""
        let reader = WeightReader(RenamedWeights(source, under: prefix), for: "C3D")
        func shape(_ name: String, _ rank: Int) -> [Int]? {
            source.info("\(prefix)\(name).weight").flatMap { $0.shape.count == rank ? $0.shape : nil }
        }
        var inputs = 3, convolutions: [VolumeConvolution] = []
        for choices in names {
            let name = choices.first { shape($0, 5) != nil } ?? choices[0]
            let outputs = shape(name, 5)?[0] ?? 1
            let weight = reader.take("\(name).weight", [outputs, inputs, 3, 3, 3]).permuted([2, 3, 4, 1, 0])
            convolutions.append(VolumeConvolution(
                weight: weight, scale: [Float](repeating: 1, count: outputs), shift: reader.take("\(name).bias", [outputs]).values))
            inputs = outputs
        }
        var width = inputs * 16, layers: [(Tensor, Tensor)] = []
        for name in ["fc6", "fc7", "fc8"] {
            let outputs = shape(name, 2)?[0] ?? 1
            layers.append((reader.take("\(name).weight", [outputs, width]), reader.take("\(name).bias", [outputs])))
            width = outputs
        }
        let own = reader.takeIfPresent("mean", [3])?.values
        try reader.finish(allowLeftOver: true)
        mean = own ?? [90, 98, 102]
        (self.convolutions, self.layers, classes) = (convolutions, layers, width)
    }

    /// - Parameter clip: [16, 112, 112, 3], red, green and blue in −1…1.
    /// - Returns: values before the softmax.
    public func callAsFunction(_ clip: Tensor) -> [Float] {
        var x = Tensor(uninitialized: clip.shape)
        for pixel in 0..<clip.count / 3 {
            for c in 0..<3 { x.pointer[3 * pixel + c] = (clip.pointer[3 * pixel + 2 - c] + 1) * 127.5 - mean[c] }
        }
        for (index, convolution) in convolutions.enumerated() {
            x = convolution(x)
            switch index {
            case 0: x = x.maxPooled(kernel: (1, 2), stride: (1, 2))
            case 1, 3, 5: x = x.maxPooled(kernel: (2, 2), stride: (2, 2))
            case 7: x = Self.bordered(x).maxPooled(kernel: (2, 2), stride: (2, 2))
            default: break
            }
        }
        // PyTorch flattens channels first.
        var y = x.permuted([3, 0, 1, 2]).reshaped([1, x.count])
        for (index, layer) in layers.enumerated() {
            y = y.linear(layer.weight, layer.bias)
            guard index < layers.count - 1 else { continue }
            for i in 0..<y.count { y.pointer[i] = max(y.pointer[i], 0) }
        }
        return y.values
    }

    /// A row and a column of zeros on all sides, of which the last pooling sees the first: activations are not negative.
    private static func bordered(_ x: Tensor) -> Tensor {
        let (frames, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let y = Tensor.zeros([frames, h + 1, w + 1, c])
        for frame in 0..<frames {
            for row in 0..<h {
                (y.pointer + ((frame * (h + 1) + row + 1) * (w + 1) + 1) * c)
                    .update(from: x.pointer + (frame * h + row) * w * c, count: w * c)
            }
        }
        return y
    }

    /// The IS of some videos by this network: 16 frames of each, at most as many clips as the protocol's limit.
    ///
    /// - Returns: the score, the number of its clips, and the protocol that was followed: C3D has a clip length and pictures
    ///   of its own (`ClipProtocol.description(for:)`). Throws `EvaluationError.noClips`.
    public func inceptionScore(
        of entries: [VideoList.Entry], rules: ClipProtocol, splits: Int = 10, onProgress: (Int) throws -> Void = { _ in }
    ) throws -> (score: InceptionScore, count: Int, rules: ClipProtocol) {
        var rules = rules
        (rules.clipFrames, rules.resize) = (Self.frames, .bilinear)
        let stream = ClipStream(rules.order(entries), rules, target: .c3d)
        defer { stream.stop() }
        var logits: [Float] = [], done = 0
        while rules.limit.map({ logits.count < $0 * classes }) ?? true, let element = try stream.pop() {
            if case .clip(let clip) = element { logits += self(clip.pictures) }
            done += 1
            try onProgress(done)
        }
        let count = logits.count / classes
        guard count > 0 else {
            throw EvaluationError.noClips(path: entries.first?.path ?? "", videos: entries.count, firstReason: "none has \(Self.frames) frames that can be read")
        }
        let score = logits.withUnsafeBufferPointer { pointer in
            InceptionScore(count: count, classes: classes, splits: splits) { pointer.baseAddress! + $0 * classes }
        }
        return (score, count, rules)
    }
}

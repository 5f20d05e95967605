import Checkpoints
import Evaluation
import Foundation
import Tensors
import Testing

/// I3D against PyTorch: i3d.safetensors holds what Fixtures/i3d_reference.py computes for the parity clips.
@Suite struct I3DTests {
    private static let loaded = Result { try InflatedInception(WeightFile.open(Shared.url("data/i3d/i3d-kinetics-400.ckpt"))) }

    static func network() throws -> InflatedInception { try loaded.get() }

    @Test(arguments: ["real", "generated"])
    func logitsAndFeaturesAreTorchs(side: String) throws {
        let network = try Self.network(), folder = try Shared.url("parity/fvd/\(side)")
        let golden = try SafetensorsFile(Shared.fixtures.appendingPathComponent("i3d.safetensors"))
        let (logits, pooled) = (try golden.tensor("\(side).logits"), try golden.tensor("\(side).pooled"))
        let stream = ClipStream(Array(try VideoList(folder.path).entries.prefix(3)), ClipProtocol(.original))
        var index = 0, worst: Float = 0, worstPooled: Float = 0
        while case .clip(let clip)? = try stream.pop() {
            let output = network(clip.pictures)
            worst = max(worst, largestDifference(output.logits, logits.slice(index).values))
            worstPooled = max(worstPooled, largestDifference(output.pooled, pooled.slice(index).values))
            index += 1
        }
        #expect(index == 3)
        #expect(worst < 5e-4, "logits differ by \(worst)")
        #expect(worstPooled < 2e-4, "pooled features differ by \(worstPooled)")
    }

    /// First 80 frames, shorter side 256, centre crop.
    @Test(arguments: [
        ("v_CricketShot_g04_c01_rgb.gif", "playing cricket"), ("v_ApplyEyeMakeup_g01_c01.avi", "filling eyebrows"),
        ("man-skiing.mp4", "skiing (not slalom or crosscountry)"),
    ])
    func realClipsAreRecognised(name: String, expected: String) throws {
        let network = try Self.network(), video = try Shared.url("data/clips/\(name)")
        var rules = ClipProtocol(.original)
        (rules.clipFrames, rules.resize) = (80, .crop)
        guard case .clip(let clip)? = try ClipStream(VideoList(video.path).entries, rules, takesShort: true).pop() else {
            Issue.record("no clip")
            return
        }
        let logits = network(clip.pictures).logits
        let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
        #expect(Kinetics.classes[best] == expected)
    }

    /// The names of two ports: `pytorch-i3d`'s, and those that TorchScript programs have.
    @Test(arguments: [false, true])
    func weightsOfPyTorchPortsAreTheSameNetwork(isScript: Bool) throws {
        let network = try Self.network(), url = try Shared.url("data/i3d/i3d-kinetics-400.ckpt")
        let source = try WeightFile.open(url)
        let modules = ["Branch_0/Conv3d_0a_1x1": "b0", "Branch_1/Conv3d_0a_1x1": "b1a", "Branch_1/Conv3d_0b_3x3": "b1b",
                       "Branch_2/Conv3d_0a_1x1": "b2a", "Branch_2/Conv3d_0b_3x3": "b2b", "Branch_3/Conv3d_0b_1x1": "b3b"]
        let script = ["Branch_0/Conv3d_0a_1x1": "branch_0", "Branch_1/Conv3d_0a_1x1": "branch_1.0", "Branch_1/Conv3d_0b_3x3": "branch_1.1",
                      "Branch_2/Conv3d_0a_1x1": "branch_2.0", "Branch_2/Conv3d_0b_3x3": "branch_2.1", "Branch_3/Conv3d_0b_1x1": "branch_3.1"]
        var torch: [String: Tensor] = [:]
        for key in source.keys where key.hasSuffix(".Conv_0.kernel") {
            let name = String(key.dropFirst("params.".count).dropLast(".Conv_0.kernel".count))
            let turned = try source.tensor(key).permuted([4, 3, 0, 1, 2])
            if name.hasPrefix("Logits") {
                let scope = isScript ? "conv3d_0c_1x1.conv3d" : "logits.conv3d"
                torch["\(scope).weight"] = turned
                torch["\(scope).bias"] = try source.tensor("params.\(name).Conv_0.bias")
                continue
            }
            let parts = name.split(separator: ".").map(String.init)
            let scope = isScript
                ? ([parts[0].lowercased()] + parts.dropFirst().compactMap { script[$0] }).joined(separator: ".")
                : ([parts[0]] + parts.dropFirst().compactMap { modules[$0] }).joined(separator: ".")
            let norm = scope + (isScript ? ".batch3d" : ".bn"), outputs = turned.shape[0]
            torch["\(scope).conv3d.weight"] = turned
            torch["\(norm).weight"] = Tensor(repeating: 1, [outputs])
            torch["\(norm).bias"] = try source.tensor("params.\(name).BatchNorm_0.bias")
            torch["\(norm).running_mean"] = try source.tensor("batch_stats.\(name).BatchNorm_0.mean").reshaped([outputs])
            torch["\(norm).running_var"] = try source.tensor("batch_stats.\(name).BatchNorm_0.var").reshaped([outputs])
        }
        let other = try InflatedInception(InMemoryWeights(torch))
        var random = SplitMix(3)
        let clip = Tensor((0..<9 * 224 * 224 * 3).map { _ in Float.random(in: -1...1, using: &random) }, [9, 224, 224, 3])
        for (a, b) in zip(network(clip).logits, other(clip).logits) { #expect(abs(a - b) < 1e-4) }
    }

    @Test func aFileOfSomethingElseIsNamedAsSuch() {
        #expect(throws: CheckpointError.self) { try InflatedInception(InMemoryWeights(["x.weight": Tensor([1], [1])])) }
    }

    @Test func kineticsHas400Classes() {
        #expect(Kinetics.classes.count == 400 && Kinetics.classes.first == "abseiling" && Kinetics.classes.last == "zumba")
    }

    @Test(arguments: [(1, 5, 6, 7, 5, 9), (3, 5, 6, 7, 5, 9), (3, 4, 9, 5, 17, 35), (3, 1, 4, 4, 3, 2), (7, 5, 9, 10, 3, 8), (7, 9, 8, 7, 2, 33)])
    func convolutionsAreThoseOfTheirDefinition(size: Int, frames: Int, h: Int, w: Int, inputs: Int, outputs: Int) {
        var random = SplitMix(UInt64(size * 100 + frames))
        func values(_ shape: [Int]) -> Tensor {
            Tensor((0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }, shape)
        }
        let x = values([frames, h, w, inputs]), weight = values([size, size, size, inputs, outputs])
        let scale = values([outputs]).values, shift = values([outputs]).values
        let found = VolumeConvolution(weight: weight, scale: scale, shift: shift)(x)
        let step = size == 7 ? 2 : 1
        let expected = naive(x, weight, scale, shift, stride: step)
        #expect(found.shape == [frames, h, w].map { ($0 + step - 1) / step } + [outputs])
        let worst = largestDifference(found.values.map(Double.init), expected)
        #expect(worst < 2e-4 * Double(inputs * size * size * size).squareRoot(), "differ by \(worst)")
    }

    @Test(arguments: [(3, 3, 2, 2), (1, 3, 1, 2), (2, 2, 2, 2), (3, 3, 1, 1)])
    func poolingTakesTheMaximumOfEachWindow(time: Int, space: Int, timeStep: Int, spaceStep: Int) {
        var random = SplitMix(5)
        let (f, h, w, c) = (5, 7, 6, 3)
        let x = Tensor((0..<f * h * w * c).map { _ in Float.random(in: -1...1, using: &random) }, [f, h, w, c])
        let found = x.maxPooled(kernel: (time, space), stride: (timeStep, spaceStep))
        let sizes = [(f, time, timeStep), (h, space, spaceStep), (w, space, spaceStep)]
        func window(_ axis: Int, _ place: Int) -> Range<Int> {
            let (size, kernel, step) = sizes[axis]
            let from = place * step - Tensor.samePadding(size, kernel: kernel, stride: step).before
            return max(from, 0)..<min(from + kernel, size)
        }
        var index = 0
        for t in 0..<found.shape[0] { for y in 0..<found.shape[1] { for z in 0..<found.shape[2] { for k in 0..<c {
            var best = -Float.infinity
            for a in window(0, t) { for b in window(1, y) { for d in window(2, z) { best = max(best, x.values[((a * h + b) * w + d) * c + k]) } } }
            #expect(found.values[index] == best)
            index += 1
        } } } }
    }

    private func naive(_ x: Tensor, _ weight: Tensor, _ scale: [Float], _ shift: [Float], stride: Int) -> [Double] {
        let (frames, h, w, inputs) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let (size, outputs) = (weight.shape[0], weight.shape[4])
        let pads = [frames, h, w].map { Tensor.samePadding($0, kernel: size, stride: stride).before }
        let (xs, ws) = (x.values, weight.values)
        var result: [Double] = []
        for t in 0..<(frames + stride - 1) / stride { for y in 0..<(h + stride - 1) / stride { for z in 0..<(w + stride - 1) / stride {
            var sums = [Double](repeating: 0, count: outputs)
            for a in 0..<size { for b in 0..<size { for d in 0..<size {
                let (st, sy, sz) = (t * stride + a - pads[0], y * stride + b - pads[1], z * stride + d - pads[2])
                guard (0..<frames).contains(st), (0..<h).contains(sy), (0..<w).contains(sz) else { continue }
                for i in 0..<inputs { for o in 0..<outputs {
                    sums[o] += Double(xs[((st * h + sy) * w + sz) * inputs + i]) * Double(ws[(((a * size + b) * size + d) * inputs + i) * outputs + o])
                } }
            } } }
            for o in 0..<outputs { result.append(max(0, sums[o] * Double(scale[o]) + Double(shift[o]))) }
        } } }
        return result
    }
}

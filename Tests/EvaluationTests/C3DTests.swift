import Checkpoints
import Evaluation
import Foundation
import Tensors
import Testing

/// C3D against PyTorch; c3d.safetensors was written by Fixtures/make_c3d.py.
@Suite struct C3DTests {
    private static var source: any WeightSource {
        get throws { try WeightFile.open(Shared.fixtures.appendingPathComponent("c3d.safetensors")) }
    }

    @Test func logitsAreTorchs() throws {
        let network = try C3D(Self.source)
        let values = (0..<16 * 112 * 112 * 3).map { index -> Float in
            let mixed = UInt32(truncatingIfNeeded: index) &* 2_654_435_761
            return Float(Double(mixed) / 2_147_483_648 - 1)
        }
        let found = network(Tensor(values, [16, 112, 112, 3])), expected = try Self.source.tensor("expected").values
        let largest = expected.map { abs($0) }.max() ?? 1
        #expect(network.classes == 7 && found.count == 7)
        for (a, b) in zip(found, expected) {
            let difference = abs(a - b)
            #expect(difference < 1e-4 * largest, "\(a), expected \(b)")
        }
    }

    @Test func videosAreScored() throws {
        try Shared.withFolder { root in
            for index in 0..<4 {
                let folder = root.appendingPathComponent("\(index)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Shared.writeFrames(index == 3 ? 5 : 16, to: folder, step: index + 1)
            }
            let network = try C3D(Self.source)
            let result = try network.inceptionScore(of: VideoList(root.path).entries, rules: ClipProtocol(.original))
            #expect(result.count == 3 && result.score.score >= 1 && result.score.splits == nil)
            // What was followed is told: the network's own clips and pictures, and the limit.
            var rules = ClipProtocol(.styleGANV)
            (rules.limit, rules.clipFrames, rules.resize) = (2, 20, .crop)
            let limited = try network.inceptionScore(of: VideoList(root.path).entries, rules: rules)
            #expect(limited.count == 2 && limited.rules.clipFrames == 16 && limited.rules.limit == 2)
            let text = limited.rules.description(for: .c3d)
            #expect(text.contains("at most 2, 16 frames") && text.contains("resize bilinear to 171x128, of that the middle 112x112"), "\(text)")
        }
    }

    @Test func aFileWithoutTheLayersIsRefused() {
        #expect(throws: CheckpointError.self) { try C3D(InMemoryWeights(["conv1.weight": Tensor.zeros([4, 3, 3, 3, 3])])) }
    }
}

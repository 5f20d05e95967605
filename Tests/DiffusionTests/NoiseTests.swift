import Diffusion
import Foundation
import Tensors
import Testing

/// Noise of clips: order and correlation.
@Suite struct NoiseTests {
    struct Values: Decodable {
        struct Prior: Decodable {
            let kind: NoisePrior.Kind
            let scaling: NoisePrior.Scaling
            let alpha: Double
            let seed: Int
            let shape: [Int]
            let values: [Float]
        }

        struct Noise: Decodable {
            let seed: Int
            let shape: [Int]
            let values: [Float]
        }

        let priors: [Prior]
        let frames_order: Noise
    }

    @Test func priorsFollowTorch() throws {
        let values: Values = try Fixture.load("values.json")
        #expect(values.priors.count == 6)
        for wanted in values.priors {
            var random = TorchGenerator(seed: wanted.seed)
            let noise = try NoisePrior(wanted.kind, alpha: wanted.alpha, scaling: wanted.scaling)
                .draw(wanted.shape, from: &random)
            #expect(Fixture.difference(noise.values, wanted.values) < 1e-6, "\(wanted.kind) \(wanted.scaling)")
        }
    }

    @Test func framesDrawnAsABatch() throws {
        let wanted = (try Fixture.load("values.json") as Values).frames_order
        var random = TorchGenerator(seed: wanted.seed)
        #expect(random.channelsLastNormal(wanted.shape, order: .frames).values == wanted.values)
    }

    @Test(arguments: [NoisePrior.Kind.progressive, .mixed]) func unitScalingKeepsUnitVariance(_ kind: NoisePrior.Kind) throws {
        var random = TorchGenerator(seed: 2)
        let noise = try NoisePrior(kind, alpha: 2).draw([1, 8, 16, 16, 4], from: &random)
        let size = 16 * 16 * 4
        for frame in 0..<8 {
            let values = noise.values[frame * size..<(frame + 1) * size]
            let variance = values.reduce(0) { $0 + $1 * $1 } / Float(size)
            #expect(abs(variance - 1) < 0.15, "\(kind), frame \(frame)")
        }
        #expect(throws: DiffusionError.self) { try NoisePrior(kind, alpha: -1) }
    }

    /// `torch.randn((1, 4, 8, 8, 8))` as the reference files beside the repository have it.
    @Test func publishedModelsNoise() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../shared/parity/vidrd").standardizedFileURL
        guard let golden = try? Data(contentsOf: folder.appendingPathComponent("golden.safetensors")),
            let record = try? Data(contentsOf: folder.appendingPathComponent("golden.json"))
        else { try Test.cancel("../shared/parity/vidrd is not there") }
        struct Record: Decodable { let seed: Int }
        struct Entry: Decodable { let shape: [Int], data_offsets: [Int] }
        struct Header: Decodable {
            let noise: Entry
            enum CodingKeys: String, CodingKey { case noise = "rng.randn" }
        }
        let seed = try JSONDecoder().decode(Record.self, from: record).seed
        let length = golden.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        let entry = try JSONDecoder().decode(Header.self, from: golden[8..<8 + length]).noise
        let bytes = golden.dropFirst(8 + length + entry.data_offsets[0]).prefix(entry.data_offsets[1] - entry.data_offsets[0])
        let wanted = Data(bytes).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        try #require(entry.shape == [1, 4, 8, 8, 8] && wanted.count == 2048)

        var random = TorchGenerator(seed: seed)
        #expect(random.randn(entry.shape).values == wanted)
        random = TorchGenerator(seed: seed)
        let clip = random.channelsLastNormal([1, 8, 8, 8, 4]).values
        let matches = (0..<2048).allSatisfy { index in
            // index runs over [channel, frame, height, width].
            let channel = index / 512, place = index % 512
            return clip[place * 4 + channel] == wanted[index]
        }
        #expect(matches)
    }
}

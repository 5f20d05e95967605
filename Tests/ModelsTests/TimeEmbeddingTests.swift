import Diffusion
import Foundation
import Generation
import Layers
import Models
import Tensors
import Testing

/// What a U-Net is told of the noise in its input.
@Suite struct TimeEmbeddingTests {
    static func unet(_ scale: TimestepEmbedding.Scale, seed: UInt64 = 3) -> VideoUNet {
        var configuration = UNetConfiguration(
            sampleSize: 8, downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D"],
            upBlockTypes: ["CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [32, 64], layersPerBlock: 1,
            heads: [2, 4], crossAttentionDim: 24, normNumGroups: 8, tempConvLayers: 2, tempConvGroups: 8)
        configuration.timeEmbedding = scale
        return VideoUNet(configuration, ParameterScope(nil, store: ParameterStore(), seed: seed))
    }

    @Test(arguments: TimestepEmbedding.Scale.allCases) func sinusoidsAreThoseOfTheirFrequencies(_ scale: TimestepEmbedding.Scale) {
        let (levels, highest, ratio): ([Float], Double, Double) = scale == .timestep
            ? ([0, 1, 17, 999], 1, 10000) : ([0, 0.01, 0.7, .pi / 2], 16, 64)
        let found = TimestepEmbedding.sinusoids(levels, scale: scale, channels: 12, flipSinToCos: true, frequencyShift: 1)
        for (row, level) in levels.enumerated() {
            for i in 0..<6 {
                let angle = Double(level) * highest * pow(ratio, -Double(i) / 5)
                // Frequencies are rounded before they meet a level of up to 1000.
                #expect(abs(Double(found.values[row * 12 + i]) - cos(angle)) < 2e-4)
                #expect(abs(Double(found.values[row * 12 + 6 + i]) - sin(angle)) < 2e-4)
            }
        }
    }

    /// How fast a fresh network's output changes with the angle, against the output's size: 0.8 times it where it is
    /// told angles. Told timesteps of the same angle it changes 30 times as fast, and steps of 0.001 and 0.004 disagree
    /// about it by all that it is.
    @Test func slopeOverTheAngleIsModerate() {
        var generator = TorchGenerator(seed: 5)
        let x = generator.randn([1, 3, 8, 8, 4]), context = generator.randn([1, 5, 24])
        func slopes(_ scale: TimestepEmbedding.Scale, _ step: Float) -> [(slope: Tensor, size: Double)] {
            let unet = Self.unet(scale), perAngle = scale == .timestep ? 1000 / (Float.pi / 2) : 1
            func output(_ angle: Float) -> Tensor { unet(x, timesteps: [angle * perAngle], context: context) }
            return [0.05, 0.4, 0.8, 1.2, 1.5].map { angle in
                ((output(angle + step) - output(angle - step)) * (1 / (2 * step)), output(angle).norm)
            }
        }
        let fine = slopes(.angle, 1e-3), coarse = slopes(.angle, 4e-3)
        let steep = slopes(.timestep, 1e-3), steepCoarse = slopes(.timestep, 4e-3)
        for (fine, coarse) in zip(fine, coarse) {
            #expect(fine.slope.norm < 4 * fine.size)
            #expect(fine.slope.relativeError(coarse.slope) < 0.02, "the slope depends on the step")
        }
        let mean = { (slopes: [(slope: Tensor, size: Double)]) in slopes.reduce(0) { $0 + $1.slope.norm / $1.size } / 5 }
        #expect(mean(steep) > 10 * mean(fine))
        #expect(zip(steep, steepCoarse).allSatisfy { $0.slope.relativeError($1.slope) > 0.3 })
    }

    @Test func scheduleAndConfigurationSayWhatIsTold() throws {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        let schedule = try NoiseSchedule(configuration), timesteps: [Float] = [0, 10, 499.5, 999]
        #expect(Self.unet(.timestep).told(timesteps, of: schedule) == timesteps)
        #expect(Self.unet(.angle).told(timesteps, of: schedule) == timesteps.map { schedule.angle(at: $0) })
    }
}

import Diffusion
import Foundation
import Tensors
import Testing

/// Whole denoising runs against diffusers 0.35.1.
@Suite struct TrajectoryTests {
    struct Run: Decodable {
        let sampler: SamplerKind
        let steps: Int
        let eta: Double
        let seed: Int
        let scheduler: SchedulerConfiguration
        let timesteps: [Float]
        let samples: [String: [Float]]

        var name: String {
            let spacing = scheduler.timestepSpacing?.rawValue ?? "default"
            return "\(sampler.rawValue) \(steps) steps, eta \(eta), \(scheduler.betaSchedule.rawValue)"
                + "\(scheduler.rescaleBetasZeroSNR ? " zero SNR" : ""), \(scheduler.predictionType.rawValue), \(spacing)"
                + "\(scheduler.useKarrasSigmas ? ", Karras" : "")"
        }
    }

    static func model(_ sample: Tensor, _ timestep: Float) -> Tensor {
        let factor = cos(timestep / 1000)
        return Tensor(sample.values.map { 0.7 * $0 * factor + 0.1 * sin($0) }, sample.shape)
    }

    /// The samples after each step.
    static func denoise(_ run: Run, with sampler: inout any Sampler) -> [[Float]] {
        var random = TorchGenerator(seed: run.seed)
        let count = run.samples.values.first?.count ?? 0
        let noise = random.randn([1, 1, 1, count])
        var sample = linearCombination([(sampler.initialNoiseScale, noise)])
        return sampler.timesteps.enumerated().map { index, timestep in
            let output = model(sample, timestep)
            let fresh = sampler.drawsNoise ? random.randn(sample.shape) : nil
            sample = sampler.step(modelOutput: output, at: index, sample: sample, noise: fresh).sample
            return sample.values
        }
    }

    @Test func everyRunFollowsDiffusers() throws {
        let runs: [Run] = try Fixture.load("trajectories.json")
        #expect(runs.count > 190)
        var worst: [SamplerKind: Float] = [:]
        for run in runs {
            let schedule = try NoiseSchedule(run.scheduler)
            var sampler = try SamplerConfiguration(kind: run.sampler, steps: run.steps, eta: run.eta)
                .makeSampler(for: schedule)
            // diffusers cuts the fractional timesteps of Karras levels in a cosine schedule, where 999 may be
            // 998.99999.
            let cuts = run.sampler == .dpmSolver && run.scheduler.useKarrasSigmas
                && run.scheduler.betaSchedule == .squaredCosine
            let first = cuts ? 1 : 0
            let timesteps = Fixture.difference(Array(sampler.timesteps.dropFirst(first)), Array(run.timesteps.dropFirst(first)))
            #expect(sampler.timesteps.count == run.timesteps.count && timesteps < 1e-6, "\(run.name)")
            let samples = Self.denoise(run, with: &sampler)
            for (index, wanted) in run.samples {
                let found = samples[try #require(Int(index))]
                let difference = Fixture.difference(found, wanted)
                #expect(difference < 1e-5, "\(run.name): step \(index)")
                worst[run.sampler] = max(worst[run.sampler] ?? 0, difference)
            }
            // The same sampler once more: step 0 forgets the clip before.
            #expect(Self.denoise(run, with: &sampler) == samples, "\(run.name): second clip")
        }
        for (kind, difference) in worst { print("\(kind.rawValue): largest difference \(difference)") }
    }
}

import Diffusion
import Foundation
import Tensors
import Testing

/// Noise schedules and training targets against diffusers 0.35.1.
@Suite struct NoiseScheduleTests {
    struct Values: Decodable {
        struct Schedule: Decodable {
            let scheduler: SchedulerConfiguration
            let timesteps: [Int]
            let alphas_cumprod: [Float]
        }

        struct Training: Decodable {
            let seed: Int
            let timesteps: [Int]
            let noisy: [Float]
            let velocity: [Float]
        }

        let schedules: [Schedule]
        let training: Training
    }

    @Test func alphasHaveTheBitsOfDiffusers() throws {
        let values: Values = try Fixture.load("values.json")
        for entry in values.schedules {
            let schedule = try NoiseSchedule(entry.scheduler)
            #expect(entry.timesteps.map { schedule.alphasCumprod[$0] } == entry.alphas_cumprod, "\(entry.scheduler)")
        }
    }

    @Test func zeroTerminalSignalToNoise() throws {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        configuration.rescaleBetasZeroSNR = true
        let schedule = try NoiseSchedule(configuration)
        #expect(schedule.signalRate(999) == 0)
        #expect(schedule.noiseRate(999) == 1)
        #expect(schedule.noiseRate(0) < 0.03)
    }

    @Test func noisyAndVelocity() throws {
        let training = (try Fixture.load("values.json") as Values).training
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        configuration.predictionType = .velocity
        let schedule = try NoiseSchedule(configuration)
        var random = TorchGenerator(seed: training.seed)
        let sample = random.randn([3, 16]), noise = random.randn([3, 16])
        let noisy = schedule.noisy(sample, noise: noise, at: training.timesteps.map(Float.init))
        let target = schedule.target(sample, noise: noise, at: training.timesteps.map(Float.init))
        #expect(Fixture.difference(noisy.values, training.noisy) < 1e-6)
        #expect(Fixture.difference(target.values, training.velocity) < 1e-6)
    }

    /// A model that outputs its training target predicts the clean sample that the noise was mixed with.
    @Test(arguments: PredictionType.allCases) func predictionsInvertTargets(_ prediction: PredictionType) throws {
        var configuration = SchedulerConfiguration()
        configuration.predictionType = prediction
        let schedule = try NoiseSchedule(configuration)
        var random = TorchGenerator(seed: 1)
        let levels: [Float] = [10, 300, 600]
        let sample = random.randn([3, 2, 4]), noise = random.randn([3, 2, 4])
        let noisy = schedule.noisy(sample, noise: noise, at: levels)
        let output = schedule.target(sample, noise: noise, at: levels)
        let samples = schedule.clean(output, of: noisy, at: levels)
        #expect(Fixture.difference(samples.values, sample.values) < 1e-4)
    }

    @Test func impossibleSchedulesAreRefused() {
        func message(_ change: (inout SchedulerConfiguration) -> Void) -> String {
            var configuration = SchedulerConfiguration()
            change(&configuration)
            do {
                _ = try NoiseSchedule(configuration)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        #expect(message { $0.trainTimestepCount = 0 }.contains("\"num_train_timesteps\" is 0"))
        #expect(message { $0.betaStart = -1 }.contains("\"beta_start\" is -1.0"))
        #expect(message { $0.betaEnd = 2 }.contains("\"beta_end\" is 2.0"))
        #expect(message { $0.betaStart = .nan }.contains("\"beta_start\" is nan"))
        #expect(message { $0.trainedBetas = [0.1] }.contains("a list of num_train_timesteps = 1000"))
        #expect(message { $0.stepsOffset = -1 }.contains("\"steps_offset\" is -1"))
        #expect(message { $0.clipSampleRange = 0 }.contains("\"clip_sample_range\" is 0.0"))
        #expect(message { _ in } == "accepted")
    }
}

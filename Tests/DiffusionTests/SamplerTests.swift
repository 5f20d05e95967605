import Diffusion
import Foundation
import Tensors
import Testing

/// What every sampler promises.
@Suite struct SamplerTests {
    func cosine(_ prediction: PredictionType) throws -> NoiseSchedule {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        configuration.predictionType = prediction
        return try NoiseSchedule(configuration)
    }

    func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    /// A model that knows the clean sample leads every sampler to it.
    @Test(arguments: SamplerKind.allCases) func perfectModelIsReached(_ kind: SamplerKind) throws {
        let schedule = try cosine(.sample)
        var sampler = try SamplerConfiguration(kind: kind, steps: 8, timestepSpacing: .trailing)
            .makeSampler(for: schedule)
        var random = TorchGenerator(seed: 5)
        let clean = random.randn([1, 2, 3, 3, 4])
        var sample = random.randn(clean.shape)
        for index in sampler.timesteps.indices {
            let step = sampler.step(modelOutput: clean, at: index, sample: sample, noise: nil)
            sample = step.sample
            #expect(step.predictedSample.values == clean.values)
        }
        #expect(Fixture.difference(sample.values, clean.values) < 1e-5)
    }

    /// A step that does not follow the one before is taken as by a sampler without history.
    @Test(arguments: SamplerKind.allCases) func historyEndsWhereStepsAreLeftOut(_ kind: SamplerKind) throws {
        let configuration = SamplerConfiguration(kind: kind, steps: 8)
        let schedule = try cosine(.velocity)
        var used = try configuration.makeSampler(for: schedule), fresh = try configuration.makeSampler(for: schedule)
        var random = TorchGenerator(seed: 6)
        let outputs = (0..<3).map { _ in random.randn([1, 10]) }
        let sample = random.randn([1, 10])
        _ = used.step(modelOutput: outputs[0], at: 0, sample: sample, noise: nil)
        _ = used.step(modelOutput: outputs[1], at: 1, sample: sample, noise: nil)
        let after = used.step(modelOutput: outputs[2], at: 4, sample: sample, noise: nil).sample
        let alone = fresh.step(modelOutput: outputs[2], at: 4, sample: sample, noise: nil).sample
        #expect(after.values == alone.values)
    }

    @Test(arguments: SamplerKind.allCases) func inputsStayAsTheyWere(_ kind: SamplerKind) throws {
        var sampler = try SamplerConfiguration(kind: kind, steps: 3).makeSampler(for: cosine(.velocity))
        let output = Tensor([0.5, -1, 2], [1, 3]), sample = Tensor([1, 2, 3], [1, 3])
        for index in 0..<3 { _ = sampler.step(modelOutput: output, at: index, sample: sample, noise: nil) }
        #expect(output.values == [0.5, -1, 2] && sample.values == [1, 2, 3])
    }

    @Test(arguments: SamplerKind.allCases, TimestepSpacing.allCases)
    func everyStepCountWorks(_ kind: SamplerKind, _ spacing: TimestepSpacing) throws {
        let schedule = try cosine(.velocity)
        for steps in [1, 2, 3, 16, 61, 103, 250, 999] {
            var sampler = try SamplerConfiguration(kind: kind, steps: steps, timestepSpacing: spacing)
                .makeSampler(for: schedule)
            #expect(sampler.timesteps.count == steps)
            #expect(sampler.timesteps.allSatisfy { (0...999).contains($0) }, "\(kind) \(spacing) \(steps)")
            #expect(zip(sampler.timesteps, sampler.timesteps.dropFirst()).allSatisfy { $0 > $1 })
            var sample = Tensor([1, -0.5], [1, 2])
            for index in sampler.timesteps.indices {
                sample = sampler.step(modelOutput: Tensor([0.3, 0.1], [1, 2]), at: index, sample: sample, noise: nil).sample
            }
            #expect(sample.values.allSatisfy { $0.isFinite }, "\(kind) \(spacing) \(steps)")
        }
    }

    @Test func badOptionsAreExplained() throws {
        let schedule = try cosine(.velocity)
        func make(_ configuration: SamplerConfiguration) -> String {
            message { _ = try configuration.makeSampler(for: schedule) }
        }
        #expect(make(.init(kind: .ddim, steps: 0)) == "steps is 0; allowed: 1 to 1000")
        #expect(make(.init(kind: .euler, steps: 1001)) == "steps is 1001; allowed: 1 to 1000")
        #expect(make(.init(kind: .dpmSolver, steps: 1000)) == "steps is 1000; allowed: 1 to 999 with linspace timesteps")
        #expect(make(.init(kind: .dpmSolver, steps: 1000, timestepSpacing: .trailing)) == "accepted")
        #expect(make(.init(kind: .ddim, steps: 10, eta: 1.5)) == "eta is 1.5; allowed: 0 to 1")
        #expect(make(.init(kind: .ddim, steps: 10, eta: .nan)) == "eta is nan; allowed: 0 to 1")
        #expect(make(.init(kind: .unipc, steps: 10, eta: 0.5)) == "eta is 0.5; allowed: 0 for sampler unipc")
        #expect(make(.init(kind: .ddim, steps: 10, useKarrasSigmas: true)).contains("allowed: false"))
        #expect(message { _ = try SamplerKind(name: "plms") } == "sampler is \"plms\"; allowed: ddim, dpm++, euler, unipc")
        #expect(try SamplerKind(name: "DPM++") == .dpmSolver)
        #expect(try SamplerKind(name: "dpmpp_2m") == .dpmSolver)
    }

    @Test func impossibleSchedulesAreExplained() throws {
        var configuration = SchedulerConfiguration()
        configuration.rescaleBetasZeroSNR = true
        configuration.timestepSpacing = .trailing
        let blind = try NoiseSchedule(configuration)
        #expect(message { _ = try SamplerConfiguration(kind: .ddim, steps: 10).makeSampler(for: blind) }
            .contains("no signal"))

        configuration = SchedulerConfiguration()
        configuration.stepsOffset = 1
        let shifted = try NoiseSchedule(configuration)
        #expect(message { _ = try SamplerConfiguration(kind: .ddim, steps: 1000).makeSampler(for: shifted) }
            .contains("take fewer steps"))

        configuration.algorithmType = "sde-dpmsolver++"
        configuration.solverOrder = 3
        let foreign = try NoiseSchedule(configuration)
        #expect(message { _ = try SamplerConfiguration(kind: .dpmSolver, steps: 5).makeSampler(for: foreign) }
            .contains("\"algorithm_type\" is \"sde-dpmsolver++\"; allowed: dpmsolver++"))
        #expect(message { _ = try SamplerConfiguration(kind: .unipc, steps: 5).makeSampler(for: foreign) }
            .contains("\"solver_order\" is 3; allowed: 1, 2"))
    }
}

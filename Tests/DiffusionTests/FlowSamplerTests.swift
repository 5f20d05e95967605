import Diffusion
import Foundation
import Tensors
import Testing

/// Samplers of continuous processes on normal data, of which the best network is known: x₀ ~ N(μ, s²) makes
/// E[x₀ | x] = μ + s²·a/(s²a² + b²)·(x − a·μ) of x = a·x₀ + b·ε, and the equation leads from z to μ + s·z.
@Suite struct FlowSamplerTests {
    private static let (mean, deviation): (Float, Float) = (0.3, 0.6)

    private static func output(_ process: any NoiseProcess, _ sample: Tensor, at level: Float) -> Tensor {
        let x = process.mixture(at: level), f = process.target(at: level), variance = deviation * deviation
        let share = variance * x.clean / (variance * x.clean * x.clean + x.noise * x.noise)
        return mapped(sample) { value in
            let clean = mean + share * (value - x.clean * mean)
            // ε has no size where there is none of it.
            let noise = x.noise > 0 ? (value - x.clean * clean) / x.noise : 0
            return f.clean * clean + f.noise * noise
        }
    }

    private static func sampled(
        _ process: any ContinuousProcess, _ method: FlowSampler.Method, steps: Int, from noise: Tensor,
        edit: (Int, Tensor) -> EditedFrames = { _, _ in .none }
    ) throws -> Tensor {
        var sampler = try FlowSampler(process, steps: steps, method: method), sample = noise * sampler.initialNoiseScale
        for (index, level) in sampler.timesteps.enumerated() {
            let edited = edit(index, sample)
            let made = sampler.step(
                modelOutput: output(process, sample, at: level), at: index, sample: sample, edited: edited, noise: nil)
            #expect(made.predictedSample.shape == sample.shape)
            sample = made.sample
        }
        return sample
    }

    /// Errors fall with the number of steps by the order of the method.
    @Test(arguments: NoiseProcessTests.continuous.indices) func leadsFromNoiseToData(_ index: Int) throws {
        let process = NoiseProcessTests.continuous[index].1
        var random = TorchGenerator(seed: 5)
        let noise = random.randn([1, 2, 3, 4])
        func error(_ method: FlowSampler.Method, _ steps: Int) throws -> Double {
            let found = try Self.sampled(process, method, steps: steps, from: noise)
            return zip(found.values, noise.values).map { abs(Double($0 - (Self.mean + Self.deviation * $1))) }.max() ?? .infinity
        }
        let euler = try [20, 40].map { try error(.euler, $0) }, heun = try [20, 40].map { try error(.heun, $0) }
        #expect(euler[1] < 0.6 * euler[0], "\(euler)")
        #expect(heun[1] < 0.35 * heun[0] || heun[1] < 2e-3, "\(heun)")
        #expect(heun[1] < euler[1] && heun[1] < 0.03, "\(euler), \(heun)")
    }

    @Test func heunAsksTwice() throws {
        let sampler = try FlowSampler(FlowProcess(), steps: 4, method: .heun)
        #expect(sampler.timesteps == [1, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25])
        #expect(try FlowSampler(FlowProcess(), steps: 4).timesteps == [1, 0.75, 0.5, 0.25])
        #expect(throws: DiffusionError.self) { try FlowSampler(FlowProcess(), steps: 0) }
        #expect(sampler.noiseLevel(at: 7) == NoiseLevel(alpha: 1, sigma: 0))
        let edm = try FlowSampler(EDMProcess(dataDeviation: 1, inputScale: 4), steps: 3)
        #expect(edm.initialNoiseScale == 80 && edm.inputScale(at: 0) == EDMProcess(dataDeviation: 1, inputScale: 4).inputScale(at: 80))
    }

    /// An edited frame goes on from what it was made, and the others have the bits that they have without it.
    @Test(arguments: NoiseProcessTests.continuous.indices, FlowSampler.Method.allCases)
    func editsReachTheSample(_ index: Int, _ method: FlowSampler.Method) throws {
        let process = NoiseProcessTests.continuous[index].1
        var random = TorchGenerator(seed: 6)
        let noise = random.randn([1, 3, 4]), plain = try Self.sampled(process, method, steps: 5, from: noise)
        let count = try FlowSampler(process, steps: 5, method: method).timesteps.count
        for step in 1..<count {
            let edited = try Self.sampled(process, method, steps: 5, from: noise) { at, sample in
                guard at == step else { return .none }
                for i in 4..<8 { sample.pointer[i] += 0.5 }
                return EditedFrames([1])
            }
            for frame in [0, 2] { #expect(edited.slice(0).slice(frame).values == plain.slice(0).slice(frame).values) }
            let moved = zip(edited.slice(0).slice(1).values, plain.slice(0).slice(1).values).map { $0 - $1 }
            #expect(moved.map(abs).max() ?? 0 > 1e-3, "step \(step): \(moved)")
        }
    }
}

import Diffusion
import Foundation
import Tensors
import Testing

/// What holds of every process, and what each one is.
@Suite struct NoiseProcessTests {
    struct Case: CustomStringConvertible, Sendable {
        let name: String
        let process: any NoiseProcess
        let levels: [Float]
        var description: String { name }
    }

    static let continuous: [(String, any ContinuousProcess)] = [
        ("flow", FlowProcess()), ("shifted flow", FlowProcess(shift: 3)), ("TrigFlow", TrigFlowProcess()),
        ("EDM", EDMProcess()), ("EDM with σ_in", EDMProcess(dataDeviation: 1, inputScale: 4)),
    ]

    static let cases: [Case] = {
        let discrete = PredictionType.allCases.compactMap { prediction -> Case? in
            var configuration = SchedulerConfiguration()
            configuration.predictionType = prediction
            return (try? NoiseSchedule(configuration)).map { Case(name: prediction.rawValue, process: $0, levels: [10, 300, 700]) }
        }
        return discrete + continuous.map { name, process in
            let (low, high) = (process.levels.lowerBound, process.levels.upperBound)
            return Case(name: name, process: process, levels: [low + (high - low) * 0.01, low + (high - low) * 0.3, low + (high - low) * 0.8])
        }
    }()

    private func largest(_ first: Tensor, _ second: Tensor) -> Float {
        zip(first.values, second.values).map { abs($0 - $1) }.max() ?? .infinity
    }

    /// Who says the target says clean sample and noise, for each sample and for each frame.
    @Test(arguments: cases) func targetsAreInverted(_ item: Case) {
        var random = TorchGenerator(seed: 1)
        let clean = random.randn([3, 2, 4]), noise = random.randn([3, 2, 4]), process = item.process
        for levels in [item.levels, item.levels + item.levels.reversed()] {
            let noisy = process.noisy(clean, noise: noise, at: levels), output = process.target(clean, noise: noise, at: levels)
            #expect(noisy.shape == clean.shape)
            let size = noisy.values.map(abs).max() ?? 0
            #expect(largest(process.clean(output, of: noisy, at: levels), clean) < 1e-5 * max(1, size))
            #expect(largest(process.noise(output, of: noisy, at: levels), noise) < 1e-5 * max(1, size))
            #expect(process.loss(output, output, at: levels).values == [0])
        }
    }

    /// A level for each frame is that of as many samples.
    @Test(arguments: cases) func framesHaveLevels(_ item: Case) {
        var random = TorchGenerator(seed: 2)
        let clean = random.randn([1, 3, 5]), noise = random.randn([1, 3, 5]), apart = { (t: Tensor) in t.reshaped([3, 5]) }
        #expect(item.process.noisy(clean, noise: noise, at: item.levels).values
            == item.process.noisy(apart(clean), noise: apart(noise), at: item.levels).values)
        let other = random.randn([1, 3, 5])
        let together = item.process.loss(clean, other, at: item.levels).values[0]
        let alone = (0..<3).map { item.process.loss(apart(clean).slice($0..<$0 + 1), apart(other).slice($0..<$0 + 1), at: [item.levels[$0]]).values[0] }
        #expect(abs(together - alone.reduce(0, +) / 3) < 1e-5 * together)
    }

    /// Levels that are drawn are levels that there are, the same ones for a seed.
    @Test(arguments: cases) func drawsLevels(_ item: Case) {
        var random = TorchGenerator(seed: 3), again = random
        let drawn = item.process.draw(500, from: &random)
        #expect(drawn.count == 500 && drawn.allSatisfy(item.process.levels.contains) && Set(drawn).count > 200)
        #expect(item.process.draw(500, from: &again) == drawn)
    }

    /// What the network sees and what it is asked for have unit variance, for data of the deviation that was promised
    /// (Karras et al., appendix B.6; Snap Video, section 3.2).
    @Test(arguments: [(Float(0.5), Float(1)), (1, 4), (0.5, 4), (1, 2)]) func edmIsOfUnitVariance(_ deviation: Float, _ scale: Float) {
        let process = EDMProcess(dataDeviation: deviation, inputScale: scale)
        for level in [0.002, 0.05, 0.3, 1, 7, 80] as [Float] {
            let x = process.mixture(at: level), f = process.target(at: level), input = process.inputScale(at: level)
            let seen = pow(input * x.clean * deviation, 2) + pow(input * x.noise, 2)
            let asked = pow(f.clean * deviation, 2) + pow(f.noise, 2)
            #expect(abs(seen - 1) < 1e-5 && abs(asked - 1) < 1e-5, "\(level): \(seen), \(asked)")
            // The paper's c_skip and c_out, and its weight of the clean sample's error brought to the output.
            let (d, s) = (Double(deviation), Double(scale)), sigma = Double(level)
            let skip = s * d * d / (s * sigma * sigma + d * d)
            let out = -s * sigma * d * (sigma * sigma + d * d).squareRoot() / (d * d + s * sigma * sigma)
            let inverse = process.inverse(at: level).clean
            #expect(abs(Double(inverse.clean) - skip) < 1e-5 * max(1, skip) && abs(Double(inverse.noise) - out) < 1e-5 * max(1, abs(out)))
            let weight = (1 / (d * d) + 1 / (sigma * sigma)) * out * out
            #expect(abs(Double(process.weight(at: level)) - weight) < 1e-4 * weight, "\(level)")
        }
        #expect(abs(process.weight(at: 1e-4) - scale * scale) < 1e-2 * scale * scale && abs(process.weight(at: 1e4) - 1) < 1e-4)
        #expect(scale != 1 || [0.01, 1, 50].allSatisfy { process.weight(at: $0) == 1 })
    }

    /// A network that says v of a variance-preserving schedule is TrigFlow's at the angle, and flow's in other variables
    /// (x0 = n·x_t − s·v with s = sin/(sin + cos), n = 1/(sin + cos)).
    @Test func processesAreEachOther() throws {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        configuration.predictionType = .velocity
        let schedule = try NoiseSchedule(configuration), trig = TrigFlowProcess(), flow = FlowProcess()
        for timestep in [5, 200, 500, 900] as [Float] {
            let angle = schedule.angle(at: timestep), time = sin(angle) / (sin(angle) + cos(angle)), n = 1 / (sin(angle) + cos(angle))
            func isNear(_ first: NoiseMixture, _ second: NoiseMixture) -> Bool {
                abs(first.clean - second.clean) < 1e-6 && abs(first.noise - second.noise) < 1e-6
            }
            #expect(isNear(trig.mixture(at: angle), schedule.mixture(at: timestep)))
            #expect(isNear(trig.target(at: angle), schedule.target(at: timestep)))
            let scaled = trig.mixture(at: angle)
            #expect(isNear(flow.mixture(at: time), NoiseMixture(clean: n * scaled.clean, noise: n * scaled.noise)))
            #expect(abs(flow.angle(at: time) - angle) < 1e-6)
        }
    }

    /// The change that is told is the slope of the mixture.
    @Test(arguments: continuous.indices) func changesAreSlopes(_ index: Int) {
        let process = Self.continuous[index].1, (low, high) = (process.levels.lowerBound, process.levels.upperBound)
        for share in [0.1, 0.5, 0.9] as [Float] {
            let level = low + share * (high - low), h = 1e-2 * (high - low) / 10
            let (before, after) = (process.mixture(at: level - h), process.mixture(at: level + h)), told = process.change(at: level)
            #expect(abs((after.clean - before.clean) / (2 * h) - told.clean) < 1e-3)
            #expect(abs((after.noise - before.noise) / (2 * h) - told.noise) < 1e-3)
        }
    }
}

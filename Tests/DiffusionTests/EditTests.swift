import Diffusion
import Foundation
import Tensors
import Testing

/// Frames that are edited between two steps: how much of an edit reaches the next sample while the model's output stays
/// the same, and that no other frame is touched.
@Suite struct EditTests {
    /// A sampler with its schedule, and how DDIM would let an edit through.
    struct Case: CustomStringConvertible {
        let schedule: NoiseSchedule
        let configuration: SamplerConfiguration

        var description: String {
            let c = schedule.configuration
            return "\(configuration.kind.rawValue), \(configuration.steps) steps, \(c.betaSchedule.rawValue), "
                + "\(c.predictionType.rawValue), \(configuration.timestepSpacing?.rawValue ?? "default"), order \(c.solverOrder)"
                + "\(c.solverType.map { ", \($0.rawValue)" } ?? "")\(configuration.useKarrasSigmas == true ? ", Karras" : "")"
                + (c.finalSigmasType == .zero ? "" : ", to the least noise")
        }

        func sampler() throws -> any Sampler { try configuration.makeSampler(for: schedule) }

        /// What DDIM without noise lets through of an edit between two noise levels.
        static func ddimShare(_ prediction: PredictionType, from now: NoiseLevel, to next: NoiseLevel) -> Double {
            let (alpha, sigma) = (Double(now.alpha), Double(now.sigma))
            let (nextAlpha, nextSigma) = (Double(next.alpha), Double(next.sigma))
            return switch prediction {
            case .epsilon: nextAlpha / alpha
            case .sample: nextSigma / sigma
            case .velocity: alpha * nextAlpha + sigma * nextSigma
            }
        }
    }

    static let shape = [2, 4, 2, 1, 3]
    static let size = 6

    static func schedule(_ prediction: PredictionType, _ change: (inout SchedulerConfiguration) -> Void = { _ in }) throws -> NoiseSchedule {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        configuration.predictionType = prediction
        change(&configuration)
        return try NoiseSchedule(configuration)
    }

    /// Every sampler in every form.
    static func cases() throws -> [Case] {
        var result: [Case] = []
        for prediction in PredictionType.allCases {
            for betas in [BetaSchedule.squaredCosine, .scaledLinear] {
                for steps in [1, 2, 3, 7, 14, 50] {
                    for spacing in TimestepSpacing.allCases {
                        for kind in SamplerKind.allCases {
                            let types: [SolverType?] = switch kind {
                            case .dpmSolver: [.midpoint, .heun]
                            case .unipc: [.bh1, .bh2]
                            default: [nil]
                            }
                            let hasOrders = kind == .dpmSolver || kind == .unipc
                            for type in types {
                                for (order, ending) in [(2, FinalSigma.zero), (1, .zero), (2, .minimum)] where hasOrders || (order == 2 && ending == .zero) {
                                    for karras in kind == .ddim ? [false] : [false, true] {
                                        let schedule = try schedule(prediction) {
                                            $0.betaSchedule = betas
                                            ($0.betaStart, $0.betaEnd) = (0.00085, 0.012)
                                            ($0.solverOrder, $0.solverType, $0.finalSigmasType) = (order, type, ending)
                                        }
                                        result.append(Case(schedule: schedule, configuration: SamplerConfiguration(
                                            kind: kind, steps: steps, timestepSpacing: spacing, useKarrasSigmas: karras)))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Values of some frames of both entries of the batch.
    static func frames(_ positions: [Int], of clip: Tensor) -> [Float] {
        let values = clip.values
        var result: [Float] = []
        for entry in 0..<shape[0] {
            for position in positions {
                let start = (entry * shape[1] + position) * size
                result += values[start..<start + size]
            }
        }
        return result
    }

    static func changed(_ clip: Tensor, _ positions: [Int], by change: Float) -> Tensor {
        let result = clip.copied()
        for entry in 0..<shape[0] {
            for position in positions {
                for index in 0..<size { result.pointer[(entry * shape[1] + position) * size + index] += change }
            }
        }
        return result
    }

    /// Mean change of some frames, of a change of 1.
    static func share(_ found: Tensor, _ plain: Tensor, _ positions: [Int]) -> Double {
        let differences = zip(frames(positions, of: found), frames(positions, of: plain)).map { Double($0) - Double($1) }
        return differences.reduce(0, +) / Double(differences.count)
    }

    /// Each step with an edit, with an edit that changes nothing and with none: the first two differ by the share of the
    /// edit that gets through.
    @Test func anEditPassesAsInDDIMAndOthersKeepTheirBits() throws {
        let cases = try Self.cases()
        #expect(cases.count > 1500)
        let edited = [0, 2], others = [1, 3]
        var random = TorchGenerator(seed: 3)
        for entry in cases {
            let prediction = entry.schedule.configuration.predictionType
            var sampler = try entry.sampler()
            let count = sampler.timesteps.count
            var sample = random.randn(Self.shape)
            for index in 0..<count {
                let output = random.randn(Self.shape)
                // Samplers are values: this is what would happen with an edit.
                var other = sampler, unchanged = sampler
                let changed = Self.changed(sample, edited, by: 1)
                let found = other.step(
                    modelOutput: output, at: index, sample: changed, edited: EditedFrames(edited), noise: nil).sample
                let restarted = unchanged.step(
                    modelOutput: output, at: index, sample: sample, edited: EditedFrames(edited), noise: nil).sample
                let plain = sampler.step(modelOutput: output, at: index, sample: sample, noise: nil).sample
                #expect(Self.frames(others, of: found) == Self.frames(others, of: plain), "\(entry), step \(index)")
                var next = sampler.noiseLevel(at: index + 1)
                if entry.configuration.kind == .ddim, index < count - 1 {
                    // DDIM ends a step a whole stride below, which may lie beside the next timestep that is visited.
                    let timestep = Int(sampler.timesteps[index]) - entry.schedule.timestepCount / entry.configuration.steps
                    next = NoiseLevel(ratio: timestep >= 0
                        ? entry.schedule.noiseRate(timestep) / entry.schedule.signalRate(timestep) : 0)
                }
                let wanted = Case.ddimShare(prediction, from: sampler.noiseLevel(at: index), to: next)
                let share = Self.share(found, restarted, edited)
                #expect(abs(share - wanted) < 2e-3 * max(1, wanted), "\(entry), step \(index): \(share) of \(wanted)")
                // And the steps that follow have another history only in the edited frames.
                if index + 1 < count {
                    var first = sampler, second = other
                    let output = random.randn(Self.shape)
                    let a = first.step(modelOutput: output, at: index + 1, sample: plain, noise: nil).sample
                    let b = second.step(modelOutput: output, at: index + 1, sample: found, noise: nil).sample
                    #expect(Self.frames(others, of: a) == Self.frames(others, of: b), "\(entry), after step \(index)")
                }
                sample = plain
            }
        }
    }

    /// A model whose clean sample does not depend on what it is given takes nothing of an edit back: all of it is there to
    /// the end, less as the noise falls, whatever the sampler corrects on the way.
    @Test(arguments: SamplerKind.allCases) func whatIsEditedStays(_ kind: SamplerKind) throws {
        let schedule = try Self.schedule(.sample)
        for edit in [0, 1, 4, 9, 12] {
            for frames in [[1], [0, 1, 2, 3]] {
                var random = TorchGenerator(seed: 4)
                var plain = try SamplerConfiguration(kind: kind, steps: 14).makeSampler(for: schedule), told = plain
                var sample = random.randn(Self.shape)
                var changed = sample
                for index in plain.timesteps.indices.dropLast() {
                    let clean = random.randn(Self.shape)
                    if index == edit { changed = Self.changed(changed, frames, by: 1) }
                    let edited = index == edit ? EditedFrames(frames) : .none
                    sample = plain.step(modelOutput: clean, at: index, sample: sample, edited: edited, noise: nil).sample
                    changed = told.step(
                        modelOutput: clean, at: index, sample: changed, edited: edited, noise: nil).sample
                    guard index >= edit else { continue }
                    let wanted = Double(plain.noiseLevel(at: index + 1).sigma / plain.noiseLevel(at: edit).sigma)
                    // DDIM's steps end beside the next timestep: 1000 is no multiple of 14.
                    let tolerance = kind == .ddim ? 0.02 : 1e-4
                    #expect(abs(Self.share(changed, sample, frames) - wanted) < tolerance, "edit \(edit), step \(index)")
                }
            }
        }
    }

    /// An edit of step 0 restarts what has not begun, and DDIM and Euler have nothing to restart.
    @Test(arguments: SamplerKind.allCases) func withoutHistoryAnEditIsASample(_ kind: SamplerKind) throws {
        var random = TorchGenerator(seed: 5)
        var told = try SamplerConfiguration(kind: kind, steps: 6).makeSampler(for: Self.schedule(.velocity)), untold = told
        for index in 0..<(kind == .ddim || kind == .euler ? 6 : 1) {
            let sample = random.randn(Self.shape), output = random.randn(Self.shape)
            let a = told.step(modelOutput: output, at: index, sample: sample, edited: EditedFrames(0..<4), noise: nil)
            let b = untold.step(modelOutput: output, at: index, sample: sample, noise: nil)
            #expect(a.sample.values == b.sample.values)
        }
    }

    /// Known frames are given at every step: they end as they are, and the others do not notice where the model does not.
    @Test(arguments: SamplerKind.allCases) func knownFramesStay(_ kind: SamplerKind) throws {
        var random = TorchGenerator(seed: 6)
        let clean = random.randn(Self.shape), noise = random.randn(Self.shape), start = random.randn(Self.shape)
        let known = KnownFrames(clean: clean, noise: noise, mask: [true, false, false, true])
        #expect(known.frames == EditedFrames([3, 0]))
        var with = try SamplerConfiguration(kind: kind, steps: 14).makeSampler(for: Self.schedule(.velocity)), without = with
        var sample = start, free = start
        for index in with.timesteps.indices {
            let output = random.randn(Self.shape), level = with.noiseLevel(at: index)
            sample = sample.copied()
            let edited = known.replace(in: sample, at: level)
            let wanted = linearCombination([(level.alpha, clean), (level.sigma, noise)])
            #expect(Self.frames([0, 3], of: sample) == Self.frames([0, 3], of: wanted))
            sample = with.step(modelOutput: output, at: index, sample: sample, edited: edited, noise: nil).sample
            free = without.step(modelOutput: output, at: index, sample: free, noise: nil).sample
            #expect(Self.frames([1, 2], of: sample) == Self.frames([1, 2], of: free))
        }
        let end = with.noiseLevel(at: with.timesteps.count)
        #expect(end.sigma < 0.02)
        sample = sample.copied()
        known.replace(in: sample, at: NoiseLevel(ratio: 0))
        #expect(Self.frames([0, 3], of: sample) == Self.frames([0, 3], of: clean))
    }

    @Test func editsAreSets() {
        #expect(EditedFrames([3, 1, 3]).positions == [1, 3])
        #expect(EditedFrames(mask: [false, true, false, true]) == EditedFrames([1, 3]))
        #expect(EditedFrames([1]).union(EditedFrames([0, 1])) == EditedFrames(0..<2))
        #expect(EditedFrames.none.isEmpty && !EditedFrames([0]).isEmpty)
        #expect(EditHistory.restart.told(EditedFrames([1])) == EditedFrames([1]))
        #expect(EditHistory.keep.told(EditedFrames([1])).isEmpty)
    }

    /// Records from before there was a choice have no value.
    @Test func recordsWithoutTheValueKeep() throws {
        struct Record: Codable { var history: EditHistory }
        func read(_ text: String) throws -> EditHistory { try JSONDecoder().decode(Record.self, from: Data(text.utf8)).history }
        #expect(try read("{}") == .keep)
        #expect(try read(#"{"history": "restart"}"#) == .restart)
        #expect(throws: DecodingError.self) { try read(#"{"history": "forget"}"#) }
    }

    /// The table of docs/samplers.md: cosine schedule, v-prediction, 14 steps.
    @Test func table() throws {
        let schedule = try Self.schedule(.velocity), steps = [1, 4, 7, 10, 12]
        func shares(_ kind: SamplerKind, _ history: EditHistory) throws -> [Double] {
            var sampler = try SamplerConfiguration(kind: kind, steps: 14).makeSampler(for: schedule)
            var random = TorchGenerator(seed: 7), result: [Double] = []
            var sample = random.randn(Self.shape)
            for index in sampler.timesteps.indices {
                let output = random.randn(Self.shape), edited = EditedFrames([1])
                func next(_ sampler: any Sampler, of sample: Tensor) -> Tensor {
                    var sampler = sampler
                    return sampler.step(
                        modelOutput: output, at: index, sample: sample, edited: history.told(edited), noise: nil).sample
                }
                if steps.contains(index) {
                    let changed = Self.changed(sample, [1], by: 1)
                    result.append(Self.share(next(sampler, of: changed), next(sampler, of: sample), [1]))
                }
                sample = sampler.step(modelOutput: output, at: index, sample: sample, noise: nil).sample
            }
            return result
        }
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        print(line(["sampler", "history"] + steps.map { "step \($0)" }))
        print(line([String](repeating: "---", count: steps.count + 2)))
        for kind in SamplerKind.allCases {
            for history in [EditHistory.keep, .restart] {
                print(line([kind.rawValue, history.rawValue] + (try shares(kind, history)).map { String(format: "%.2f", $0) }))
            }
        }
        func isClose(_ found: [Double], _ wanted: [Double]) -> Bool { zip(found, wanted).allSatisfy { abs($0 - $1) < 0.006 } }
        #expect(isClose(try shares(.unipc, .keep), [0.02, 0.10, 0.20, 0.42, 0.92]))
        #expect(isClose(Array(try shares(.dpmSolver, .keep).suffix(3)), [1.05, 1.13, 1.37]))
        for kind in SamplerKind.allCases {
            #expect(try shares(kind, .restart).allSatisfy { abs($0 - 0.994) < 0.006 }, "\(kind)")
        }
    }
}

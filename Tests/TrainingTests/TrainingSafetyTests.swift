import Checkpoints
import Files
import Foundation
import Layers
import Tensors
import Testing
import Video

@testable import Training

/// What training does where something goes wrong: good checkpoints stay, and what was learnt is not lost.
@Suite struct TrainingSafetyTests {
    enum Trouble: CaseIterable {
        /// A loss that is none, whose gradients are finite all the same.
        case loss
        /// Infinite gradients of a finite loss.
        case gradients
        case both
    }

    private struct DiskGone: Error {}

    /// Learns a linear layer, with trouble at some steps.
    private final class TroubledStage: TrainingStage {
        let name = "troubled", batchSize = 1
        let optimizer: Optimizer
        var trouble: (Int) -> Trouble? = { _ in nil }
        /// Called after the draws of each step.
        var before: (Int) throws -> Void = { _ in }
        var whileMeasuring: () throws -> Void = {}
        private(set) var isExported = false
        private let store = ParameterStore()
        private let layer: Linear

        init(_ kind: OptimizerKind = .adamW) {
            layer = Linear(ParameterScope(nil, store: store, seed: 3), 5, 7)
            store.train { _ in true }
            optimizer = Optimizer(store.parameters, configuration: .init(kind))
        }

        func loss(generator: inout TorchGenerator, progress: Double) throws -> Tensor {
            let step = Int((progress * Double(TrainingSafetyTests.steps)).rounded())
            let x = generator.randn([3, 5]), target = generator.randn([3, 7]), y = layer(x)
            try before(step)
            let loss = y.meanSquaredError(target)
            switch trouble(step) {
            case nil: return loss
            case .loss: return loss + Tensor([.nan], [1])
            case .gradients: return loss + ((y - y.detached) * 1e30 * 1e30).sum()
            case .both: return loss * .infinity
            }
        }

        func heldOut() throws -> [String: Double] {
            try whileMeasuring()
            return [:]
        }

        func sheet() throws -> Frame { Frame(width: 8, height: 8) }
        func export() throws { isExported = true }
    }

    private static let steps = 60

    /// Runs a stage in a folder until it ends, or for `count` steps; `saveEvery` 0 saves each step.
    @discardableResult
    private func run(
        _ stage: TroubledStage, in folder: URL, count: Int = steps, saveEvery: Double = 60, heldOutEvery: Int? = nil
    ) throws -> Bool {
        var left = count
        return try TrainingRun(
            stage,
            configuration: .init(
                learningRate: LearningRate(highest: 1e-2, warmup: 5), steps: Self.steps, minutes: nil, seed: 4, saveEvery: saveEvery,
                heldOutEvery: heldOutEvery),
            folder: folder, report: { _ in }
        ).run(isCancelled: { left -= 1; return left < 0 })
    }

    private struct State: Decodable {
        let step: Int
        let optimizerStep: Int
        let version: Int

        enum CodingKeys: String, CodingKey { case step, optimizerStep = "optimizer_step", version }
    }

    /// What the checkpoint in a folder holds, which must be one whole checkpoint.
    private func checkpoint(_ folder: URL) throws -> (state: State, tensors: [String: [Float]]) {
        let state = try JSONFile.read(State.self, from: folder.appendingPathComponent("state.json"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".safetensors") }
        #expect(names == ["state-\(state.step).safetensors"])
        let file = try SafetensorsFile(folder.appendingPathComponent("state-\(state.step).safetensors"))
        return (state, try Dictionary(uniqueKeysWithValues: file.keys.map { ($0, try file.tensor($0).values) }))
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func edit(_ file: URL, _ change: (inout [String: Any]) -> Void) throws {
        var object = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        change(&object)
        try JSONSerialization.data(withJSONObject: object).write(to: file)
    }

    @Test(arguments: Trouble.allCases, OptimizerKind.allCases)
    func aStepThatIsNotFiniteChangesNothing(_ trouble: Trouble, _ kind: OptimizerKind) throws {
        try inFolder { folder in
            try run(TroubledStage(kind), in: folder, count: 10)
            let before = try checkpoint(folder), stage = TroubledStage(kind)
            stage.trouble = { $0 == 10 ? trouble : nil }
            try run(stage, in: folder, count: 1)
            let after = try checkpoint(folder)
            #expect(after.tensors == before.tensors)
            #expect(after.state.step == 11 && after.state.optimizerStep == 10)
            // The next one changes all of them.
            try run(stage, in: folder, count: 1)
            let next = try checkpoint(folder)
            #expect(next.state.optimizerStep == 11 && next.tensors.allSatisfy { $0.value != after.tensors[$0.key] })
        }
    }

    @Test(arguments: Trouble.allCases) func twentyInARowEndTraining(_ trouble: Trouble) throws {
        try inFolder { folder in
            let stage = TroubledStage()
            stage.trouble = { $0 >= 30 || $0 == 7 ? trouble : nil }
            let error = #expect(throws: TrainingError.self) { try self.run(stage, in: folder, saveEvery: 0) }
            let text = "\(try #require(error))"
            #expect(
                text == "troubled: loss or gradient was not finite in all 20 steps from 31 to 50, and training has ended; \(folder.path) still has the checkpoint of step 30: go on from there with a lower rate")
            #expect(!stage.isExported)
            #expect(try checkpoint(folder).state.step == 30)
            // It is as good as it was.
            let mended = TroubledStage()
            #expect(try run(mended, in: folder))
            #expect(mended.isExported)
            #expect(try checkpoint(folder).state.optimizerStep == 59)
            // Where nothing was saved, that is said.
            let other = TroubledStage(), place = folder.appendingPathComponent("other")
            other.trouble = { _ in trouble }
            let first = #expect(throws: TrainingError.self) { try self.run(other, in: place) }
            #expect("\(try #require(first))".contains("from 1 to 20, and training has ended; nothing had been saved: begin again with a lower rate"))
        }
    }

    @Test func nineteenInARowDoNot() throws {
        try inFolder { folder in
            let stage = TroubledStage()
            stage.trouble = { $0 % 20 == 0 ? nil : .both }
            let isDone = try run(stage, in: folder, saveEvery: 0)
            #expect(isDone && stage.isExported)
            #expect(try checkpoint(folder).state.optimizerStep == 3)
        }
    }

    @Test(arguments: ["weight.", "average.", "first.", "second."], [Float.nan, .infinity])
    func whatIsNotFiniteReplacesNoCheckpoint(_ part: String, _ value: Float) throws {
        try inFolder { folder in
            let stage = TroubledStage()
            stage.before = { [optimizer = stage.optimizer] step in
                guard step == 30 else { return }
                let slot = optimizer.slots[1]
                let tensor = ["weight.": slot.parameter.value, "average.": slot.average, "first.": slot.first, "second.": slot.second!][part]
                tensor?.pointer[2] = value
            }
            // What made the weight so is over when it is to be saved; the loss may be finite.
            let error = #expect(throws: TrainingError.self) { try self.run(stage, in: folder, count: 31, saveEvery: 0) }
            let text = "\(try #require(error))"
            let key = part == "average." ? "average.bias" : "bias"
            #expect(text.contains(key) && text.contains("is not finite at step "), "\(text)")
            #expect(text.hasSuffix("\(folder.path) still has the checkpoint of step 30: go on from there with a lower rate"), "\(text)")
            #expect(!stage.isExported)
            let kept = try checkpoint(folder)
            #expect(kept.state.step == 30 && kept.tensors.allSatisfy { $0.value.allSatisfy(\.isFinite) })
            #expect(try run(TroubledStage(), in: folder))
        }
    }

    @Test func anErrorInAStepSavesFirst() throws {
        try inFolder { folder in
            let whole = folder.appendingPathComponent("whole"), parts = folder.appendingPathComponent("parts")
            try run(TroubledStage(), in: whole)
            let stage = TroubledStage()
            stage.before = { if $0 == 33 { throw DiskGone() } }
            #expect(throws: DiskGone.self) { try self.run(stage, in: parts) }
            #expect(!stage.isExported)
            #expect(try checkpoint(parts).state.step == 33)
            // The step is taken again, with the numbers that it had drawn.
            try run(TroubledStage(), in: parts)
            #expect(try checkpoint(parts).tensors == checkpoint(whole).tensors)

            let measured = TroubledStage(), third = folder.appendingPathComponent("third")
            measured.whileMeasuring = { throw DiskGone() }
            #expect(throws: DiskGone.self) { try self.run(measured, in: third, heldOutEvery: 8) }
            #expect(try checkpoint(third).state.step == 8)

            // An error does not make a damaged state worth saving.
            let damaged = TroubledStage(), fourth = folder.appendingPathComponent("fourth")
            try run(TroubledStage(), in: fourth, count: 20)
            damaged.before = { [optimizer = damaged.optimizer] step in
                if step == 25 { optimizer.slots[0].average.pointer[0] = .nan }
                if step == 26 { throw DiskGone() }
            }
            #expect(throws: DiskGone.self) { try self.run(damaged, in: fourth) }
            #expect(try checkpoint(fourth).state.step == 20)
        }
    }

    @Test func checkpointsOfOthersAreRefused() throws {
        try inFolder { folder in
            try run(TroubledStage(), in: folder, count: 3)
            let file = folder.appendingPathComponent("state.json"), tensors = folder.appendingPathComponent("state-3.safetensors")
            let version = try checkpoint(folder).state.version, good = try Data(contentsOf: file)
            #expect(version == TrainingCheckpoint.newestVersion)
            func refusal(_ kind: OptimizerKind = .adamW) throws -> String {
                let error = #expect(throws: TrainingError.self) { try self.run(TroubledStage(kind), in: folder) }
                return "\(try #require(error))"
            }
            #expect(
                try refusal(.muon)
                    == "\(file.path): a checkpoint of the optimiser adamw, whose moments say nothing to muon; go on with --optimizer adamw, or name another --run folder to begin anew")
            // A later version may have nothing else that is known.
            for later in [version + 1, 0] {
                try edit(file) { $0 = ["version": later] }
                #expect(
                    try refusal()
                        == "\(file.path): a checkpoint of version \(later), and this program knows those up to \(version); go on with the program that wrote it, or name another --run folder")
            }
            try good.write(to: file)
            let weights = try SafetensorsFile(tensors)
            var all = try Dictionary(uniqueKeysWithValues: weights.keys.map { ($0, try weights.tensor($0).copied()) })
            all["average.bias"] = Tensor(repeating: .nan, [7])
            try SafetensorsWriter.write(all, as: .float32, to: tensors)
            #expect(try refusal() == "\(file.path): \"average.bias\" of step 3 is not finite, and what is not stays so; name another --run folder")

            let muons = folder.appendingPathComponent("muon")
            try run(TroubledStage(.muon), in: muons, count: 3)
            let error = #expect(throws: TrainingError.self) { try self.run(TroubledStage(), in: muons) }
            #expect("\(try #require(error))".contains("a checkpoint of the optimiser muon, whose moments say nothing to adamw"))
        }
    }
}

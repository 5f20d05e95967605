import Checkpoints
import Foundation
import Layers
import Models
import Tensors
import Testing
import Video

@testable import Training

/// The weights that ship are the moving average of those that are trained.
@Suite struct MovingAverageTests {
    /// (1 + n) / (10 + n) after n steps, up to the decay that is set; a step that changed nothing counts for nothing.
    @Test(arguments: OptimizerKind.allCases) func itIsTheDefinitions(_ kind: OptimizerKind) throws {
        let store = ParameterStore(), scope = ParameterScope(nil, store: store, seed: 3)
        let layer = Linear(scope.scope("inner"), 5, 7)
        store.train { _ in true }
        var configuration = Optimizer.Configuration(kind)
        // Reached after the eighth step.
        configuration.averageDecay = 0.5
        let optimizer = Optimizer(store.parameters, configuration: configuration)
        var expected = store.parameters.map { $0.value.values.map(Double.init) }, n = 0.0
        var generator = TorchGenerator(seed: 1)
        for step in 1...20 {
            let loss = layer(generator.randn([3, 5])).meanSquaredError(generator.randn([3, 7]))
            (step % 6 == 0 ? loss * .infinity : loss).backward()
            optimizer.apply(learningRate: 0.05)
            if step % 6 != 0 {
                n += 1
                let decay = min(0.5, (1 + n) / (10 + n))
                for (p, parameter) in store.parameters.enumerated() {
                    expected[p] = zip(expected[p], parameter.value.values).map { decay * $0 + (1 - decay) * Double($1) }
                }
            }
            for (slot, wanted) in zip(optimizer.slots, expected) {
                #expect(zip(slot.average.values, wanted).allSatisfy { abs(Double($0) - $1) < 1e-6 }, "step \(step)")
            }
        }
        // Weights and average stand far enough apart for that to mean something, and change places for a while only.
        let weights = optimizer.slots.map { $0.parameter.value.values }, averages = optimizer.slots.map { $0.average.values }
        #expect(zip(weights, averages).allSatisfy { zip($0, $1).contains { abs($0 - $1) > 0.001 } })
        optimizer.withAverages { #expect(optimizer.slots.map { $0.parameter.value.values } == averages) }
        #expect(optimizer.slots.map { $0.parameter.value.values } == weights && optimizer.slots.map { $0.average.values } == averages)
        struct Failure: Error {}
        #expect(throws: Failure.self) { try optimizer.withAverages { throw Failure() } }
        #expect(optimizer.slots.map { $0.parameter.value.values } == weights)
    }

    /// From a run's end to the file of the model: pictures and figures are made with the average too.
    @Test func aRunWritesIt() throws {
        final class Watched: TrainingStage {
            let name = "watched", batchSize = 1
            let optimizer: Optimizer
            let store = ParameterStore()
            let layer: Linear
            let output: URL
            var seen: [String: [Float]] = [:]

            init(_ output: URL) {
                self.output = output
                layer = Linear(ParameterScope(nil, store: store, seed: 3), 5, 7)
                store.train { _ in true }
                optimizer = Optimizer(store.parameters, configuration: .init(.muon))
            }

            func loss(generator: inout TorchGenerator, progress: Double) -> Tensor {
                layer(generator.randn([3, 5])).meanSquaredError(generator.randn([3, 7]))
            }
            private func look(_ place: String) { seen[place] = store["weight"]?.value.values }
            func sheet() -> Frame {
                look("sheet")
                return Frame(width: 8, height: 8)
            }
            func heldOut() -> [String: Double] {
                look("held out")
                return [:]
            }
            func export() throws {
                look("export")
                try store.write(configuration: ["inputs": 5], to: output)
            }
        }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let stage = Watched(folder.appendingPathComponent("model"))
        try TrainingRun(
            stage,
            configuration: .init(learningRate: LearningRate(highest: 5e-2, warmup: 1), steps: 12, minutes: nil, seed: 4, heldOutEvery: 12),
            folder: folder.appendingPathComponent("run"), report: { _ in }
        ).run()
        let state = try SafetensorsFile(folder.appendingPathComponent("run/state-12.safetensors"))
        let average = try state.tensor("average.weight").values, weight = try state.tensor("weight.weight").values
        #expect(zip(average, weight).contains { abs($0 - $1) > 0.001 })
        #expect(stage.seen == ["sheet": average, "held out": average, "export": average])
        let shipped = try SafetensorsFile(folder.appendingPathComponent("model/diffusion_pytorch_model.safetensors"))
        #expect(try shipped.tensor("weight").values == average.map { Float(Float16($0)) })
    }
}

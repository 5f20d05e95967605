import Checkpoints
import Foundation
import Layers
import Tensors
import Testing

@testable import Training

struct MuonTests {
    /// A linear layer, a convolution seen as [out, in * 9], an embedding and the biases.
    private func layers() -> (ParameterStore, (Tensor) -> Tensor) {
        let store = ParameterStore(), scope = ParameterScope(nil, store: store, seed: 3)
        let linear = Linear(scope.scope("linear"), 6, 5), convolution = Convolution2D(scope.scope("conv1"), 5, 7)
        let output = Convolution2D(scope.scope("conv_out"), 7, 2)
        store.train { _ in true }
        return (store, { output(convolution(linear($0))) })
    }

    @Test func itTakesMatricesOfInnerLayers() {
        func takes(_ key: String, _ shape: [Int]) -> Bool { Optimizer.Muon.takes(key, shape: shape) }
        #expect(takes("down_blocks.0.resnets.0.conv1.weight", [64, 64, 3, 3]))
        #expect(takes("time_embedding.linear_1.weight", [256, 64]))
        #expect(!takes("down_blocks.0.resnets.0.conv1.bias", [64]))
        #expect(!takes("conv_in.weight", [64, 8, 3, 3]))
        #expect(!takes("decoder.conv_out.weight", [12, 48, 3, 3]))
        #expect(!takes("text_model.embeddings.token_embedding.weight", [1000, 192]))
    }

    /// Momentum, orthogonalisation in float64, scale, decay, and AdamW beside it.
    @Test func aStepIsTheDefinitions() {
        let (store, model) = layers()
        var configuration = Optimizer.Configuration(.muon)
        configuration.clipNorm = 0.5
        let optimizer = Optimizer(store.parameters, configuration: configuration) { $0.hasPrefix("linear") ? 0.5 : 1 }
        var expected = store.parameters.map { $0.value.values.map(Double.init) }
        var first = expected.map { $0.map { _ in 0.0 } }, second = first
        var generator = TorchGenerator(seed: 1)
        for step in 1...4 {
            let x = generator.randn([2, 4, 4, 6]), target = generator.randn([2, 4, 4, 2])
            model(x).meanSquaredError(target).backward()
            let gradients = store.parameters.map { $0.value.gradient?.values.map(Double.init) ?? [] }
            let norm = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
            optimizer.apply(learningRate: 0.01)
            for (p, parameter) in store.parameters.enumerated() {
                let g = gradients[p].map { $0 * min(1, 0.5 / norm) }, rate = 0.01 * (parameter.key.hasPrefix("linear") ? 0.5 : 1)
                if parameter.shape.count > 1, !parameter.key.hasPrefix("conv_out") {
                    let rows = parameter.shape[0], columns = parameter.count / rows
                    first[p] = zip(first[p], g).map { 0.95 * $0 + $1 }
                    let update = naiveNewtonSchulz(zip(first[p], g).map { 0.95 * $0 + $1 }, rows: rows, columns: columns)
                    let size = 0.2 * Double(max(rows, columns)).squareRoot()
                    expected[p] = zip(expected[p], update).map { $0 - rate * (size * $1 + 0.01 * $0) }
                } else {
                    first[p] = zip(first[p], g).map { 0.9 * $0 + 0.1 * $1 }
                    second[p] = zip(second[p], g).map { 0.99 * $0 + 0.01 * $1 * $1 }
                    let decay = parameter.shape.count > 1 ? 0.01 : 0.0
                    for i in expected[p].indices {
                        let m = first[p][i] / (1 - pow(0.9, Double(step))), v = second[p][i] / (1 - pow(0.99, Double(step)))
                        expected[p][i] -= 0.4 * rate * (decay * expected[p][i] + m / (v.squareRoot() + 1e-8))
                    }
                }
                for (a, b) in zip(parameter.value.values, expected[p]) { #expect(abs(Double(a) - b) < 1e-5, "\(parameter.key)") }
            }
        }
    }

    /// The same steps as those of `Weights/recipe/muon.py` and `training.py`: see `Fixtures/make_muon.py`.
    @Test func aStepIsPyTorchs() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
        let golden = try SafetensorsFile(folder.appendingPathComponent("muon.safetensors"))
        let store = ParameterStore(), scope = ParameterScope(nil, store: store), prefix = "weight."
        for key in golden.keys.sorted() where key.hasPrefix(prefix) {
            let tensor = try golden.tensor(key)
            scope.parameter(String(key.dropFirst(prefix.count)), tensor.shape, .zeros).assign(tensor)
        }
        store.train { _ in true }
        let optimizer = Optimizer(store.parameters, configuration: .init(.muon)) { $0.hasPrefix("slow.") ? 0.2 : 1 }
        #expect(optimizer.slots.count == 12 && optimizer.slots.filter { $0.second == nil }.count == 5)
        for step in 1...3 {
            let losses = try store.parameters.map { ($0.value * (try golden.tensor("gradient.\(step).\($0.key)"))).sum() }
            losses.dropFirst().reduce(losses[0], +).backward()
            optimizer.apply(learningRate: 0.01)
            for slot in optimizer.slots {
                let key = slot.parameter.key
                for (found, name) in [(slot.parameter.value, "after"), (slot.average, "average")] {
                    let wanted = try golden.tensor("\(name).\(step).\(key)").values
                    let error = zip(found.values, wanted).map { abs($0 - $1) }.max() ?? .infinity
                    // Half a step of AdamW at this rate is a thousand times as much.
                    #expect(error < 2e-6, "\(name) step \(step), \(key): \(error)")
                }
            }
        }
    }

    /// Weights after five steps do not depend on a stop in between, nor on the number of threads.
    @Test func itGoesOnToTheBit() throws {
        func train(stopAfter: Int?, threads: Int) throws -> [[Float]] {
            let before = ThreadPool.threads
            ThreadPool.threads = threads
            defer { ThreadPool.threads = before }
            var (store, model) = layers(), generator = TorchGenerator(seed: 1)
            var optimizer = Optimizer(store.parameters, configuration: .init(.muon))
            for step in 0..<5 {
                if step == stopAfter {
                    let state = optimizer.state().mapValues { $0.copied() }, taken = optimizer.step
                    (store, model) = layers()
                    optimizer = Optimizer(store.parameters, configuration: .init(.muon))
                    try optimizer.restore({ key, _ in try #require(state[key]) }, step: taken)
                }
                model(generator.randn([1, 4, 4, 6])).meanSquaredError(generator.randn([1, 4, 4, 2])).backward()
                optimizer.apply(learningRate: 0.01)
            }
            return optimizer.state().sorted { $0.key < $1.key }.map(\.value.values)
        }
        let whole = try train(stopAfter: nil, threads: 1)
        #expect(try train(stopAfter: 3, threads: 1) == whole)
        #expect(try train(stopAfter: nil, threads: 2) == whole)
    }
}

/// Newton–Schulz as it is published, on the whole matrix, in float64.
private func naiveNewtonSchulz(_ values: [Double], rows: Int, columns: Int) -> [Double] {
    func product(_ a: [Double], _ b: [Double], _ m: Int, _ k: Int, _ n: Int) -> [Double] {
        var c = [Double](repeating: 0, count: m * n)
        for i in 0..<m { for p in 0..<k { for j in 0..<n { c[i * n + j] += a[i * k + p] * b[p * n + j] } } }
        return c
    }
    let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var x = values.map { $0 / norm }
    for _ in 0..<5 {
        let turned = (0..<columns).flatMap { j in (0..<rows).map { i in x[i * columns + j] } }
        let gram = product(x, turned, rows, columns, rows), square = product(gram, gram, rows, rows, rows)
        x = zip(x, product(zip(gram, square).map { -4.7750 * $0 + 2.0315 * $1 }, x, rows, rows, columns)).map { 3.4445 * $0 + $1 }
    }
    return x
}

import Layers
import Tensors
import Testing

/// What layers prepare of their weights follows the weights.
@Suite struct PreparedTests {
    private let store = ParameterStore()
    private let x = TorchGenerator.numbers([2, 6, 6, 8])

    /// One layer of each kind that prepares something.
    private func layers() -> [(Tensor) -> Tensor] {
        let scope = ParameterScope(nil, store: store, seed: 1)
        let convolution = Convolution2D(scope.scope("convolution"), 8, 8)
        let temporal = TemporalConvolution(scope.scope("temporal"), channels: 8, layers: 2, groups: 4)
        let linear = Linear(scope.scope("linear"), 8, 8)
        return [
            { convolution($0) },
            { temporal($0.reshaped([1, 2, 6, 6, 8])) },
            { linear($0) },
        ]
    }

    @Test func trainingSwitchedOffAndOnReachesTheNewLeaf() {
        let layers = layers()
        for _ in 0..<3 {
            store.train { _ in true }
            for layer in layers { layer(x).sum().backward() }
            for parameter in store.parameters { #expect(parameter.value.gradient != nil, "\(parameter.key)") }
            // No layer is asked for anything in between.
            store.train { _ in false }
        }
        for layer in layers { #expect(!layer(x).requiresGradient) }
    }

    @Test func changedNumbersAreSeen() {
        for layer in layers() {
            let before = layer(x).values
            for parameter in store.parameters { parameter.assign(parameter.value + Tensor(repeating: 0.1, parameter.shape)) }
            let after = layer(x).values
            #expect(zip(before, after).contains { abs($0 - $1) > 1e-3 })
        }
    }

    /// What a configuration is called and how large its parts are can be asked however large they are.
    @Test func shapesAloneTakeNoMemory() async {
        await #expect(processExitsWith: .success) {
            let store = ParameterStore(), before = StoragePool.shared.usedBytes
            let scope = ParameterScope(shapesInto: store)
            // Four terabytes.
            _ = Linear(scope.scope("linear"), 1 << 20, 1 << 20)
            #expect(store.count >= 1 << 40)
            #expect(StoragePool.shared.usedBytes - before < 1 << 12)
        }
    }
}

extension TorchGenerator {
    fileprivate static func numbers(_ shape: [Int]) -> Tensor {
        var generator = TorchGenerator(seed: 7)
        return generator.randn(shape)
    }
}

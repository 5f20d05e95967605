import Layers
import Tensors
import Testing

/// Models of which only the shapes are asked for.
@Suite struct ShapeTests {
    /// Each of these would take more memory than any machine has.
    @Test func parametersOfWhichOnlyTheShapeIsAskedForTakeNoMemory() {
        let store = ParameterStore(), scope = ParameterScope(shapesInto: store), wide = 1 << 20
        _ = Linear(scope.scope("linear"), wide, wide)
        _ = Convolution2D(scope.scope("convolution"), wide, wide)
        _ = Attention(scope.scope("attention"), channels: wide, heads: 8)
        _ = TemporalConvolution(scope.scope("temporal"), channels: wide, layers: 2, groups: 4)
        #expect(store.count > 20 * wide * wide)
        #expect(store["convolution.weight"]?.shape == [wide, wide, 3, 3])
    }
}

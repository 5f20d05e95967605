import Layers
import Tensors
import Testing

/// The block with everything that causal transformers for video need: frames of tokens that see their own frame and those
/// before, steered by a row for each frame.
@Suite struct TransformerBlockTests {
    private static let (frames, side, channels, heads, condition) = (7, 2, 24, 2, 5)
    private static var tokens: Int { side * side }

    /// - Parameter isSteered: whether the layer that steers has left zero, where it begins.
    private static func block(isSteered: Bool = true) -> TransformerBlock {
        var configuration = TransformerBlock.Configuration(channels: channels, heads: heads)
        (configuration.headNorm, configuration.steering) = (true, condition)
        let store = ParameterStore(), block = TransformerBlock(ParameterScope(nil, store: store, seed: 3), configuration)
        var random = TorchGenerator(seed: 4)
        for parameter in store.parameters where isSteered && parameter.key.hasPrefix("adaLN") {
            parameter.assign(random.normal(parameter.value.shape, std: 0.3))
        }
        return block
    }

    private static func positions(_ frames: Range<Int>) -> RotaryPositions {
        .grid(frames: frames, height: side, width: side, headChannels: channels / heads)
    }

    private static func inputs() -> (x: Tensor, condition: Tensor) {
        var random = TorchGenerator(seed: 5)
        return (random.randn([1, frames * tokens, channels]), random.randn([frames, condition]))
    }

    private func largest(_ first: [Float], _ second: [Float]) -> Float {
        zip(first, second).map { abs($0 - $1) }.max() ?? .infinity
    }

    /// Gates begin at zero: a block that nothing has been taught changes nothing.
    @Test func beginsAsNothing() {
        let (x, condition) = Self.inputs()
        var surroundings = TransformerBlock.Surroundings()
        surroundings.condition = condition
        #expect(Self.block(isSteered: false)(x, surroundings).values == x.values)
        #expect(largest(Self.block()(x, surroundings).values, x.values) > 0.1)
    }

    /// Frame by frame against the memory is the whole clip at once: with all frames kept, and with a window that slides, whose
    /// positions are counted from its own beginning.
    @Test(arguments: [nil, 3] as [Int?]) func frameByFrameIsTheWholeClip(_ window: Int?) {
        let block = Self.block(), (x, condition) = Self.inputs(), n = Self.tokens, c = Self.channels
        var surroundings = TransformerBlock.Surroundings()
        surroundings.condition = condition
        surroundings.mask = AttentionMask(block: n, window: window)
        surroundings.positions = Self.positions(0..<Self.frames)
        let whole = block(x, surroundings).values
        let memory = KeyValueCache(limit: window.map { ($0 - 1) * n })
        for frame in 0..<Self.frames {
            let own = x.slice(0).slice(frame * n..<(frame + 1) * n).reshaped([1, n, c]), wanted = Array(whole[frame * n * c..<(frame + 1) * n * c])
            var surroundings = TransformerBlock.Surroundings()
            surroundings.condition = condition.slice(frame..<frame + 1)
            surroundings.mask = AttentionMask(block: n, window: window)
            surroundings.memory = memory
            #expect(memory.tokens == min(frame, window.map { $0 - 1 } ?? .max) * n)
            surroundings.positions = Self.positions(0..<memory.tokens / n + 1)
            // What is tried is not kept.
            for isKept in [false, false, true] {
                memory.isKeeping = isKept
                #expect(largest(block(own, surroundings).values, wanted) < 2e-5, "frame \(frame)")
            }
        }
        memory.forget()
        #expect(memory.tokens == 0)
    }

    /// No frame knows of those behind it.
    @Test func nothingIsKnownOfTheFuture() {
        let block = Self.block(), (x, condition) = Self.inputs(), known = 4 * Self.tokens * Self.channels
        func made(_ x: Tensor) -> [Float] {
            var surroundings = TransformerBlock.Surroundings()
            surroundings.condition = condition
            surroundings.mask = AttentionMask(block: Self.tokens)
            return block(x, surroundings).values
        }
        let before = made(x), after = made(Tensor(x.values.enumerated().map { $0 < known ? $1 : $1 * 9 + 1 }, x.shape))
        #expect(before.prefix(known).elementsEqual(after.prefix(known)) && !before.elementsEqual(after))
    }

    /// Every parameter learns, through masks, positions, normalised heads and steering.
    @Test func everythingLearns() {
        var configuration = TransformerBlock.Configuration(channels: Self.channels, heads: Self.heads)
        (configuration.headNorm, configuration.steering) = (true, Self.condition)
        let store = ParameterStore(), block = TransformerBlock(ParameterScope(nil, store: store, seed: 3), configuration)
        var random = TorchGenerator(seed: 4)
        for parameter in store.parameters where parameter.key.hasPrefix("adaLN") { parameter.assign(random.normal(parameter.value.shape, std: 0.3)) }
        store.train { _ in true }
        let (x, condition) = Self.inputs()
        var surroundings = TransformerBlock.Surroundings()
        (surroundings.condition, surroundings.mask) = (condition, AttentionMask(block: Self.tokens))
        surroundings.positions = Self.positions(0..<Self.frames)
        (block(x, surroundings) * random.randn(x.shape)).sum().backward()
        for parameter in store.parameters {
            let gradient = parameter.value.gradient?.values ?? []
            #expect(gradient.contains { abs($0) > 1e-6 }, "\(parameter.key)")
        }
    }
}

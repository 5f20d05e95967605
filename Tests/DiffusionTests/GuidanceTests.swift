import Diffusion
import Tensors
import Testing

@Suite struct GuidanceTests {
    struct Values: Decodable {
        struct Guidance: Decodable {
            let seed: Int
            let scale: Float
            let guided: [Float]
        }

        let guidance: Guidance
    }

    @Test func combinesAsDiffusers() throws {
        let wanted = (try Fixture.load("values.json") as Values).guidance
        var random = TorchGenerator(seed: wanted.seed)
        let unconditional = random.randn([2, 32]), conditional = random.randn([2, 32])
        let guided = try Guidance(scale: wanted.scale).combine(unconditional: unconditional, conditional: conditional)
        #expect(guided.values == wanted.guided)
    }

    @Test func actsAboveOneWithinItsInterval() throws {
        #expect(try !Guidance(scale: 1).isActive(at: 500))
        #expect(try Guidance(scale: 7.5).isActive(at: 999))
        let limited = try Guidance(scale: 7.5, interval: 200...800)
        #expect([199, 200, 800, 801].map { limited.isActive(at: $0) } == [false, true, true, false])
    }

    @Test func badValuesAreExplained() {
        #expect(throws: DiffusionError.invalidOption(name: "guidance", found: "-1.0", allowed: "0 to 100")) {
            try Guidance(scale: -1)
        }
        #expect(throws: DiffusionError.invalidOption(name: "guidance", found: "nan", allowed: "0 to 100")) {
            try Guidance(scale: .nan)
        }
    }
}

import Foundation
import Tensors
import Testing

/// Every operation that anybody can call on a tensor passes gradients on to all tensors that it takes, or refuses to be
/// recorded. None cuts off its inputs in silence.
@Suite struct RecordedOperationTests {
    private typealias Operation = (_ inputs: [Tensor]) -> Tensor

    /// Operations by the name in the sources, each with its inputs.
    private static let operations: [String: [(inputs: [Tensor], operation: Operation)]] = {
        let a = pattern([2, 3, 4, 6]), b = pattern([2, 3, 4, 6], seed: 2), rows = pattern([5, 6], seed: 3)
        let channels = pattern([6], seed: 4), clip = pattern([2, 3, 2, 2, 6], seed: 5)
        let square = pattern([6, 6], seed: 6), kernel = pattern([6, 6, 3, 3], seed: 7)
        return [
            "+": [([a, b], { $0[0] + $0[1] })],
            "-": [([a, b], { $0[0] - $0[1] })],
            "*": [([a, b], { $0[0] * $0[1] }), ([a], { $0[0] * 0.3 })],
            "addingPerBatch": [([a, pattern([2, 6], seed: 4)], { $0[0].addingPerBatch($0[1]) })],
            "addingTable": [([a, pattern([3, 6], seed: 4)], { $0[0].addingTable($0[1], stride: 4) })],
            "silu": [([a], { $0[0].silu() })],
            "gelu": [([a], { $0[0].gelu() })],
            "quickGELU": [([a], { $0[0].quickGELU() })],
            "exp": [([a], { $0[0].exp() })],
            "geglu": [([a], { $0[0].geglu() })],
            "sum": [([a], { $0[0].sum() })],
            "mean": [([a], { $0[0].mean() * 10 })],
            "meanSquaredError": [([a, b], { $0[0].meanSquaredError($0[1], weights: Tensor([0.5, 2], [2])) * 10 })],
            "meanAbsoluteError": [([a, b * 3], { $0[0].meanAbsoluteError($0[1]) * 100 })],
            "reconstructionError": [([a, b * 3], { $0[0].reconstructionError($0[1]) * 100 })],
            "meanGradientError": [([a, b * 3], { $0[0].meanGradientError($0[1]) * 100 })],
            "meanChangeError": [([pattern([6, 3, 4, 2]), pattern([6, 3, 4, 2], seed: 8) * 3], {
                $0[0].meanChangeError($0[1], clips: 2) * 100
            })],
            "crossEntropy": [([rows], { $0[0].crossEntropy([0, 5, nil, 3, 3]) * 10 })],
            "meanOverPlaces": [([pattern([3, 5, 4])], { $0[0].meanOverPlaces() })],
            "linearCombination": [([a, b], { linearCombination([(0.5, $0[0]), (-2, $0[1]), (0.25, $0[0])]) })],
            "combined": [([a, b], { $0[0].combined(with: $0[1], [(0.5, 2), (-1, 0.3)]) })],
            "normalized": [
                ([a], { $0[0].normalized(mean: channels.values, deviation: [1, 2, 3, 0.5, 0.7, 1]) }),
                ([a], { $0[0].normalized(mean: channels.values, deviation: [1, 2, 3, 0.5, 0.7, 1], inverse: true) }),
            ],
            "withGradient": [([a], { x in x[0].copied().withGradient(of: x[0]) { $0 } })],
            "inPieces": [([a], { $0[0].inPieces(of: 80) { $0.silu() } })],
            "reshaped": [([a], { $0[0].reshaped([6, -1]) })],
            "slice": [([a], { $0[0].slice(1) }), ([rows], { $0[0].slice(1..<4) })],
            "transposedMatrix": [([rows], { $0[0].transposedMatrix() })],
            "permuted": [([a], { $0[0].permuted([2, 0, 3, 1]) })],
            "stacked": [([a, b], { .stacked([$0[0], $0[1], $0[0]]) })],
            "concatenatingChannels": [([a, b], { $0[0].concatenatingChannels($0[1]) })],
            "channels": [([a], { $0[0].channels(1..<4) })],
            "gatheringRows": [([rows], { $0[0].gatheringRows([4, 0, 4]) })],
            "upsampledNearest": [([a], { $0[0].upsampledNearest(height: 5, width: 7) })],
            "halved": [([a], { $0[0].halved(height: 1, width: 2) })],
            "pixelUnshuffled": [([pattern([2, 4, 6, 3])], { $0[0].pixelUnshuffled(2) })],
            "pixelShuffled": [([pattern([2, 2, 3, 12])], { $0[0].pixelShuffled(2) })],
            "attending": [([pattern([2, 3, 6]), pattern([2, 4, 6], seed: 2), pattern([2, 4, 6], seed: 3)], {
                $0[0].attending($0[1], $0[2], heads: 2)
            })],
            "groupNorm": [([a, channels, channels * 2], { $0[0].groupNorm(groups: 2, $0[1], $0[2], silu: true) })],
            "layerNorm": [([a, channels, channels * 2], { $0[0].layerNorm($0[1], $0[2]) })],
            "linear": [
                ([a, square, channels], { $0[0].linear($0[1], $0[2]) }),
                ([a, square, channels, b], { $0[0].linear(LinearFilter($0[1]), $0[2], adding: $0[3]) }),
            ],
            "linearGEGLU": [([a, square, channels], { $0[0].linearGEGLU(LinearFilter($0[1]), $0[2]) })],
            "convolved": [
                ([a, kernel, channels, b], { $0[0].convolved(ConvolutionFilter($0[1]), bias: $0[2], adding: $0[3]) }),
                ([a, pattern([6, 6, 1, 1]), channels], {
                    $0[0].convolved(ConvolutionFilter($0[1]), bias: $0[2], stride: 2, padding: (0, 0))
                }),
            ],
            "convolvedOverFrames": [([clip, pattern([6, 6, 3, 1, 1]), channels, clip * 2], {
                $0[0].convolvedOverFrames(TemporalFilter($0[1]), bias: $0[2], adding: $0[3])
            })],
            "modulated": [([a, pattern([2, 6], seed: 4), pattern([2, 6], seed: 8)], { $0[0].modulated(shift: $0[1], scale: $0[2]) })],
            "gated": [([a, pattern([2, 6], seed: 4), b], { $0[0].gated($0[1], adding: $0[2]) })],
            "rmsNorm": [([a, pattern([3], seed: 4)], { $0[0].rmsNorm($0[1]) })],
            "rotated": [([a], { $0[0].rotated(by: RotaryPositions((0..<4).map { [Float($0)] }, channels: [6])) })],
            "checkpointed": [([a, b], { checkpointed($0) { $0[0] * $0[1] } })],
        ]
    }()

    /// What makes no tensor of a tensor, or says in its name that the history ends with it.
    private static let others: Set = [
        "requiringGradient", "gradient", "clearGradient", "backward", "withoutGradients", "detached", "copied", "zeros", "size",
        "parallel", "parallelMap", "partCount", "samePadding", "refuseGradients",
    ]

    /// Those that refuse to be recorded: see the tests below.
    private static let refusing: Set = ["zipped", "mapped"]

    /// Names of functions and computed tensors in the sources' extensions of `Tensor`, and of free functions.
    private static func names() throws -> Set<String> {
        let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Sources/Tensors").standardized
        // Another type's members are not a tensor's operations.
        let header = try Regex(#"^(?:public |package |final |fileprivate )*(extension|struct|class|enum) (\w+)"#)
        let member = try Regex(#"^(?:    )?(?:public|package) (?:static )?(?:func ([^\s(<]+)|var (\w+): Tensor\b)"#)
        var names: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.pathExtension == "swift" {
            var type = ""
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                if let match = try header.firstMatch(in: line) { type = String(match[2].substring!) }
                if line == "}" { type = "" }
                if type == "Tensor" || type.isEmpty, let match = try member.firstMatch(in: line) {
                    names.insert(String((match[1].substring ?? match[2].substring)!))
                }
            }
        }
        return names
    }

    @Test func allAreListed() throws {
        let names = try Self.names(), known = Set(Self.operations.keys).union(Self.others).union(Self.refusing)
        #expect(names.subtracting(known).sorted() == [], "operations of which nobody has asked what their gradient is")
        #expect(known.subtracting(names).sorted() == [], "operations that are gone")
    }

    @Test(arguments: operations.keys.sorted()) func passesGradientsOn(_ name: String) throws {
        for (inputs, operation) in try #require(Self.operations[name]) {
            checkGradients(inputs, operation)
            for wanted in inputs.indices {
                var some = inputs
                some[wanted] = some[wanted].requiringGradient()
                let y = operation(some)
                try #require(y.requiresGradient, "input \(wanted) is cut off")
                y.sum().backward()
                #expect(some[wanted].gradient?.shape == inputs[wanted].shape, "input \(wanted)")
                #expect(withoutGradients { !operation(some).requiresGradient })
                #expect(y.values == operation(inputs).values, "recording changes the numbers")
            }
        }
    }

    @Test func weightsOfALossRefuse() async {
        await #expect(processExitsWith: .failure) {
            let x = pattern([2, 3])
            _ = x.meanSquaredError(x, weights: Tensor([1, 2], [2]).requiringGradient())
        }
    }

    @Test func whatIsDoneToElementsRefuses() async {
        await #expect(processExitsWith: .failure) { _ = mapped(pattern([2]).requiringGradient()) { $0 * 2 } }
        await #expect(processExitsWith: .failure) { _ = zipped(pattern([2]), pattern([2]).requiringGradient()) { $0 * $1 } }
        withoutGradients { _ = mapped(pattern([2]).requiringGradient()) { $0 * 2 } }
    }

    @Test func convolutionsOfClipsRefuse() async {
        await #expect(processExitsWith: .failure) {
            let unit = VolumeConvolution(weight: pattern([1, 1, 1, 4, 4]), scale: [1, 1, 1, 1], shift: [0, 0, 0, 0])
            _ = unit(pattern([2, 3, 3, 4]).requiringGradient())
        }
    }

    @Test func weightsIn16BitsRefuse() async {
        await #expect(processExitsWith: .failure) {
            _ = pattern([2, 8]).requiringGradient().linear(LinearFilter(halfPrecision([16, 8])), nil)
        }
        await #expect(processExitsWith: .failure) {
            _ = pattern([2, 8]).requiringGradient().linearGEGLU(LinearFilter(halfPrecision([64, 8])), nil)
        }
        await #expect(processExitsWith: .failure) {
            _ = pattern([1, 4, 4, 8]).requiringGradient().convolved(ConvolutionFilter(halfPrecision([16, 8, 3, 3])))
        }
        await #expect(processExitsWith: .failure) {
            _ = pattern([1, 4, 2, 2, 8]).requiringGradient().convolvedOverFrames(TemporalFilter(halfPrecision([16, 8, 3, 1, 1])), bias: nil)
        }
        // Where nothing is recorded they serve.
        withoutGradients {
            _ = pattern([2, 8]).requiringGradient().linear(LinearFilter(halfPrecision([16, 8])), nil)
            _ = pattern([1, 4, 4, 8]).requiringGradient().convolved(ConvolutionFilter(halfPrecision([16, 8, 3, 3])))
        }
    }

    @Test func aRecordingIsGoneThroughOnce() async {
        await #expect(processExitsWith: .failure) {
            let y = pattern([2, 3]).requiringGradient().silu().sum()
            y.backward()
            y.backward()
        }
    }
}

/// Zeros in 16 bits.
private func halfPrecision(_ shape: [Int]) -> HalfPrecisionWeights {
    let memory = NSMutableData(length: shape.reduce(1, *) * 2)!
    return HalfPrecisionWeights(shape: shape, kind: .float16, pointer: UnsafeRawPointer(memory.bytes), owner: memory, drop: {})
}

/// Gradients in float64 by PyTorch: `Fixtures/make_shape_gradients.py`.
@Suite struct ShapeGradientGoldens {
    private struct Case: Decodable {
        struct Array: Decodable {
            let shape: [Int], values: [Double]
            var tensor: Tensor { Tensor(values.map { Float($0) }, shape) }
        }
        let name: String, inputs: [Array], weights: Array, output: Array, gradients: [Array]
    }

    private static let operations: [String: ([Tensor]) -> Tensor] = [
        "entry": { ($0[0].slice(1) * $0[0].slice(2)) * $0[0].slice(1) },
        "range": { $0[0].slice(1..<4) * $0[0].slice(0..<3) },
        "join": { x in
            .stacked([x[0] * 2, x[1], x[2], x[1] * 3]) * .stacked([x[2], x[0], x[0].slice(0..<1), x[1]])
        },
        "permute": { $0[0].permuted([2, 0, 3, 1]) * $0[0].permuted([2, 0, 3, 1]) },
        "transpose": { $0[0].transposedMatrix() * $0[0].transposedMatrix() },
        "channels": { $0[0].concatenatingChannels($0[1]) * $0[1].concatenatingChannels($0[0]) },
        "frames": { x in
            Tensor.stacked((0..<3).map { (x[0].slice($0).linear(x[1], nil) * Float($0 + 1)).reshaped([1, 2, 4]) }).permuted([1, 0, 2])
        },
    ]

    @Test func areMet() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/shape_gradients.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        #expect(Set(cases.map(\.name)) == Set(Self.operations.keys))
        for golden in cases {
            let leaves = golden.inputs.map { $0.tensor.requiringGradient() }
            let operation = try #require(Self.operations[golden.name]), y = operation(leaves)
            #expect(y.shape == golden.output.shape && isNear(y, golden.output.values), "\(golden.name)")
            y.backward(golden.weights.tensor)
            for (leaf, wanted) in zip(leaves, golden.gradients) {
                #expect(isNear(try #require(leaf.gradient), wanted.values), "\(golden.name)")
            }
        }
    }

    private func isNear(_ x: Tensor, _ wanted: [Double]) -> Bool {
        x.count == wanted.count && zip(x.values, wanted).allSatisfy { abs(Double($0) - $1) < 2e-6 * max(1, abs($1)) }
    }
}

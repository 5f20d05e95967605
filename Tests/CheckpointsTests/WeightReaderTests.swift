import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct WeightReaderTests {
    private let source = InMemoryWeights(
        [
            "conv.weight": Tensor(repeating: 1, [2, 3, 1, 1]), "conv.bias": Tensor(repeating: 2, [2]),
            "blocks.0.query.weight": Tensor(repeating: 3, [4, 4]), "position_ids": Tensor([0, 1], [1, 2]),
        ], location: "unet/model.safetensors")

    @Test func aModelThatFitsTakesAll() throws {
        let reader = WeightReader(source)
        let weight = reader.scope("conv").take("weight", [2, 3])
        #expect(weight.shape == [2, 3] && weight.values.allSatisfy { $0 == 1 })
        #expect(reader.scope("conv").takeIfPresent("bias", [2])?.values == [2, 2])
        let block = reader.scope("blocks", 0)
        #expect(block.key("x") == "blocks.0.x")
        #expect(block.take(anyOf: ["to_q.weight", "query.weight"], [4, 4]).values.first == 3)
        #expect(block.takeIfPresent("bias", [4]) == nil)
        #expect(block.take("temp.weight", [2], orFresh: { Tensor.zeros([2]) }).values == [0, 0])
        #expect(reader.freshKeys == ["blocks.0.temp.weight"])
        #expect(reader.containsScope("blocks") && !reader.containsScope("block") && !reader.containsScope("zzz"))
        #expect(reader.leftOver == ["position_ids"])
        reader.ignore("position_ids")
        try reader.finish()
        #expect(reader.warnings.isEmpty)
    }

    @Test func allThatIsWrongIsOneMessage() throws {
        let reader = WeightReader(source, for: "the U-Net")
        _ = reader.take("conv.weight", [2, 4, 3, 3])
        #expect(reader.take("conv.gamma", [2]).shape == [2])
        _ = reader.take("blocks.0.query.weights", [4, 4])
        let message = Fixture.message { try reader.finish() }
        #expect(
            message == "unet/model.safetensors does not fit the U-Net: conv.weight should have shape [2, 4, 3, 3] and has [2, 3, 1, 1]; "
                + "2 of 3 tensors are missing, the first is conv.gamma; it has conv.bias; "
                + "3 tensors are left over, the first is blocks.0.query.weight")
    }

    @Test func leftOverTensorsMayBeAllowed() throws {
        let reader = WeightReader(source)
        _ = reader.take("conv.bias", [2])
        #expect(throws: CheckpointError.self) { try reader.finish() }
        try reader.finish(allowLeftOver: true)
    }

    @Test func swappedAxesAreNotTheSameShape() {
        let reader = WeightReader(InMemoryWeights(["w": Tensor(repeating: 0, [1, 4]), "v": Tensor(repeating: 0, [4])]))
        _ = reader.take("w", [4, 1])
        _ = reader.take("v", [4, 1])
        #expect(Fixture.message { try reader.finish() }.contains("(and 1 more of another shape)"))
    }

    @Test func tensorsThatAreNotNumbersAreToldOf() throws {
        for bad in [Float.nan, .infinity] {
            for index in [0, 8, 16, 17] {
                var values = [Float](repeating: 3e38, count: 18)
                values[index] = bad
                let reader = WeightReader(InMemoryWeights(["w": Tensor(values, [18])], location: "m"))
                _ = reader.take("w", [18])
                try reader.finish()
                #expect(reader.warnings == ["m: w holds NaN or infinite values; what comes out will be useless"])
            }
        }
    }

    @Test func viewsRename() throws {
        let view = RenamedWeights(source, under: "conv.")
        #expect(view.keys == ["bias", "weight"])
        #expect(view.info("weight")?.key == "weight")
        #expect(Fixture.message { _ = try view.tensor("conv.bias") }.contains("holds no tensor conv.bias"))
    }

    @Test func nearWordsAreFound() {
        #expect(editDistance("kitten", "sitting") == 3)
        #expect(editDistance("kitten", "sitting", limit: 2) == nil)
        #expect(editDistance("", "abc") == 3)
        #expect(editDistance("abc", "") == 3)
        #expect(nearestWords(to: "candel", among: ["sand", "candle", "candles", "cradle"], count: 2) == ["candle", "candles"])
        #expect(nearestWords(to: "x", among: [], count: 2).isEmpty)
    }
}

import Checkpoints
import Tensors
import Testing
import Text

extension ModelGoldens {
    @Suite struct TextTransformer {
        @Test(arguments: ["text-quick-gelu", "text-gelu"])
        func agreesWithPyTorch(_ name: String) throws {
            let facts = try Golden.facts(name, "case"), tensors = try Golden.tensors(name, "case")
            let (model, store) = try Golden.model(name, TextEncoderConfiguration.self) { TextEncoder($0, $1) }
            store.train { _ in true }
            let ids = try #require(facts.ids), ends = ids.compactMap { $0.firstIndex(of: 3) }
            let hidden = model(ids), pooled = TextEncoder.pooled(hidden, at: ends)
            var distance = Distance()
            distance.addOutput(hidden, try tensors.tensor("hidden"))
            distance.addOutput(pooled, try tensors.tensor("pooled"))
            let loss =
                hidden.meanSquaredError(try tensors.tensor("target"))
                + pooled.meanSquaredError(try tensors.tensor("pooled_target"))
            distance.addLoss(loss, facts.loss)
            loss.backward()
            try distance.addGradients(of: store, facts, tensors)
            report(name, "case", Bound.both[0], distance)
            #expect(distance.isWithin(2e-6, 1e-5), "\(distance)")
        }

        /// The mask is causal: what follows a place does not change it.
        @Test func looksOnlyBack() throws {
            let (model, _) = try Golden.model("text-gelu", TextEncoderConfiguration.self) { TextEncoder($0, $1) }
            let short = model([[2, 17, 41, 8]]), long = model([[2, 17, 41, 8, 59, 4, 33]])
            #expect(short.relativeError(long.reshaped([7, 24]).slice(0..<4).reshaped([1, 4, 24])) < 1e-6)
        }
    }
}

import Checkpoints
import Models
import Tensors
import Testing

extension ModelGoldens {
    @Suite struct UNet {
        static let cases = [
            ("unet-starter", "case-2x1x8x8"), ("unet-starter", "case-2x3x8x8"), ("unet-starter", "case-1x8x8x8"),
            ("unet-starter", "case-1x3x6x10"), ("unet-starter", "case-1x2x5x7"), ("unet-vidrd", "case-1x3x8x8"),
            ("unet-vidrd", "case-1x1x6x10"), ("unet-vidrd", "case-1x2x7x5"), ("unet-modelscope", "case-2x3x8x8"),
            ("unet-modelscope", "case-1x1x6x10"), ("unet-modelscope", "case-1x2x7x5"),
        ]

        /// What a model says of a case, the loss, and the gradients of the inputs.
        private struct Run {
            let output, loss: Tensor
            let inputs: [String: Tensor]

            init(_ model: VideoUNet, _ facts: Golden.Facts, _ tensors: SafetensorsFile, checkpointing: Bool) throws {
                let sample = try tensors.channelsLast("sample").requiringGradient()
                let context = try tensors.tensor("context").requiringGradient()
                let pooled = tensors.contains("pooled") ? try tensors.tensor("pooled").requiringGradient() : nil
                output = model(
                    sample, timesteps: facts.timesteps ?? [], context: context, pooled: pooled,
                    checkpointing: checkpointing)
                loss = output.meanSquaredError(try tensors.channelsLast("target"))
                loss.backward()
                var inputs = ["sample": sample, "context": context]
                if let pooled { inputs["pooled"] = pooled }
                self.inputs = inputs
            }
        }

        @Test(arguments: cases, Bound.both)
        func agreesWithPyTorch(_ golden: (model: String, name: String), _ bound: Bound) throws {
            let facts = try Golden.facts(golden.model, golden.name)
            let tensors = try Golden.tensors(golden.model, golden.name)
            let (model, store) = try Golden.unet(golden.model)
            #expect(Set(store.parameters.map(\.key)) == Set(facts.gradientNorms.keys))
            store.train { _ in true }
            var distance = Distance()
            try Golden.with(bound.algorithm) {
                let run = try Run(model, facts, tensors, checkpointing: false)
                distance.addOutput(run.output, try tensors.channelsLast("out"))
                distance.addLoss(run.loss, facts.loss)
                try distance.addGradients(of: store, facts, tensors)
                for (key, input) in run.inputs {
                    let wanted = try tensors.tensor("grad.\(key)")
                    distance.addGradient(key, input.gradient, key == "sample" ? wanted.channelsLast : wanted)
                }
            }
            report(golden.model, golden.name, bound, distance)
            #expect(distance.isWithin(bound.outputs, bound.gradients), "\(distance)")
        }

        @Test(arguments: [("unet-starter", "case-2x3x8x8"), ("unet-vidrd", "case-1x2x7x5")])
        func checkpointingChangesNoGradient(_ golden: (model: String, name: String)) throws {
            let facts = try Golden.facts(golden.model, golden.name)
            let tensors = try Golden.tensors(golden.model, golden.name)
            func run(checkpointing: Bool) throws -> (Run, gradients: [String: Tensor]) {
                let (model, store) = try Golden.unet(golden.model)
                store.train { _ in true }
                let run = try Run(model, facts, tensors, checkpointing: checkpointing)
                var gradients = run.inputs.compactMapValues(\.gradient)
                for parameter in store.parameters { gradients[parameter.key] = parameter.value.gradient }
                return (run, gradients)
            }
            let (plain, wanted) = try run(checkpointing: false)
            let (again, found) = try run(checkpointing: true)
            #expect(plain.output.values == again.output.values)
            #expect(plain.loss.values == again.loss.values)
            #expect(Set(wanted.keys) == Set(found.keys))
            // What several stages add to one gradient is summed in another order.
            let largest = wanted.values.map(\.norm).max() ?? 0
            for (key, gradient) in wanted {
                let difference = try #require(found[key]) - gradient
                #expect(difference.norm <= 1e-6 * largest, "\(key)")
            }
        }

        /// Kept features of the same input are what would be computed; those of another input are not taken.
        @Test func deepFeaturesAreReusedForTheirPeriod() throws {
            let tensors = try Golden.tensors("unet-starter", "case-1x8x8x8")
            let (model, _) = try Golden.unet("unet-starter")
            let x = try tensors.channelsLast("sample"), context = try tensors.tensor("context")
            let pooled = try tensors.tensor("pooled"), deep = DeepFeatures(period: 2)
            func run(_ x: Tensor, _ time: Float, _ deep: DeepFeatures?) -> [Float] {
                model(
                    x, timesteps: Array(repeating: time, count: x.shape[0]), context: context, pooled: pooled, deep: deep
                ).values
            }
            let first = run(x, 600, nil), later = run(x, 400, nil)
            #expect(run(x, 600, deep) == first)
            #expect(run(x, 600, deep) == first, "reused")
            #expect(run(x, 400, deep) == later, "the period is over")
            let reused = run(x, 600, deep)
            #expect(reused != first && reused != later, "coarse features of the step before, fine ones of this")
            let shorter = x.slice(0).slice(0..<4).reshaped([1, 4] + x.shape.dropFirst(2))
            #expect(run(shorter, 600, deep) == run(shorter, 600, nil), "another shape")
            deep.reset()
            #expect(run(x, 400, deep) == later, "after a reset")
        }

        @Test func trainsOnlyWhatIsAsked() throws {
            let facts = try Golden.facts("unet-vidrd", "case-1x3x8x8")
            let tensors = try Golden.tensors("unet-vidrd", "case-1x3x8x8")
            let (model, store) = try Golden.unet("unet-vidrd")
            store.train { $0.contains("temp_") }
            _ = try Run(model, facts, tensors, checkpointing: true)
            let largest = facts.gradientNorms.values.max() ?? 1
            for parameter in store.parameters {
                #expect((parameter.value.gradient != nil) == parameter.key.contains("temp_"), "\(parameter.key)")
                guard let gradient = parameter.value.gradient, let norm = facts.gradientNorms[parameter.key] else { continue }
                #expect(abs(gradient.norm - norm) <= 2e-4 * largest, "\(parameter.key)")
            }
        }
    }
}

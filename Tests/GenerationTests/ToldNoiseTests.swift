import Diffusion
import Foundation
import Generation
import Models
import Tensors
import Testing

/// A model that is told angles is told them while it samples.
@Suite struct ToldNoiseTests {
    @Test func samplingTellsAngles() throws {
        var tiny = TinyModel()
        tiny.unetConfiguration.timeEmbedding = .angle
        let model = try tiny.withFolder { try VideoModel($0) }
        var settings = GenerationSettings(prompt: TinyModel.captions[0], length: 4, seed: 7, model: model)
        settings.guidanceScale = 1
        let generator = try VideoGenerator(model, settings)
        var shown: [Tensor] = []
        generator.onPrediction = { shown.append($0.copied()) }
        _ = try generator.frames()

        var random = TorchGenerator(seed: 7)
        let noise = try NoisePrior(.progressive).draw([1, 4, 8, 8, 4], from: &random)
        let timestep = try SamplerConfiguration(kind: .ddim, steps: 4).makeSampler(for: model.process).timesteps[0]
        let text = try model.encode(settings.prompt)
        func predicted(told: Float) -> [Float] {
            let v = model.unet(noise, timesteps: [told], context: text.context, pooled: text.pooled)
            return model.process.clean(v, of: noise, at: [timestep]).values
        }
        let found = try #require(shown.first).values
        #expect(largestDifference(found, predicted(told: model.process.angle(at: timestep))) < 1e-5)
        #expect(largestDifference(found, predicted(told: timestep)) > 1e-3)
    }
}

import Checkpoints
import Diffusion
import Files
import Foundation
import Layers
import Models
import Tensors
import Testing
import Text
import Training

/// Losses of the stages and their gradients against PyTorch's: see `Fixtures/make_losses.py`.
@Suite struct LossGoldens {
    private struct Facts: Decodable {
        struct Configurations: Decodable {
            let vae: AutoencoderConfiguration
            let unet: UNetConfiguration
            let textEncoder: TextEncoderConfiguration

            enum CodingKeys: String, CodingKey { case vae, unet, textEncoder = "text_encoder" }
        }

        struct Case: Decodable {
            let loss: Float
            let gradientNorms: [String: Double]
            let klWeight: Float?
            let scaleEquivariance: Float?
            let timesteps: [Int]?

            enum CodingKeys: String, CodingKey {
                case loss, gradientNorms = "gradient_norms", klWeight = "kl_weight", scaleEquivariance = "scale_equivariance", timesteps
            }
        }

        let configurations: Configurations
        let ids: [[Int]]
        let cases: [String: Case]
    }

    private let facts: Facts
    private let tensors: SafetensorsFile

    init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
        facts = try JSONFile.read(Facts.self, from: folder.appendingPathComponent("losses.json"))
        tensors = try SafetensorsFile(folder.appendingPathComponent("losses.safetensors"))
    }

    private func part<Model>(_ name: String, _ make: (ParameterScope) -> Model) throws -> (Model, ParameterStore) {
        let store = ParameterStore(), reader = WeightReader(RenamedWeights(tensors, under: "weight.\(name)."), for: name)
        let model = make(ParameterScope(reader, store: store))
        try reader.finish()
        return (model, store)
    }

    /// PyTorch's layout with the channels moved to the end.
    private func channelsLast(_ key: String) throws -> Tensor {
        let tensor = try tensors.tensor(key)
        return tensor.permuted([0] + Array(2..<tensor.rank) + [1])
    }

    private static func norm(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }

    /// Compares a loss and the gradients of everything that the case trains; nothing else may have one.
    private func check(_ name: String, _ loss: Tensor, _ stores: [String: ParameterStore]) throws {
        let golden = try #require(facts.cases[name])
        #expect(abs(loss.values[0] - golden.loss) < 2e-6 * abs(golden.loss), "\(name): loss \(loss.values[0]), PyTorch \(golden.loss)")
        loss.backward()
        let largest = golden.gradientNorms.values.max() ?? 1
        var worst = (key: "", error: 0.0), compared = 0
        for (part, store) in stores {
            for parameter in store.parameters {
                let key = "\(part).\(parameter.key)", found = parameter.value.gradient?.values ?? []
                guard let norm = golden.gradientNorms[key] else {
                    #expect(found.isEmpty, "\(key) is not trained in the stage \(name) and has a gradient")
                    continue
                }
                compared += 1
                var error = abs(Self.norm(found) - norm) / largest
                if let wanted = try? tensors.tensor("grad.\(name).\(key)").values, norm > 0 {
                    #expect(found.count == wanted.count)
                    error = max(error, Self.norm(zip(found, wanted).map { $0 - $1 }) / largest)
                }
                // A NaN stays the worst.
                if !(error <= worst.error) { worst = (key, error.isFinite ? error : .infinity) }
            }
        }
        #expect(compared == golden.gradientNorms.count)
        print(String(format: "%@: %d gradients, the largest difference %.1e (%@)", name, compared, worst.error, worst.key))
        #expect(worst.error < 1e-5, "\(name): \(worst)")
    }

    @Test func theAutoencodersLossIsPyTorchs() throws {
        try ConvolutionAlgorithm.$current.withValue(.exact) {
            let (model, store) = try part("vae") { Autoencoder(facts.configurations.vae, $0) }
            store.train { !$0.contains("temp_convs") }
            let golden = try #require(facts.cases["autoencoder"]), weight = try #require(golden.klWeight)
            let scaleEquivariance = try #require(golden.scaleEquivariance)
            let loss = AutoencoderStage.loss(
                model, try channelsLast("autoencoder.pictures"), noise: try channelsLast("autoencoder.noise"),
                weights: .init(kl: weight, scaleEquivariance: scaleEquivariance))
            // The stage leaves out KL's constant, which trains nothing.
            try check("autoencoder", loss + Tensor([-0.5 * weight], [1]), ["vae": store])
        }
    }

    @Test(arguments: ["image", "video"]) func theDiffusionLossIsPyTorchs(_ name: String) throws {
        try ConvolutionAlgorithm.$current.withValue(.exact) {
            let (unet, unetStore) = try part("unet") { VideoUNet(facts.configurations.unet, $0) }
            let (text, textStore) = try part("text_encoder") { TextEncoder(facts.configurations.textEncoder, $0) }
            unetStore.train { name == "video" || !$0.contains("temp_") }
            textStore.train { _ in name == "image" }
            var scheduler = SchedulerConfiguration()
            scheduler.betaSchedule = .squaredCosine
            scheduler.predictionType = .velocity
            let schedule = try NoiseSchedule(scheduler), levels = try #require(facts.cases[name]?.timesteps).map(Float.init)
            let clean = try channelsLast("\(name).clean"), noise = try channelsLast("\(name).noise")
            for (found, key) in [
                (schedule.noisy(clean, noise: noise, at: levels), "noisy"),
                (schedule.target(clean, noise: noise, at: levels), "target"),
            ] {
                let wanted = try channelsLast("\(name).\(key)")
                #expect(zip(found.values, wanted.values).allSatisfy { abs($0 - $1) < 2e-6 })
            }
            let hidden = text(facts.ids), pooled = TextEncoder.pooled(hidden, at: facts.ids.map { $0.firstIndex(of: 3) ?? $0.count - 1 })
            let batch = LatentBatch(clean: clean, condition: Condition(text: .init(hidden: hidden, pooled: pooled)))
            let loss = DenoisingObjective(schedule).loss(of: unet, on: batch, noise: noise, levels: levels)
            try check(name, loss, ["unet": unetStore, "text_encoder": textStore])
        }
    }
}

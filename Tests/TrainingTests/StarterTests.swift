import Checkpoints
import Foundation
import Generation
import Models
import Testing
import Training
import Video

/// The whole recipe in small: sizes that train in seconds.
private var tinyRecipe: StarterRecipe {
    var recipe = StarterRecipe()
    recipe.clips.drawn = 64
    recipe.clips.composed = 3
    recipe.clips.frames = 4
    recipe.clips.size = 32
    (recipe.stills.drawn, recipe.stills.composed, recipe.stills.size) = (40, 2, 32)
    (recipe.fresh.drawn, recipe.fresh.composed, recipe.fresh.frames, recipe.fresh.size) = (20, 1, 4, 32)
    (recipe.explicit.drawn, recipe.explicit.composed, recipe.explicit.size) = (30, 1, 32)
    recipe.autoencoder.sizes = AutoencoderConfiguration(
        latentChannels: 8, blockOutChannels: [8, 8], layersPerBlock: 1, normNumGroups: 4, scalingFactor: 1, patchSize: 2,
        midBlockAddAttention: false, tempConvLayers: 2, tempConvGroups: 4)
    recipe.image.sizes = UNetConfiguration(
        sampleSize: 8, inChannels: 8, outChannels: 8, downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D"],
        upBlockTypes: ["CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [8, 16], layersPerBlock: 1, heads: [1, 2],
        crossAttentionDim: 192, normNumGroups: 4, tempConvLayers: 1, tempConvGroups: 4,
        projectionClassEmbeddingsInputDim: 192)
    recipe.autoencoder.schedule = .init(steps: 4, batch: 4, rate: 1e-3, warmup: 2)
    recipe.image.schedule = .init(steps: 3, batch: 2, rate: 1e-3, warmup: 2)
    recipe.captions.schedule = .init(steps: 5, batch: 2, rate: 1e-3, warmup: 2)
    recipe.video.schedule = .init(steps: 3, batch: 1, rate: 1e-3, warmup: 2)
    recipe.motion.schedule = .init(steps: 2, batch: 1, rate: 1e-3, warmup: 2)
    recipe.joint.schedule = .init(steps: 2, batch: 1, rate: 1e-3, warmup: 2)
    (recipe.video.frames, recipe.motion.frames, recipe.joint.frames, recipe.joint.stills) = (4, 4, 4, 3)
    recipe.decoder.schedule = .init(steps: 2, batch: 1, rate: 1e-3, warmup: 2)
    recipe.decoder.frames = 4
    return recipe
}

@Suite(.serialized) struct StarterTests {
    /// Checkpoints and clips of a finished run are not taken by another model with another recipe.
    private func refusesWhatOthersLeft(_ place: URL, _ pictures: URL) throws {
        func another(_ recipe: StarterRecipe, _ pictures: URL?, runs: String = "other-runs") throws -> StarterTraining {
            try StarterTraining(
                recipe, data: place.appendingPathComponent("clips"), runs: place.appendingPathComponent(runs),
                model: place.appendingPathComponent("other-model"), pictures: pictures, report: { _ in })
        }
        var changed = tinyRecipe
        changed.image.timestepShift = 2
        #expect(throws: TrainingError.self) { try another(changed, pictures, runs: "runs") }
        _ = try another(tinyRecipe, pictures, runs: "runs")
        let frames = try Data(contentsOf: place.appendingPathComponent("clips/frames.u8"))
        changed = tinyRecipe
        changed.clips.composedSeed = 9
        // Clips of pictures where there should be none, those of another seed, and drawn ones beyond the recipe's.
        #expect(throws: TrainingError.self) { try another(tinyRecipe, nil).run() }
        #expect(throws: TrainingError.self) { try another(changed, pictures).run() }
        changed = tinyRecipe
        changed.clips.drawn = 50
        #expect(throws: TrainingError.self) { try another(changed, pictures).run() }
        changed = tinyRecipe
        changed.clips.framesPerSecond = 4
        #expect(throws: TrainingError.self) { try another(changed, pictures).run() }
        #expect(try Data(contentsOf: place.appendingPathComponent("clips/frames.u8")) == frames)
        // Those of a version whose recipe had fewer keys.
        func withoutStills(_ file: URL) throws -> Data {
            let whole = try Data(contentsOf: file)
            var record = try #require(try JSONSerialization.jsonObject(with: whole) as? [String: Any])
            if var recipe = record["recipe"] as? [String: Any] {
                recipe["stills"] = nil
                record["recipe"] = recipe
            }
            record["stills"] = nil
            try JSONSerialization.data(withJSONObject: record).write(to: file)
            return whole
        }
        for file in ["runs/stages-recipe.json", "model/recipe.json"].map(place.appendingPathComponent) {
            let whole = try withoutStills(file)
            #expect {
                try StarterTraining(
                    tinyRecipe, data: place.appendingPathComponent("clips"), runs: place.appendingPathComponent("runs"),
                    model: place.appendingPathComponent("model"), pictures: pictures, report: { _ in })
            } throws: { "\($0)".contains("another recipe") }
            try whole.write(to: file)
        }
        // Stages of an older version, which kept no recipe with them, go with their model alone.
        let recipe = place.appendingPathComponent("runs/stages-recipe.json"), kept = try Data(contentsOf: recipe)
        try FileManager.default.removeItem(at: recipe)
        #expect(throws: TrainingError.self) { try another(tinyRecipe, pictures, runs: "runs") }
        _ = try StarterTraining(
            tinyRecipe, data: place.appendingPathComponent("clips"), runs: place.appendingPathComponent("runs"),
            model: place.appendingPathComponent("model"), pictures: pictures, report: { _ in })
        try kept.write(to: recipe)
    }

    @Test func theRecipeIsJSONAndScales() throws {
        let recipe = StarterRecipe(), encoder = JSONEncoder()
        #expect(try JSONDecoder().decode(StarterRecipe.self, from: encoder.encode(recipe)) == recipe)
        #expect(try JSONDecoder().decode(StarterRecipe.self, from: encoder.encode(tinyRecipe)) == tinyRecipe)
        #expect(recipe.autoencoder.sizes == .starter && recipe.image.sizes == .starter)
        // Numbers of its own: the starter's change with every better model.
        var base = recipe
        (base.clips.drawn, base.clips.composed) = (8000, 500)
        (base.stills.drawn, base.stills.composed) = (50_000, 50)
        (base.fresh.drawn, base.motion.schedule.steps) = (9000, 7000)
        (base.explicit.drawn, base.joint.schedule.steps) = (11_000, 1300)
        base.autoencoder.schedule.steps = 15_600
        base.image.schedule.steps = 15_000
        base.video.schedule.warmup = 200
        base.decoder.schedule.steps = 1849
        let small = base.scaled(by: 0.01)
        #expect(small.clips.drawn == 80 && small.clips.composed == 5 && small.image.schedule.steps == 150)
        #expect(small.stills.drawn == 500 && small.stills.composed == 1 && small.stills.frames == recipe.stills.frames)
        #expect(small.fresh.drawn == 90 && small.motion.schedule.steps == 70)
        #expect(small.explicit.drawn == 110 && small.joint.schedule.steps == 13 && small.joint.stills == recipe.joint.stills)
        #expect(small.composed == small.clips.composed + small.stills.composed + small.fresh.composed + small.explicit.composed)
        #expect(small.decoder.schedule.steps == 18 && small.video.schedule.warmup == 2)
        #expect(small.autoencoder.schedule.steps == 156)
        var clocked = recipe
        clocked.video.schedule = .init(minutes: 50, batch: 2, rate: 1e-3)
        #expect(clocked.scaled(by: 0.01).video.schedule.minutes == 0.5)
        #expect(recipe.scaled(by: 1) == recipe && recipe.scaled(by: 1e-6).clips.drawn == 64)
    }

    /// One run through, and one that is stopped at every turn and goes on: the same weights to the bit, each stage once.
    @Test func aRecipeThatIsStoppedEverywhereMakesTheSameModel() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let pictures = folder.appendingPathComponent("pictures")
        try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
        var picture = Frame(width: 24, height: 24, red: 200, green: 40, blue: 40)
        picture.fill(x: 4, y: 4, width: 8, height: 8, .white)
        try PNG.write(picture, to: pictures.appendingPathComponent("cat.png").path)
        var lines: [String] = []
        func training(_ name: String, _ recipe: StarterRecipe = tinyRecipe) throws -> StarterTraining {
            let place = folder.appendingPathComponent(name)
            return try StarterTraining(
                recipe, data: place.appendingPathComponent("clips"), runs: place.appendingPathComponent("runs"),
                model: place.appendingPathComponent("model"), pictures: pictures, saveEvery: 60, report: { lines.append($0) })
        }
        #expect(try training("whole").run())
        var stops = 0
        for round in 0..<200 {
            // A new object each time, as a new process has; it gives up after so many questions. Latents are encoded in one
            // go, which takes some of them.
            var left = 1 + round % 12
            if try training("parts").run(isCancelled: { left -= 1; return left < 0 }) { break }
            stops += 1
        }
        #expect(stops > 5)
        for file in [
            "clips/frames.u8", "clips/captions.jsonl", "clips/stills/frames.u8", "clips/stills/captions.jsonl",
            "clips/fresh/frames.u8", "clips/explicit/frames.u8", "clips/explicit/captions.jsonl",
            "model/vae/diffusion_pytorch_model.safetensors",
            "model/unet/diffusion_pytorch_model.safetensors", "model/text_encoder/model.safetensors",
            "model/tokenizer/spiece.model", "model/model_index.json",
        ] {
            let whole = try Data(contentsOf: folder.appendingPathComponent("whole/\(file)"))
            #expect(try whole == Data(contentsOf: folder.appendingPathComponent("parts/\(file)")), "\(file)")
        }
        let record = try training("parts").record
        #expect(record.stages.map(\.name) == StarterTraining.stages && record.composed == ["clips": 3, "stills": 2, "fresh": 1, "explicit": 1])
        #expect(record.stages.map(\.steps) == [67, 42, 21, 31, 4, 3, 5, 3, 2, 2, 2] && record.stages.allSatisfy { $0.seconds > 0 })
        // Finished stages are not run again, another recipe is refused, and the model makes a clip.
        lines = []
        #expect(try training("parts").run())
        #expect(lines == StarterTraining.stages.map { "\($0): finished before" })
        #expect(throws: TrainingError.self) { try training("parts", tinyRecipe.scaled(by: 0.5)) }
        try refusesWhatOthersLeft(folder.appendingPathComponent("parts"), pictures)
        let model = try VideoModel(folder.appendingPathComponent("parts/model"))
        var settings = GenerationSettings(prompt: "a candle is burning", length: 4, seed: 1, model: model)
        (settings.clipFrames, settings.reuse!.overlap, settings.steps) = (4, 1, 2)
        #expect(try VideoGenerator(model, settings).frames().count == 4)
    }
}

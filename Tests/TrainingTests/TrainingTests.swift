import Checkpoints
import Diffusion
import Foundation
import Layers
import Models
import Scenes
import Tensors
import Testing
import Text
import Video

@testable import Training

/// A folder that goes away with the test.
func temporaryFolder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("vidrd-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
}

private let tinyAutoencoder = AutoencoderConfiguration(
    blockOutChannels: [8, 8, 16], layersPerBlock: 1, normNumGroups: 4, scalingFactor: 1, patchSize: 2,
    midBlockAddAttention: false, tempConvLayers: 2, tempConvGroups: 4)

private let tinyUNet = UNetConfiguration(
    sampleSize: 4, downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D"],
    upBlockTypes: ["CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [16, 16], layersPerBlock: 1, heads: [2, 2],
    crossAttentionDim: 192, normNumGroups: 4, tempConvLayers: 1, tempConvGroups: 4,
    projectionClassEmbeddingsInputDim: 192)

private func tinyClips(_ folder: URL, count: Int = 24, frames: Int = 4) throws -> ClipCache {
    let writer = try ClipCacheWriter(folder, width: 32, height: 32)
    try writer.appendScenes(upTo: count, frames: frames, framesPerSecond: 8, seed: 5) { _ in }
    return try ClipCache(folder)
}

@Suite(.serialized) struct TrainingTests {
    @Test func adamWIsTheTextbooks() throws {
        let store = ParameterStore()
        let layer = Linear(ParameterScope(nil, store: store, seed: 3), 5, 7)
        store.train { _ in true }
        var configuration = Optimizer.Configuration()
        configuration.clipNorm = 0.5
        let optimizer = Optimizer(store.parameters, configuration: configuration)
        var expected = store.parameters.map { $0.value.values.map(Double.init) }
        var first = expected.map { $0.map { _ in 0.0 } }, second = first
        var generator = TorchGenerator(seed: 1)
        for step in 1...5 {
            let x = generator.randn([3, 5]), target = generator.randn([3, 7])
            layer(x).meanSquaredError(target).backward()
            let gradients = store.parameters.map { $0.value.gradient?.values.map(Double.init) ?? [] }
            let norm = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(Double(optimizer.apply(learningRate: 0.01)) - norm) < 1e-5 * norm)
            for (p, parameter) in store.parameters.enumerated() {
                for i in expected[p].indices {
                    let g = gradients[p][i] * min(1, 0.5 / norm)
                    first[p][i] = 0.9 * first[p][i] + 0.1 * g
                    second[p][i] = 0.99 * second[p][i] + 0.01 * g * g
                    let decay = parameter.value.rank > 1 ? 0.01 : 0.0
                    expected[p][i] -= 0.01 * decay * expected[p][i]
                        + 0.01 * (first[p][i] / (1 - pow(0.9, Double(step))))
                        / ((second[p][i] / (1 - pow(0.99, Double(step)))).squareRoot() + 1e-8)
                }
                for (a, b) in zip(parameter.value.values, expected[p]) { #expect(abs(Double(a) - b) < 1e-5) }
            }
        }
    }

    @Test func learningRateRisesAndFalls() {
        let rate = LearningRate(highest: 1, warmup: 10, floor: 0.1)
        #expect(abs(rate.value(step: 0, progress: 0) - 0.1) < 1e-6)
        #expect(abs(rate.value(step: 9, progress: 0) - 1) < 1e-6)
        #expect(abs(rate.value(step: 500, progress: 0.5) - 0.55) < 1e-6)
        #expect(abs(rate.value(step: 500, progress: 2) - 0.1) < 1e-6)
    }

    @Test func lossesOfSlopesAndChangesHaveTheirGradients() {
        var generator = TorchGenerator(seed: 2)
        let x = generator.randn([4, 3, 5, 2]), target = generator.randn([4, 3, 5, 2])
        for loss in [{ (x: Tensor) in x.meanGradientError(target) }, { (x: Tensor) in x.meanChangeError(target, clips: 2) }] {
            let leaf = x.requiringGradient()
            loss(leaf).backward()
            for place in stride(from: 0, to: x.count, by: 7) {
                func moved(_ by: Float) -> Float {
                    var values = x.values
                    values[place] += by
                    return loss(Tensor(values, x.shape)).values[0]
                }
                let numeric = (moved(1e-3) - moved(-1e-3)) / 2e-3
                #expect(abs(numeric - (leaf.gradient?.values[place] ?? .nan)) < 2e-3)
            }
        }
    }

    /// A run that stops and goes on ends at the same bits as one that does not.
    @Test func resumedTrainingIsTheSameToTheBit() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = try tinyClips(folder.appendingPathComponent("clips"))
        func train(_ name: String, stops: [Int]) throws -> Data {
            for steps in stops {
                let stage = try AutoencoderStage(
                    tinyAutoencoder, cache: cache, cropBatch: 4, weights: .init(kl: 1e-3), seed: 7,
                    output: folder.appendingPathComponent("\(name)/vae"))
                // The schedule is that of six steps; a run with fewer is one that was interrupted.
                var left = steps
                try TrainingRun(
                    stage,
                    configuration: .init(learningRate: LearningRate(highest: 1e-3, warmup: 2), steps: 6, minutes: 60, seed: 9),
                    folder: folder.appendingPathComponent("\(name)/run"), report: { _ in }
                ).run(isCancelled: { left -= 1; return left < 0 })
            }
            return try Data(contentsOf: folder.appendingPathComponent("\(name)/vae/diffusion_pytorch_model.safetensors"))
        }
        #expect(try train("whole", stops: [6]) == train("parts", stops: [2, 3, 1]))
        let state = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("parts/run").path)
        #expect(Set(state) == ["state.json", "state-6.safetensors", "sheet.png"])
    }

    /// Loss of batches that are the same each time, without learning from them.
    private func fixedLoss(_ stage: any TrainingStage) throws -> Float {
        var generator = TorchGenerator(seed: 8)
        return try (0..<8).reduce(0) { sum, _ in
            sum + (try withoutGradients { try stage.loss(generator: &generator, progress: 0).values[0] }) / 8
        }
    }

    /// All stages one after another on a tiny model: each lowers its loss on batches that stay the same, and the averaged
    /// weights that it writes are those that the next one reads.
    @Test func theStagesMakeAModel() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = try tinyClips(folder.appendingPathComponent("clips"), count: 120), model = folder.appendingPathComponent("model")
        func run(_ stage: any TrainingStage, steps: Int, rate: Float = 2e-3) throws -> (before: Float, after: Float) {
            let before = try fixedLoss(stage)
            var generator = TorchGenerator(seed: 3)
            for step in 0..<steps {
                try stage.loss(generator: &generator, progress: Double(step) / Double(steps)).backward()
                stage.optimizer.apply(learningRate: rate)
            }
            try stage.optimizer.withAverages { try stage.export() }
            let files = ["vae/diffusion_pytorch_model", "unet/diffusion_pytorch_model", "text_encoder/model"].compactMap {
                try? WeightFile.open(model.appendingPathComponent("\($0).safetensors"))
            }
            for slot in stage.optimizer.slots {
                let written = files.filter { $0.contains(slot.parameter.key) }
                #expect(try written.contains { try $0.tensor(slot.parameter.key).values == slot.average.values.map { Float(Float16($0)) } }, "\(slot.parameter.key)")
            }
            return (before, try fixedLoss(stage))
        }
        let autoencoder = try run(
            AutoencoderStage(
                tinyAutoencoder, cache: cache, cropBatch: 8, weights: .init(kl: 1e-4), seed: 1,
                output: model.appendingPathComponent("vae")), steps: 100)
        #expect(autoencoder.after < 0.8 * autoencoder.before)
        // Trained further it begins where that one's average stands, and another one's sizes are refused.
        func further(_ sizes: AutoencoderConfiguration) throws -> AutoencoderStage {
            try AutoencoderStage(
                sizes, cache: cache, cropBatch: 8, weights: .init(kl: 1e-4), seed: 2, beginning: model.appendingPathComponent("vae"),
                output: folder.appendingPathComponent("further"))
        }
        #expect(try fixedLoss(further(tinyAutoencoder)) < 0.8 * autoencoder.before)
        var others = tinyAutoencoder
        others.latentChannels += 1
        #expect(throws: CheckpointError.self) { try further(others) }
        var image = DiffusionStage.Configuration(kind: .image, batch: 8, frames: 1)
        image.unet = tinyUNet
        let pictures = try run(DiffusionStage(image, cache: cache, folder: model, report: { _ in }), steps: 30)
        #expect(pictures.after < 0.8 * pictures.before)
        // Goes on with what the image stage made: its loss begins where that one's average stands.
        let captions = try run(
            DiffusionStage(.init(kind: .captions, batch: 8, frames: 1), cache: cache, folder: model, report: { _ in }), steps: 20)
        #expect(captions.before < 0.8 * pictures.before && captions.after < captions.before)
        // Words of its captions are known, whether or not the image stage had them.
        let stills = folder.appendingPathComponent("stills"), writer = try ClipCacheWriter(stills, width: 32, height: 32)
        try writer.append(CaptionedClip(
            frames: [Frame(width: 32, height: 32)], caption: "a small zeppelin", family: "zeppelin", attributes: [:]))
        let other = try ClipCache(stills)
        #expect(try !TokenizerFolder.open(model.appendingPathComponent("tokenizer")).encode("zeppelin").unknownWords.isEmpty)
        _ = try run(
            DiffusionStage(.init(kind: .captions, batch: 2, frames: 1), cache: other, folder: model, report: { _ in }), steps: 1)
        #expect(try TokenizerFolder.open(model.appendingPathComponent("tokenizer")).encode("zeppelin").unknownWords.isEmpty)
        var video = DiffusionStage.Configuration(kind: .video, batch: 2, frames: 4)
        // What is learnt then, temporal layers learn.
        (video.checkpointing, video.spatialRate) = (true, 0)
        let stage = try DiffusionStage(video, cache: cache, folder: model, report: { _ in })
        let clips = try run(stage, steps: 60, rate: 4e-3)
        #expect(clips.after < 0.97 * clips.before)
        _ = try stage.sheet()
        try jointTraining(cache, stills: other, model)
        let decoder = try run(
            DecoderStage(
                cache: cache, batch: 2, frames: 4, spatial: false, latentNoise: 0, folder: model, report: { _ in }),
            steps: 20)
        #expect(decoder.after < decoder.before)
        try ratesByKey(cache, model)
        // Another decoder does not change the latents; another encoder does.
        func madeAnew(isCancelled: Bool = false) throws -> [String] {
            var reports: [String] = []
            _ = try DecoderStage(
                cache: cache, batch: 1, frames: 4, spatial: true, latentNoise: 0.4, folder: model,
                report: { reports.append($0) }, isCancelled: { isCancelled })
            return reports
        }
        #expect(try madeAnew() == [])
        _ = try run(
            AutoencoderStage(
                tinyAutoencoder, cache: cache, cropBatch: 8, weights: .init(kl: 1e-4), seed: 2,
                output: model.appendingPathComponent("vae")), steps: 1)
        func clipFiles() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: cache.folder.path).sorted() }
        let files = try clipFiles()
        #expect(throws: CancellationError.self) { try madeAnew(isCancelled: true) }
        #expect(try clipFiles() == files)
        #expect(try madeAnew().first?.hasPrefix("encoding") == true)
        // So do other clips, though they are as many; latents of clips that are gone do not stay.
        func latents() throws -> [String] { try clipFiles().filter { $0.hasPrefix("latents-") } }
        let before = try latents()
        try FileManager.default.removeItem(at: cache.folder.appendingPathComponent("captions.jsonl"))
        let rewriter = try ClipCacheWriter(cache.folder, width: 32, height: 32)
        try rewriter.appendScenes(upTo: 120, frames: 4, framesPerSecond: 8, seed: 6) { _ in }
        #expect(try madeAnew().first?.hasPrefix("encoding") == true)
        #expect(try latents().count == before.count && latents() != before)
    }

    /// The first step of AdamW moves a weight by the learning rate, whatever its gradient: so much, and what is not trained
    /// not at all.
    private func ratesByKey(_ cache: ClipCache, _ model: URL) throws {
        func video(_ spatialRate: Float) throws -> DiffusionStage {
            var video = DiffusionStage.Configuration(kind: .video, batch: 2, frames: 4)
            video.spatialRate = spatialRate
            return try DiffusionStage(video, cache: cache, folder: model, report: { _ in })
        }
        func decoder(spatial: Bool) throws -> DecoderStage {
            try DecoderStage(
                cache: cache, batch: 2, frames: 4, spatial: spatial, latentNoise: 0.2, folder: model, report: { _ in })
        }
        let isTemporal = { (key: String) in key.contains("temp_") }
        for (stage, factors, parts) in [
            (try video(0.2), [1, 0.2], ["down_blocks.", "mid_block.", "up_blocks.", "conv_in.", "conv_out.", "time_embedding."]),
            (try video(0), [1, 0], ["down_blocks.", "mid_block.", "up_blocks.", "conv_in.", "conv_out.", "time_embedding."]),
            (try decoder(spatial: true), [1, 0.25], ["decoder.", "post_quant_conv."]),
            (try decoder(spatial: false), [1], ["decoder."]),
        ] as [(any TrainingStage, [Float], [String])] {
            let slots = stage.optimizer.slots, before = slots.map { $0.parameter.value.values }, rate: Float = 1e-3
            #expect(Set(slots.map { isTemporal($0.parameter.key) }).count == factors.count)
            #expect(parts.allSatisfy { part in slots.contains { $0.parameter.key.hasPrefix(part) } })
            #expect(slots.allSatisfy { slot in stage.name == "video" || parts.contains { slot.parameter.key.hasPrefix($0) } })
            var generator = TorchGenerator(seed: 5), largest: [Bool: Float] = [:]
            try stage.loss(generator: &generator, progress: 0).backward()
            stage.optimizer.apply(learningRate: rate)
            for (slot, old) in zip(slots, before) {
                let key = slot.parameter.key, most = zip(slot.parameter.value.values, old).map { abs($0 - $1) }.max() ?? 0
                largest[isTemporal(key)] = max(largest[isTemporal(key)] ?? 0, most)
            }
            for (isTemporal, factor) in zip([true, false], factors) {
                // Decay adds a hundredth of the weight.
                #expect(try abs(#require(largest[isTemporal]) - factor * rate) <= 0.05 * factor * rate, "\(stage.name): \(largest), not \(factors)")
            }
        }
    }

    /// Every step is of clips and of stills: the loss is that of both, and all kinds of layers learn.
    private func jointTraining(_ clips: ClipCache, stills: ClipCache, _ model: URL) throws {
        func stage(_ configure: (inout DiffusionStage.Configuration) -> Void = { _ in }) throws -> DiffusionStage {
            var joint = DiffusionStage.Configuration(kind: .joint, batch: 2, frames: 4)
            (joint.stillsBatch, joint.stillsTimestepShift) = (3, 5)
            configure(&joint)
            return try DiffusionStage(joint, cache: clips, stills: joint.stillsBatch > 0 ? stills : nil, folder: model, report: { _ in })
        }
        func loss(_ stage: DiffusionStage) throws -> Float {
            var generator = TorchGenerator(seed: 8)
            return try stage.loss(generator: &generator, progress: 0).values[0]
        }
        let both = try stage()
        #expect(both.batchSize == 5)
        // Clips are drawn first, so that the same ones are met without stills; another shift changes stills alone.
        let whole = try loss(both), ofClips = try loss(stage { $0.stillsBatch = 0 })
        #expect(whole > ofClips + 0.01 && ofClips > 0)
        #expect(try loss(stage { $0.stillsTimestepShift = 1 }) != whole)
        let files = ["unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"].map(model.appendingPathComponent)
        func weights() throws -> [String: [Float]] {
            var values: [String: [Float]] = [:]
            for file in files {
                let weights = try WeightFile.open(file)
                for key in weights.keys { values[key] = try weights.tensor(key).values }
            }
            return values
        }
        let before = try weights()
        for _ in 0..<3 {
            var generator = TorchGenerator(seed: 8)
            try both.loss(generator: &generator, progress: 0).backward()
            both.optimizer.apply(learningRate: 1e-2)
        }
        try both.optimizer.withAverages { try both.export() }
        let after = try weights()
        for part in ["temp_conv", "temp_attn", "resnets", "attn2", "text_model"] {
            #expect(after.contains { $0.key.contains(part) && $0.value != before[$0.key] }, "\(part)")
        }
    }

    /// A stage whose gradients are now and then no numbers, which changes nothing but the count of steps.
    private final class RestlessStage: TrainingStage {
        let name = "restless", batchSize = 1
        let optimizer: Optimizer
        private let store = ParameterStore()
        private let layer: Linear
        private let output: URL

        init(_ output: URL) {
            self.output = output
            layer = Linear(ParameterScope(nil, store: store, seed: 3), 5, 7)
            store.train { _ in true }
            optimizer = Optimizer(store.parameters)
        }

        func loss(generator: inout TorchGenerator, progress: Double) throws -> Tensor {
            let loss = layer(generator.randn([3, 5])).meanSquaredError(generator.randn([3, 7]))
            return generator.uniform() < 0.3 ? loss * .nan : loss
        }

        func sheet() throws -> Frame { Frame(width: 8, height: 8) }
        func export() throws { try store.write(configuration: ["inputs": 5], to: output) }
    }

    private struct SavedState: Decodable {
        struct Point: Decodable, Equatable {
            let step: Int
            let loss: Double
        }
        let step: Int
        let losses: [Point]
    }

    @Test func resumedTrainingCountsTheStepsThatChangedSomething() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func train(_ name: String, stops: [Int]) throws -> (weights: Data, state: SavedState) {
            let place = folder.appendingPathComponent(name), run = place.appendingPathComponent("run")
            for steps in stops {
                var left = steps
                try TrainingRun(
                    RestlessStage(place.appendingPathComponent("output")),
                    configuration: .init(learningRate: LearningRate(highest: 1e-2, warmup: 5), steps: 60, minutes: nil, seed: 4),
                    folder: run, report: { _ in }
                ).run(isCancelled: { left -= 1; return left < 0 })
            }
            let state = try JSONDecoder().decode(SavedState.self, from: Data(contentsOf: run.appendingPathComponent("state.json")))
            return (try Data(contentsOf: run.appendingPathComponent("state-60.safetensors")), state)
        }
        let whole = try train("whole", stops: [60]), parts = try train("parts", stops: [11, 20, 29])
        #expect(whole.weights == parts.weights)
        // Losses of stretches that a stop cuts in two are means over both parts.
        #expect(whole.state.losses == parts.state.losses && !whole.state.losses.isEmpty && parts.state.step == 60)
        // Files of older versions lack the new keys.
        let file = folder.appendingPathComponent("whole/run/state.json")
        var state = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        #expect(state.removeValue(forKey: "pending") != nil && state.removeValue(forKey: "optimizer_step") != nil)
        try JSONSerialization.data(withJSONObject: state).write(to: file)
        #expect(try train("whole", stops: [0]).state.step == 60)
    }

    @Test func stepsAloneDecideUnlessThereAreMinutes() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func steps(_ name: String, _ steps: Int?, _ minutes: Double?) throws -> Int {
            let run = folder.appendingPathComponent(name)
            let isDone = try TrainingRun(
                RestlessStage(folder), configuration: .init(learningRate: LearningRate(highest: 1e-3), steps: steps, minutes: minutes, seed: 1),
                folder: run, report: { _ in }
            ).run()
            #expect(isDone)
            return try JSONDecoder().decode(SavedState.self, from: Data(contentsOf: run.appendingPathComponent("state.json"))).step
        }
        #expect(try steps("steps", 7, nil) == 7)
        #expect(try steps("both", 1_000_000, 1e-9) == 1)
        #expect(try steps("minutes", nil, 1e-9) == 1)
    }

    @Test func clipsThatDoNotFitAreRefused() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        // Four of the factor's eight pixels are left over, and of the smallest pictures no crop.
        for (width, height) in [(24, 20), (8, 8)] {
            let place = folder.appendingPathComponent("\(width)")
            let frame = Frame(width: width, height: height)
            let writer = try ClipCacheWriter(place, width: width, height: height)
            try writer.append(CaptionedClip(frames: [frame, frame], caption: "a thing", family: "video", attributes: [:]))
            try writer.append(CaptionedClip(frames: [frame], caption: "a thing", family: "video", attributes: [:]))
            let cache = try ClipCache(place)
            let error = #expect(throws: TrainingError.self) {
                try AutoencoderStage(tinyAutoencoder, cache: cache, cropBatch: 1, weights: .init(), seed: 1, output: folder)
            }
            #expect("\(try #require(error))".contains("clips of \(width)x\(height); this autoencoder takes multiples of 8 from 16 on"))
        }
        // Clips lie one after another in their file, wherever a list says that they are.
        let captions = folder.appendingPathComponent("24/captions.jsonl"), good = try String(contentsOf: captions, encoding: .utf8)
        for (old, new) in [("\"offset\":2", "\"offset\":1"), ("\"offset\":2", "\"offset\":-2"), ("\"frames\":1", "\"frames\":0"),
                           ("\"frames\":1", "\"frames\":\(Int.max)")] {
            let bad = good.replacingOccurrences(of: old, with: new)
            #expect(bad != good)
            try bad.write(to: captions, atomically: true, encoding: .utf8)
            let error = #expect(throws: TrainingError.self) { try ClipCache(folder.appendingPathComponent("24")) }
            #expect("\(try #require(error))".contains("captions.jsonl, line 2: "))
            #expect(throws: TrainingError.self) { try ClipCacheWriter(folder.appendingPathComponent("24"), width: 24, height: 20) }
        }
    }

    @Test func anInterruptedClipFolderIsContinued() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try tinyClips(folder.appendingPathComponent("a"), count: 6)
        _ = try tinyClips(folder.appendingPathComponent("b"), count: 4)
        // Half a frame too many, and a line without its end: what a kill leaves behind.
        for (name, bytes) in [("frames.u8", 1500), ("captions.jsonl", 9)] {
            let file = try FileHandle(forWritingTo: folder.appendingPathComponent("b/\(name)"))
            try file.seekToEnd()
            try file.write(contentsOf: Data(repeating: 7, count: bytes))
            try file.close()
        }
        _ = try tinyClips(folder.appendingPathComponent("b"), count: 6)
        for name in ["frames.u8", "captions.jsonl"] {
            #expect(
                try Data(contentsOf: folder.appendingPathComponent("a/\(name)"))
                    == Data(contentsOf: folder.appendingPathComponent("b/\(name)")))
        }
        #expect(throws: TrainingError.self) { try ClipCacheWriter(folder.appendingPathComponent("a"), width: 16, height: 16) }
    }

    @Test func picturesBecomeClips() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var picture = Frame(width: 60, height: 40)
        for i in picture.pixels.indices { picture.pixels[i] = UInt8(i * 7 % 251) }
        for name in ["a", "b", "c"] { try PNG.write(picture, to: folder.appendingPathComponent("\(name).png").path) }
        try "a red thing\n".write(to: folder.appendingPathComponent("a.txt"), atomically: true, encoding: .utf8)
        try #"{"file": "b.png", "caption": "a blue thing"}"#.write(
            to: folder.appendingPathComponent("captions.jsonl"), atomically: true, encoding: .utf8)
        var media = try MediaClips(folder)
        let writer = try ClipCacheWriter(folder.appendingPathComponent("clips"), width: 16, height: 16)
        var generator = TorchGenerator(seed: 1)
        try media.append(to: writer, frames: 3, framesPerSecond: 8, size: 16, perPicture: 2, generator: &generator) { _ in }
        let cache = try ClipCache(folder.appendingPathComponent("clips"))
        #expect(cache.entries.map(\.caption) == ["a red thing", "a red thing", "a blue thing", "a blue thing"])
        #expect(media.skipped.map(\.file) == ["c.png"])
        let frames = cache.frames(0..<3)
        #expect(frames.slice(0).values != frames.slice(2).values)
        #expect(throws: TrainingError.self) { try MediaClips(folder.appendingPathComponent("nowhere")) }
    }
}

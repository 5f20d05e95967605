import Checkpoints
import Files
import Foundation
import Layers
import Models
import Scenes
import Tensors
import Testing
import Training
import Video

/// Training that a program without a version in its checkpoints began: whatever continues it ends as that program would have.
///
/// `Fixtures/checkpoint-1` holds, for each optimiser, the checkpoint of an autoencoder after 30 of 60 steps (`run`) and what
/// it was after all of them (`whole`). They came of `train` below, on one thread, with the program of that time.
@Suite struct EarlierCheckpointTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/checkpoint-1")

    private static let sizes = AutoencoderConfiguration(
        latentChannels: 2, blockOutChannels: [2], layersPerBlock: 1, normNumGroups: 1, scalingFactor: 1, patchSize: 2,
        midBlockAddAttention: false, tempConvLayers: 1, tempConvGroups: 1)

    /// Moving waves: pictures that do not change with the drawing of scenes.
    private static func clips(_ folder: URL, _ count: Int = 4) throws -> ClipCache {
        let writer = try ClipCacheWriter(folder, width: 16, height: 16)
        for clip in 0..<count {
            let frames = (0..<2).map { frame in
                var picture = Frame(width: 16, height: 16)
                for i in picture.pixels.indices {
                    let (x, y, channel) = (i / 3 % 16, i / 48, i % 3)
                    picture.pixels[i] = UInt8(abs(x * (clip + 2) + y * (5 - clip) + 9 * frame * (channel + 1)) * 7 % 256)
                }
                return picture
            }
            let caption = ["small", "large", "gentle", "wild"][clip % 4] + " waves go " + ["up", "down", "left"][clip % 3]
            try writer.append(CaptionedClip(frames: frames, caption: caption, family: "waves", attributes: [:]))
        }
        return try ClipCache(folder)
    }

    /// Goes on with what is in `run`, for `steps` more.
    private static func train(_ optimizer: OptimizerKind, run: URL, steps: Int) throws {
        let place = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: place) }
        let stage = try AutoencoderStage(
            sizes, cache: clips(place.appendingPathComponent("clips")), cropBatch: 4, weights: .init(kl: 1e-3), optimizer: optimizer,
            seed: 7, output: place.appendingPathComponent("vae"))
        var left = steps
        try TrainingRun(
            stage, configuration: .init(learningRate: LearningRate(highest: 1e-2, warmup: 5), steps: 60, minutes: nil, seed: 9),
            folder: run, report: { _ in }
        ).run(exportsUnfinished: false, isCancelled: { left -= 1; return left < 0 })
    }

    private struct State: Decodable {
        struct Point: Decodable { let step: Int, loss: Double }
        let step: Int
        let losses: [Point]
    }

    /// To the bit where the sums are made as they were then, to the last digits elsewhere: a step counts for a hundred times
    /// as much.
    @Test func isContinuedToTheSameBits() async {
        // The number of threads is the process's, and other tests change it.
        await #expect(processExitsWith: .success) {
            ThreadPool.threads = 1
            let made = try JSONFile.read([String: String].self, from: Self.fixtures.appendingPathComponent("made-on.json"))
            let isAlike = made == ["instruction_set": KernelFacts.instructionSet, "blas_core": KernelFacts.blasCore]
            for optimizer in OptimizerKind.allCases {
                let place = try temporaryFolder(), run = place.appendingPathComponent("run")
                defer { try? FileManager.default.removeItem(at: place) }
                let fixture = Self.fixtures.appendingPathComponent(optimizer.rawValue)
                try FileManager.default.copyItem(at: fixture.appendingPathComponent("run"), to: run)
                try Self.train(optimizer, run: run, steps: 30)
                let files = [run, fixture.appendingPathComponent("whole")]
                let weights = files.map { $0.appendingPathComponent("state-60.safetensors") }
                if isAlike { #expect(try Data(contentsOf: weights[0]) == Data(contentsOf: weights[1]), "\(optimizer)") }
                let (found, expected) = (try SafetensorsFile(weights[0]), try SafetensorsFile(weights[1]))
                #expect(Set(found.keys) == Set(expected.keys))
                for key in expected.keys {
                    let difference = zip(try found.tensor(key).values, try expected.tensor(key).values).map { abs($0 - $1) }.max()
                    #expect(try #require(difference) < 1e-4, "\(optimizer) \(key)")
                }
                let states = try files.map { try JSONFile.read(State.self, from: $0.appendingPathComponent("state.json")) }
                #expect(states[0].step == 60 && states[0].losses.map(\.step) == states[1].losses.map(\.step))
                for (a, b) in zip(states[0].losses, states[1].losses) {
                    #expect(isAlike ? a.loss == b.loss : abs(a.loss - b.loss) < 1e-4, "\(optimizer), step \(a.step)")
                }
            }
        }
    }

    /// What stages draw from their generator, and in which order: a checkpoint goes on with the batches that were to come. The
    /// losses are those of the program of that time, in the first three steps of each stage; another draw changes them by a tenth.
    @Test func stagesDrawWhatTheyDrew() throws {
        let place = try temporaryFolder(), model = place.appendingPathComponent("model")
        defer { try? FileManager.default.removeItem(at: place) }
        let clips = try Self.clips(place.appendingPathComponent("clips"), 64), stills = try Self.clips(place.appendingPathComponent("stills"), 20)
        let store = ParameterStore()
        _ = Autoencoder(Self.sizes, ParameterScope(nil, store: store, seed: 1))
        try store.write(configuration: Self.sizes, to: model.appendingPathComponent("vae"))
        func diffusion(_ kind: DiffusionStage.Kind, frames: Int) throws -> DiffusionStage {
            var configuration = DiffusionStage.Configuration(kind: kind, batch: 3, frames: frames)
            (configuration.timestepShift, configuration.spatialRate, configuration.captionDropout) = (3, 0.2, 0.3)
            configuration.unet = UNetConfiguration(
                sampleSize: 8, inChannels: 2, outChannels: 2, downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D"],
                upBlockTypes: ["CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [8, 16], layersPerBlock: 1, heads: [1, 2],
                crossAttentionDim: 192, normNumGroups: 4, tempConvLayers: 1, tempConvGroups: 4, projectionClassEmbeddingsInputDim: 192)
            if kind == .joint { (configuration.stillsBatch, configuration.stillsTimestepShift) = (4, 5) }
            return try DiffusionStage(
                configuration, cache: clips, stills: kind == .joint ? stills : nil, folder: model, report: { _ in })
        }
        for (make, expected) in [
            ({ try diffusion(.image, frames: 1) }, [0.55352, 0.37552, 0.51332]),
            ({ try diffusion(.captions, frames: 1) }, [0.39556, 0.32208, 0.47888]),
            ({ try diffusion(.video, frames: 2) }, [0.40608, 0.31117, 0.33223]),
            ({ try diffusion(.joint, frames: 2) }, [0.59418, 0.86825, 0.62270]),
            ({ try DecoderStage(cache: clips, batch: 2, frames: 2, spatial: true, latentNoise: 0.3, folder: model, report: { _ in }) }, [3.82704, 3.83483, 4.06243]),
        ] as [(() throws -> any TrainingStage, [Float])] {
            let stage = try make()
            var generator = TorchGenerator(seed: 6), losses: [Float] = []
            for _ in expected {
                let loss = try stage.loss(generator: &generator, progress: 0)
                loss.backward()
                stage.optimizer.apply(learningRate: 2e-3)
                losses.append(loss.values[0])
            }
            try stage.optimizer.withAverages { try stage.export() }
            #expect(zip(losses, expected).allSatisfy { abs($0 - $1) < 2e-3 * $1 }, "\(stage.name): \(losses)")
        }
    }
}

import ArgumentParser
import Foundation
import Models
import Tensors
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model: autoencoder, image stage, video stage, temporal decoder.",
        subcommands: [TrainAutoencoder.self, TrainImage.self, TrainVideo.self, TrainDecoder.self])
}

/// What all stages of training take.
struct TrainingOptions: ParsableArguments {
    @Option(help: "Folder of clips, made by \"vidrd scenes --raw\".")
    var data = "Data/clips"

    @Option(help: "Model folder that is trained further and written.")
    var model = "Runs/starter"

    @Option(help: "Folder for checkpoints, loss curve and sample sheets; what is there is continued.")
    var run: String?

    @Option(help: "Minutes after which the stage ends.")
    var minutes = 30.0

    @Option(help: "Steps after which the stage ends; without them the learning rate follows the clock.")
    var steps: Int?

    @Option(help: "Clips or pictures in a batch.")
    var batch: Int?

    @Option(help: "Highest learning rate.")
    var rate: Float?

    @Option(help: "Seed of initial weights and batches.")
    var seed: UInt64 = 1

    @Option(help: "Minutes between checkpoints and sample sheets.")
    var saveEvery = 5.0

    @Option(help: "Threads.")
    var threads: Int?

    func run(_ stage: any TrainingStage, rate: Float, warmup: Int = 200) throws {
        let configuration = TrainingRun.Configuration(
            learningRate: LearningRate(highest: self.rate ?? rate, warmup: warmup), steps: steps, minutes: minutes,
            seed: seed, saveEvery: saveEvery)
        let folder = URL(fileURLWithPath: run ?? "Runs/\(stage.name)")
        try TrainingRun(stage, configuration: configuration, folder: folder, report: Console.status)
            .run(isCancelled: { Interruption.isRequested })
        Console.result(model)
    }

    func part(_ name: String) -> URL { URL(fileURLWithPath: model).appendingPathComponent(name) }

    func start() throws -> ClipCache {
        if let threads { ThreadPool.threads = threads }
        Interruption.listen()
        return try ClipCache(URL(fileURLWithPath: data))
    }
}

struct TrainAutoencoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoencoder", abstract: "Pictures to latents and back.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "Weight of the KL term.") var kl: Float = 3e-4

    func run() throws {
        let cache = try options.start()
        let stage = AutoencoderStage(
            .starter, cache: cache, cropBatch: options.batch ?? 16, klWeight: kl, seed: options.seed,
            output: options.part("vae"))
        try options.run(stage, rate: 1.2e-3)
    }
}

struct TrainImage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "U-Net and text encoder on single frames, from scratch.")

    @OptionGroup var options: TrainingOptions

    func run() throws {
        let cache = try options.start()
        var configuration = DiffusionStage.Configuration(kind: .image, batch: options.batch ?? 32, frames: 1)
        configuration.seed = options.seed
        try options.run(
            DiffusionStage(
                configuration, cache: cache, folder: URL(fileURLWithPath: options.model), report: Console.status),
            rate: 8e-4)
    }
}

struct TrainVideo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "video", abstract: "Temporal layers on clips, on top of an image model.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "Frames of a training clip.") var frames = 16
    @Option(help: "Learning rate of the spatial layers, as a factor; 0 leaves them as they are.") var spatialRate: Float = 0.25
    @Flag(help: "Keep only the borders of blocks in memory and compute the rest twice.") var checkpointing = false

    func run() throws {
        let cache = try options.start()
        var configuration = DiffusionStage.Configuration(kind: .video, batch: options.batch ?? 2, frames: frames)
        configuration.timestepShift = 3
        configuration.spatialRate = spatialRate
        configuration.seed = options.seed
        configuration.checkpointing = checkpointing
        try options.run(
            DiffusionStage(
                configuration, cache: cache, folder: URL(fileURLWithPath: options.model), report: Console.status),
            rate: 1e-3)
    }
}

struct TrainDecoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decoder", abstract: "The decoder's temporal layers on clips, everything else fixed.")

    @OptionGroup var options: TrainingOptions
    @Option(help: "Frames of a training clip.") var frames = 8
    @Flag(help: "Train the decoder's spatial layers too, at a quarter of the rate.") var spatial = false
    @Option(help: "Deviation of noise on the latents.") var latentNoise: Float = 0.05

    func run() throws {
        let cache = try options.start()
        try options.run(
            DecoderStage(
                cache: cache, batch: options.batch ?? 1, frames: frames, spatial: spatial, latentNoise: latentNoise,
                folder: URL(fileURLWithPath: options.model), report: Console.status),
            rate: 1e-3)
    }
}

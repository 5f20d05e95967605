import ArgumentParser
import Foundation
import Models
import Tensors
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model: autoencoder, image stage, video stage, temporal decoder.",
        subcommands: [TrainAutoencoder.self])
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

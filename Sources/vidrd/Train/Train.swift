import ArgumentParser
import Checkpoints
import Files
import Foundation
import Models
import Scenes
import Tensors
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model: autoencoder, image stage, captions, video stage, joint training, temporal decoder.",
        discussion: """
            Examples:
              vidrd scenes --raw Data/clips --count 4000
              vidrd train autoencoder --data Data/clips --model Runs/mine --minutes 25
              vidrd train image --data Data/clips --model Runs/mine --minutes 30
            """,
        subcommands: [
            TrainStarter.self, TrainAutoencoder.self, TrainImage.self, TrainCaptions.self, TrainVideo.self, TrainJoint.self, TrainDecoder.self,
            TrainData.self, TrainClassifier.self,
        ])
}

/// How long a stage learns and how fast.
struct ScheduleOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Minutes after which it ends (default: 30; the classifier's: 15; with --steps: none).",
        transform: OptionValues.positive(upTo: 1e6))
    var minutes: Double?

    @Option(
        parsing: .unconditional, help: "Steps after which it ends; without them the learning rate follows the clock.",
        transform: OptionValues.whole(from: 1))
    var steps: Int?

    @Option(
        parsing: .unconditional, help: "Clips or pictures in a batch.",
        transform: OptionValues.whole(1...100_000))
    var batch: Int?

    @Option(
        parsing: .unconditional, help: "Highest learning rate (default: the recipe's; with another optimiser than its own, the one that goes with it).",
        transform: { Float(try OptionValues.positive(upTo: 10)($0)) })
    var rate: Float?

    @Option(help: "Optimiser, muon or adamw (default: the recipe's; the classifier's: adamw).")
    var optimizer: OptimizerKind?

    @Option(
        parsing: .unconditional, help: "Scenes that no training draws, on which it is measured (default: 0).",
        transform: OptionValues.whole(0...100_000))
    var heldOut = 0

    @Option(
        parsing: .unconditional, help: "Steps between those measurements (default: 500).",
        transform: OptionValues.whole(from: 1))
    var heldOutEvery = 500

    @Option(help: "Seed of initial weights and batches.")
    var seed: UInt64 = 1

    @OptionGroup var pace: PaceOptions

    /// Trains a stage as it was asked for, or else at its own rate and length; `minutes` end it where neither these nor
    /// steps were asked for. Ctrl-C ends the program, once what was learnt is saved and written.
    func run(_ stage: any TrainingStage, rate: Float, minutes: Double = 30, folder: String) throws {
        let configuration = TrainingRun.Configuration(
            learningRate: LearningRate(highest: self.rate ?? rate), steps: steps,
            minutes: self.minutes ?? (steps == nil ? minutes : nil), seed: seed, saveEvery: pace.saveEvery,
            heldOutEvery: heldOut > 0 ? heldOutEvery : nil)
        let run = try TrainingRun(
            stage, configuration: configuration, folder: URL(fileURLWithPath: folder), report: Console.status)
        guard try run.run(isCancelled: { Interruption.isRequested }) else {
            Console.status("stopped: the same command goes on from here")
            throw ExitCode(Failure.interrupted)
        }
    }
}

extension OptimizerKind: ExpressibleByArgument {}

/// What every training takes.
struct PaceOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Minutes between checkpoints and sample sheets (default: 5).",
        transform: OptionValues.positive(upTo: 1e6))
    var saveEvery = 5.0

    @OptionGroup var threads: ThreadOptions

    /// To be called before anything is computed.
    func begin() {
        threads.use()
        Interruption.listen()
        BuildFacts.warnIfSlow()
    }
}

/// What the stages of a model take.
struct TrainingOptions: ParsableArguments {
    @Option(help: "Folder of clips, made by \"vidrd scenes --raw\".", completion: .directory)
    var data = "Data/clips"

    @Option(help: "Model folder that is trained further and written.", completion: .directory)
    var model = "Runs/starter"

    @Option(help: "Folder for checkpoints, loss curve and sample sheets; what is there is continued.", completion: .directory)
    var run: String?

    @Option(
        name: .customLong("recipe"),
        help: ArgumentHelp(
            "Recipe whose numbers the stage takes, as \"vidrd train starter --show\" prints it (default: the starter's).", valueName: "file"),
        completion: .file())
    var recipeFile: String?

    @OptionGroup var schedule: ScheduleOptions

    var batch: Int? { schedule.batch }
    var seed: UInt64 { schedule.seed }

    /// Where rates, weights and sizes come from. Throws `CheckpointError`.
    func recipe() throws -> StarterRecipe {
        try recipeFile.map { try JSONFile.read(StarterRecipe.self, from: URL(fileURLWithPath: $0)) } ?? StarterRecipe()
    }

    /// Without a rate that was asked for, that of `part` of the recipe, with the stage's optimiser.
    func run(_ stage: any TrainingStage, as part: StarterRecipe.Schedule) throws {
        try schedule.run(stage, rate: part.rate(with: stage.optimizer.kind), folder: run ?? "Runs/\(stage.name)")
        Console.result(model)
    }

    func part(_ name: String) -> URL { URL(fileURLWithPath: model).appendingPathComponent(name) }

    func start() throws -> ClipCache {
        schedule.pace.begin()
        return try ClipCache(URL(fileURLWithPath: data))
    }
}

extension TrainingOptions {
    /// A diffusion stage.
    func train(
        _ configuration: DiffusionStage.Configuration, _ timesteps: TimestepOptions, as part: StarterRecipe.Schedule, stills: String? = nil
    ) throws {
        let cache = try start()
        var configuration = configuration
        configuration.batch = batch ?? configuration.batch
        configuration.timestepShift = timesteps.timestepShift ?? configuration.timestepShift
        configuration.seed = seed
        configuration.optimizer = schedule.optimizer ?? configuration.optimizer
        configuration.heldOut = schedule.heldOut
        try run(
            DiffusionStage(
                configuration, cache: cache, stills: stills.map { try ClipCache(URL(fileURLWithPath: $0)) },
                folder: URL(fileURLWithPath: model), report: Console.status,
                isCancelled: { Interruption.isRequested }),
            as: part)
    }
}

/// Where the commands of single stages take their rates and weights from.
private let starter = StarterRecipe()

/// Which timesteps a diffusion stage learns from.
struct TimestepOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "How far timesteps are moved to high noise; 1 draws them evenly (default: the recipe's, \(starter.image.timestepShift.formatted())).",
        transform: { Float(try OptionValues.positive(upTo: 100)($0)) })
    var timestepShift: Float?
}

struct TrainAutoencoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoencoder", abstract: "Pictures to latents and back.",
        discussion: """
            Example:
              vidrd train autoencoder --data Data/clips --model Runs/mine --minutes 25
            """)

    @OptionGroup var options: TrainingOptions
    @Option(
        parsing: .unconditional, help: "Weight of the KL term (default: \(starter.autoencoder.weights.kl)).",
        transform: OptionValues.weight)
    var kl: Float?
    @Option(
        parsing: .unconditional,
        help: "Weight of the error of pictures decoded from latents at half size (default: \(starter.autoencoder.weights.scaleEquivariance)).",
        transform: OptionValues.weight)
    var scaleEquivariance: Float?
    @Option(
        help: ArgumentHelp("Folder of an autoencoder of the recipe's sizes that is trained further (default: none, begin anew).", valueName: "dir"),
        completion: .directory)
    var beginWith: String?

    func run() throws {
        let cache = try options.start(), recipe = try options.recipe().autoencoder
        let stage = try AutoencoderStage(
            recipe.sizes, cache: cache, cropBatch: options.batch ?? recipe.schedule.batch,
            weights: .init(kl: kl ?? recipe.weights.kl, scaleEquivariance: scaleEquivariance ?? recipe.weights.scaleEquivariance),
            optimizer: options.schedule.optimizer ?? recipe.schedule.optimizer, heldOut: options.schedule.heldOut,
            seed: options.seed, beginning: beginWith.map { URL(fileURLWithPath: $0) }, output: options.part("vae"))
        try options.run(stage, as: recipe.schedule)
    }
}

struct TrainImage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "U-Net and text encoder on single frames, from scratch.",
        discussion: """
            Example:
              vidrd train image --data Data/clips --model Runs/mine --minutes 30
            """)

    @OptionGroup var options: TrainingOptions
    @OptionGroup var timesteps: TimestepOptions

    func run() throws {
        let recipe = try options.recipe()
        try options.train(recipe.imageConfiguration, timesteps, as: recipe.image.schedule)
    }
}

struct TrainCaptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "captions", abstract: "U-Net and text encoder of an image model further, on single frames.",
        discussion: """
            Many scenes with few frames each teach what words mean; clips of many frames, seen again and again, are learnt \
            by heart.

            Example:
              vidrd scenes --raw Data/stills --count 40000 --frames 2 --fps 0.533 --seed 8001
              vidrd train captions --data Data/stills --model Runs/mine --minutes 30
            """)

    @OptionGroup var options: TrainingOptions
    @OptionGroup var timesteps: TimestepOptions

    func run() throws {
        let recipe = try options.recipe()
        try options.train(recipe.captionsConfiguration, timesteps, as: recipe.captions.schedule)
    }
}

struct TrainVideo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "video", abstract: "Temporal layers on clips, on top of an image model.",
        discussion: """
            Example:
              vidrd train video --data Data/clips --model Runs/mine --minutes 30
            """)

    @OptionGroup var options: TrainingOptions
    @OptionGroup var timesteps: TimestepOptions
    @Option(
        parsing: .unconditional, help: "Frames of a training clip (default: \(starter.video.frames)).",
        transform: OptionValues.whole(1...1024))
    var frames: Int?
    @Option(
        parsing: .unconditional,
        help: "Learning rate of the spatial layers, as a factor; 0 leaves them as they are (default: \(starter.video.spatialRate)).",
        transform: OptionValues.weight)
    var spatialRate: Float?
    @Flag(help: "Keep only the borders of blocks in memory and compute the rest twice.") var checkpointing = false

    func run() throws {
        let recipe = try options.recipe()
        var configuration = recipe.videoConfiguration
        configuration.frames = frames ?? configuration.frames
        configuration.spatialRate = spatialRate ?? configuration.spatialRate
        configuration.checkpointing = checkpointing
        try options.train(configuration, timesteps, as: recipe.video.schedule)
    }
}

struct TrainJoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "joint", abstract: "Everything but the autoencoder further, on clips and on stills at once.",
        discussion: """
            For a model that has been through the video stage: what single frames teach about words, with clips that keep \
            its motion.

            Example:
              vidrd scenes --raw Data/explicit --count 40000 --frames 2 --fps 0.533 --seed 58001 --explicit 0.85
              vidrd train joint --data Data/clips --stills Data/explicit --model Runs/mine --minutes 30
            """)

    @OptionGroup var options: TrainingOptions
    @OptionGroup var timesteps: TimestepOptions
    @Option(help: ArgumentHelp("Folder of stills, as of clips.", valueName: "dir"), completion: .directory)
    var stills = "Data/stills"
    @Option(
        parsing: .unconditional, help: "Stills in a batch, beside its clips (default: \(starter.joint.stills)).",
        transform: OptionValues.whole(1...100_000))
    var stillsBatch: Int?
    @Option(
        parsing: .unconditional, help: "Frames of a training clip (default: \(starter.joint.frames)).",
        transform: OptionValues.whole(1...1024))
    var frames: Int?

    func run() throws {
        let recipe = try options.recipe()
        var configuration = recipe.jointConfiguration
        configuration.stillsBatch = stillsBatch ?? configuration.stillsBatch
        configuration.frames = frames ?? configuration.frames
        try options.train(configuration, timesteps, as: recipe.joint.schedule, stills: stills)
    }
}

struct TrainDecoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decoder", abstract: "The decoder on clips: its temporal layers, and with --spatial the others too.",
        discussion: """
            Example:
              vidrd train decoder --data Data/clips --model Runs/mine --minutes 8 --spatial
            """)

    @OptionGroup var options: TrainingOptions
    @Option(
        parsing: .unconditional, help: "Frames of a training clip (default: \(starter.decoder.frames)).",
        transform: OptionValues.whole(1...1024))
    var frames: Int?
    @Flag(help: "Train the decoder's spatial layers too, at a quarter of the rate.") var spatial = false
    @Option(
        parsing: .unconditional, help: "Largest deviation of noise on the latents (default: \(starter.decoder.latentNoise)).",
        transform: OptionValues.weight)
    var latentNoise: Float?

    func run() throws {
        let cache = try options.start(), recipe = try options.recipe().decoder
        try options.run(
            DecoderStage(
                cache: cache, batch: options.batch ?? recipe.schedule.batch, frames: frames ?? recipe.frames, spatial: spatial,
                latentNoise: latentNoise ?? recipe.latentNoise,
                optimizer: options.schedule.optimizer ?? recipe.schedule.optimizer, folder: URL(fileURLWithPath: options.model), report: Console.status,
                isCancelled: { Interruption.isRequested }),
            as: recipe.schedule)
    }
}

import ArgumentParser
import Foundation
import Models
import Scenes
import Tensors
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model: autoencoder, image stage, video stage, temporal decoder.",
        discussion: """
            Examples:
              vidrd scenes --raw Data/clips --count 4000
              vidrd train autoencoder --data Data/clips --model Runs/mine --minutes 25
              vidrd train image --data Data/clips --model Runs/mine --minutes 30
            """,
        subcommands: [
            TrainStarter.self, TrainAutoencoder.self, TrainImage.self, TrainVideo.self, TrainDecoder.self, TrainData.self,
            TrainClassifier.self,
        ])
}

/// How long a stage learns and how fast.
struct ScheduleOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Minutes after which it ends (default: 30; the classifier's: 15).",
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
        parsing: .unconditional, help: "Highest learning rate.",
        transform: { Float(try OptionValues.positive(upTo: 10)($0)) })
    var rate: Float?

    @Option(help: "Seed of initial weights and batches.")
    var seed: UInt64 = 1

    @OptionGroup var pace: PaceOptions

    /// Trains a stage as it was asked for, or else at its own rate and length.
    func run(_ stage: any TrainingStage, rate: Float, minutes: Double = 30, folder: String) throws {
        let configuration = TrainingRun.Configuration(
            learningRate: LearningRate(highest: self.rate ?? rate), steps: steps, minutes: self.minutes ?? minutes,
            seed: seed, saveEvery: pace.saveEvery)
        try TrainingRun(stage, configuration: configuration, folder: URL(fileURLWithPath: folder), report: Console.status)
            .run(isCancelled: { Interruption.isRequested })
    }
}

/// What every training takes.
struct PaceOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Minutes between checkpoints and sample sheets (default: 5).",
        transform: OptionValues.positive(upTo: 1e6))
    var saveEvery = 5.0

    @Option(
        parsing: .unconditional, help: "Threads.",
        transform: OptionValues.whole(1...256))
    var threads: Int?

    /// To be called before anything is computed.
    func begin() {
        if let threads { ThreadPool.threads = threads }
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

    @OptionGroup var schedule: ScheduleOptions

    var batch: Int? { schedule.batch }
    var seed: UInt64 { schedule.seed }

    func run(_ stage: any TrainingStage, rate: Float) throws {
        try schedule.run(stage, rate: rate, folder: run ?? "Runs/\(stage.name)")
        Console.result(model)
    }

    func part(_ name: String) -> URL { URL(fileURLWithPath: model).appendingPathComponent(name) }

    func start() throws -> ClipCache {
        schedule.pace.begin()
        return try ClipCache(URL(fileURLWithPath: data))
    }
}

/// Which timesteps a diffusion stage learns from.
struct TimestepOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "How far timesteps are moved to high noise; 1 draws them evenly (default: 3).",
        transform: { Float(try OptionValues.positive(upTo: 100)($0)) })
    var timestepShift: Float = 3
}

struct TrainAutoencoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoencoder", abstract: "Pictures to latents and back.",
        discussion: """
            Example:
              vidrd train autoencoder --data Data/clips --model Runs/mine --minutes 25
            """)

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
        commandName: "image", abstract: "U-Net and text encoder on single frames, from scratch.",
        discussion: """
            Example:
              vidrd train image --data Data/clips --model Runs/mine --minutes 30
            """)

    @OptionGroup var options: TrainingOptions
    @OptionGroup var timesteps: TimestepOptions

    func run() throws {
        let cache = try options.start()
        var configuration = DiffusionStage.Configuration(kind: .image, batch: options.batch ?? 32, frames: 1)
        configuration.timestepShift = timesteps.timestepShift
        configuration.seed = options.seed
        try options.run(
            DiffusionStage(
                configuration, cache: cache, folder: URL(fileURLWithPath: options.model), report: Console.status,
                isCancelled: { Interruption.isRequested }),
            rate: 8e-4)
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
        parsing: .unconditional, help: "Frames of a training clip (default: 16).", transform: OptionValues.whole(1...1024))
    var frames = 16
    @Option(help: "Learning rate of the spatial layers, as a factor; 0 leaves them as they are.") var spatialRate: Float = 0.25
    @Flag(help: "Keep only the borders of blocks in memory and compute the rest twice.") var checkpointing = false

    func run() throws {
        let cache = try options.start()
        var configuration = DiffusionStage.Configuration(kind: .video, batch: options.batch ?? 2, frames: frames)
        configuration.timestepShift = timesteps.timestepShift
        configuration.spatialRate = spatialRate
        configuration.seed = options.seed
        configuration.checkpointing = checkpointing
        try options.run(
            DiffusionStage(
                configuration, cache: cache, folder: URL(fileURLWithPath: options.model), report: Console.status,
                isCancelled: { Interruption.isRequested }),
            rate: 1e-3)
    }
}

struct TrainDecoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decoder", abstract: "The decoder's temporal layers on clips, everything else fixed.",
        discussion: """
            Example:
              vidrd train decoder --data Data/clips --model Runs/mine --minutes 8 --spatial
            """)

    @OptionGroup var options: TrainingOptions
    @Option(
        parsing: .unconditional, help: "Frames of a training clip (default: 8).", transform: OptionValues.whole(1...1024))
    var frames = 8
    @Flag(help: "Train the decoder's spatial layers too, at a quarter of the rate.") var spatial = false
    @Option(help: "Largest deviation of noise on the latents.") var latentNoise: Float = 0.4

    func run() throws {
        let cache = try options.start()
        try options.run(
            DecoderStage(
                cache: cache, batch: options.batch ?? 1, frames: frames, spatial: spatial, latentNoise: latentNoise,
                folder: URL(fileURLWithPath: options.model), report: Console.status,
                isCancelled: { Interruption.isRequested }),
            rate: 1e-3)
    }
}

struct TrainData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Turn a folder of captioned videos and pictures into training clips.",
        discussion: """
            A caption stands in a text file beside each (boat.mp4, boat.txt) or in captions.jsonl with lines \
            {"file": "boat.mp4", "caption": "..."}. Videos are cut into clips; pictures become clips by a random pan and \
            zoom. The clips are appended to what the folder holds.

            Example:
              vidrd train data Holidays --data Data/clips
            """)

    @Argument(help: "Folder of videos and pictures.") var source: String
    @Option(help: "Folder of clips to write.") var data = "Data/clips"
    @Option(help: "Frames in a clip.") var frames = 16
    @Option(help: "Frames per second.") var fps = 8.0
    @Option(help: "Side of the frames in pixels.") var size = 128
    @Option(help: "Clips made of each picture.") var perPicture = 1
    @Option(help: "Clips of cut-out pictures (PNG with transparency) before drawn backgrounds; subfolders are searched too.")
    var composed = 0
    @Option(help: "Seed of the pans and zooms.") var seed: UInt64 = 1

    func validate() throws {
        for (name, value) in [("--frames", frames), ("--size", size), ("--per-picture", perPicture)] where value < 1 {
            throw ValidationError("\(name) is \(value); it must be 1 or more")
        }
        guard composed >= 0 else { throw ValidationError("--composed is \(composed); it must be 0 or more") }
        guard fps > 0, fps <= 1000 else { throw ValidationError("--fps is \(fps); it must be above 0 and up to 1000") }
    }

    func run() throws {
        let folder = URL(fileURLWithPath: source)
        let pictures = composed > 0 ? try PictureLibrary(folder) : nil
        var media = pictures == nil ? try MediaClips(folder) : nil
        let writer = try ClipCacheWriter(URL(fileURLWithPath: data), width: size, height: size)
        let before = writer.count
        var skipped: [(file: String, reason: String)] = []
        if let pictures {
            skipped = try writer.appendPictures(
                pictures, count: composed, frames: frames, framesPerSecond: fps, size: size, seed: seed
            ) { _ in }.map { ($0.file, $0.reason) }
        } else {
            var generator = TorchGenerator(seed: seed)
            try media?.append(
                to: writer, frames: frames, framesPerSecond: fps, size: size, perPicture: perPicture, generator: &generator
            ) { _ in }
            skipped = media?.skipped.map { ($0.file, $0.reason) } ?? []
        }
        for item in skipped { Console.status("\(item.file): \(item.reason)") }
        Console.status("\(writer.count - before) clips from \(source), \(skipped.count) files left out")
        Console.result(data)
    }
}

import ArgumentParser
import Checkpoints
import Files
import Foundation
import Generation
import Layers
import Models
import Tensors
import Text
import Training

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the model's parts on random weights.",
        discussion: """
            Prints median, fastest and slowest pass, the floating-point operations of a pass by their plain definitions, \
            and the largest memory of the process so far. Give one piece of work where memory matters.

            Examples:
              vidrd bench unet --config starter --guidance
              vidrd bench ops --config sd21
            """)

    /// What is timed.
    enum Work: String, CaseIterable {
        /// Single operations in the shapes that the U-Net has.
        case ops
        case unet, vae, encode, text, train, generate

        static let names = allCases.map(\.rawValue).joined(separator: ", ")
    }

    @Argument(help: "Pieces of work: \(Work.names) (default: all).", transform: Self.work) var work: [Work] = []

    @Option(help: "Sizes: starter or sd21, which is VidRD on Stable Diffusion 2.1.", transform: RandomModelCommand.config)
    var config = RandomModel.starter

    @Option(parsing: .unconditional, help: "Frames (default: one clip).", transform: OptionValues.whole(1...1024))
    var frames: Int?

    @Option(
        help: ArgumentHelp("Pixels (default: 128x128, and 256x256 for sd21).", valueName: "WxH"),
        transform: PictureSize.read)
    var size: PictureSize?

    @Flag(help: "unet: two halves, as guidance needs them.") var guidance = false

    @Option(help: "train: image (32 pictures) or video (2 clips).", transform: Self.stage) var stage = TrainingBench.Stage.image

    @Option(help: "train: muon or adamw (default: the starter recipe's).") var optimizer: OptimizerKind?

    @Option(parsing: .unconditional, help: "Passes at least.", transform: OptionValues.whole(1...1000)) var runs = 3

    @Option(parsing: .unconditional, help: "Seconds at least, for each.", transform: OptionValues.number(0...3600))
    var seconds = 3.0

    @OptionGroup var threads: ThreadOptions

    @Option(help: ArgumentHelp("Write JSON: one object, or a list of several. - for stdout.", valueName: "file"))
    var json: String?

    @Sendable private static func work(_ text: String) throws -> Work {
        guard let work = Work(rawValue: text) else { throw ValidationError("'\(text)' is not known; allowed are \(Work.names)") }
        return work
    }

    @Sendable private static func stage(_ text: String) throws -> TrainingBench.Stage {
        guard let stage = TrainingBench.Stage(rawValue: text) else { throw ValidationError("allowed are image and video") }
        return stage
    }

    private var clip: Int { frames ?? (config == .starter ? 16 : 8) }
    private var pixels: PictureSize { size ?? (config == .starter ? PictureSize(width: 128, height: 128) : PictureSize(width: 256, height: 256)) }
    private var sizeName: String { "\(pixels.width)x\(pixels.height)" }

    func run() throws {
        threads.use()
        BuildFacts.warnIfSlow()
        Interruption.leaveAtOnce()
        guard pixels.width % 8 == 0, pixels.height % 8 == 0 else {
            throw UsageError("--size is \(sizeName); allowed are multiples of 8")
        }
        let wanted = work.isEmpty ? Work.allCases.filter { config == .starter || $0 != .train } : work
        Console.status(BuildFacts.line)
        var results: [Benchmark] = []
        for piece in wanted {
            for result in try measure(piece) {
                results.append(result)
                if json == "-" { Console.status(result.line) } else { Console.result(result.line) }
            }
        }
        guard let json else { return }
        let text = results.count == 1 ? try JSONFile.text(results[0]) : try JSONFile.text(results)
        if json == "-" { Console.result(text) } else { try AtomicFile.write(text + "\n", to: URL(fileURLWithPath: json)) }
    }

    private func timed(_ what: String, factor: Double = 1, _ pass: () throws -> Void) rethrows -> Benchmark {
        try Benchmark(
            what, config: config.rawValue, frames: clip, size: sizeName, runs: runs, seconds: seconds, factor: factor,
            pass: pass)
    }

    private func measure(_ work: Work) throws -> [Benchmark] {
        var random = TorchGenerator(seed: 1)
        let latents = [pixels.height / 8, pixels.width / 8, config.autoencoder.latentChannels]
        switch work {
        case .ops:
            return OperationBench.cases(config, frames: clip, height: latents[0], width: latents[1]).map { timed($0.name, $0.pass) }
        case .unet:
            let configuration = config.unet, batch = guidance ? 2 : 1
            let unet = try load("unet") { VideoUNet(configuration, $0) }
            let x = random.randn([batch, clip] + latents), tokens = config.textEncoder.positions
            let context = random.randn([batch, tokens, configuration.crossAttentionDim])
            let pooled = configuration.projectionClassEmbeddingsInputDim.map { random.randn([batch, $0]) }
            let cache = ContextCache()
            return [
                timed(guidance ? "unet with guidance" : "unet") {
                    _ = unet(
                        x, timesteps: Array(repeating: 500, count: batch), context: context, pooled: pooled, cache: cache)
                }
            ]
        case .vae:
            let autoencoder = try load("vae") { Autoencoder(config.autoencoder, $0) }
            let z = random.randn([clip] + latents)
            return [timed("vae decode") { _ = autoencoder.decode(z, frames: clip) }]
        case .encode:
            let autoencoder = try load("vae") { Autoencoder(config.autoencoder, $0) }
            let pictures = random.rand([clip, pixels.height, pixels.width, 3], low: -1, high: 1)
            return [timed("vae encode") { _ = autoencoder.encode(pictures) }]
        case .text:
            let configuration = config.textEncoder
            let encoder = try load("text_encoder") { TextEncoder(configuration, $0) }
            let ids = (0..<configuration.positions).map { $0 * 7 % configuration.vocabularySize }
            return [timed("text encoder") { _ = encoder([ids]) }]
        case .train:
            guard config == .starter else { throw UsageError("training is timed for --config starter only") }
            let kind = optimizer ?? StarterRecipe().image.schedule.optimizer
            let training = TrainingBench(stage, kind, frames: clip, size: (latents[0], latents[1]))
            var result = timed("train \(stage.rawValue), \(kind.rawValue)", factor: 3) { training.step() }
            result.optimizerShare = training.optimizerShare
            return [result]
        case .generate:
            return [try generate()]
        }
    }

    /// A part of the model with random weights, stored as the real ones are.
    private func load<Part>(_ name: String, _ make: (ParameterScope) -> Part) throws -> Part {
        try VideoModel.part(named: name, from: config.temporaryFile(of: name, seed: 1), make)
    }

    /// Prompt to frames, without the writing of a file.
    private func generate() throws -> Benchmark {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vidrd-bench-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try config.write(as: .float16, seed: 1, to: folder)
        let model = try VideoModel(folder)
        var settings = GenerationSettings(prompt: "a candle is burning", length: clip, seed: 1, model: model)
        (settings.width, settings.height) = (pixels.width, pixels.height)
        return try timed("generate, \(settings.steps) steps") {
            _ = try VideoGenerator(model, settings).frames()
        }
    }
}

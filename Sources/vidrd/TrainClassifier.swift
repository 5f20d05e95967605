import ArgumentParser
import Foundation
import Tensors
import Training

struct TrainClassifier: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classifier",
        abstract: "The network that judges whether clips show what their captions say.",
        discussion: """
            It learns family, colour, count and time of day from the labels of rendered clips, and is measured on \
            rendered clips that training never draws: what "vidrd eval scenes" finds on generated clips can be no better.

            Example:
              vidrd train classifier --data Data/clips -o Weights/classifier
            """)

    @Option(help: "Folder of clips, made by \"vidrd scenes --raw\".", completion: .directory) var data = "Data/clips"
    @Option(
        name: .customLong("run"), help: "Folder for checkpoints, loss curve and sample sheets; what is there is continued.",
        completion: .directory)
    var runFolder = "Runs/classifier"
    @Option(
        name: [.customShort("o"), .long], help: "Folder to write: config.json and model.safetensors.",
        completion: .directory)
    var output = "Weights/classifier"
    @Option(
        parsing: .unconditional, help: "Minutes after which it ends (default: 15).",
        transform: OptionValues.positive(upTo: 1e6))
    var minutes = 15.0
    @Option(
        parsing: .unconditional, help: "Steps after which it ends; without them the learning rate follows the clock.",
        transform: OptionValues.whole(from: 1))
    var steps: Int?
    @Option(parsing: .unconditional, help: "Clips in a batch (default: 32).", transform: OptionValues.whole(1...100_000))
    var batch = 32
    @Option(
        parsing: .unconditional, help: "Highest learning rate (default: 0.002).", transform: OptionValues.positive(upTo: 10))
    var rate = 2e-3
    @Option(
        parsing: .unconditional, help: "Rendered clips that it is measured on (default: 520).",
        transform: OptionValues.whole(1...100_000))
    var heldOut = 520
    @Option(help: "Seed of initial weights and batches.") var seed: UInt64 = 1
    @Option(
        parsing: .unconditional, help: "Minutes between checkpoints and sample sheets (default: 5).",
        transform: OptionValues.positive(upTo: 1e6))
    var saveEvery = 5.0
    @Option(parsing: .unconditional, help: "Threads.", transform: OptionValues.whole(1...256)) var threads: Int?

    func run() throws {
        if let threads { ThreadPool.threads = threads }
        Interruption.listen()
        BuildFacts.warnIfSlow()
        let stage = try ClassifierStage(
            cache: ClipCache(URL(fileURLWithPath: data)), batch: batch, seed: seed, heldOut: heldOut,
            output: URL(fileURLWithPath: output), report: Console.status)
        let configuration = TrainingRun.Configuration(
            learningRate: LearningRate(highest: Float(rate)), steps: steps, minutes: minutes, seed: seed, saveEvery: saveEvery)
        try TrainingRun(stage, configuration: configuration, folder: URL(fileURLWithPath: runFolder), report: Console.status)
            .run(isCancelled: { Interruption.isRequested })
        Console.result(output)
    }
}

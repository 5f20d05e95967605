import ArgumentParser
import Foundation
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
    @OptionGroup var schedule: ScheduleOptions

    func run() throws {
        schedule.pace.begin()
        let stage = try ClassifierStage(
            cache: ClipCache(URL(fileURLWithPath: data)), batch: schedule.batch ?? 32, seed: schedule.seed, 
            heldOut: schedule.heldOut > 0 ? schedule.heldOut : 520, optimizer: schedule.optimizer ?? .adamW,
            output: URL(fileURLWithPath: output), report: Console.status)
        try schedule.run(stage, rate: 2e-3, minutes: 15, folder: runFolder)
        Console.result(output)
    }
}

import ArgumentParser
import Checkpoints
import Files
import Foundation
import Training

struct TrainStarter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "starter",
        abstract: "Make the model that ships from nothing: clips and stills, then all stages.",
        discussion: """
            The recipe stands in one place; --show prints it as JSON, and --recipe takes such a file. A run that was \
            stopped or killed goes on where it saved last when the same command is given again; recipe.json in the model \
            folder says which stages are finished and how long they took.

            Examples:
              vidrd train starter --show
              vidrd train starter --scale 0.01 --data Trial/clips --run Trial/stages --model Trial/model
            """)

    @Flag(help: "Print the recipe and end.") var show = false
    @Option(help: ArgumentHelp("Recipe to use in place of the starter's, as --show prints it.", valueName: "file"), completion: .file())
    var recipe: String?
    @Option(
        parsing: .unconditional, help: "This share of clips, steps and minutes, for trying it out (default: 1).",
        transform: OptionValues.positive(upTo: 1000))
    var scale = 1.0
    @Option(
        help: ArgumentHelp(
            "Folder of cut-out pictures (PNG with transparency) for the composed clips; without it there are none.", valueName: "dir"),
        completion: .directory)
    var pictures: String?
    @Option(help: ArgumentHelp("Folder of clips, with further clips and stills below it; what is missing is drawn.", valueName: "dir"), completion: .directory)
    var data = "Data/clips"
    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("Folder for a folder of each stage: checkpoint, loss curve, sample sheets.", valueName: "dir"),
        completion: .directory)
    var runFolder = "Runs/stages"
    @Option(help: ArgumentHelp("Model folder to make.", valueName: "dir"), completion: .directory)
    var model = "Runs/starter"
    @OptionGroup var pace: PaceOptions

    func run() throws {
        let base = try recipe.map { try JSONFile.read(StarterRecipe.self, from: URL(fileURLWithPath: $0)) } ?? StarterRecipe()
        let recipe = base.scaled(by: scale)
        if show {
            return Console.result(try JSONFile.text(recipe))
        }
        pace.begin()
        if pictures == nil, recipe.composed > 0 {
            Console.warning("no --pictures: the \(recipe.composed) composed clips and stills of the recipe are left out")
        }
        let training = try StarterTraining(
            recipe, data: URL(fileURLWithPath: data), runs: URL(fileURLWithPath: runFolder), model: URL(fileURLWithPath: model),
            pictures: pictures.map { URL(fileURLWithPath: $0) }, saveEvery: pace.saveEvery, report: Console.status)
        guard try training.run(isCancelled: { Interruption.isRequested }) else {
            Console.status("stopped: the same command goes on from here")
            throw ExitCode(Failure.interrupted)
        }
        Console.result(model)
    }
}

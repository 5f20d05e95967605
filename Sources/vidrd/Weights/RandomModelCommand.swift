import ArgumentParser
import Checkpoints
import Foundation
import Generation

struct RandomModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "random-model",
        abstract: "Write a complete model folder of random weights in the size of a real one, for measurements.",
        discussion: """
            Example:
              vidrd random-model random --config starter --seed 4
            """)

    @Argument(help: "The folder to write; it must not exist.") var folder: String

    @Option(help: "Sizes: \(RandomModel.allCases.map(\.rawValue).joined(separator: " or ")) (default: sd21, 3.2 GB).", transform: Self.config)
    var config = RandomModel.sd21

    @Option(parsing: .unconditional, help: "Seed of the weights.", transform: OptionValues.seed) var seed: UInt64 = 1

    @Option(help: "Type of the stored numbers: fp16, bf16 or f32.", transform: OptionValues.elementType)
    var type: ElementType = .float16

    @Sendable static func config(_ text: String) throws -> RandomModel {
        guard let found = RandomModel(rawValue: text) else {
            throw ValidationError("allowed are \(RandomModel.allCases.map(\.rawValue).joined(separator: " and "))")
        }
        return found
    }

    func run() throws {
        try OptionValues.checkIsFree(folder)
        let place = URL(fileURLWithPath: folder)
        Interruption.leaveAtOnce(making: place)
        try config.write(as: type, seed: seed, to: place)
        Console.result(folder)
    }
}

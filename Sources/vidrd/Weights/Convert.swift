import ArgumentParser
import Checkpoints
import Foundation
import Generation

struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write weights as safetensors, or a model as one diffusers-style folder.",
        discussion: """
            A file (torch archive or safetensors) becomes a safetensors file. A model folder, the three published pieces \
            of VidRD included, becomes a folder of its kind, with model_index.json and a folder for each part.

            Examples:
              vidrd convert ModelT2V.pth model.safetensors
              vidrd convert FOLDER NEW --type bf16
            """)

    @Argument(help: "A weight file or a model folder.", completion: .file()) var source: String
    @Argument(help: "The file or folder to write; it must not exist.") var destination: String
    @OptionGroup var parts: ModelParts
    @Option(help: "Type of the stored numbers: fp16, bf16 or f32.", transform: OptionValues.elementType)
    var type: ElementType = .float16

    func run() throws {
        let (from, to) = (URL(fileURLWithPath: source), URL(fileURLWithPath: destination))
        try OptionValues.checkIsFree(destination)
        Interruption.leaveAtOnce(making: to)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: from.path, isDirectory: &isFolder), isFolder.boolValue {
            try parts.layout(from).convert(as: type, to: to)
        } else {
            try parts.checkAreAbsent()
            try SafetensorsWriter.write(WeightFile.open(from), as: type, to: to)
        }
        Console.result(destination)
    }
}

import ArgumentParser
import Checkpoints
import Foundation
import Generation

struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write weights as safetensors, or a model as one diffusers-style folder.",
        discussion: """
            A file (torch archive or safetensors) becomes a safetensors file. A model folder, the three published pieces \
            of VidRD included, becomes a folder with unet, vae, text_encoder, tokenizer and scheduler.
            """)

    @Argument(help: "A weight file or a model folder.") var source: String
    @Argument(help: "The file or folder to write; it must not exist.") var destination: String
    @Option(help: "Type of the stored numbers: fp16, bf16 or f32.", transform: Convert.type) var type: ElementType = .float16

    @Sendable private static func type(_ text: String) throws -> ElementType {
        switch text {
        case "fp16", "f16", "float16": return .float16
        case "bf16", "bfloat16": return .bfloat16
        case "fp32", "f32", "float32": return .float32
        default: throw ValidationError("allowed are fp16, bf16 and f32")
        }
    }

    func run() throws {
        let (from, to) = (URL(fileURLWithPath: source), URL(fileURLWithPath: destination))
        guard !FileManager.default.fileExists(atPath: to.path) else {
            throw UsageError("'\(destination)' exists already; choose another name")
        }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: from.path, isDirectory: &isFolder), isFolder.boolValue {
            try ModelLayout.convert(from, as: type, to: to)
        } else {
            try SafetensorsWriter.write(WeightFile.open(from), as: type, to: to)
        }
        Console.result(destination)
    }
}

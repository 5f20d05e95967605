import Checkpoints
import Files
import Foundation
import Generation
import Testing

@Suite struct ModelKindTests {
    private func index(_ folder: URL) -> URL { folder.appendingPathComponent("model_index.json") }

    private func names(_ folder: URL) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: index(folder))) as? [String: Any])
    }

    @Test func everyKindHasANameOfItsOwn() {
        #expect(Set(ModelKind.all.map(\.className)).count == ModelKind.all.count)
        for kind in ModelKind.all {
            #expect(ModelKind.named(kind.className)?.title == kind.title)
            #expect(ModelKind.list.contains("\(kind.className) (\(kind.title))"))
        }
        #expect(ModelKind.named("FluxPipeline") == nil)
    }

    /// Every kind of today is made of the same parts, and a converted folder is of the kind that it was.
    @Test(arguments: ModelKind.all.map(\.className)) func foldersKeepTheirKind(_ name: String) throws {
        try TinyModel().withFolder { folder in
            try DiffusersFolder.writeIndex(pipeline: name, parts: [], to: folder)
            let model = try VideoModel(folder), copy = folder.appendingPathComponent("copy")
            #expect(model.kind.className == name)
            try ModelLayout(folder).convert(as: .float32, to: copy)
            #expect(try names(copy)["_class_name"] as? String == name)
            #expect(try VideoModel(copy).kind.className == name)
            let unet = try #require(try names(copy)["unet"] as? [String])
            #expect(unet == (name == "VidRDPipeline" ? ["vidrd", "UNet3DConditionModel"]
                : ["diffusers", name == "StableDiffusionPipeline" ? "UNet2DConditionModel" : "UNet3DConditionModel"]))
            // The tiny model's tokenizer is SentencePiece, as the starter's is: transformers has no class for it.
            #expect(try names(copy)["tokenizer"] as? [String] == ["vidrd", "SentencePieceTokenizer"])
            let again = folder.appendingPathComponent("again")
            try ModelLayout(copy).convert(as: .float32, to: again)
            #expect(try ModelLayout(again).fingerprint() == ModelLayout(copy).fingerprint(), "the same weights in the same files")
        }
    }

    @Test func defaultsAreTheKinds() throws {
        try TinyModel().withFolder { folder in
            try FileManager.default.removeItem(at: folder.appendingPathComponent("generation_config.json"))
            for (name, defaults) in [
                ("VidRDPipeline", GenerationDefaults.official), ("StableDiffusionPipeline", .official),
                ("TextToVideoSDPipeline", .modelScope),
            ] {
                try DiffusersFolder.writeIndex(pipeline: name, parts: [], to: folder)
                #expect(try VideoModel(folder).defaults == defaults, "\(name)")
            }
        }
    }

    @Test func unknownClassesAreRefusedWithTheKnownOnes() throws {
        try TinyModel().withFolder { folder in
            try DiffusersFolder.writeIndex(pipeline: "FluxPipeline", parts: [], to: folder)
            #expect(throws: GenerationError.unknownKind(file: index(folder).path, found: "FluxPipeline")) { try VideoModel(folder) }
            let message = TinyModel.message { _ = try VideoModel(folder) }
            #expect(message.contains("\"FluxPipeline\""), "\(message)")
            for kind in ModelKind.all { #expect(message.contains(kind.className), "\(message)") }
            for text in ["{}", #"{"_class_name": null}"#, #"{"_class_name": 3}"#] {
                try AtomicFile.write(text, to: index(folder))
                let message = TinyModel.message { _ = try VideoModel(folder) }
                #expect(message.contains("_class_name") && message.contains("VidRDPipeline"), "\(message)")
            }
        }
    }

    @Test func byteTokenizersAreCLIPs() throws {
        try TinyModel().withFolder { folder in
            let made = folder.appendingPathComponent("made"), copy = folder.appendingPathComponent("copy")
            try RandomModel.starter.write(as: .float16, seed: 1, to: made)
            try ModelLayout(made).convert(as: .bfloat16, to: copy)
            #expect(try names(copy)["tokenizer"] as? [String] == ["transformers", "CLIPTokenizer"])
            #expect(try names(copy).mapValues { "\($0)" } == names(made).mapValues { "\($0)" })
        }
    }
}

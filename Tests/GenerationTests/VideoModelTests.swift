import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import Testing

@Suite struct VideoModelTests {
    @Test func loadsWhatWasWritten() throws {
        let model = try TinyModel.shared.get()
        #expect(model.unet.configuration == TinyModel.unet)
        #expect(model.autoencoder.configuration == TinyModel.autoencoder)
        #expect((model.defaults.clipFrames, model.defaults.steps, model.defaults.sampler) == (4, 4, .ddim))
        #expect(model.warnings.isEmpty)
        let (context, pooled, warnings) = try model.encode("wood on fire")
        #expect(context.shape == [1, 32, 16])
        #expect(pooled?.shape == [1, 16])
        #expect(warnings.isEmpty)
        // Pooled is the state at the first end mark.
        let ids = try model.clip.tokenizer.encode("wood on fire").ids
        let end = try #require(ids.firstIndex(of: model.clip.tokenizer.endID))
        #expect(pooled?.values == context.slice(0).slice(end).values)
    }

    /// Values that no video can be made with, and such as would end the program.
    @Test(arguments: [
        ("clip_frames", "0", "from 1 to 1024"), ("clip_frames", "9000000000000000000", "from 1 to 1024"),
        ("fps", "0", "above 0 and up to 1000"), ("fps", "1e300", "above 0 and up to 1000"),
        ("guidance_scale", "101", "from 0 to 100"), ("num_inference_steps", "0", "from 1 to 100000"),
        ("noise_alpha", "-1", "from 0 to 1000000"), ("noise_recycle", "-1", "from 0 to 1000000"),
    ])
    func defaultsOutOfRangeAreRefused(key: String, value: String, allowed: String) {
        let text = TinyModel.defaults.replacingOccurrences(
            of: "\"\(key)\": [0-9]+", with: "\"\(key)\": \(value)", options: .regularExpression)
        let message = TinyModel.message {
            _ = try JSONFile.decode(GenerationDefaults.self, from: Data(text.utf8), file: "generation_config.json")
        }
        #expect(message.hasPrefix("generation_config.json: key \"\(key)\" is ") && message.hasSuffix(" and must be \(allowed)"), "\(message)")
    }

    /// The key came later than the others.
    @Test func foldersThatDoNotNameAlphaGetThePapers() throws {
        let text = TinyModel.defaults.replacingOccurrences(of: ", \"noise_recycle\": 5", with: "")
        #expect(text != TinyModel.defaults)
        let found = try JSONFile.decode(GenerationDefaults.self, from: Data(text.utf8), file: "x")
        #expect(found.noiseRecycle == 4)
    }

    @Test func convertedModelsKeepTheirDefaults() throws {
        try TinyModel().withFolder { folder in
            let copy = folder.appendingPathComponent("copy")
            try ModelLayout(folder).convert(as: .float32, to: copy)
            #expect(try VideoModel(copy).defaults == VideoModel(folder).defaults)
            #expect(FileManager.default.fileExists(atPath: copy.appendingPathComponent("generation_config.json").path))
        }
    }

    @Test func emptyPromptIsAPrompt() throws {
        let model = try TinyModel.shared.get()
        let (context, pooled, warnings) = try model.encode("")
        #expect(warnings.isEmpty)
        #expect(pooled?.values == context.slice(0).slice(1).values)
    }

    @Test func foldersWithoutPartsSayWhatIsMissing() throws {
        try TinyModel().withFolder { folder in
            for part in ["vae", "unet", "text_encoder", "tokenizer", "scheduler"] {
                let url = folder.appendingPathComponent(part), aside = folder.appendingPathComponent("aside")
                try FileManager.default.moveItem(at: url, to: aside)
                let message = TinyModel.message { _ = try VideoModel(folder) }
                #expect(message.contains(part) && message.contains(folder.path), "\(message)")
                try FileManager.default.moveItem(at: aside, to: url)
            }
            let nowhere = folder.appendingPathComponent("nothing-here")
            #expect(TinyModel.message { _ = try VideoModel(nowhere) }.contains("nothing-here"))
        }
    }

    @Test func missingTensorsAreNamed() throws {
        let model = TinyModel(isWritten: { $1 != "mid_block.resnets.0.conv1.weight" })
        try model.withFolder { folder in
            let message = TinyModel.message { _ = try VideoModel(folder) }
            #expect(message.contains("mid_block.resnets.0.conv1.weight") && message.contains("the U-Net"), "\(message)")
        }
    }

    @Test func partsThatDoNotBelongTogetherAreRefused() throws {
        try TinyModel(textWidth: 24).withFolder { folder in
            let message = TinyModel.message { _ = try VideoModel(folder) }
            #expect(message.contains("takes text of width 16 and the text encoder gives 24"), "\(message)")
        }
        var unet = TinyModel.unet
        unet.projectionClassEmbeddingsInputDim = 20
        try TinyModel(unetConfiguration: unet).withFolder { folder in
            let message = TinyModel.message { _ = try VideoModel(folder) }
            #expect(message.contains("takes text of width 20 and the text encoder gives 16"), "\(message)")
        }
        unet = TinyModel.unet
        unet.inChannels = 8
        try TinyModel(unetConfiguration: unet).withFolder { folder in
            let message = TinyModel.message { _ = try VideoModel(folder) }
            #expect(message.contains("the U-Net takes 8 channels and gives 4"), "\(message)")
        }
        unet.outChannels = 8
        try TinyModel(unetConfiguration: unet).withFolder { folder in
            let message = TinyModel.message { _ = try VideoModel(folder) }
            #expect(message.contains("the U-Net works on 8 channels and the autoencoder has 4"), "\(message)")
        }
        try TinyModel(vocabularySize: 20).withFolder { folder in
            let message = TinyModel.message { _ = try VideoModel(folder) }
            #expect(message.contains("the text encoder knows 20"), "\(message)")
        }
    }

    /// A text-to-image model in diffusers' layout: 2D block names, no word of temporal layers in its configuration, no
    /// temporal tensors. Every frame of a clip is then what the image model makes of it; see the tests of `VideoUNet`.
    @Test func imageModelsLoadWithWarnings() throws {
        struct ImageUNet: Encodable {
            let _class_name = "UNet2DConditionModel", sample_size = 8, in_channels = 4, out_channels = 4
            let down_block_types = ["DownBlock2D", "CrossAttnDownBlock2D"]
            let up_block_types = ["CrossAttnUpBlock2D", "UpBlock2D"]
            let block_out_channels = [32, 64], layers_per_block = 1, attention_head_dim = 2, cross_attention_dim = 16
            let norm_num_groups = 8, use_linear_projection = false
        }
        var unet = TinyModel.unet
        unet.blockOutChannels = [32, 64]
        unet.normNumGroups = 8
        unet.heads = [2, 2]
        unet.projectionClassEmbeddingsInputDim = nil
        unet.tempConvGroups = 32
        try TinyModel(unetConfiguration: unet, isWritten: { !$1.contains("temp_") }).withFolder { folder in
            try JSONFile.write(ImageUNet(), to: folder.appendingPathComponent("unet/config.json"))
            let model = try VideoModel(folder)
            #expect(model.warnings.count == 2)
            #expect(model.warnings.contains { $0.contains("the U-Net has no temporal layers") }, "\(model.warnings)")
            #expect(model.warnings.contains { $0.contains("the autoencoder has no temporal layers") }, "\(model.warnings)")
            #expect(!model.unet.configuration.addTempEmbed, "positions would change an image model's pictures")

            let context = try model.encode("wood on fire").context
            var random = TorchGenerator(seed: 1)
            let picture = random.randn([1, 1, 8, 8, 4])
            let image = model.unet(picture, timesteps: [300], context: context)
            let clip = Tensor.stacked([picture.slice(0), picture.slice(0), picture.slice(0)]).reshaped([1, 3, 8, 8, 4])
            let frames = model.unet(clip, timesteps: [300], context: context)
            let pictures = model.autoencoder.decode(clip.slice(0), frames: 3)
            let alone = model.autoencoder.decode(picture.slice(0))
            for frame in 0..<3 {
                #expect(difference(frames.slice(0).slice(frame), image.slice(0).slice(0)) < 1e-4)
                #expect(difference(pictures.slice(frame), alone.slice(0)) < 1e-4)
            }
        }
    }

    private func difference(_ first: Tensor, _ second: Tensor) -> Float { largestDifference(first.values, second.values) }
}

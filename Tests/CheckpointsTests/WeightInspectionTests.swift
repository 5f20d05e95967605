import Checkpoints
import Files
import Foundation
import Tensors
import Testing

@Suite struct WeightInspectionTests {
    private func layout(_ keys: [String]) -> WeightLayout {
        .recognise(InMemoryWeights(Dictionary(uniqueKeysWithValues: keys.map { ($0, Tensor([0], [1])) })))
    }

    @Test func layoutsAreRecognisedByNames() {
        let unet = ["down_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight", "conv_in.weight"]
        #expect(layout(unet) == .imageUNet)
        #expect(layout(unet + ["down_blocks.0.attentions.0.transformer_blocks.0.temp_attn.to_q.weight"]) == .vidRDUNet)
        #expect(layout(unet + ["transformer_in.norm.weight", "down_blocks.0.temp_convs.0.conv1.0.weight"]) == .diffusersVideoUNet)
        #expect(layout(unet.map { "unet.\($0)" } + ["text_encoder.text_model.embeddings.x"]) == .vidRDPipeline)
        let autoencoder = ["encoder.conv_in.weight", "decoder.conv_in.weight"]
        #expect(layout(autoencoder) == .autoencoder)
        #expect(layout(autoencoder + ["decoder.up_blocks.0.temp_convs.0.convs.0.weight"]) == .temporalAutoencoder)
        #expect(layout(["text_model.embeddings.token_embedding.weight"]) == .clipTextEncoder)
        #expect(layout(["model.diffusion_model.input_blocks.0.0.weight"]) == .originalStableDiffusion)
        #expect(layout(["a"]) == .unknown)
    }

    @Test func aMismatchTellsWhatTheFileIs() {
        let reader = WeightReader(InMemoryWeights(["text_model.embeddings.token_embedding.weight": Tensor([0], [1])], location: "m"), for: "the U-Net")
        _ = reader.take("conv_in.weight", [1])
        #expect(Fixture.message { try reader.finish() }.hasSuffix("; by its names the file is a CLIP text encoder"))
    }

    @Test func aFileIsListed() throws {
        let inspection = try WeightInspection(Fixture.url("types.safetensors"))
        let report = inspection.report()
        #expect(report.contains("  bf16    [2, 3, 4]  BF16  48 B\n"))
        #expect(report.hasSuffix("  12 tensors (3 F32, 1 BF16, 1 BOOL, 1 F16, 1 F64, 1 I16, 1 I32, 1 I64, 1 I8, 1 U8), 112 values, 439 B"))
        #expect(inspection.report(tensors: false).split(separator: "\n").count == 2)
    }

    @Test func aFolderIsListedWithItsProblems() throws {
        try Fixture.withFolder { folder in
            try SafetensorsWriter.write(
                ["decoder.conv_in.weight": Tensor(repeating: 0, [300, 1000]), "encoder.conv_in.weight": Tensor([1], [1])],
                as: .float16, to: folder.appendingPathComponent("vae/diffusion_pytorch_model.safetensors"))
            try AtomicFile.write("version https://git-lfs.github.com/spec/v1\n", to: folder.appendingPathComponent("unet/model.bin"))
            let inspection = try WeightInspection(folder)
            #expect(inspection.sections.count == 1 && inspection.problems.count == 1)
            let report = inspection.report(tensors: false)
            #expect(report.contains("a diffusers AutoencoderKL\n  2 tensors (2 F16), 300,001 values, 600 kB\n"))
            #expect(report.contains("cannot be read: "))
            #expect(report.contains("Git LFS pointer"))
        }
        try Fixture.withFolder { folder in
            let message = Fixture.message { _ = try WeightInspection(folder) }
            #expect(message.contains("has no weights"))
        }
    }

    @Test func wholePipelinesAreWrittenAsOneFolder() throws {
        try Fixture.withFolder { folder in
            let configuration = folder.appendingPathComponent("c.json")
            try AtomicFile.write(#"{"a": 1}"#, to: configuration)
            try AtomicFile.write("x", to: folder.appendingPathComponent("tok/merges.txt"))
            let source = try TorchArchive(Fixture.url("module.pth"))
            let target = folder.appendingPathComponent("model")
            func part(_ name: String, _ library: String, _ type: String) -> DiffusersFolderWriter.Part {
                .model(name, library: library, type: type, weights: source, as: .float16) {
                    try DiffusersFolderWriter.copy(configuration, to: $0)
                }
            }
            func write(settings: [String: Double] = ["generation_config.json": 4]) throws {
                try DiffusersFolderWriter.write(
                    pipeline: "VidRDPipeline",
                    [
                        part("unet", "diffusers", "UNet3DConditionModel"), part("text_encoder", "transformers", "CLIPTextModel"),
                        .init("tokenizer", library: "transformers", type: "CLIPTokenizer") {
                            try DiffusersFolderWriter.copyContents(of: folder.appendingPathComponent("tok"), to: $0)
                        },
                    ], settings: settings, to: target)
            }
            // Whatever cannot be written, nothing of the folder is there.
            #expect(Fixture.message { try write(settings: ["generation_config.json": .nan]) }.contains("a value has no JSON form"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["c.json", "tok"])
            try write()
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
                    == ["generation_config.json", "model_index.json", "text_encoder", "tokenizer", "unet"])
            let written = try DiffusersFolder(target)
            let weights = try written.part("text_encoder").weights()
            #expect(weights.location.hasSuffix("text_encoder/model.safetensors"))
            #expect(weights.info("1.num_batches_tracked")?.type == .int64)
            #expect(weights.info("0.weight")?.type == .float16)
            #expect(try written.part("tokenizer").url.path.hasSuffix("tokenizer"))
            #expect(Fixture.message { try write() }.hasSuffix("model': it exists already; choose another name"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["c.json", "model", "tok"])
        }
    }
}

import Checkpoints
import Files
import Foundation
import Tensors
import Testing

@Suite struct ModelFolderTests {
    struct Configuration: Codable, Equatable {
        let block_out_channels: [Int]
        let sample_size: Int
        var act_fn: String?
    }

    @Test func weightsInSeveralFilesAreOneSource() throws {
        try Fixture.withFolder { folder in
            let first = ["a": Tensor([1, 2], [2])], second = ["b": Tensor([3], [1])]
            try SafetensorsWriter.write(first, as: .float32, to: folder.appendingPathComponent("m-1.safetensors"))
            try SafetensorsWriter.write(second, as: .float16, to: folder.appendingPathComponent("m-2.safetensors"))
            let index = folder.appendingPathComponent("diffusion_pytorch_model.safetensors.index.json")
            try AtomicFile.write(
                #"{"metadata": {}, "weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}"#, to: index)
            let weights = try ModelFolder(folder).weights()
            #expect(weights.keys == ["a", "b"])
            #expect(try weights.tensor("b").values == [3])
            #expect(weights.keys.compactMap(weights.info).map(\.byteCount) == [8, 2])
            #expect(try weights.storedBytes("b") == [0, 0x42])

            try FileManager.default.removeItem(at: folder.appendingPathComponent("m-2.safetensors"))
            let message = Fixture.message { _ = try ModelFolder(folder).weights() }
            #expect(message.contains("has no m-2.safetensors; 1 of the 2 files"))
            #expect(message.contains("half-finished download"))

            try AtomicFile.write(#"{"weight_map": {"a": "m-1.safetensors", "z": "m-1.safetensors"}}"#, to: index)
            #expect(Fixture.message { _ = try ShardedWeights(index: index) }.contains("promises tensor z and the file lacks it"))
            try AtomicFile.write(#"{"weight_map": {"a": "../m-1.safetensors"}}"#, to: index)
            #expect(Fixture.message { _ = try ShardedWeights(index: index) }.contains("not a file beside it"))
            try AtomicFile.write(#"{"weights": {}}"#, to: index)
            #expect(Fixture.message { _ = try ShardedWeights(index: index) }.contains("key \"weight_map\" is missing"))
        }
    }

    @Test func foldersWithoutWeightsSayWhatTheyHave() throws {
        try Fixture.withFolder { folder in
            #expect(Fixture.message { _ = try ModelFolder(folder).weights() }.hasSuffix("; it is empty"))
            try AtomicFile.write("{}", to: folder.appendingPathComponent("config.json"))
            #expect(Fixture.message { _ = try ModelFolder(folder).weights() }.hasSuffix("; it has config.json"))
            try AtomicFile.write("", to: folder.appendingPathComponent("model.safetensors.incomplete"))
            #expect(Fixture.message { _ = try ModelFolder(folder).weights() }.contains("half-downloaded"))
            let absent = folder.appendingPathComponent("unet")
            #expect(Fixture.message { _ = try ModelFolder(absent) } == "\(folder.path) has no folder unet")
        }
    }

    @Test(arguments: [
        (#"{"block_out_channels": [64, 128], "sample_size": 16, "more": null}"#, "no error"),
        (#"{"block_out_channels": [64, 128]}"#, #"config.json: key "sample_size" is missing"#),
        (#"{"block_out_channels": [64, "x"], "sample_size": 16}"#, #"config.json: key "block_out_channels[1]" must be a whole number"#),
        (#"{"block_out_channels": 64, "sample_size": 16}"#, #"config.json: key "block_out_channels" must be a list"#),
        (#"{"block_out_channels": [], "sample_size": null}"#, #"config.json: key "sample_size" is null and must be a whole number"#),
        (#"{"block_out_channels": "#, "config.json: this is not valid JSON"),
        ("version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
    ])
    func configurationErrorsNameFileAndKey(json: String, expected: String) throws {
        try Fixture.withFolder { url in
            try AtomicFile.write(json, to: url.appendingPathComponent("config.json"))
            let message = Fixture.message { _ = try ModelFolder(url).configuration(Configuration.self) }
            #expect(message.contains(expected), "\(message)")
        }
    }

    @Test func configurationsAreWrittenAndReadBack() throws {
        try Fixture.withFolder { url in
            let value = Configuration(block_out_channels: [1, 2], sample_size: 3, act_fn: "silu")
            try JSONFile.write(value, to: url.appendingPathComponent("config.json"))
            #expect(try ModelFolder(url).configuration(Configuration.self) == value)
            #expect(
                Fixture.message { _ = try ModelFolder(url).configuration(Configuration.self, named: "other.json") }
                    .hasSuffix("has no other.json; it has config.json"))
        }
    }

    @Test func pipelinesListTheirParts() throws {
        try Fixture.withFolder { url in
            try DiffusersFolder.writeIndex(
                pipeline: "VidRDPipeline", parts: [("unet", "diffusers", "UNet3DConditionModel"), ("vae", "diffusers", "AutoencoderKL")],
                to: url)
            try FileManager.default.createDirectory(at: url.appendingPathComponent("vae"), withIntermediateDirectories: true)
            let index = url.appendingPathComponent("model_index.json")
            let values = try JSONSerialization.jsonObject(with: Data(contentsOf: index)) as? [String: Any]
            #expect(values?["_class_name"] as? String == "VidRDPipeline")
            #expect(values?["unet"] as? [String] == ["diffusers", "UNet3DConditionModel"])
            #expect(values?["vae"] as? [String] == ["diffusers", "AutoencoderKL"])
            let folder = try DiffusersFolder(url)
            #expect(folder.has("vae") && !folder.has("unet"))
            #expect(Fixture.message { _ = try folder.part("unet") }.hasSuffix("has no folder unet; it has model_index.json, vae"))
            try AtomicFile.write(#"{"unet": ["diffusers", null], "safety_checker": null, "x": 1}"#, to: index)
            _ = try DiffusersFolder(url)
            try AtomicFile.write("[]", to: index)
            #expect(Fixture.message { _ = try DiffusersFolder(url) }.contains("model_index.json: "))
            try FileManager.default.removeItem(at: index)
            #expect(Fixture.message { _ = try DiffusersFolder(url) }.hasSuffix("has no model_index.json; it has vae"))
            _ = try DiffusersFolder(url, needsIndex: false)
        }
        #expect(Fixture.message { _ = try DiffusersFolder(URL(fileURLWithPath: "/none/model")) } == "/none has no folder model")
    }
}

import Checkpoints
import Foundation
import Testing

/// inspect, convert, random-model, and models whose parts lie apart.
@Suite struct WeightCommandTests {
    private func weights(_ part: String) throws -> String { try TinyModel.path + "/" + (TinyModel.weights[part] ?? "") }

    @Test func inspectSaysWhatAFileIs() throws {
        try inFolder { folder in
            let file = try Program.run("inspect", weights("unet"), in: folder)
            #expect(file.code == 0, "\(file.messages)")
            #expect(file.output.contains("a VidRD video U-Net"))
            #expect(file.output.contains("conv_in.weight") && file.output.contains("[8, 4, 3, 3]"))
            let whole = try Program.run("inspect", TinyModel.path, "--summary", in: folder)
            #expect(whole.code == 0, "\(whole.messages)")
            #expect(whole.output.hasPrefix("\(try TinyModel.path): VidRDPipeline, VidRD\n"), "\(whole.output)")
            #expect(whole.output.contains("a CLIP text encoder") && !whole.output.contains("conv_in.weight"))
        }
    }

    @Test(arguments: [
        (["inspect", "absent.safetensors"], 1, "absent.safetensors"), (["inspect", "pointer.safetensors"], 1, "Git LFS pointer"),
        (["inspect", "words.pth"], 1, "words.pth"), (["convert", "absent", "out"], 1, "absent"),
        (["convert", "words.pth", "words.pth"], 2, "exists already"),
        (["convert", "words.pth", "out", "--type", "int4"], 2, "fp16, bf16 and f32"),
        (["convert", "words.pth", "out", "--vae", "x"], 2, "--vae"),
        (["random-model", "out", "--config", "huge"], 2, "starter and sd21"),
        (["a candle", "--checkpoint", "absent.pth"], 1, "absent.pth"),
    ] as [([String], Int32, String)])
    func badInputGetsOneMessage(_ arguments: [String], _ code: Int32, _ part: String) throws {
        try inFolder { folder in
            try Data("words, not weights".utf8).write(to: folder.appendingPathComponent("words.pth"))
            try Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n".utf8)
                .write(to: folder.appendingPathComponent("pointer.safetensors"))
            let before = try names(in: folder)
            let result = try Program.start(arguments, in: folder).end()
            #expect(result.code == code, "\(result.messages)")
            let said = result.output + result.messages
            #expect(said.contains(part), "\(said)")
            #expect(result.messages.split(separator: "\n").count <= 2, "\(result.messages)")
            #expect(try names(in: folder) == before)
        }
    }

    /// A model that ships is asked for by its name, and a folder of that name by its path: it wins where it is there.
    @Test func modelsThatShipHaveNames() throws {
        try inFolder { folder in
            let named = try Program.run("doctor", "--model", "starter", in: folder)
            #expect(named.code == 0 && named.output.contains("Weights/starter, VidRD, "), "\(named.output)")
            #expect(named.messages == "")
            let other = try TinyModel.copy(to: folder, changing: "model_index.json") { $0 }
            try FileManager.default.moveItem(atPath: other, toPath: folder.path + "/starter")
            let there = try Program.run("doctor", "--model", "starter", in: folder)
            #expect(there.code == 0 && there.output.contains("16x16, clips of 4 frames"), "\(there.output)")
            #expect(there.messages.hasPrefix("--model names the folder 'starter' here, and not the model of that name that ships ("))
            let variable = try Program.run("doctor", in: folder, environment: ["VIDRD_MODEL": "starter"])
            #expect(variable.output.contains("clips of 4 frames") && variable.messages.hasPrefix("VIDRD_MODEL names the folder"))
        }
    }

    /// The starter's tokenizer is no CLIP tokenizer, and its folder does not become one.
    @Test func convertKeepsTheTokenizersClass() throws {
        try inFolder { folder in
            #expect(try Program.run("convert", TinyModel.path, "copy", in: folder).code == 0)
            let data = try Data(contentsOf: folder.appendingPathComponent("copy/model_index.json"))
            let index = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(index["tokenizer"] as? [String] == ["vidrd", "SentencePieceTokenizer"])
            #expect(index["_class_name"] as? String == "VidRDPipeline")
            #expect(index["unet"] as? [String] == ["vidrd", "UNet3DConditionModel"])
        }
    }

    @Test func convertedFilesHoldTheSameNumbers() throws {
        try inFolder { folder in
            let result = try Program.run("convert", weights("vae"), "vae.safetensors", "--type", "f32", in: folder)
            #expect(result.code == 0, "\(result.messages)")
            #expect(result.paths == ["vae.safetensors"])
            let (old, new) = (
                try SafetensorsFile(URL(fileURLWithPath: weights("vae"))),
                try SafetensorsFile(folder.appendingPathComponent("vae.safetensors")))
            #expect(old.keys == new.keys)
            for key in old.keys {
                #expect(new.info(key)?.type == .float32)
                #expect(try old.tensor(key).values == new.tensor(key).values)
            }
        }
    }

    @Test func aConvertedFolderMakesTheSameVideo() throws {
        try inFolder { folder in
            let converted = try Program.run("convert", TinyModel.path, "model", in: folder)
            #expect(converted.code == 0, "\(converted.messages)")
            for (model, frames) in [(try TinyModel.path, "a"), ("model", "b")] {
                let made = try Program.run("a boat", "--model", model, "--seed", "3", "--frames-dir", frames, in: folder)
                #expect(made.code == 0, "\(made.messages)")
            }
            for name in try names(in: folder.appendingPathComponent("a")) {
                let both = try ["a", "b"].map { try Data(contentsOf: folder.appendingPathComponent("\($0)/\(name)")) }
                #expect(both[0] == both[1], "\(name)")
            }
        }
    }

    @Test func randomModelsGenerate() throws {
        try inFolder { folder in
            let made = try Program.run("random-model", "random", "--config", "starter", "--seed", "4", in: folder)
            #expect(made.code == 0, "\(made.messages)")
            let video = try Program.run(
                "wood on fire", "--model", "random", "--length", "2", "--clip-frames", "2", "--steps", "1", "--size", "32x32",
                "--frames-dir", "frames", in: folder)
            #expect(video.code == 0, "\(video.messages)")
            #expect(try names(in: folder.appendingPathComponent("frames")) == ["000000.png", "000001.png"])
        }
    }

    /// The published pieces, in their folder and one by one.
    @Test func publishedPiecesMayLieApart() throws {
        let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let shared = root.deletingLastPathComponent().appendingPathComponent("shared/parity/vidrd").path
        guard FileManager.default.fileExists(atPath: shared) else {
            try Test.cancel("../shared/parity/vidrd is not there")
        }
        try inFolder { folder in
            let ways = [
                ["--model", shared],
                ["--model", shared + "/stable-diffusion-2-1-base", "--checkpoint", shared + "/ModelT2V.pth", "--vae",
                 shared + "/vae_finetuned"],
            ]
            for (index, way) in ways.enumerated() {
                let result = try Program.start(
                    ["wood on fire", "--compat", "official", "--size", "64x64", "--steps", "2", "--seed", "7", "--frames-dir",
                     "\(index)"] + way, in: folder
                ).end()
                #expect(result.code == 0, "\(result.messages)")
            }
            let both = try ["0", "1"].map { try Data(contentsOf: folder.appendingPathComponent("\($0)/000005.png")) }
            #expect(both[0] == both[1])
        }
    }
}

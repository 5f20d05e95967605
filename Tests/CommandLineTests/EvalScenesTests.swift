import Foundation
import Models
import Testing
import Training
import Video

@Suite(.serialized) struct EvalScenesTests {
    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    /// Clips, a classifier of two steps, and all parts of the evaluation of a tiny random model; then what a second run
    /// makes of what is there.
    @Test func aTinyModelIsMeasured() throws {
        try inFolder { folder in
            let away = ["VIDRD_CACHE": folder.path + "/cache"]
            let drawn = try Program.run("scenes", "--raw", "clips", "--count", "48", "--size", "16", "--frames", "2", in: folder)
            #expect(drawn.code == 0, "\(drawn.messages)")
            let trained = try Program.run(
                "train", "classifier", "--data", "clips", "--run", "run", "-o", "classifier", "--steps", "2", "--batch", "4",
                "--held-out", "4", in: folder)
            #expect(trained.code == 0 && trained.paths == ["classifier"], "\(trained.messages)")
            #expect(trained.messages.contains("held-out rendered clips right"))
            #expect(try names(in: folder.appendingPathComponent("classifier")) == ["config.json", "model.safetensors"])

            func evaluate(_ more: String...) throws -> Program.Result {
                try Program.start(
                    ["eval", "scenes", "--model", try TinyModel.path, "--classifier", "classifier", "--report", "out", "--count", "3",
                     "--length", "5", "--videos", "2", "--video-length", "7", "--json", "-"] + more, in: folder, environment: away
                ).end()
            }
            let first = try evaluate("--only", "accuracy")
            #expect(first.code == 0, "\(first.messages)")
            let some = try object(first.output)
            #expect(some["accuracy"] != nil && some["distances"] == nil && some["drift"] == nil)
            let sides = try #require((some["accuracy"] as? [String: Any])?["sides"] as? [String: Any])
            #expect(Set(sides.keys) == ["rendered", "reconstructed", "generated"])
            let clips = try Data(contentsOf: folder.appendingPathComponent("out/generated/frames.u8"))
            #expect(clips.count == 3 * 5 * 16 * 16 * 3)

            // A stop in the middle of a clip: only that one is made again, to the same bytes.
            let frames = try FileHandle(forWritingTo: folder.appendingPathComponent("out/generated/frames.u8"))
            try frames.truncate(atOffset: UInt64(clips.count - 100))
            try frames.close()
            let all = try evaluate()
            #expect(all.code == 0 && all.messages.contains("not FVD"), "\(all.messages)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("out/generated/frames.u8")) == clips)
            let whole = try object(all.output)
            for part in ["accuracy", "motion", "distances", "decoder", "long", "drift"] { #expect(whole[part] != nil, "\(part)") }
            let distances = try #require((whole["distances"] as? [String: Any])?["sides"] as? [String: Any])
            #expect(Set(distances.keys) == ["generated", "reconstructed", "other"])
            #expect((whole["long"] as? [Any])?.count == 2 && (whole["decoder"] as? [String: Any])?["clips"] as? Int == 3)
            let report = try String(contentsOf: folder.appendingPathComponent("out/report.md"), encoding: .utf8)
            for title in ["## What the captions state", "(not FVD)", "## Motion", "## Decoder", "## Borders", "## Drift", "sheet.png"] {
                #expect(report.contains(title), "\(title)")
            }
            // The same again, from readings alone.
            #expect(try evaluate().output == all.output)
            let other = try evaluate("--steps", "1")
            #expect(other.code == 2 && other.messages.contains("--report"), "\(other.messages)")
            #expect(try evaluate("--only", "nonsense").code == 2)
        }
    }

    @Test func fvdOfFewClipsIsFVD() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let i3d = root.deletingLastPathComponent().appendingPathComponent("shared/data/i3d/i3d-kinetics-400.ckpt").path
        guard FileManager.default.fileExists(atPath: i3d) else {
            try Test.cancel("../shared/data/i3d is not there")
        }
        try inFolder { folder in
            let drawn = try Program.run("scenes", "--raw", "clips", "--count", "32", "--size", "16", "--frames", "2", in: folder)
            #expect(drawn.code == 0)
            let trained = try Program.run(
                "train", "classifier", "--data", "clips", "--run", "run", "-o", "classifier", "--steps", "1", "--batch", "2",
                "--held-out", "1", in: folder)
            #expect(trained.code == 0, "\(trained.messages)")
            let result = try Program.run(
                "eval", "scenes", "--model", try TinyModel.path, "--classifier", "classifier", "--report", "out", "--count", "2",
                "--length", "9", "--only", "fvd", "--bootstrap", "2", "--i3d", i3d, "--json", "-", in: folder)
            #expect(result.code == 0, "\(result.messages)")
            let distances = try #require(try object(result.output)["distances"] as? [String: Any])
            #expect(distances["metric"] as? String == "FVD" && distances["weights"] is String)
            #expect(((distances["sides"] as? [String: Any])?["generated"] as? [String: Any])?["value"] as? Double ?? 0 > 0)
        }
    }

    @Test func theStartersRecipeRunsFromItsJSON() throws {
        try inFolder { folder in
            let shown = try Program.run("train", "starter", "--show", "--scale", "0.01", in: folder)
            var recipe = try JSONDecoder().decode(StarterRecipe.self, from: Data(shown.output.utf8))
            #expect(shown.code == 0 && recipe == StarterRecipe().scaled(by: 0.01))
            recipe.clips.drawn = 64
            (recipe.clips.frames, recipe.clips.size) = (2, 16)
            (recipe.stills.drawn, recipe.stills.size) = (64, 16)
            (recipe.fresh.drawn, recipe.fresh.frames, recipe.fresh.size) = (64, 2, 16)
            (recipe.explicit.drawn, recipe.explicit.size, recipe.joint.frames) = (64, 16, 2)
            recipe.autoencoder.sizes = AutoencoderConfiguration(
                latentChannels: 8, blockOutChannels: [8, 8], layersPerBlock: 1, normNumGroups: 4, scalingFactor: 1, patchSize: 2,
                midBlockAddAttention: false, tempConvLayers: 2, tempConvGroups: 4)
            recipe.image.sizes = UNetConfiguration(
                sampleSize: 4, inChannels: 8, outChannels: 8, downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D"],
                upBlockTypes: ["CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [8, 16], layersPerBlock: 1, heads: [1, 2],
                crossAttentionDim: 192, normNumGroups: 4, tempConvLayers: 1, tempConvGroups: 4,
                projectionClassEmbeddingsInputDim: 192)
            let schedule = StarterRecipe.Schedule(steps: 200, batch: 1, rate: 1e-3, warmup: 1)
            (recipe.autoencoder.schedule, recipe.image.schedule, recipe.captions.schedule) = (schedule, schedule, schedule)
            (recipe.video.schedule, recipe.motion.schedule, recipe.joint.schedule) = (schedule, schedule, schedule)
            recipe.decoder.schedule = schedule
            (recipe.video.frames, recipe.motion.frames, recipe.decoder.frames) = (2, 2, 2)
            try JSONEncoder().encode(recipe).write(to: folder.appendingPathComponent("recipe.json"))
            let result = try Program.run(
                "train", "starter", "--recipe", "recipe.json", "--scale", "0.01", "--data", "clips", "--run", "runs", "--model",
                "model", in: folder)
            #expect(result.code == 0 && result.paths == ["model"], "\(result.messages)")
            #expect(result.messages.contains("no --pictures") && result.messages.contains("decoder: finished"))
            let written = try object(String(contentsOf: folder.appendingPathComponent("model/recipe.json"), encoding: .utf8))
            let stages = try #require(written["stages"] as? [[String: Any]])
            #expect(stages.compactMap { $0["name"] as? String } == StarterTraining.stages)
            #expect(stages.dropFirst(4).allSatisfy { $0["steps"] as? Int == 2 })
            let video = try Program.run(
                "a candle is burning", "--model", "model", "--length", "4", "--clip-frames", "2", "--overlap", "1", "--steps", "1",
                "-o", "frames/", in: folder)
            #expect(video.code == 0, "\(video.messages)")
            let again = try Program.run(
                "train", "starter", "--recipe", "recipe.json", "--data", "clips", "--run", "runs", "--model", "model", in: folder)
            #expect(again.code == 1 && again.messages.contains("another recipe"), "\(again.messages)")
        }
    }
}

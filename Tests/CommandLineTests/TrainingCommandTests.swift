import Foundation
import Testing
import Training

/// Training and measuring refuse what belongs to something else: clips, checkpoints, videos, configurations.
@Suite struct TrainingCommandTests {
    private func draw(size: Int = 16, in folder: URL) throws {
        let result = try Program.run(
            "scenes", "--raw", "clips", "--count", "4", "--size", "\(size)", "--frames", "2", in: folder)
        #expect(result.code == 0, "\(result.messages)")
    }

    private func write(_ text: String, _ name: String, in folder: URL) throws {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// A file with one part of its text replaced.
    private func change(_ name: String, _ old: String, _ new: String, in folder: URL) throws {
        let file = folder.appendingPathComponent(name), text = try String(contentsOf: file, encoding: .utf8)
        try #require(text.contains(old), "\(text)")
        try write(text.replacingOccurrences(of: old, with: new), name, in: folder)
    }

    private func refuse(_ arguments: [String], _ expected: String, in folder: URL, leaving: [String], code: Int32 = 1) throws {
        let away = ["VIDRD_CACHE": folder.path + "/cache"]
        try expectRefusal(
            Program.start(arguments, in: folder, environment: away).end(), code, expected, in: folder, leaving: leaving)
    }

    @Test func clipsThatWereDrawnOtherwise() throws {
        try inFolder { folder in
            try draw(in: folder)
            let more = ["scenes", "--raw", "clips", "--count", "6", "--size", "16", "--frames", "2"]
            try refuse(
                more + ["--seed", "9"],
                "clips: its clips were drawn with 2 frames at 8.0 a second from seed 1 on, not with 2 frames at 8.0 a second from seed 9 on; name another folder",
                in: folder, leaving: ["clips"])
            try refuse(
                more + ["--explicit", "0.9"],
                "from seed 1 on, not with 2 frames at 8.0 a second from seed 1 on, 0.9 of their captions explicit; name another folder",
                in: folder, leaving: ["clips"])
            // A folder of an older version says nothing of this; its captions do.
            try write("{\"height\": 16, \"width\": 16}", "clips/clips.json", in: folder)
            try refuse(more + ["--seed", "9"], "clips: its clip 1 is \"", in: folder, leaving: ["clips"])
            #expect(try Program.start(more, in: folder).end().code == 0)
        }
    }

    @Test func clipsThatAreDamaged() throws {
        try inFolder { folder in
            try draw(in: folder)
            let train = ["train", "image", "--data", "clips", "--model", "m", "--run", "r"]
            try change("clips/captions.jsonl", "\"offset\":2}", "\"offset\":5}", in: folder)
            for arguments in [train, ["scenes", "--raw", "clips", "--count", "6", "--size", "16", "--frames", "2"]] {
                try refuse(
                    arguments,
                    "clips/captions.jsonl, line 2: a clip of 2 frames from frame 5 on; it must have 1 or more and begin at 2, where the one before ends",
                    in: folder, leaving: ["clips"])
            }
            try write("{\"height\": 16, \"width\": 0}", "clips/clips.json", in: folder)
            try refuse(train, "clips.json: key \"width\" is 0 and must be from 1 to 65536", in: folder, leaving: ["clips"])
        }
    }

    @Test func jointTrainingWithoutStills() throws {
        try inFolder { folder in
            try draw(in: folder)
            try refuse(
                ["train", "joint", "--data", "clips", "--stills", "absent", "--model", "m", "--run", "r"],
                "absent/clips.json': No such file", in: folder, leaving: ["clips"])
        }
    }

    @Test func clipsOfASizeThatCannotBeHalved() throws {
        try inFolder { folder in
            try draw(size: 20, in: folder)
            try refuse(
                ["train", "autoencoder", "--data", "clips", "--model", "m", "--run", "r", "--steps", "1"],
                "has clips of 20x20; this autoencoder takes multiples of 8 from 16 on", in: folder, leaving: ["clips"])
        }
    }

    @Test func whatAnotherRecipeLeft() throws {
        try inFolder { folder in
            try draw(in: folder)
            var recipe = StarterRecipe()
            (recipe.clips.drawn, recipe.clips.composed, recipe.clips.frames, recipe.clips.size) = (2, 0, 2, 16)
            (recipe.video.frames, recipe.decoder.frames) = (2, 2)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let text = String(decoding: try encoder.encode(recipe), as: UTF8.self)
            try write(text, "recipe.json", in: folder)
            let train = ["train", "starter", "--recipe", "recipe.json", "--data", "clips", "--run", "runs", "--model", "model"]
            try refuse(
                train, "clips: it holds 4 clips, and the recipe draws 2 and adds 0 of pictures; name another --data folder",
                in: folder, leaving: ["clips", "model", "recipe.json"])
            #expect(try names(in: folder.appendingPathComponent("clips")) == ["captions.jsonl", "clips.json", "frames.u8"])

            recipe.seed = 7
            try write(String(decoding: try encoder.encode(recipe), as: UTF8.self), "runs/stages-recipe.json", in: folder)
            let there = ["clips", "model", "recipe.json", "runs"]
            try refuse(train, "runs/stages-recipe.json: these stages are of another recipe; name another --run folder", in: folder, leaving: there)
            try FileManager.default.removeItem(at: folder.appendingPathComponent("runs/stages-recipe.json"))
            try write("{}", "runs/image/state.json", in: folder)
            try refuse(
                train, "runs: it holds the stage \"image\" and no stages-recipe.json that says by which recipe", in: folder, leaving: there)

            // The one stage that is the clock's: without minutes it has no end.
            recipe.image.schedule = .init(minutes: 1, batch: 1, rate: 1e-3)
            try write(String(decoding: try encoder.encode(recipe), as: UTF8.self), "recipe.json", in: folder)
            try change("recipe.json", "\"minutes\" : 1", "\"minutes\" : null", in: folder)
            try refuse(
                train, "recipe.json: key \"image.schedule.steps\" is missing, and so is \"minutes\"", in: folder, leaving: there)
            try change("recipe.json", "\"minutes\" : null", "\"hours\" : 1", in: folder)
            try refuse(
                train, "recipe.json: key \"image.schedule.hours\" is not known; known are batch, minutes, optimizer, rate, steps, warmup",
                in: folder, leaving: there)
            try change("recipe.json", "\"hours\" : 1", "\"minutes\" : 1", in: folder)
            try change("recipe.json", "\"explicit_share\" : 0.85", "\"explicit_share\" : 1.5", in: folder)
            // The commands of single stages take the same file.
            for command in [train, ["train", "image", "--recipe", "recipe.json", "--data", "clips", "--run", "runs", "--model", "model"]] {
                try refuse(
                    command, "recipe.json: key \"explicit.explicit_share\" is 1.5 and must be from 0 to 1", in: folder, leaving: there)
            }
            try change("recipe.json", "\"explicit_share\" : 1.5", "\"explicit_share\" : 1", in: folder)
            var object = try #require(try JSONSerialization.jsonObject(
                with: Data(contentsOf: folder.appendingPathComponent("recipe.json"))) as? [String: Any])
            object["stills"] = nil
            try write(String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self), "recipe.json", in: folder)
            try refuse(train, "recipe.json: key \"stills\" is missing", in: folder, leaving: there)
        }
    }

    @Test func configurationsThatNoNetworkHas() throws {
        try inFolder { folder in
            let configuration = try JSONEncoder().encode(SceneClassifier.Configuration(answers: [.family: ["candle"]]))
            try write(String(decoding: configuration, as: UTF8.self), "classifier/config.json", in: folder)
            try change("classifier/config.json", "\"side\":64", "\"side\":63", in: folder)
            try refuse(
                ["eval", "scenes", "--model", try TinyModel.path, "--classifier", "classifier", "--report", "out"],
                "classifier/config.json: key \"side\" is 63 and must be a multiple of 16", in: folder, leaving: ["classifier"])

            try write("{\"text_config\": {\"num_hidden_layers\": -1}, \"vision_config\": {}}", "clip/config.json", in: folder)
            try write("x", "x.mp4", in: folder)
            let clipsim = ["eval", "clipsim", "x.mp4", "--clip", "clip", "--prompt", "a candle"]
            let there = ["classifier", "clip", "x.mp4"]
            try refuse(
                clipsim, "clip/config.json, text_config: key \"num_hidden_layers\" is -1 and must be from 1 to 1024", in: folder, leaving: there)
            try write("{\"text_config\": {}, \"vision_config\": {\"hidden_act\": \"relu\"}}", "clip/config.json", in: folder)
            try refuse(clipsim, "clip/config.json, vision_config: key \"hidden_act\" \"relu\" is not known", in: folder, leaving: there)
            try write("{\"text_config\": {}, \"vision_config\": {}, \"projection_dim\": 0}", "clip/config.json", in: folder)
            try refuse(
                clipsim, "clip/config.json: key \"projection_dim\" is 0 and must be from 1 to 65536", in: folder, leaving: there)
        }
    }

    /// The record is looked at before I3D's weights are, which are not there.
    @Test func videosOfAnotherModel() throws {
        try inFolder { folder in
            try write("x", "data/Candle/v_Candle_g01_c01.avi", in: folder)
            let evaluate = ["eval", "ucf101", "--data", "data", "--model", try TinyModel.path, "--per-class", "1", "-o"]
            try refuse(evaluate + ["run"], "no I3D weights", in: folder, leaving: ["data", "run"])
            #expect(try names(in: folder.appendingPathComponent("run")) == ["claims", "record.json"])
            try refuse(
                evaluate + ["run", "--steps", "1"], "run/record.json is of other settings; name another folder with -o", in: folder,
                leaving: ["data", "run"], code: 2)
            try refuse(
                evaluate + ["run", "--format", "mp4", "--seed", "3"], "is of other settings, another format; name another folder with -o",
                in: folder, leaving: ["data", "run"], code: 2)
            try refuse(evaluate + ["run"], "no I3D weights", in: folder, leaving: ["data", "run"])
            try write("x", "older/videos/Candle/v_Candle_00000/0.png", in: folder)
            try refuse(
                evaluate + ["older"], "older has videos/Candle/v_Candle_00000 and no record.json that says what made it", in: folder,
                leaving: ["data", "older", "run"], code: 2)
        }
    }
}

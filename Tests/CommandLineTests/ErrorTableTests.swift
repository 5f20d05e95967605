import Foundation
import Testing

/// Rows of docs/errors.md that no other test makes happen. Each message is in the table, is one line on stderr, comes with
/// its exit code, and leaves no file.
@Suite struct ErrorTableTests {
    /// docs/errors.md without its marks.
    private static let table: String? = {
        let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return try? String(contentsOf: root.appendingPathComponent("docs/errors.md"), encoding: .utf8)
    }()

    private func expect(
        _ arguments: [String], _ code: Int32, _ fragment: String, in folder: URL, environment: [String: String] = [:]
    ) throws {
        let before = try names(in: folder)
        let result = try Program.start(arguments, in: folder, environment: environment).end()
        #expect(result.code == code, "\(arguments): \(result.messages)")
        let lines = result.messages.split(separator: "\n").filter { !$0.hasPrefix("warning: ") && !$0.hasPrefix("seed ") }
        #expect(lines.count == 1 && lines[0].hasPrefix("error: ") && result.messages.contains(fragment), "\(arguments): \(result.messages)")
        #expect(try names(in: folder) == before, "\(arguments)")
        #expect(try #require(Self.table).contains(fragment), "docs/errors.md has no row with: \(fragment)")
    }

    @Test(arguments: [
        (["x", "--seed", "18446744073709551616"], "whole numbers from 0 to 18446744073709551615"),
        (["a", "candle", "burns"], "words; put it in quotes:"),
        (["x", "--prompt-at", "boat"], "allowed is FRAME:PROMPT with a frame from 1 on"),
        (["x", "--compat", "modern"], "allowed is official"),
        (["x", "--any-model"], "--any-model is said of a run's model; it goes with --from"),
        (["x", "--seed", "1.5"], "whole numbers from 0 to 18446744073709551615"),
        (["x", "--seed"], "Missing value for '--seed <seed>'"),
        (["x", "--loud"], "Unknown option '--loud'"),
        (["x", "--noise-recycle", "nan"], "allowed are numbers from"),
        (["x", "--eta", "2"], "allowed are numbers from 0 to 1"),
        (["x", "--size", "128×128"], "WIDTHxHEIGHT in pixels"),
        (["x", "--size", "128x128x3"], "WIDTHxHEIGHT in pixels"),
        (["x", "--preview", "p.gif"], "names that end in .png"),
        (["x", "--progress", "loud"], "bar, plain, json or none"),
        (["x", "--inline=ansi"], "kitty, iterm or sixel, or nothing"),
        (["convert", "a"], "Missing expected argument '<destination>'"),
        (["completions"], "Missing expected argument '<shell>'"),
        (["eval", "seams", "x.mp4", "--clip-frames", "4", "--overlap", "4"], "it must be from 0 to 3, less than --clip-frames"),
        (["bench", "everything"], "is not known; allowed are ops"),
        (["bench", "unet", "--size", "30x30"], "allowed are multiples of 8"),
        (["scenes", "--raw", "clips", "--family", "candle"], "leave --family out"),
        (["scenes", "--sheet", "s.jpg"], "names that end in .png"),
        (["scenes", "--family", "dragon", "--list"], "no family"),
        (["eval", "ucf101", "--data", "x", "--videos", "3", "--per-class", "2"], "both say how many"),
        (["eval", "motion", "absent.mp4"], "does not exist; check the path"),
    ] as [([String], String)])
    func requests(_ arguments: [String], _ fragment: String) throws {
        try inFolder { try expect(arguments, 2, fragment, in: $0) }
    }

    @Test(arguments: [
        (["eval", "clipsim", "text.mp4", "--clip", "c"], 2, "give the videos' prompts with --prompt or --captions"),
        (["eval", "motion", "empty"], 1, "it must hold video files, folders of PNG frames"),
        (["eval", "seams", "text.mp4"], 1, "ffmpeg failed with status"),
        (["train", "image", "--data", "empty", "--model", "m", "--run", "r"], 1, "clips.json': No such file"),
        (["train", "image", "--data", "clips", "--model", "m", "--run", "r"], 1, "holds no clips: "),
        (["train", "data", "empty", "--data", "d"], 1, "has no videos or pictures with captions"),
        (["weights", "i3d", "--from", "absent.ckpt"], 1, "absent.ckpt"),
        (["scenes", "--raw", "text.mp4/clips", "--count", "1"], 1, "it is a file; a folder is needed here"),
        (["train", "starter", "--model", "text.mp4/m", "--data", "d", "--run", "r"], 1, "it is a file; a folder is needed here"),
        (["x", "--vae", "absent", "--model", "empty"], 1, "--vae names 'absent', which does not exist"),
        (["x", "--model", "empty"], 1, "has no model_index.json"),
        (["--prompts", "empty"], 1, "the system refuses (a folder, or no permission)"),
        (["inspect", "empty"], 1, "has no weights"),
    ] as [([String], Int32, String)])
    func filesAndFolders(_ arguments: [String], _ code: Int32, _ fragment: String) throws {
        try inFolder { folder in
            for name in ["empty", "clips", "d.png"] {
                try FileManager.default.createDirectory(at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
            }
            try Data("{\"height\": 16, \"width\": 16}".utf8).write(to: folder.appendingPathComponent("clips/clips.json"))
            try Data("no video".utf8).write(to: folder.appendingPathComponent("text.mp4"))
            try expect(arguments, code, fragment, in: folder)
        }
    }

    @Test func placesThatCannotBe() throws {
        try inFolder { folder in
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("d.png"), withIntermediateDirectories: true)
            try Data("no video".utf8).write(to: folder.appendingPathComponent("text.mp4"))
            let common = ["x", "--model", try TinyModel.path, "--seed", "1", "--no-record"]
            try expect(common + ["-o", "x.mp4", "--contact-sheet", "d.png", "--overwrite"], 2, "which is a folder; name a file", in: folder)
            try expect(["scenes", "--sheet", "d.png", "--count", "1", "--frames", "3", "--size", "16", "--overwrite"], 1, "it is a folder; name a file", in: folder)
            try expect(common + ["-o", "text.mp4/x.mp4"], 1, "it is a file; a folder is needed here", in: folder)
        }
    }

    /// The program alone, without the folders that ship with it.
    @Test func noModelAnywhere() throws {
        try inFolder { folder in
            let lonely = folder.appendingPathComponent("vidrd"), errors = Pipe(), process = Process()
            try FileManager.default.copyItem(at: Program.find(), to: lonely)
            var environment = ProcessInfo.processInfo.environment
            environment["VIDRD_MODEL"] = nil
            (process.executableURL, process.arguments, process.environment) = (lonely, ["x"], environment)
            (process.currentDirectoryURL, process.standardError, process.standardOutput) = (folder, errors, FileHandle.nullDevice)
            try process.run()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 1 && text.contains("no model: looked for Weights/starter here and beside and above"), "\(text)")
        }
    }

    /// Every message of the table that has words of its own stands in some test.
    @Test func everyRowIsTested() throws {
        let tests = (0..<2).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        var sources = ""
        for case let file as URL in try #require(FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil))
        where file.pathExtension == "swift" {
            sources += try String(contentsOf: file, encoding: .utf8).replacingOccurrences(of: "\\\"", with: "\"")
        }
        let table = try #require(Self.table), rows = table.components(separatedBy: "\n## ").dropFirst().joined(separator: "\n")
        var messages = 0
        for row in rows.split(separator: "\n") where row.hasPrefix("| `") {
            let cell = row.dropFirst(2).components(separatedBy: " | ")[0]
            for (index, message) in cell.components(separatedBy: "`").enumerated() where index % 2 == 1 {
                // What varies: words in capitals, quoted names, numbers and what was left out.
                let fixed = message.replacingOccurrences(
                    of: "…|\\b[A-Z][A-Z0-9]*\\b|'[^']*'|\"[^\"]*\"|\\b[0-9]+\\b", with: "\n", options: .regularExpression)
                let words = fixed.split(separator: "\n").map { Array($0.trimmingCharacters(in: .whitespaces)) }
                let windows = words.flatMap { word in
                    word.count < Self.shortest ? [] : (0...(word.count - Self.shortest)).map { String(word[$0..<$0 + Self.shortest]) }
                }
                guard !windows.isEmpty else { continue }
                messages += 1
                #expect(windows.contains { sources.contains($0) }, "no test has a part of: \(message)")
            }
        }
        #expect(messages > 100)
    }

    /// Letters in a row that tell a message from others.
    private static let shortest = 12

    /// One file of a model with other contents.
    @Test(arguments: [
        ("unet/config.json", "{", "is not valid JSON"),
        ("unet/config.json", "[]", "unet/config.json"),
        ("unet/config.json", "{\"block_out_channels\": [8, -8]}", "key \"block_out_channels\""),
        ("unet/config.json", "{\"block_out_channels\": \"wide\"}", "key \"block_out_channels\""),
        ("vae/config.json", "{\"block_out_channels\": [8, 8], \"norm_num_groups\": 0}", "and must be from 1 to 65536"),
        ("vae/config.json", "{\"block_out_channels\": [8, 8], \"norm_num_groups\": 1e99}", "is not valid JSON"),
        ("vae/config.json", "{\"block_out_channels\": [8, 8], \"norm_num_groups\": 3}", "multiples of norm_num_groups"),
        ("text_encoder/config.json", "{}", "is missing"),
        ("generation_config.json", "{\"clip_frames\": 4}", "is missing"),
        ("generation_config.json", "{\"clip_frames\": 0}", "generation_config.json: key \"clip_frames\" is 0 and must be from 1 to 1024"),
        ("generation_config.json", "{\"clip_frames\": 9000000000000000000}", "and must be from 1 to 1024"),
        ("generation_config.json", "{\"clip_frames\": 4, \"fps\": 1e300}", "key \"fps\" is 1e+300 and must be above 0 and up to 1000"),
        ("generation_config.json", "{\"clip_frames\": 4, \"fps\": 8, \"guidance_scale\": -1}", "and must be from 0 to 100"),
        ("scheduler/scheduler_config.json", "{\"beta_schedule\": \"wavy\"}", "allowed:"),
        ("scheduler/scheduler_config.json", "{\"num_train_timesteps\": 1}", "2 to 1000000"),
        ("scheduler/scheduler_config.json", "\u{0}", "scheduler_config.json"),
        ("tokenizer/spiece.model", "garbage", "this is no SentencePiece model"),
        ("unet/diffusion_pytorch_model.safetensors", "version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("unet/diffusion_pytorch_model.safetensors", "", "the file is empty"),
    ])
    func damagedModels(_ file: String, _ contents: String, _ fragment: String) throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: file) { _ in Data(contents.utf8) }
            try expect(["x", "--model", model, "--frames-dir", "out"], 1, fragment, in: folder)
        }
    }

    @Test func noMoreMemory() throws {
        try inFolder { folder in
            let arguments = ["x", "--size", "4096x4096", "--seed", "1", "--steps", "1", "--model", try TinyModel.path, "-o", "x.mp4", "--no-record"]
            let result = try Program.start(arguments, in: folder, after: "ulimit -v 1500000").end()
            #expect(result.code == 1 && result.messages.contains("there is no memory for another "), "\(result.messages)")
            #expect(result.messages.contains("let --max-memory find a way"))
            #expect(try names(in: folder) == [])
        }
    }

    /// A configuration may ask for terabytes: what does not fit the file is told before anything takes memory.
    @Test func sizesBeyondAllMemory() throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: "unet/config.json") { data in
                var values = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
                values["block_out_channels"] = [65536, 65536]
                return (try? JSONSerialization.data(withJSONObject: values)) ?? data
            }
            try expect(["x", "--model", model], 1, "should have shape", in: folder)
        }
    }

    @Test(arguments: ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
    func missingParts(_ part: String) throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: "model_index.json") { $0 }
            try FileManager.default.removeItem(atPath: model + "/" + part)
            try expect(["x", "--model", model], 1, "has no", in: folder)
            #expect(try Program.run("x", "--model", model, in: folder).messages.contains("has no folder \(part); it has "))
        }
    }

    @Test func partsOfDifferentModels() throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: "tokenizer/tokenizer_config.json") { $0 }
            let text = model + "/text_encoder"
            let wide = try Program.run("random-model", "other", "--config", "starter", in: folder)
            #expect(wide.code == 0)
            try FileManager.default.removeItem(atPath: text)
            try FileManager.default.moveItem(atPath: folder.path + "/other/text_encoder", toPath: text)
            try expect(["x", "--model", model], 1, "its parts do not belong together", in: folder)
        }
    }

    /// Lines of a prompt file; the file's other line is made.
    @Test(arguments: [
        ("{\"prompt\": {\"text\": \"x\"}}", "must be a number or a text"), ("{\"prompt\": [\"x\"]}", "must be a number or a text"),
        ("{\"prompt\": \"x\", \"output\": \"\"}", "key \"output\" is an empty name"), ("{\"prompt\": 1e999}", "this is not valid JSON"),
        ("{\"prompt\": \"x\", \"seed\": -1}", "whole numbers from 0 to"), ("{\"prompt\": \"x\", \"seed\": 1.5}", "whole numbers from 0 to"),
        ("{\"prompt\": \"x\", \"seed\": null}", "must be a number or a text"), ("{\"seed\": 3}", "a text under the key \"prompt\""),
        ("{\"prompt\": \"x\", \"overlap\": 3, \"clip_frames\": 3}", "less than the 3 frames of a clip"),
        ("{\"prompt\": \"x\", \"output\": \"x.avi\"}", "cannot tell a video format from 'x.avi'"),
        ("{\"prompt\": \"x\" \"seed\": 3}", "this is not valid JSON"), ("{\"prompt\": \"x\", \"model\": \"y\"}", "key \"model\" is not known"),
    ])
    func linesOfPromptFiles(_ line: String, _ fragment: String) throws {
        try inFolder { folder in
            try Data("waves\n\(line)\n".utf8).write(to: folder.appendingPathComponent("list.txt"))
            let result = try Program.run(
                "--prompts", "list.txt", "--model", TinyModel.path, "--seed", "1", "--frames-dir", "out", "--quiet", in: folder)
            #expect(result.code == 1 && result.paths == ["out/waves-1"], "\(result.messages)")
            #expect(result.messages.contains("list.txt, line 2: ") && result.messages.contains(fragment), "\(result.messages)")
            #expect(try #require(Self.table).contains(fragment), "docs/errors.md has no row with: \(fragment)")
        }
    }

    /// Bytes that are no UTF-8 come only from a shell.
    @Test func wordsThatAreNoText() throws {
        try inFolder { folder in
            let program = try Program.find().path
            for (name, command) in [("prompt", "\"$(printf 'caf\\351')\""), ("output", "x -o \"$(printf 'caf\\351.mp4')\"")] {
                let process = Process(), errors = Pipe()
                process.executableURL = URL(fileURLWithPath: "/bin/sh")
                process.arguments = ["-c", "'\(program)' \(command) --model '\(try TinyModel.path)'"]
                process.currentDirectoryURL = folder
                process.standardError = errors
                process.standardOutput = FileHandle.nullDevice
                try process.run()
                let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                #expect(process.terminationStatus == 2 && text.contains("is not text in UTF-8"), "\(name): \(text)")
                #expect(try names(in: folder) == [])
            }
            #expect(try #require(Self.table).contains("is not text in UTF-8"))
        }
    }

    /// Names and prompts mean the same in every locale.
    @Test(arguments: ["C", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8", "no_SUCH"])
    func localesChangeNothing(_ locale: String) throws {
        try inFolder { folder in
            let result = try Program.run(
                "a candle İıß", "--model", TinyModel.path, "--duration", "0.5", "--seed", "1", "--quiet", "--frames-dir", "Ölbild 火",
                in: folder, environment: ["LC_ALL": locale, "LANG": locale])
            #expect(result.code == 0 && result.paths == ["Ölbild 火"], "\(result.messages)")
            #expect(try results(in: folder) == ["Ölbild 火"])
            let refused = try Program.run(
                "x", "--duration", "0,5", "--model", TinyModel.path, in: folder, environment: ["LC_ALL": locale])
            #expect(refused.code == 2 && refused.messages.contains("above 0"))
        }
    }
}

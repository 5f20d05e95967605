import Foundation
import Testing
import Video

/// Videos from prompts, end to end.
@Suite struct GenerateTests {
    @Test func aVideoOfTheLengthThatWasAsked() throws {
        try inFolder { folder in
            let result = try Program.run(
                "a candle is burning", "--length", "10", "--seed", "5", "--model", TinyModel.path, in: folder)
            #expect(result.code == 0, "\(result.messages)")
            #expect(result.paths == ["a-candle-is-burning-5.mp4"])
            #expect(result.messages.contains("seed 5"))
            #expect(try results(in: folder) == result.paths)
            let frames = try CommandLineTests.frames(of: folder.appendingPathComponent(result.paths[0]))
            #expect(frames.count == 10)
            #expect(frames.first.map { [$0.width, $0.height] } == [16, 16])
        }
    }

    @Test(arguments: [
        (["--duration", "0.75"], 6), (["--duration", "0.5", "--fps", "4"], 2), (["--clips", "3", "--overlap", "1"], 10),
        (["--clips", "3", "--compat", "official"], 12), (["--clips", "2", "--clip-frames", "2"], 3),
        (["--length", "1"], 1), ([], 4),
    ] as [([String], Int)])
    func lengths(_ arguments: [String], _ expected: Int) throws {
        try inFolder { folder in
            let result = try Program.start(
                ["wood on fire", "--model", TinyModel.path, "--frames-dir", "frames"] + arguments, in: folder
            ).end()
            #expect(result.code == 0, "\(result.messages)")
            #expect(try names(in: folder.appendingPathComponent("frames")).count == expected)
        }
    }

    /// The model's, but the paper's where the official frames are asked for, and what is said wins over both.
    @Test(arguments: [([], 5), (["--compat", "official"], 4), (["--compat", "official", "--noise-recycle", "7"], 7)] as [([String], Int)])
    func noiseRecyclingIsTheModels(_ arguments: [String], _ expected: Int) throws {
        try inFolder { folder in
            let result = try Program.start(
                ["waves", "--model", TinyModel.path, "--length", "2", "-o", "x.mp4"] + arguments, in: folder
            ).end()
            #expect(result.code == 0, "\(result.messages)")
            let record = try String(contentsOf: folder.appendingPathComponent("x.mp4.run/record.json"), encoding: .utf8)
            #expect(record.contains("\"noise_recycle\" : \(expected),"), "\(record)")
        }
    }

    /// Work that is left out changes the picture, and how much it is split over threads does not.
    @Test(arguments: [
        (["--guidance-interval", "0.4:1"], true), (["--deep-reuse", "3"], true), (["--guidance-interval", "0:1"], false),
        (["--deep-reuse", "1"], false), (["--threads", "1"], false), (["--threads", "5"], false),
    ] as [([String], Bool)])
    func lessWorkAndOtherThreads(_ arguments: [String], _ changes: Bool) throws {
        try inFolder { folder in
            func frame(_ name: String, _ arguments: [String]) throws -> Frame {
                let result = try Program.start(
                    ["a boat", "--model", TinyModel.path, "--seed", "2", "--steps", "6", "--frames-dir", name] + arguments,
                    in: folder
                ).end()
                #expect(result.code == 0, "\(result.messages)")
                return try PNG.read(folder.appendingPathComponent("\(name)/000003.png").path)
            }
            let (plain, other) = (try frame("a", []), try frame("b", arguments))
            let largest = zip(plain.pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
            #expect(changes ? largest > 0 : largest <= 1)
        }
    }

    @Test func seedsDecideEveryByte() throws {
        try inFolder { folder in
            func frames(_ name: String, _ arguments: String...) throws -> [Data] {
                let result = try Program.start(
                    ["a boat", "--model", TinyModel.path, "--frames-dir", name, "--length", "6"] + arguments, in: folder
                ).end()
                #expect(result.code == 0, "\(result.messages)")
                let made = folder.appendingPathComponent(name)
                return try names(in: made).map { try Data(contentsOf: made.appendingPathComponent($0)) }
            }
            let first = try frames("first", "--seed", "7")
            #expect(first.count == 6)
            #expect(try frames("again", "--seed", "7") == first)
            #expect(try frames("other", "--seed", "8") != first)
            #expect(try frames("unlike", "--seed", "7", "--negative", "wood on fire") != first)
        }
    }

    @Test func drawnSeedsArePrintedAndRepeatable() throws {
        try inFolder { folder in
            let drawn = try Program.run("x", "--model", TinyModel.path, "--frames-dir", "one", "--quiet", in: folder)
            let seed = try #require(drawn.messages.split(separator: "\n").first { $0.hasPrefix("seed ") }).dropFirst(5)
            let again = try Program.run(
                "x", "--model", TinyModel.path, "--frames-dir", "two", "--seed", String(seed), in: folder)
            #expect(again.code == 0)
            for name in try names(in: folder.appendingPathComponent("one")) {
                let pair = try ["one", "two"].map { try Data(contentsOf: folder.appendingPathComponent("\($0)/\(name)")) }
                #expect(pair[0] == pair[1])
            }
        }
    }

    @Test func namesOfAnyScriptAndFolderStayAsTheyAre() throws {
        try inFolder { folder in
            let named = try Program.run(
                "a candle", "--model", TinyModel.path, "-o", "ünï dír/日本語 – 1.mp4", "--seed", "1", in: folder)
            #expect(named.code == 0, "\(named.messages)")
            #expect(named.paths == ["ünï dír/日本語 – 1.mp4"])
            #expect(try results(in: folder.appendingPathComponent("ünï dír")) == ["日本語 – 1.mp4"])
            let made = try Program.run("Straße / 火: fire!", "--model", TinyModel.path, "--seed", "1", in: folder)
            #expect(made.paths == ["straße-火-fire-1.mp4"])
            let letter = try Program.run("a candle", "--model", TinyModel.path, "--frames-dir", "o", in: folder)
            #expect(letter.paths == ["o"])
        }
    }

    @Test func videoAndFramesTogether() throws {
        try inFolder { folder in
            let result = try Program.run(
                "a candle", "--model", TinyModel.path, "-o", "video.gif", "--frames-dir", "frames", in: folder)
            #expect(result.paths == ["video.gif", "frames"])
            #expect(try names(in: folder) == ["frames", "video.gif", "video.gif.run"])
        }
    }

    /// What is written at the end could not be: that is told before anything is made.
    @Test(arguments: [["--summary", "file/s.json"], ["--contact-sheet", "file/s.png"]])
    func placesOfSheetAndSummaryAreTriedFirst(_ more: [String]) throws {
        try inFolder { folder in
            try Data("mine".utf8).write(to: folder.appendingPathComponent("file"))
            let arguments = ["a candle", "--model", try TinyModel.path, "--seed", "1", "-o", "x.mp4"]
            let result = try Program.start(arguments + more, in: folder).end()
            try expectRefusal(result, 1, "cannot write 'file': it is a file; a folder is needed here", in: folder, leaving: ["file"])
        }
    }

    @Test func contactSheetHoldsTheFrames() throws {
        try inFolder { folder in
            let result = try Program.run(
                "a candle", "--model", TinyModel.path, "--length", "40", "-o", "video.mp4", "--contact-sheet", "sheet.png",
                in: folder)
            #expect(result.paths == ["video.mp4", "sheet.png"])
            // Sixteen frames of 16x16 in rows of eight, eight pixels apart, with captions and a title.
            let size = try PNG.size(folder.appendingPathComponent("sheet.png").path)
            #expect(size.width == 8 * (16 + 8) + 8)
            #expect(size.height > 2 * (16 + 8) + 8 && size.height < 200)
        }
    }

    @Test func wordsThatTheModelNeverSawAreNamed() throws {
        try inFolder { folder in
            let result = try Program.run(
                "a purple candle", "--model", TinyModel.path, "--frames-dir", "frames", "--quiet", in: folder)
            #expect(result.code == 0)
            #expect(result.messages.contains("warning: the model was never shown \"purple\""))
            let long = try Program.run(
                String(repeating: "a candle is burning on the floor ", count: 5), "--model", TinyModel.path, "--frames-dir",
                "long", in: folder)
            #expect(long.code == 0)
            #expect(long.messages.contains("this was dropped"))
        }
    }

    @Test func theEnvironmentNamesTheModel() throws {
        try inFolder { folder in
            let result = try Program.run(
                "a candle", "--frames-dir", "frames", in: folder, environment: ["VIDRD_MODEL": TinyModel.path])
            #expect(result.code == 0, "\(result.messages)")
        }
    }
}

/// How much memory a video may take.
@Suite struct MemoryLimitTests {
    @Test func whatCannotFitIsRefusedBeforeAnythingIsMade() throws {
        try inFolder { folder in
            let result = try Program.run("x", "--max-memory", "1M", "-o", "x.mp4", "--model", TinyModel.path, in: folder)
            try expectRefusal(result, 2, "memory is limited to 1.0 MB, and clips of 4 frames of 16x16 need about", in: folder, leaving: [])
            #expect(result.messages.contains("take a smaller size or fewer frames in a clip"))
        }
    }

    /// The least that a refusal names is enough, and what is taken stays near it.
    @Test func theAmountThatARefusalNamesIsEnough() throws {
        try inFolder { folder in
            let arguments = ["x", "--seed", "1", "--size", "320x320", "--steps", "1", "--no-record", "-o", "x.mp4", "--progress", "json", "--model", try TinyModel.path]
            let refused = try Program.start(arguments + ["--max-memory", "1M"], in: folder).end()
            let needed = try number(after: "need about ", in: refused), limit = Int(needed * 1.02) + 1
            let made = try Program.start(arguments + ["--max-memory", "\(limit)M"], in: folder).end()
            #expect(made.code == 0, "\(made.messages)")
            let peak = try number(after: "\"peak_memory\":", in: made)
            #expect(peak < Double(limit) * 1.03e6, "\(peak) of \(limit) MB")
            let free = try Program.start(arguments + ["--overwrite"], in: folder).end()
            let most = try number(after: "\"peak_memory\":", in: free)
            #expect(peak < most, "\(peak) and \(most) without a limit")
        }
    }

    private func number(after words: String, in result: Program.Result) throws -> Double {
        let start = try #require(result.messages.range(of: words), "\(result.messages)").upperBound
        return try #require(Double(result.messages[start...].prefix { $0.isNumber || $0 == "." }))
    }

    @Test func anAmountIsANumberWithAUnit() throws {
        try inFolder { folder in
            let result = try Program.run("x", "--max-memory", "much", "--model", TinyModel.path, in: folder)
            try expectRefusal(result, 2, "allowed is an amount of memory such as 800M, 4G or 4GiB", in: folder, leaving: [])
        }
    }

    /// What a limit decides stands in the record and holds for a continuation.
    @Test func aLimitIsRecordedAndKept() throws {
        try inFolder { folder in
            let model = ["--model", try TinyModel.path]
            func run(_ arguments: String...) throws -> Program.Result {
                try Program.start(arguments + model, in: folder).end()
            }
            let limited = try run("x", "--seed", "1", "--max-memory", "2GiB", "-o", "x.mp4")
            #expect(limited.code == 0, "\(limited.messages)")
            #expect(limited.messages.contains(" made in ") && limited.messages.contains(" within "))
            let record = folder.appendingPathComponent("x.mp4.run/record.json")
            var text = try String(contentsOf: record, encoding: .utf8)
            #expect(text.contains("\"max_memory\" : \(2 << 30)"))
            // As if tiles had been necessary.
            text = text.replacingOccurrences(of: "\"max_memory\"", with: "\"memory_plan\" : {\"splits_guidance\" : false, \"decoder_tile\" : 4}, \"max_memory\"")
            try Data(text.utf8).write(to: record)
            let whole = try Data(contentsOf: folder.appendingPathComponent("x.mp4"))
            try FileManager.default.removeItem(at: folder.appendingPathComponent("x.mp4"))
            let again = try run("resume", "x.mp4")
            #expect(again.code == 0, "\(again.messages)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("x.mp4")) != whole)
            let fresh = try run("generate", "--from", "x.mp4", "-o", "y.mp4")
            #expect(fresh.code == 0, "\(fresh.messages)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("x.mp4")) == Data(contentsOf: folder.appendingPathComponent("y.mp4")))
            try Data(text.replacingOccurrences(of: "\"decoder_tile\" : 4", with: "\"decoder_tile\" : 1").utf8).write(to: record)
            let refused = try run("resume", "x.mp4")
            #expect(refused.code == 1 && refused.messages.contains("key \"program.memory_plan.decoder_tile\" is out of range; allowed: 4 latents or more"))
        }
    }
}

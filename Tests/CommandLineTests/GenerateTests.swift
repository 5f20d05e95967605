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

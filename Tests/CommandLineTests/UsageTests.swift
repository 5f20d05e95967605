import Foundation
import Testing

/// Requests that make no sense end with code 2, one line that says what is allowed, and no file.
@Suite struct UsageTests {
    @Test(arguments: [
        ([], "there is no prompt"),
        ([""], "the prompt is empty"),
        (["  "], "the prompt is empty"),
        (["a", "candle", "is", "burning"], "vidrd \"a candle is burning\""),
        (["x", "--length", "0"], "whole numbers from 1 to"),
        (["x", "--length", "-3"], "whole numbers from 1 to"),
        (["x", "--length", "many"], "whole numbers from 1 to"),
        (["x", "--length", "99999999999999999999"], "whole numbers from 1 to"),
        (["x", "--length", "4", "--clips", "2"], "--length, --duration and --clips"),
        (["x", "--duration", "0"], "above 0"),
        (["x", "--fps", "nan"], "above 0"),
        (["x", "--size", "64"], "WIDTHxHEIGHT"),
        (["x", "--size", "0x64"], "WIDTHxHEIGHT"),
        (["x", "--size", "99999x64"], "from 1 to 4096"),
        (["x", "--steps", "0"], "from 1"),
        (["x", "--guidance", "inf"], "from 0 to 100"),
        (["x", "--seed", "-1"], "from 0 to 18446744073709551615"),
        (["x", "--guidance-interval", "0.5"], "FROM:TO"), (["x", "--guidance-interval", "0.5:0.1"], "FROM:TO"),
        (["x", "--deep-reuse", "0"], "1 to 100"),
        (["x", "--sampler", "magic"], "ddim, dpm++, euler, unipc"),
        (["x", "--clip-frames", "4", "--overlap", "4"], "0 to 3"),
        (["x", "--staged-guidance", "2"], "from 0 to 1"),
        (["x", "--reuse-order", "up"], "forward and reversed"),
        (["x", "--compat", "mine"], "official"),
        (["x", "--threads", "0"], "from 1 to 256"),
        (["x", "--contact-sheet", "sheet.jpg"], "end in .png"),
        (["x", "--prompts", "list.txt"], "give one of them"),
        (["--prompts", "absent.txt"], "does not exist"),
        (["x", "-o", "x.mp4", "--summary", "./x.mp4"], "--output and --summary both name './x.mp4'; give them different names"),
        (["x", "-o", "fr/", "--frames-dir", "fr"], "--output and --frames-dir both name 'fr'; give them different names"),
        (["x", "--contact-sheet", "a.png", "--preview", "a.png"], "--contact-sheet and --preview both name 'a.png'"),
        (["--prompts", "p.txt", "--summary", "d/../p.txt"], "--summary and --prompts both name 'p.txt'"),
        (["x", "-o", "video.avi"], "NAME.mp4"),
        (["x", "-o", ""], "empty name"),
        (["x", "--lenght", "4"], "--length"),
        (["scenes"], "nothing to do"),
        (["scenes", "--list", "--family", "dragon"], "candle"),
        (["scenes", "--raw", "clips", "--fps", "0"], "above 0"),
        (["scenes", "--raw", "clips", "--frames", "0"], "from 1"),
        (["scenes", "--raw", "clips", "--size", "-8"], "from 1 to 4096"),
        (["scenes", "--raw", "clips", "--explicit", "1.5"], "from 0 to 1"),
        (["train", "image", "--threads", "0"], "from 1 to 256"),
        (["train", "joint", "--stills-batch", "0"], "from 1 to 100000"),
    ] as [([String], String)])
    func badRequestsSayWhatIsAllowed(_ arguments: [String], _ expected: String) throws {
        try inFolder { folder in
            let result = try Program.start(arguments, in: folder).end()
            try expectRefusal(result, 2, expected, in: folder)
        }
    }

    /// What only the model knows.
    @Test(arguments: [
        (["--size", "17x16"], "multiples of 2"), (["--overlap", "4"], "0 to 3"), (["--steps", "2000"], "1 to 1000"),
        (["--sampler", "euler", "--eta", "0.5"], "eta"),
    ] as [([String], String)])
    func valuesThatTheModelRefuses(_ arguments: [String], _ expected: String) throws {
        try inFolder { folder in
            let result = try Program.start(["x", "--model", TinyModel.path] + arguments, in: folder).end()
            try expectRefusal(result, 2, expected, in: folder)
        }
    }

    @Test func existingFilesAreKept() throws {
        try inFolder { folder in
            let file = folder.appendingPathComponent("video.mp4")
            try Data("mine".utf8).write(to: file)
            let refused = try Program.run("x", "-o", "video.mp4", "--model", TinyModel.path, in: folder)
            #expect(refused.code == 2)
            #expect(refused.messages.contains("--overwrite"))
            #expect(try Data(contentsOf: file) == Data("mine".utf8))
            let replaced = try Program.run("x", "-o", "video.mp4", "--overwrite", "--model", TinyModel.path, in: folder)
            #expect(replaced.code == 0, "\(replaced.messages)")
            #expect(try Data(contentsOf: file).count > 100)
            #expect(try names(in: folder) == ["video.mp4", "video.mp4.run"])
        }
    }
}

/// One line with `expected` in it, the exit code, nothing on stdout and nothing left behind.
func expectRefusal(_ result: Program.Result, _ code: Int32, _ expected: String, in folder: URL, leaving: [String] = []) throws {
    #expect(result.code == code, "\(result.messages)")
    #expect(result.output == "")
    let lines = result.messages.split(separator: "\n").filter { !$0.hasPrefix("seed ") && !$0.hasPrefix("warning: ") }
    #expect(lines.count == 1, "\(result.messages)")
    #expect(lines.first?.hasPrefix("error: ") == true)
    #expect(result.messages.contains(expected), "\(result.messages)")
    #expect(try names(in: folder) == leaving)
}

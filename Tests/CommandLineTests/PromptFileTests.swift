import Foundation
import Testing
import Video
import vidrd

/// Many prompts from one file.
@Suite struct PromptFileTests {
    private func run(_ lines: String, _ arguments: [String], in folder: URL) throws -> Program.Result {
        try Data(lines.utf8).write(to: folder.appendingPathComponent("prompts.txt"))
        return try Program.start(["--prompts", "prompts.txt", "--model", TinyModel.path] + arguments, in: folder).end()
    }

    @Test func linesAndCommentsAndOptions() throws {
        try inFolder { folder in
            let result = try run(
                """
                # a comment
                wood on fire

                {"prompt": "a boat", "seed": 3, "length": 6, "output": "boat.gif", "guidance": 1.5, "clip_frames": 4}
                {"prompt": "waves", "duration": 0.25}\r

                """, ["--seed", "9", "-o", "out", "--length", "5", "--contact-sheet", "sheet.png"], in: folder)
            #expect(result.code == 0, "\(result.messages)")
            #expect(result.paths == ["out/wood-on-fire-9.mp4", "out/boat.gif", "out/waves-9.mp4", "sheet.png"])
            let counts = try result.paths.dropLast().map { try frames(of: folder.appendingPathComponent($0)).count }
            #expect(counts == [5, 6, 2])
            // Three rows, as many columns as the longest row has pictures.
            #expect(try PNG.size(folder.appendingPathComponent("sheet.png").path).width == 6 * (16 + 8) + 8)
        }
    }

    @Test func aBadLineDoesNotStopTheOthers() throws {
        try inFolder { folder in
            let result = try run(
                """
                wood on fire
                {"prompt": "a boat", "length": 0}
                {"prompt": "a boat", "lenght": 3}
                {"prompt": "a boat", "seed": true}
                {"prompt": " "}
                {"prompt": "a boat"
                {"prompt": "a boat", "size": "17x17"}
                waves
                """, ["--seed", "1"], in: folder)
            #expect(result.code == 1)
            #expect(result.paths == ["wood-on-fire-1.mp4", "waves-1.mp4"])
            for (line, expected) in [
                (2, "from 1 to"), (3, "\"lenght\" is not known"), (4, "\"seed\" must be a number"), (5, "there is no prompt"),
                (6, "not valid JSON"), (7, "multiples of 2"),
            ] {
                let message = result.messages.split(separator: "\n").first { $0.contains("prompts.txt, line \(line): ") }
                #expect(message?.contains(expected) == true, "line \(line): \(result.messages)")
            }
            #expect(result.messages.contains("2 of 8 videos made, 6 failed"))
        }
    }

    @Test func framesOfEachPromptHaveTheirFolder() throws {
        try inFolder { folder in
            let result = try run("wood on fire\na boat", ["--seed", "2", "--frames-dir", "frames", "--quiet"], in: folder)
            #expect(result.paths == ["frames/wood-on-fire-2", "frames/a-boat-2"])
            #expect(result.messages == "")
            #expect(try names(in: folder.appendingPathComponent("frames/a-boat-2")).count == 4)
        }
    }

    @Test(arguments: ["", "# nothing\n\n"])
    func filesWithoutPrompts(_ lines: String) throws {
        try inFolder { folder in
            let result = try run(lines, [], in: folder)
            try expectRefusal(result, 2, "holds no prompt", in: folder, leaving: ["prompts.txt"])
        }
    }

    @Test func filesThatAreNoText() throws {
        try inFolder { folder in
            try Data([0xFF, 0xFE, 0x00, 0x80]).write(to: folder.appendingPathComponent("prompts.txt"))
            let result = try Program.run("--prompts", "prompts.txt", "--model", TinyModel.path, in: folder)
            try expectRefusal(result, 1, "UTF-8", in: folder, leaving: ["prompts.txt"])
        }
    }

    /// Every line of the files that ship is a prompt that is taken.
    @Test(arguments: ["demo.txt", "papers.txt", "twelve.txt"])
    func shippedPromptFiles(_ name: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("Prompts/\(name)")
        #expect(CommandLineReader.refusals(ofPromptFile: file.path) == [])
        let text = try String(contentsOf: file, encoding: .utf8)
        let prompts = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(prompts.count >= 6)
        #expect(Set(prompts).count == prompts.count)
        #expect(prompts.contains("a candle is burning"))
    }
}

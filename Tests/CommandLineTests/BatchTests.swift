import Foundation
import Testing
import Video

/// Files of prompts that are started again.
@Suite struct BatchTests {
    private struct Summary: Decodable {
        struct Video: Decodable {
            let place: String
            let prompt: String?
            let seed: UInt64?
            let state: String
            let outputs: [String]
            let error: String?
        }
        let made, skipped, failed, stopped: Int
        let videos: [Video]
    }

    private func summary(in folder: URL) throws -> Summary {
        try JSONDecoder().decode(Summary.self, from: Data(contentsOf: folder.appendingPathComponent("s.json")))
    }

    private func arguments() throws -> [String] {
        ["--prompts", "p.txt", "--model", try TinyModel.path, "--steps", "8", "-o", "out", "--summary", "s.json", "--contact-sheet", "sheet.png"]
    }

    @Test func aSecondStartMakesWhatIsLeft() throws {
        try inFolder { folder in
            try Data(
                """
                wood on fire
                a boat
                {"prompt": "waves", "lenght": 4}
                {"prompt": "a boat", "length": 1000, "overlap": 1}
                wood on fire
                {"prompt": "an aurora", "prompt_at": ["4:waves", "5:a boat"], "length": 8, "output": "aurora.gif"}

                """.utf8).write(to: folder.appendingPathComponent("p.txt"))
            let first = try interrupted(arguments(), at: "state-00003.safetensors", ofRun: 3, in: folder)
            #expect(first.code == 130, "\(first.messages)")
            #expect(first.messages.contains("2 of 6 videos made, 1 failed, 3 not finished"), "\(first.messages)")
            #expect(try summary(in: folder).videos.map(\.state) == ["made", "made", "failed", "stopped", "stopped", "stopped"])
            let made = first.paths
            #expect(made.count == 2)
            let stamps = try made.map { try stamp($0, in: folder) }

            let second = try Program.start(arguments(), in: folder).end()
            #expect(second.code == 1, "\(second.messages)")
            #expect(second.messages.contains("3 of 6 videos made, 2 made before, 1 failed"), "\(second.messages)")
            #expect(second.messages.contains("p.txt, line 3: "))
            let told = try summary(in: folder)
            #expect((told.made, told.skipped, told.failed, told.stopped) == (3, 2, 1, 0))
            #expect(told.videos.map(\.state) == ["skipped", "skipped", "failed", "made", "made", "made"])
            #expect(told.videos.map(\.place) == (1...6).map { "p.txt, line \($0)" })
            #expect(told.videos[2].error?.contains("lenght") == true)
            #expect(Set(told.videos.compactMap(\.seed)).count == 5, "the same prompt again has a seed of its own")
            #expect(told.videos.flatMap(\.outputs) + ["sheet.png"] == second.paths)
            #expect(try made.map { try stamp($0, in: folder) } == stamps)
            #expect(try frames(of: folder.appendingPathComponent(told.videos[3].outputs[0])).count == 1000)

            let third = try Program.start(arguments(), in: folder).end()
            #expect(third.messages.contains("0 of 6 videos made, 5 made before, 1 failed"), "\(third.messages)")
            let others = try Program.start(arguments() + ["--steps", "2"], in: folder).end()
            #expect(others.code == 1)
            #expect(others.messages.contains("is the run of a video with other settings; choose another name, or replace it with --overwrite"))
        }
    }

    /// Starts the program, waits until so many runs are there and one of them holds a file, and interrupts it.
    private func interrupted(_ arguments: [String], at file: String, ofRun count: Int, in folder: URL) throws -> Program.Result {
        let running = try Program.start(arguments, in: folder)
        let deadline = Date().addingTimeInterval(60)
        while Date() < deadline, running.process.isRunning {
            let runs = (try? names(in: folder.appendingPathComponent("out")))?.filter { $0.hasSuffix(".run") } ?? []
            let files = runs.flatMap { (try? names(in: folder.appendingPathComponent("out/\($0)"))) ?? [] }
            if runs.count == count, files.contains(file) { break }
            usleep(2000)
        }
        kill(running.process.processIdentifier, SIGINT)
        return try running.end()
    }

    @Test func aResultThatWasRemovedIsMadeFromTheClips() throws {
        try inFolder { folder in
            try Data("wood on fire\na boat\n".utf8).write(to: folder.appendingPathComponent("p.txt"))
            let arguments = try arguments() + ["--frames-dir", "frames"]
            let first = try Program.start(arguments, in: folder).end()
            #expect(first.code == 0 && first.paths.count == 5, "\(first.messages)")
            let stamps = try first.paths.prefix(4).map { try stamp($0, in: folder) }
            let removed = folder.appendingPathComponent(first.paths[1]), frames = try names(in: removed)
            let pictures = try frames.map { try Data(contentsOf: removed.appendingPathComponent($0)) }
            try FileManager.default.removeItem(at: removed)

            let second = try Program.start(arguments, in: folder).end()
            #expect(second.code == 0 && second.paths == first.paths, "\(second.messages)")
            #expect(try summary(in: folder).videos.map(\.state) == ["made", "skipped"])
            #expect(try frames.map { try Data(contentsOf: removed.appendingPathComponent($0)) } == pictures)
            for index in [0, 2, 3] { #expect(try stamp(first.paths[index], in: folder) == stamps[index]) }
        }
    }

    /// With --overwrite the same command would begin anew; what was to be replaced is replaced without it too.
    @Test func overwritingGoesOnWithoutTheOption() throws {
        try inFolder { folder in
            try Data("{\"prompt\": \"a boat\", \"length\": 400, \"overlap\": 1, \"output\": \"boat.mp4\"}\n".utf8)
                .write(to: folder.appendingPathComponent("p.txt"))
            let video = folder.appendingPathComponent("out/boat.mp4"), old = Data("old".utf8)
            try FileManager.default.createDirectory(at: video.deletingLastPathComponent(), withIntermediateDirectories: true)
            try old.write(to: video)
            let first = try interrupted(arguments() + ["--overwrite"], at: "state-00002.safetensors", ofRun: 1, in: folder)
            #expect(first.code == 130, "\(first.messages)")
            #expect(first.messages.contains("clips are saved; the same command without --overwrite goes on from there"), "\(first.messages)")
            #expect(try Data(contentsOf: video) == old)
            let begun = try stamp("out/boat.mp4.run/clip-00001.safetensors", in: folder)
            let second = try Program.start(arguments(), in: folder).end()
            #expect(second.code == 0, "\(second.messages)")
            #expect(try stamp("out/boat.mp4.run/clip-00001.safetensors", in: folder) == begun)
            #expect(try frames(of: video).count == 400)
        }
    }

    /// A video makes a folder where the contact sheet was to be.
    @Test func theSummaryIsWrittenWithoutTheSheet() throws {
        try inFolder { folder in
            let video = folder.appendingPathComponent("sheet.png/waves.gif").path
            try Data("{\"prompt\": \"waves\", \"output\": \"\(video)\"}\n".utf8).write(to: folder.appendingPathComponent("p.txt"))
            let result = try Program.start(arguments(), in: folder).end()
            #expect(result.code == 1 && result.paths == [video], "\(result.messages)")
            #expect(result.messages.contains("cannot write 'sheet.png': it is a folder; name a file"), "\(result.messages)")
            let told = try summary(in: folder)
            #expect(told.made == 1 && told.videos.map(\.outputs) == [[video]])
        }
    }

    private func stamp(_ path: String, in folder: URL) throws -> Date? {
        try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(path).path)[.modificationDate] as? Date
    }
}

import Foundation
import Testing
import Video

/// Runs that are kept: whatever ends them, "vidrd resume" gives the bytes of the run that nothing ended.
@Suite struct RunTests {
    /// A video of some clips that takes a second or so.
    private static let arguments = video(frames: 64)
    /// One of 133 clips, which is not over when the first of them have been seen.
    private static let longArguments = video(frames: 400)

    private static func video(frames: Int) -> [String] {
        ["a candle", "--length", "\(frames)", "--steps", "8", "--overlap", "1", "--seed", "1"]
    }

    private func start(_ arguments: [String], in folder: URL) throws -> Program.Running {
        try Program.start(arguments + ["--model", TinyModel.path], in: folder)
    }

    /// Waits until a run has so many clips.
    private func wait(for clips: Int, of running: Program.Running, in run: URL) {
        let deadline = Date().addingTimeInterval(120)
        while Date() < deadline, running.process.isRunning {
            let names = (try? CommandLineTests.names(in: run)) ?? []
            if names.contains(where: { $0.hasPrefix("state-") && (Int($0.dropFirst(6).prefix(5)) ?? 0) >= clips }) { return }
            usleep(2000)
        }
    }

    private func state(_ run: URL) throws -> String? {
        let record = try JSONSerialization.jsonObject(with: Data(contentsOf: run.appendingPathComponent("record.json")))
        return (record as? [String: Any])?["state"] as? String
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func theFirstSignalSavesAndTellsHowToGoOn(_ signal: Int32) throws {
        try inFolder { folder in
            let run = folder.appendingPathComponent("my video.mp4.run")
            let running = try start(
                ["a candle", "--length", "1000000", "--steps", "20", "--seed", "1", "-o", "my video.mp4", "--frames-dir", "f"],
                in: folder)
            wait(for: 2, of: running, in: run)
            kill(running.process.processIdentifier, signal)
            let result = try running.end()
            #expect(result.code == 130, "\(result.messages)")
            #expect(result.messages.contains("clips are saved; continue with: vidrd resume 'my video.mp4'"), "\(result.messages)")
            #expect(result.paths == [])
            #expect(try names(in: folder) == ["my video.mp4.run"])
            #expect(try state(run) == "stopped")
            let again = try Program.run("x", "-o", "my video.mp4", "--model", TinyModel.path, in: folder)
            try expectRefusal(again, 2, "holds an unfinished run", in: folder, leaving: ["my video.mp4.run"])
            #expect(again.messages.contains("vidrd resume 'my video.mp4', or replace it with --overwrite"))
        }
    }

    /// From within its folder, a result still stands beside it.
    @Test(arguments: [".", "record.json"]) func runsAreFoundFromWithin(_ name: String) throws {
        try inFolder { folder in
            #expect(try Program.run("x", "--model", TinyModel.path, "--seed", "1", "-o", "x.mp4", in: folder).code == 0)
            let video = folder.appendingPathComponent("x.mp4"), bytes = try Data(contentsOf: video)
            try FileManager.default.removeItem(at: video)
            let result = try Program.run("resume", name, in: folder.appendingPathComponent("x.mp4.run"))
            #expect(result.code == 0 && result.paths == [video.path], "\(result.messages)")
            #expect(try Data(contentsOf: video) == bytes)
        }
    }

    @Test func theSecondSignalLeavesARunThatGoesOn() throws {
        try inFolder { folder in
            let whole = try start(Self.longArguments + ["-o", "whole.mp4"], in: folder).end()
            #expect(whole.code == 0, "\(whole.messages)")
            let running = try start(Self.longArguments + ["-o", "x.mp4"], in: folder)
            wait(for: 2, of: running, in: folder.appendingPathComponent("x.mp4.run"))
            for signal in [SIGSTOP, SIGINT, SIGTERM, SIGCONT] { kill(running.process.processIdentifier, signal) }
            let result = try running.end()
            #expect(result.code == 130, "\(result.messages)")
            #expect(result.messages.contains("continue with: vidrd resume x.mp4"), "\(result.messages)")
            let resumed = try start(["resume", "x.mp4"], in: folder).end()
            #expect(resumed.code == 0, "\(resumed.messages)")
            #expect(try bytes("x.mp4", in: folder) == bytes("whole.mp4", in: folder))
            let finished = try start(["resume", "x.mp4.run"], in: folder).end()
            #expect(finished.code == 0)
            #expect(finished.messages.contains("'x.mp4' is finished: there is nothing left to do"))
            #expect(finished.paths == ["x.mp4"])
            #expect(try names(in: folder) == ["whole.mp4", "whole.mp4.run", "x.mp4", "x.mp4.run"])
        }
    }

    private func bytes(_ name: String, in folder: URL) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent(name))
    }

    /// What a folder of frames or a file holds.
    private func content(_ name: String, in folder: URL) throws -> [Data] {
        let place = folder.appendingPathComponent(name)
        guard let frames = try? names(in: place) else { return [try Data(contentsOf: place)] }
        return try frames.map { try Data(contentsOf: place.appendingPathComponent($0)) }
    }

    /// Killed at any moment, also while it is resumed. Three times; fifty times with VIDRD_SLOW_TESTS=1.
    @Test func killedAtAnyMoment() throws {
        let isSlow = ProcessInfo.processInfo.environment["VIDRD_SLOW_TESTS"] == "1"
        try inFolder { folder in
            let outputs = ["-o", "whole.mp4", "--frames-dir", "frames-whole", "--contact-sheet", "whole.png"]
            let begin = Date()
            let whole = try start(Self.arguments + outputs, in: folder).end()
            #expect(whole.code == 0, "\(whole.messages)")
            let seconds = Date().timeIntervalSince(begin)
            let expected = try ["whole.mp4", "frames-whole", "whole.png"].map { try content($0, in: folder) }
            #expect(expected[1].count == 64)
            var same = 0
            let count = isSlow ? 50 : 3
            for index in 0..<count {
                try inFolder { folder in
                    var arguments = Self.arguments + ["-o", "x.mp4", "--frames-dir", "f", "--contact-sheet", "x.png"]
                    // Every third one is killed again while it is resumed.
                    for _ in 0...(index % 3 == 2 ? 1 : 0) {
                        let running = try start(arguments, in: folder)
                        usleep(UInt32(Double.random(in: 0...1.05) * seconds * 1e6))
                        kill(running.process.processIdentifier, SIGKILL)
                        _ = try running.end()
                        arguments = ["resume", "x.mp4"]
                        if !FileManager.default.fileExists(atPath: folder.appendingPathComponent("x.mp4.run/record.json").path) { break }
                    }
                    // Killed before it had begun, there is nothing to resume.
                    let isThere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("x.mp4.run/record.json").path)
                    let last = isThere
                        ? ["resume", "x.mp4"] : Self.arguments + ["-o", "x.mp4", "--frames-dir", "f", "--contact-sheet", "x.png"]
                    let resumed = try start(last, in: folder).end()
                    #expect(resumed.code == 0, "\(resumed.messages)")
                    let found = try ["x.mp4", "f", "x.png"].map { try content($0, in: folder) }
                    #expect(found == expected)
                    if found == expected { same += 1 }
                    #expect(try names(in: folder) == ["f", "x.mp4", "x.mp4.run", "x.png"])
                    #expect(try !names(in: folder.appendingPathComponent("x.mp4.run")).contains("results"))
                }
            }
            print("\(same) of \(count) killed runs gave the same video after they were resumed")
        }
    }

    @Test(arguments: ["x.gif", "x.webm", "frames"])
    func otherFormatsAreTheSameToo(_ name: String) throws {
        try inFolder { folder in
            let place = name == "frames" ? ["--frames-dir", name] : ["-o", name]
            let running = try start(Self.longArguments + place, in: folder)
            wait(for: 3, of: running, in: folder.appendingPathComponent(name + ".run"))
            kill(running.process.processIdentifier, SIGKILL)
            _ = try running.end()
            #expect(try results(in: folder) == [])
            let resumed = try start(["resume", name], in: folder).end()
            #expect(resumed.code == 0, "\(resumed.messages)")
            let found = try content(name, in: folder)
            let again = try start(["generate", "--from", name + ".run", "--overwrite"] + place, in: folder).end()
            #expect(again.code == 0, "\(again.messages)")
            #expect(try content(name, in: folder) == found)
        }
    }

    @Test func resultsThatWereRemovedAreMadeFromTheClips() throws {
        try inFolder { folder in
            let made = try start(Self.arguments + ["-o", "x.mp4", "--frames-dir", "f"], in: folder).end()
            #expect(made.code == 0, "\(made.messages)")
            let expected = try content("f", in: folder), video = try bytes("x.mp4", in: folder)
            try FileManager.default.removeItem(at: folder.appendingPathComponent("f"))
            let frames = try start(["resume", "x.mp4"], in: folder).end()
            #expect(frames.code == 0 && frames.paths == ["f"], "\(frames.messages)")
            #expect(try content("f", in: folder) == expected)
            // Renamed together, a result and its run belong together.
            for ending in ["", ".run"] {
                try FileManager.default.moveItem(
                    at: folder.appendingPathComponent("x.mp4" + ending), to: folder.appendingPathComponent("y.mp4" + ending))
            }
            try FileManager.default.removeItem(at: folder.appendingPathComponent("y.mp4"))
            let renamed = try start(["resume", "y.mp4"], in: folder).end()
            #expect(renamed.paths == ["y.mp4"], "\(renamed.messages)")
            #expect(try bytes("y.mp4", in: folder) == video)
        }
    }

    /// A name that was taken while the video was made: the whole result waits in the run's folder, whose record says so once.
    @Test func aResultThatGetsNoNameWaitsForIt() throws {
        try inFolder { folder in
            let run = folder.appendingPathComponent("x.mp4.run"), video = folder.appendingPathComponent("x.mp4")
            let running = try start(Self.longArguments + ["-o", "x.mp4"], in: folder)
            wait(for: 2, of: running, in: run)
            try Data("mine".utf8).write(to: video)
            let result = try running.end()
            #expect(result.code == 2 && result.paths == [], "\(result.messages)")
            #expect(result.messages.contains("'x.mp4' exists") && result.messages.contains("continue with: vidrd resume x.mp4"), "\(result.messages)")
            #expect(try Data(contentsOf: video) == Data("mine".utf8))
            #expect(try state(run) == "finished")
            let record = try Data(contentsOf: run.appendingPathComponent("record.json"))
            try FileManager.default.removeItem(at: video)
            let resumed = try start(["resume", "x.mp4"], in: folder).end()
            #expect(resumed.code == 0 && resumed.paths == ["x.mp4"], "\(resumed.messages)")
            #expect(resumed.messages.contains("nothing left to do"), "\(resumed.messages)")
            #expect(try frames(of: video).count == 400)
            #expect(try Data(contentsOf: run.appendingPathComponent("record.json")) == record, "nothing was made, and nothing is counted twice")
        }
    }

    @Test func aRunInUseIsLeftAlone() throws {
        try inFolder { folder in
            let running = try start(["a candle", "--length", "1000000", "--seed", "1", "-o", "x.mp4"], in: folder)
            wait(for: 1, of: running, in: folder.appendingPathComponent("x.mp4.run"))
            for arguments in [["resume", "x.mp4"], ["extend", "x.mp4", "--length", "2000000"], ["x", "-o", "x.mp4", "--overwrite"]] {
                let other = try start(arguments, in: folder).end()
                #expect(other.code == 1)
                #expect(other.messages.contains("another process (\(running.process.processIdentifier)) is making this video now"))
            }
            kill(running.process.processIdentifier, SIGKILL)
            _ = try running.end()
        }
    }

    @Test func whatCannotBeResumedSaysWhy() throws {
        try inFolder { folder in
            let made = try start(Self.arguments + ["-o", "x.mp4"], in: folder).end()
            #expect(made.code == 0, "\(made.messages)")
            let run = folder.appendingPathComponent("x.mp4.run"), record = run.appendingPathComponent("record.json")
            try FileManager.default.removeItem(at: folder.appendingPathComponent("x.mp4"))
            func expect(_ code: Int32, _ fragments: String...) throws {
                let result = try start(["resume", "x.mp4", "--quiet"], in: folder).end()
                for fragment in fragments { try expectRefusal(result, code, fragment, in: folder, leaving: ["x.mp4.run"]) }
            }
            let text = try String(contentsOf: record, encoding: .utf8)
            try Data(text.replacingOccurrences(of: "\"version\" : 2\n", with: "\"version\" : 7\n").utf8).write(to: record)
            try expect(1, "version 7, and this program reads those up to 2; take a newer vidrd")
            try Data(text.dropLast(20).utf8).write(to: record)
            try expect(1, "record.json' is no usable record of a run: this is not valid JSON", "--overwrite")
            try FileManager.default.removeItem(at: record)
            try expect(1, "it is missing", "make the video again with --overwrite")
            try Data(text.utf8).write(to: record)
            let clip = run.appendingPathComponent("clip-00003.safetensors"), whole = try Data(contentsOf: clip)
            try whole.prefix(300).write(to: clip)
            try expect(1, "clip-00003.safetensors' is damaged", "vidrd generate --from")
            try whole.write(to: clip)
            let absent = try start(["resume", "nothing.mp4"], in: folder).end()
            try expectRefusal(absent, 2, "there is no run at 'nothing.mp4'", in: folder, leaving: ["x.mp4.run"])
            #expect(try start(["resume", "x.mp4"], in: folder).end().code == 0)
        }
    }

    /// Somebody's folders with a copy of a record in it, or with a name like a run's.
    @Test func foldersThatAreNoRunsAreLeftAlone() throws {
        try inFolder { folder in
            func put(_ name: String) throws {
                let file = folder.appendingPathComponent(name)
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("mine".utf8).write(to: file)
            }
            let made = try start(["a candle", "--seed", "1", "-o", "x.mp4"], in: folder).end()
            #expect(made.code == 0, "\(made.messages)")
            for name in ["project/.git/config", "project/.env", "project/results/mine.csv", "y.mp4.run/diary.txt"] { try put(name) }
            let project = folder.appendingPathComponent("project")
            try FileManager.default.copyItem(
                at: folder.appendingPathComponent("x.mp4.run/record.json"), to: project.appendingPathComponent("record.json"))
            let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted(), there = try names(in: folder)
            for arguments in [["resume", "project"], ["resume", "project/record.json"], ["extend", "project", "--length", "64"]] {
                let refused = try start(arguments, in: folder).end()
                try expectRefusal(refused, 1, "its folder holds no clips and is not called NAME.run", in: folder, leaving: there)
            }
            #expect(try start(["resume", "."], in: project).end().code == 1)
            let refused = try start(["x", "--seed", "1", "-o", "y.mp4", "--overwrite"], in: folder).end()
            try expectRefusal(refused, 1, "a folder of that name exists that is no run's; rename it", in: folder, leaving: there)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() == before)
            for arguments in [["x", "-o", "y.mp4", "--no-record"], ["generate", "--from", "project", "-o", "z.mp4"]] {
                let taken = try start(arguments, in: folder).end()
                #expect(taken.code == 0, "\(taken.messages)")
            }
            #expect(try Set(FileManager.default.subpathsOfDirectory(atPath: folder.path)).isSuperset(of: before))
        }
    }

    // MARK: Again, and longer

    @Test func fromARecordTheSameLatents() throws {
        try inFolder { folder in
            let made = try start(Self.arguments + ["--eta", "0.5", "--fps", "5", "--prompt-at", "20:wood on fire", "--threads", "1", "-o", "a.mp4"], in: folder).end()
            #expect(made.code == 0, "\(made.messages)")
            #expect(made.messages.contains("from frame 22 (clip 8): \"wood on fire\""), "\(made.messages)")
            for (index, record) in ["a.mp4", "a.mp4.run", "a.mp4.run/record.json"].enumerated() {
                let name = "b\(index).mp4"
                // The model comes from the record.
                let again = try Program.run("generate", "--from", record, "-o", name, in: folder)
                #expect(again.code == 0, "\(again.messages)")
                #expect(try bytes(name, in: folder) == bytes("a.mp4", in: folder))
                for file in try names(in: folder.appendingPathComponent("a.mp4.run")) where file.hasSuffix(".safetensors") {
                    #expect(try bytes("\(name).run/\(file)", in: folder) == bytes("a.mp4.run/\(file)", in: folder))
                }
            }
            let other = try Program.run("generate", "--from", "a.mp4", "--seed", "2", "--length", "24", "-o", "c.mp4", in: folder)
            #expect(other.code == 0, "\(other.messages)")
            #expect(try frames(of: folder.appendingPathComponent("c.mp4")).count == 24)
            #expect(try bytes("c.mp4.run/clip-00001.safetensors", in: folder) != bytes("a.mp4.run/clip-00001.safetensors", in: folder))
        }
    }

    @Test func anotherModelIsRefused() throws {
        try inFolder { folder in
            let made = try start(["a candle", "--seed", "1", "-o", "a.mp4"], in: folder).end()
            #expect(made.code == 0)
            let other = try TinyModel.copy(to: folder, changing: TinyModel.weights["vae"]!) { data in
                var data = data
                data[data.count - 1] ^= 1
                return data
            }
            let arguments = ["generate", "--from", "a.mp4", "-o", "b.mp4", "--model", other]
            let refused = try Program.start(arguments, in: folder).end()
            try expectRefusal(refused, 1, "take this one with --any-model", in: folder, leaving: ["a.mp4", "a.mp4.run", "model"])
            let taken = try Program.start(arguments + ["--any-model"], in: folder).end()
            #expect(taken.code == 0, "\(taken.messages)")
            #expect(taken.messages.contains("warning: the model is not the one"))
        }
    }

    @Test func extensionIsTheLongerVideo() throws {
        try inFolder { folder in
            let short = ["a candle", "--steps", "4", "--overlap", "1", "--seed", "1"]
            let change = ["--prompt-at", "20:wood on fire"]
            for arguments in [
                short + ["--length", "16", "-o", "x.mp4"], ["extend", "x.mp4", "--length", "31"] + change,
                ["extend", "x-31.mp4", "--length", "40"], short + change + ["--length", "40", "-o", "whole.mp4"],
                ["extend", "x.mp4", "--length", "40", "-o", "x.mp4", "--overwrite"] + change,
            ] {
                let result = try start(arguments, in: folder).end()
                #expect(result.code == 0, "\(arguments): \(result.messages)")
            }
            #expect(try results(in: folder) == ["whole.mp4", "x-31.mp4", "x-40.mp4", "x.mp4"])
            for name in ["x-40.mp4", "x.mp4"] {
                #expect(try bytes(name, in: folder) == bytes("whole.mp4", in: folder))
                for file in try names(in: folder.appendingPathComponent("whole.mp4.run")) where file.hasSuffix(".safetensors") {
                    #expect(try bytes("\(name).run/\(file)", in: folder) == bytes("whole.mp4.run/\(file)", in: folder))
                }
            }
            for (arguments, expected) in [
                (["extend", "x.mp4", "--length", "40"], "more than the 40 frames that there are"),
                (["extend", "x.mp4", "--length", "50", "-o", "x.mp4"], "exists already"),
                (["extend", "x.mp4", "--length", "50", "--prompt-at", "5:a boat"], "where the first clip begins that is not made yet"),
                (["extend", "x.mp4"], "--length"), (["x", "--prompt-at", "2"], "FRAME:PROMPT"),
                (["x", "--prompt-at", "90:a boat"], "frame of a prompt change"),
            ] {
                let result = try start(arguments, in: folder).end()
                #expect(result.code == 2 && result.messages.contains(expected), "\(arguments): \(result.messages)")
            }
        }
    }

    @Test func withoutARecordNothingIsLeft() throws {
        try inFolder { folder in
            let kept = try start(["a candle", "--seed", "1", "-o", "x.mp4"], in: folder).end()
            #expect(kept.code == 0)
            let plain = try start(["a boat", "--seed", "1", "-o", "x.mp4", "--no-record", "--overwrite"], in: folder).end()
            #expect(plain.code == 0, "\(plain.messages)")
            // The run of the video that was replaced would make another one.
            #expect(try names(in: folder) == ["x.mp4"])
            let resumed = try start(["resume", "x.mp4"], in: folder).end()
            #expect(resumed.code == 2 && resumed.messages.contains("there is no run at 'x.mp4'"))
        }
    }
}

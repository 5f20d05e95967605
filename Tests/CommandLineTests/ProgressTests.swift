import Foundation
import Testing
import vidrd

/// The stream of events, in each of its styles.
@Suite struct ProgressTests {
    /// Every line of stderr as a JSON object.
    private func events(_ messages: String) throws -> [[String: Any]] {
        try messages.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
    }

    private func named(_ name: String, in events: [[String: Any]]) -> [[String: Any]] {
        events.filter { $0["event"] as? String == name }
    }

    @Test func everyLineIsJSONAndTheStreamIsWhole() throws {
        try inFolder { folder in
            let result = try Program.run(
                "a purple \"candle\"\n", "--length", "10", "--seed", "5", "--steps", "3", "--clip-frames", "4", "--overlap", "1",
                "--model", TinyModel.path, "--progress", "json", "--preview", "now.png", "-o", "video.mp4", in: folder)
            #expect(result.code == 0, "\(result.messages)")
            #expect(result.paths == ["video.mp4"])
            let events = try events(result.messages), order = events.compactMap { $0["event"] as? String }
            #expect(order.filter { $0 != "warning" && $0 != "preview" }
                == ["start"] + (0..<3).flatMap { _ in ["clip", "step", "step", "step", "frames"] } + ["finish"])
            let start = try #require(named("start", in: events).first)
            #expect(start["prompt"] as? String == "a purple \"candle\"\n" && start["seed"] as? Int == 5)
            #expect(start["of"] as? Int == 10 && start["clips"] as? Int == 3 && start["steps"] as? Int == 3 && start["width"] as? Int == 16)
            #expect(named("step", in: events).map { [$0["clip"] as? Int, $0["step"] as? Int] } == (1...3).flatMap { c in (1...3).map { [c, $0] } })
            #expect(named("frames", in: events).map { $0["frames"] as? Int } == [1, 4, 10])
            for event in named("step", in: events) + named("frames", in: events) {
                #expect(event["seconds"] is Double && event["eta"] is Double && (event["memory"] as? Int ?? 0) > 1 << 20, "\(event)")
            }
            let preview = try #require(named("preview", in: events).first)
            #expect(preview["path"] as? String == "now.png" && preview["cost"] is Double)
            let finish = try #require(named("finish", in: events).first)
            #expect(finish["paths"] as? [String] == ["video.mp4"] && finish["frames"] as? Int == 10 && finish["of"] as? Int == 10)
            #expect((named("warning", in: events).first?["message"] as? String)?.contains("purple") == true)
        }
    }

    @Test(arguments: [
        (["x", "--length", "0"], 2), (["x", "--model", "nowhere"], 1), (["--prompts", "absent"], 2), (["x", "--oops"], 2), ([], 2),
    ] as [([String], Int)])
    func failuresAreJSONToo(_ arguments: [String], _ code: Int) throws {
        try inFolder { folder in
            for style in [["--progress", "json"], ["--progress=json"]] {
                let result = try Program.start(arguments + style, in: folder).end()
                #expect(Int(result.code) == code && result.output == "")
                let events = try events(result.messages)
                #expect(events.count == 1 && events[0]["event"] as? String == "error" && events[0]["code"] as? Int == code, "\(result.messages)")
                #expect((events[0]["message"] as? String)?.isEmpty == false)
            }
        }
    }

    @Test func aBatchTellsEveryVideoAndEveryError() throws {
        try inFolder { folder in
            try Data("wood on fire\n{\"prompt\": \"a boat\", \"length\": 0}\nwaves\n".utf8).write(to: folder.appendingPathComponent("list.txt"))
            let result = try Program.run(
                "--prompts", "list.txt", "--model", TinyModel.path, "--progress", "json", "--seed", "1", in: folder)
            #expect(result.code == 1)
            let events = try events(result.messages)
            #expect(named("start", in: events).map { $0["prompt"] as? String } == ["wood on fire", "waves"])
            #expect(named("finish", in: events).count == 2)
            #expect((named("error", in: events).first?["message"] as? String)?.contains("list.txt, line 2") == true)
        }
    }

    @Test func aStoppedVideoIsJSONToo() throws {
        try inFolder { folder in
            let running = try Program.start(
                ["a candle", "--model", TinyModel.path, "--length", "1000000", "--seed", "1", "-o", "video.gif", "--progress", "json"],
                in: folder)
            let deadline = Date().addingTimeInterval(60)
            while Date() < deadline, running.process.isRunning,
                (try? String(contentsOf: running.messages, encoding: .utf8))?.contains("\"frames\"") != true { usleep(5000) }
            kill(running.process.processIdentifier, SIGINT)
            let result = try running.end(), events = try events(result.messages)
            #expect(result.code == 130)
            let finish = try #require(named("finish", in: events).first)
            #expect((finish["frames"] as? Int ?? 0) >= 4 && finish["of"] as? Int == 1_000_000)
        }
    }

    @Test func noneSaysNothingButTheDrawnSeed() throws {
        try inFolder { folder in
            for (name, quiet) in [("q", ["--quiet"]), ("n", ["--progress", "none"])] {
                let drawn = try Program.start(["waves", "--model", TinyModel.path, "--frames-dir", name] + quiet, in: folder).end()
                #expect(drawn.messages.split(separator: "\n").count == 1 && drawn.messages.hasPrefix("seed "), "\(drawn.messages)")
                let given = try Program.start(
                    ["waves", "--model", TinyModel.path, "--seed", "3", "--overwrite", "--frames-dir", name] + quiet, in: folder).end()
                #expect(given.messages == "")
            }
            // A bar that was asked for is drawn, whatever stderr is.
            let bar = try Program.run("waves", "--model", TinyModel.path, "--progress", "bar", "--frames-dir", "b", in: folder)
            #expect(bar.messages.contains("\r\u{1B}[K[") && bar.messages.contains("clip 1/1") && bar.messages.contains("MB"), "\(bar.messages)")
        }
    }

    @Test(arguments: [
        (["x", "--progress", "loud"], "bar, plain, json or none"), (["x", "--quiet", "--progress", "bar"], "give one of them"),
        (["x", "--progress", "json", "--inline"], "give one of them"), (["x", "--preview", "now.jpg"], "end in .png"),
        (["x", "--inline=vt52"], "kitty, iterm or sixel"), (["x", "--preview", "text.png"], "no PNG picture"),
    ] as [([String], String)])
    func whatMakesNoSenseIsRefused(_ arguments: [String], _ expected: String) throws {
        try inFolder { folder in
            try Data("no picture".utf8).write(to: folder.appendingPathComponent("text.png"))
            let result = try Program.start(arguments, in: folder).end()
            #expect(result.code == 2 && result.output == "")
            #expect(result.messages.contains(expected), "\(result.messages)")
            #expect(try names(in: folder) == ["text.png"])
        }
    }

    /// Three clips of ten steps of a second and decodings of three seconds.
    @Test func theMeterKnowsWhatIsLeft() throws {
        var time = 100.0
        var meter = ProgressMeter(now: { time }, resident: { 310_500_000 }, peak: { 420_000_000 })
        meter.take(.start(.init(prompt: "x", seed: 1, width: 8, height: 8, fps: 8, frames: 40, clips: 3, steps: 10)))
        #expect(meter.secondsLeft == nil && meter.share == 0 && meter.rate == nil)
        for clip in 1...3 {
            meter.take(.clip(clip: clip, clips: 3))
            for step in 1...10 {
                time += 1
                meter.take(.step(clip: clip, clips: 3, step: step, steps: 10))
                let left = Double((3 - clip) * 13 + 10 - step) + 3
                let guessed = clip == 1 ? Double(4 - clip) : 0  // decoding is taken for two steps until one was seen
                #expect(abs((meter.secondsLeft ?? 0) - (left - guessed)) < 1e-9)
            }
            time += 3
            meter.take(.frames(done: [16, 28, 40][clip - 1], of: 40))
            #expect(abs((meter.secondsLeft ?? -1) - Double((3 - clip) * 13)) < 1e-9)
        }
        #expect(meter.share == 1)
        #expect(abs((meter.framesPerSecond ?? 0) - 40 / 39.0) < 1e-9)
        #expect(ProgressText.line(meter) == "100%  clip 3/3  decoded  1.0 frames/s  310 MB")
    }

    /// A line that breaks cannot be drawn over.
    @Test func barsFitTheTerminal() {
        var time = 0.0
        var meter = ProgressMeter(now: { time }, resident: { 4_400_000_000 }, peak: { 4_500_000_000 })
        meter.take(.start(.init(prompt: "x", seed: 1, width: 8, height: 8, fps: 8, frames: 4000, clips: 333, steps: 100)))
        time = 7200
        meter.take(.step(clip: 200, clips: 333, step: 50, steps: 100))
        for columns in 1...120 {
            let bar = ProgressText.bar(meter, columns: columns)
            #expect(bar.count < max(columns, 2), "\(columns): \(bar)")
        }
        #expect(ProgressText.bar(meter, columns: 120).hasSuffix("clip 200/333  step 50/100  7200.0 s/step  4.4 GB"))
    }
}

import Foundation
import Testing
import Video

/// Commands that measure without a network's weights, or with ones made here.
@Suite struct MeasuringTests {
    /// Grey frames whose brightness is given.
    private func write(_ levels: [UInt8], to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (index, level) in levels.enumerated() {
            var frame = Frame(width: 8, height: 8)
            frame.fill(x: 0, y: 0, width: 8, height: 8, Colour(level, level, level))
            try PNG.write(frame, to: folder.appendingPathComponent(String(format: "%03d.png", index)).path)
        }
    }

    /// Clips of 4 frames that add 3 each: borders before frames 4 and 7, where brightness jumps by 10 instead of 2.
    @Test func seamsAreSeen() throws {
        try inFolder { folder in
            try write([0, 2, 4, 6, 16, 18, 20, 30, 32, 34], to: folder.appendingPathComponent("frames"))
            let result = try Program.run("eval", "seams", "frames", "--clip-frames", "4", "--overlap", "1", in: folder)
            #expect(result.code == 0, "\(result.messages)")
            #expect(result.output.contains("10 frames, 2 borders, inside 2.00, borders 10.00, ratio 5.00"), "\(result.output)")
            let refused = try Program.run("eval", "seams", "frames", "--clip-frames", "3", "--overlap", "3", in: folder)
            #expect(refused.code == 2 && refused.messages.contains("it must be from 0 to 2"))
        }
    }

    @Test func benchTimesAPartAndCountsItsOperations() throws {
        try inFolder { folder in
            let result = try Program.run(
                "bench", "unet", "--size", "16x16", "--frames", "2", "--runs", "2", "--seconds", "0", "--json", "-", in: folder)
            #expect(result.code == 0, "\(result.messages)")
            let json = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
            #expect(json["frames"] as? Int == 2 && json["size"] as? String == "16x16", "\(json)")
            #expect((json["seconds"] as? Double ?? 0) > 0, "\(json)")
            #expect(result.messages.contains("unet"))
            let unknown = try Program.run("bench", "train", "--stage", "text", in: folder)
            #expect(unknown.code == 2 && unknown.messages.contains("allowed are image and video"))
        }
    }

    /// The tiny CLIP that the tests of its towers have, against a picture of its own.
    @Test func clipsimOfAPicture() throws {
        let fixtures = (0..<2).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
            .appendingPathComponent("EvaluationTests/Fixtures/clip")
        try inFolder { folder in
            let videos = folder.appendingPathComponent("videos")
            try FileManager.default.createDirectory(at: videos.appendingPathComponent("a"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: fixtures.appendingPathComponent("picture.png"), to: videos.appendingPathComponent("a/0.png"))
            // Empty lines count where a line is named.
            let captions = videos.appendingPathComponent("captions.jsonl")
            try Data("{\"file\": \"a\", \"caption\": \"a candle\"}\n\n\n{\"file\": 3}\n".utf8).write(to: captions)
            let broken = try Program.run("eval", "clipsim", "videos", "--clip", fixtures.path, in: folder)
            #expect(broken.code != 0 && broken.messages.contains("line 4"), "\(broken.messages)")
            try Data("{\"file\": \"a\", \"caption\": \"a candle\"}\n".utf8).write(to: captions)
            let result = try Program.run("eval", "clipsim", "videos", "--clip", fixtures.path, "--json", "r.json", in: folder)
            #expect(result.code == 0 && result.output.contains("CLIPSIM ") && result.output.contains("1 videos"), "\(result.messages)")
        }
    }

    /// Two pictures and a caption that is missing.
    @Test func picturesBecomeClips() throws {
        try inFolder { folder in
            let pictures = folder.appendingPathComponent("pictures")
            try write([40, 90, 160], to: pictures)
            for (name, words) in [("000", "a grey wall"), ("001", "a lighter wall")] {
                try Data(words.utf8).write(to: pictures.appendingPathComponent(name + ".txt"))
            }
            let result = try Program.run(
                "train", "data", "pictures", "--data", "clips", "--frames", "3", "--size", "16", "--per-picture", "2", in: folder)
            #expect(result.code == 0 && result.paths == ["clips"], "\(result.messages)")
            #expect(result.messages.contains("4 clips from pictures, 1 files left out"), "\(result.messages)")
            let frames = try Data(contentsOf: folder.appendingPathComponent("clips/frames.u8"))
            #expect(frames.count == 4 * 3 * 16 * 16 * 3 && Set(frames.prefix(3 * 16 * 16 * 3)).count < 4)
            for (arguments, fragment) in [
                (["--size", "4000000000"], "whole numbers from 8 to 4096"), (["--frames", "0"], "whole numbers from 1 to 1024"),
                (["--per-picture", "2", "--composed", "2"], "give one of them"), (["--fps", "-1"], "numbers above 0"),
            ] {
                let refused = try Program.start(["train", "data", "pictures", "--data", "other"] + arguments, in: folder).end()
                #expect(refused.code == 2 && refused.messages.contains(fragment), "\(refused.messages)")
            }
        }
    }
}

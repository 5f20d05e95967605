import Foundation
import Testing
import Video

/// `vidrd eval` and `vidrd weights` as a user runs them. What needs I3D's weights is skipped where they are not beside
/// the repository.
@Suite struct EvalTests {
    private static let shared = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared")

    private func shared(_ path: String) throws -> String {
        let url = Self.shared.appendingPathComponent(path)
        guard FileManager.default.fileExists(atPath: url.path) else { try Test.cancel("../shared/\(path) is not there") }
        return url.path
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func twoFoldersAreComparedAndTheJSONStandsAloneOnStdout() throws {
        let i3d = try shared("data/i3d/i3d-kinetics-400.ckpt"), parity = try shared("parity/fvd")
        try inFolder { folder in
            for (side, names) in [("real", ["000", "001", "002", "003"]), ("generated", ["000", "001", "002"])] {
                try FileManager.default.createDirectory(at: folder.appendingPathComponent(side), withIntermediateDirectories: true)
                for name in names {
                    try FileManager.default.copyItem(atPath: "\(parity)/\(side)/\(name).mkv", toPath: folder.path + "/\(side)/\(name).mkv")
                }
            }
            try Data("no video".utf8).write(to: folder.appendingPathComponent("generated/broken.mp4"))
            // The same clip as a folder of PNG frames counts like a video.
            let frames = folder.appendingPathComponent("generated/003"), source = try VideoReader("\(parity)/generated/003.mkv")
            try FileManager.default.createDirectory(at: frames, withIntermediateDirectories: true)
            while let frame = try source.next() { try PNG.write(frame, to: frames.path + "/\(source.count).png") }

            let result = try Program.run(
                "eval", "fvd", "--real", "real", "--generated", "generated", "--i3d", i3d, "--json", "-", "--bootstrap", "4",
                "--floor-splits", "2", "--save-features", "features", in: folder)
            #expect(result.code == 0, "\(result.messages)")
            #expect(result.messages.contains("below 1000") && result.messages.contains("broken.mp4"))
            let json = try object(result.output)
            let fvd = try #require(json["fvd"] as? Double)
            let sides = try ["real", "generated"].map { try #require(json[$0] as? [String: Any]) }
            #expect(sides.map { $0["count"] as? Int } == [4, 4])
            #expect(sides.allSatisfy { ($0["inception_score"] as? Double ?? 0) > 1 })
            #expect(fvd > 0 && ((json["protocol"] as? [String: Any])?["name"] as? String) == "stylegan-v")

            // From the features that were kept, and through a file.
            let again = try Program.run(
                "eval", "fvd", "--real", "features/real.features", "--generated", "features/generated.features", "--i3d", i3d,
                "--json", "again.json", "--bootstrap", "0", "--quiet", in: folder)
            #expect(again.code == 0 && again.output.hasPrefix("FVD "), "\(again.messages)")
            let second = try object(String(contentsOf: folder.appendingPathComponent("again.json"), encoding: .utf8))
            #expect(abs((second["fvd"] as? Double ?? 0) - fvd) < 1e-6 * fvd)
        }
    }

    @Test func whatCannotBeMeasuredIsNamed() throws {
        try inFolder { folder in
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
            let away = ["VIDRD_CACHE": folder.path + "/cache"]
            let lacks = try Program.run("eval", "fvd", "--real", "empty", "--generated", "empty", in: folder, environment: away)
            #expect(lacks.code == 1 && lacks.messages.contains("vidrd weights i3d"))
            try Data("other".utf8).write(to: folder.appendingPathComponent("i3d.ckpt"))
            let wrong = try Program.run("weights", "i3d", "--from", "i3d.ckpt", in: folder, environment: away)
            #expect(wrong.code == 1 && wrong.messages.contains("SHA-256"))
            #expect(try Program.run("eval", "fvd", "--real", "a", "--generated", "b", "--protocol", "x", in: folder).code == 2)
        }
    }

    @Test func aFolderWithoutVideosIsRefused() throws {
        let i3d = try shared("data/i3d/i3d-kinetics-400.ckpt")
        try inFolder { folder in
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
            let none = try Program.run("eval", "fvd", "--real", "empty", "--generated", "empty", "--i3d", i3d, in: folder)
            #expect(none.code == 1 && none.messages.contains("no videos under 'empty'"))
        }
    }

    @Test func motionNeedsNoNetwork() throws {
        try inFolder { folder in
            for index in 0..<6 {
                var frame = Frame(width: 8, height: 8)
                frame.fill(x: 0, y: 0, width: 8, height: 8, Colour(UInt8(10 * index), UInt8(10 * index), UInt8(10 * index)))
                try PNG.write(frame, to: folder.appendingPathComponent("\(index).png").path)
            }
            let result = try Program.run("eval", "motion", ".", in: folder)
            #expect(result.code == 0 && result.output.contains("6 frames, motion 10.00, jitter 0.00, drift +50.0"), "\(result.output)")
        }
    }

    /// Three classes, two of scenes and one of a real clip, through the whole command: two processes at once, then again.
    @Test func theWholeProtocolRunsOnASmallTree() throws {
        let i3d = try shared("data/i3d/i3d-kinetics-400.ckpt"), clip = try shared("data/clips/v_ApplyEyeMakeup_g01_c01.avi")
        try inFolder { folder in
            for (family, name) in [("candle", "Candle"), ("aurora", "Aurora")] {
                let made = try Program.run(
                    "scenes", "-o", "data/\(name)", "--family", family, "--count", "2", "--size", "32", in: folder)
                #expect(made.code == 0, "\(made.messages)")
            }
            let makeup = folder.appendingPathComponent("data/ApplyEyeMakeup")
            try FileManager.default.createDirectory(at: makeup, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: clip, toPath: makeup.path + "/v_ApplyEyeMakeup_g01_c01.avi")
            try Data("1 ApplyEyeMakeup\n2 Candle\n3 Aurora\n".utf8).write(to: folder.appendingPathComponent("data/classInd.txt"))
            let listed = try ["Candle", "Aurora"].flatMap { name in
                try names(in: folder.appendingPathComponent("data/\(name)")).filter { $0.hasSuffix(".mp4") }.map { "\(name)/\($0) 2" }
            }
            try Data((["ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi 1", "Aurora/gone.avi 3"] + listed).joined(separator: "\n").utf8)
                .write(to: folder.appendingPathComponent("data/trainlist01.txt"))
            try Data("# Candle\na candle is burning\n# Aurora\nan aurora over the snow\n".utf8).write(to: folder.appendingPathComponent("prompts.txt"))
            let arguments = [
                "eval", "ucf101", "--data", "data", "--model", try TinyModel.path, "-o", "run", "--per-class", "2", "--i3d", i3d,
                "--prompts", "prompts.txt", "--length", "16",
            ]
            let environment = ["VIDRD_CACHE": folder.path + "/cache"]
            let both = [try Program.start(arguments, in: folder, environment: environment),
                        try Program.start(arguments, in: folder, environment: environment)]
            let results = try both.map { try $0.end() }
            for result in results { #expect(result.code == 0, "\(result.messages)") }
            #expect(results[0].messages.contains("1 of 6 videos of trainlist01.txt are not in 'data'"))
            #expect(results[0].messages.contains("1 classes have no sentence"))
            // Whoever made which, together they made each once.
            let counts = results.map { result in
                result.messages.split(separator: "\n").compactMap { line in
                    line.hasSuffix("videos made by this process") ? Int(line.split(separator: " ")[0]) : nil
                }.reduce(0, +)
            }
            #expect(counts.reduce(0, +) == 6, "\(counts)")
            for name in ["ApplyEyeMakeup", "Candle", "Aurora"] {
                let place = folder.appendingPathComponent("run/videos/\(name)")
                #expect(try names(in: place) == ["v_\(name)_00000", "v_\(name)_00001"])
                #expect(try names(in: place.appendingPathComponent("v_\(name)_00000")).count == 16)
            }
            // Nothing is made again, and a video that went missing is.
            try FileManager.default.removeItem(at: folder.appendingPathComponent("run/videos/Candle/v_Candle_00001"))
            let again = try Program.start(arguments, in: folder, environment: environment).end()
            #expect(again.code == 0 && again.messages.contains("5 of 6 videos are there") && again.messages.contains("1 videos made"))
            let json = try object(String(contentsOf: folder.appendingPathComponent("run/result.json"), encoding: .utf8))
            #expect((json["made"] as? Int) == 6 && ((json["result"] as? [String: Any])?["fvd"] as? Double ?? 0) > 0)
            let table = try String(contentsOf: folder.appendingPathComponent("run/table.md"), encoding: .utf8)
            #expect(table.contains("VidRD, tuned VAE") && again.output.hasSuffix("run/report.html\n"))
            #expect(try names(in: folder.appendingPathComponent("run/claims")).isEmpty)
        }
    }
}

import Foundation
import Testing

/// What goes wrong in the middle of a video: one line, the right code, nothing under the final name, clips kept.
@Suite struct LongRunFailureTests {
    private static let arguments = ["a candle", "--length", "64", "--steps", "2", "--overlap", "1", "--seed", "1"]

    private func finished(_ name: String, in folder: URL) throws -> Data {
        let whole = try Program.start(Self.arguments + ["--model", TinyModel.path, "-o", "whole-\(name)"], in: folder).end()
        #expect(whole.code == 0, "\(whole.messages)")
        return try Data(contentsOf: folder.appendingPathComponent("whole-\(name)"))
    }

    private func lines(_ result: Program.Result) -> [Substring] {
        result.messages.split(separator: "\n").filter { !$0.hasPrefix("seed ") && !$0.hasPrefix("warning: ") }
    }

    @Test func ffmpegDiesMidway() throws {
        try inFolder { folder in
            let tools = folder.appendingPathComponent("tools")
            try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
            // It takes some frames of 768 bytes and ends.
            let fake = tools.appendingPathComponent("ffmpeg")
            try Data("#!/bin/sh\n/usr/bin/head -c 20000 > /dev/null\necho 'Conversion failed!' >&2\nexit 3\n".utf8).write(to: fake)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fake.path)
            let expected = try finished("x.mp4", in: folder)
            let arguments = Self.arguments + ["--model", try TinyModel.path, "-o", "x.mp4"]
            let result = try Program.start(arguments, in: folder, environment: ["PATH": tools.path]).end()
            #expect(result.code == 1)
            #expect(lines(result).count == 1, "\(result.messages)")
            #expect(result.messages.contains("ffmpeg failed with status 3 at 'x.mp4'; it printed: Conversion failed!"), "\(result.messages)")
            #expect(result.messages.contains("kept, continue with: vidrd resume x.mp4"), "\(result.messages)")
            #expect(try results(in: folder) == ["tools", "whole-x.mp4"])
            let plain = try Program.start(arguments + ["--no-record", "--overwrite"], in: folder, environment: ["PATH": tools.path]).end()
            #expect(plain.code == 1 && lines(plain).count == 1, "\(plain.messages)")
            #expect(try results(in: folder) == ["tools", "whole-x.mp4"])
            _ = try Program.start(arguments, in: folder, environment: ["PATH": tools.path]).end()
            let resumed = try Program.run("resume", "x.mp4", in: folder)
            #expect(resumed.code == 0, "\(resumed.messages)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("x.mp4")) == expected)
        }
    }

    @Test(arguments: [[], ["--no-record"]])
    func theFolderVanishesMidway(_ more: [String]) throws {
        try inFolder { folder in
            let output = folder.appendingPathComponent("out")
            let running = try Program.start(
                ["a candle", "--length", "2000", "--steps", "2", "--seed", "1", "--model", TinyModel.path, "-o", "out/x.mp4"] + more, in: folder)
            let deadline = Date().addingTimeInterval(60)
            while Date() < deadline, running.process.isRunning {
                let there = (try? names(in: output.appendingPathComponent("x.mp4.run"))) ?? []
                // Before the first frame the places are only tried.
                let isWritten = ((try? names(in: output)) ?? []).contains {
                    let size = try? FileManager.default.attributesOfItem(atPath: output.appendingPathComponent($0).path)[.size] as? Int
                    return $0.hasSuffix(".partial") && (size ?? 0) > 0
                }
                if there.contains(where: { $0.hasPrefix("state-") }) || isWritten { break }
                usleep(2000)
            }
            // Files may appear in it while it goes.
            for _ in 0..<100 where FileManager.default.fileExists(atPath: output.path) { try? FileManager.default.removeItem(at: output) }
            let result = try running.end()
            #expect(result.code == 1, "\(result.messages)")
            #expect(lines(result).filter { $0.hasPrefix("error: ") }.count == 1, "\(result.messages)")
            #expect(result.messages.contains(more.isEmpty ? "has vanished or was moved" : "out/x.mp4"), "\(result.messages)")
            #expect(try names(in: folder) == [])
        }
    }

    /// A limit of the shell on the size of files stands for a disk that is full from the beginning: at 512 bytes not even
    /// the record of a run can be written.
    @Test(arguments: [1, 2], [[], ["--no-record"]])
    func filesCannotGrow(_ blocks: Int, _ more: [String]) throws {
        try inFolder { folder in
            let result = try Program.start(
                Self.arguments + ["--model", TinyModel.path, "-o", "x.mp4"] + more, in: folder, after: "ulimit -f \(blocks)").end()
            #expect(result.code == 1, "\(result.messages)")
            #expect(lines(result).count == 1, "\(result.messages)")
            let left = try names(in: folder)
            #expect(left.isEmpty, "\(left): \(result.messages)")
        }
    }

    /// On a file system of 1 MB, where a test may mount one.
    @Test func theDiskFillsUpMidway() throws {
        try inFolder { folder in
            let disk = folder.appendingPathComponent("disk")
            try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
            func run(_ tool: String, _ arguments: String...) -> Bool {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                process.arguments = [tool] + arguments
                process.standardError = FileHandle.nullDevice
                guard (try? process.run()) != nil else { return false }
                process.waitUntilExit()
                return process.terminationStatus == 0
            }
            guard run("mount", "-t", "tmpfs", "-o", "size=400k", "none", disk.path) else {
                try Test.cancel("a small file system cannot be mounted here")
            }
            defer { _ = run("umount", "-l", disk.path) }
            let arguments = ["a candle", "--length", "300", "--steps", "2", "--overlap", "1", "--seed", "1", "--model", try TinyModel.path]
            let result = try Program.start(arguments + ["-o", "disk/x.mp4"], in: folder).end()
            #expect(result.code == 1, "\(result.messages)")
            #expect(lines(result).filter { $0.hasPrefix("error: ") }.count == 1, "\(result.messages)")
            #expect(result.messages.contains("continue with: vidrd resume disk/x.mp4"), "\(result.messages)")
            #expect(try names(in: disk) == ["x.mp4.run"])
            #expect(run("mount", "-o", "remount,size=8m", disk.path))
            let resumed = try Program.run("resume", "disk/x.mp4", in: folder)
            #expect(resumed.code == 0, "\(resumed.messages)")
            let whole = try Program.start(arguments + ["-o", "whole.mp4"], in: folder).end()
            #expect(whole.code == 0)
            #expect(try Data(contentsOf: disk.appendingPathComponent("x.mp4")) == Data(contentsOf: folder.appendingPathComponent("whole.mp4")))
        }
    }

    @Test func aPromptOfAMegabyte() throws {
        try inFolder { folder in
            try Data((String(repeating: "fire ", count: 210_000) + "\n").utf8).write(to: folder.appendingPathComponent("p.txt"))
            let result = try Program.run("--prompts", "p.txt", "--model", TinyModel.path, in: folder)
            #expect(result.code == 1)
            #expect(lines(result).first == "error: p.txt, line 1: prompt is a text of 1049999 bytes; allowed: up to 10000 bytes", "\(result.messages.prefix(300))")
            #expect(result.messages.utf8.count < 1000)
            #expect(try names(in: folder) == ["p.txt"])
        }
    }

    @Test func namesOfAnyScriptInThePlainLocale() throws {
        try inFolder { folder in
            let plain = ["LANG": "C", "LC_ALL": "C"]
            let made = try Program.run("ein Fluß 火", "-o", "d ü/火.mp4", "--seed", "1", "--model", TinyModel.path, in: folder, environment: plain)
            #expect(made.code == 0 && made.paths == ["d ü/火.mp4"], "\(made.messages)")
            try FileManager.default.removeItem(at: folder.appendingPathComponent("d ü/火.mp4"))
            let resumed = try Program.run("resume", "d ü/火.mp4", in: folder, environment: plain)
            #expect(resumed.code == 0 && resumed.paths == ["d ü/火.mp4"], "\(resumed.messages)")
            #expect(try names(in: folder.appendingPathComponent("d ü")) == ["火.mp4", "火.mp4.run"])
        }
    }

    /// An overlap that is no shorter than a clip, a negative seed, a size that the model cannot make.
    @Test(arguments: [
        (["--overlap", "4"], "overlap is 4; allowed: 0 to 3"), (["--seed", "-5"], "whole numbers from 0"),
        (["--size", "20x21"], "multiples of 2, such as 20x20"),
    ] as [([String], String)])
    func badValuesBesideARecord(_ more: [String], _ expected: String) throws {
        try inFolder { folder in
            let made = try Program.run("x", "--seed", "1", "-o", "a.mp4", "--model", TinyModel.path, in: folder)
            #expect(made.code == 0)
            let result = try Program.start(["generate", "--from", "a.mp4", "-o", "b.mp4"] + more, in: folder).end()
            try expectRefusal(result, 2, expected, in: folder, leaving: ["a.mp4", "a.mp4.run"])
        }
    }
}

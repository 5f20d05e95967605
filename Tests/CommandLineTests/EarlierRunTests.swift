import Checkpoints
import Foundation
import Tensors
import Testing
import Video
import vidrd

/// Runs that version 0.1.1 of the program began, with records of version 1: whatever continues or repeats them gives what
/// that version would have given. `Tests/GenerationTests/Fixtures/version-1` holds its model, two runs that were stopped after two of
/// four clips, and what came of them when nothing stopped them.
@Suite struct EarlierRunTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("GenerationTests/Fixtures/version-1")
    private static var model: String { fixtures.appendingPathComponent("model").path }

    /// A folder with the run x.mp4.run that was stopped.
    private func stopped<Result>(_ sampler: String, _ body: (URL) throws -> Result) throws -> Result {
        try inFolder { folder in
            try FileManager.default.copyItem(
                at: Self.fixtures.appendingPathComponent("\(sampler)/run"), to: folder.appendingPathComponent("x.mp4.run"))
            return try body(folder)
        }
    }

    /// Compares clips of a run with those that were to come: to the bit where the sums are made as they were then (which the
    /// program tells), to the last bits elsewhere. What another sampler makes differs by a hundred times as much.
    private func expectClips(_ numbers: ClosedRange<Int>, of run: String, _ sampler: String, in folder: URL, _ messages: String) throws {
        let isAlike = !["the kernels", "OpenBLAS's core"].contains { messages.contains($0) }
        for number in numbers {
            let name = "clip-0000\(number).safetensors"
            let found = folder.appendingPathComponent("\(run).run/\(name)")
            let whole = Self.fixtures.appendingPathComponent("\(sampler)/\(number > 2 ? "whole" : "run")/\(name)")
            if isAlike { #expect(try Data(contentsOf: found) == Data(contentsOf: whole), "\(name)") }
            let values = try [found, whole].map { try SafetensorsFile($0).tensor("latents").values }
            let difference = zip(values[0], values[1]).map { abs($0 - $1) }.max() ?? .infinity
            #expect(values[0].count == values[1].count && difference < 1e-4, "\(name): \(difference)")
        }
    }

    private func expectFrames(_ name: String, _ sampler: String, in folder: URL) throws {
        let place = Self.fixtures.appendingPathComponent("\(sampler)/whole/frames")
        let found = try frames(of: folder.appendingPathComponent(name)), whole = try frames(of: place)
        #expect(found.count == 10 && whole.count == 10)
        let differences = zip(found, whole).flatMap { zip($0.pixels, $1.pixels).map { abs(Int($0) - Int($1)) } }
        #expect(try #require(differences.max()) <= 1)
    }

    @Test(arguments: ["unipc", "dpm++"]) func areResumed(_ sampler: String) throws {
        try stopped(sampler) { folder in
            let resumed = try Program.run("resume", "x.mp4", "--model", Self.model, in: folder)
            #expect(resumed.code == 0, "\(resumed.messages)")
            #expect(resumed.messages.contains("2 of 4 clips are there"), "\(resumed.messages)")
            try expectClips(1...4, of: "x.mp4", sampler, in: folder, resumed.messages)
            // What the record says now makes the same video again, without a loss in a video file.
            let again = try Program.run(
                "generate", "--from", "x.mp4", "--model", Self.model, "--frames-dir", "f", in: folder)
            #expect(again.code == 0, "\(again.messages)")
            try expectClips(1...4, of: "f", sampler, in: folder, again.messages)
            try expectFrames("f", sampler, in: folder)
        }
    }

    @Test(arguments: ["unipc", "dpm++"]) func areExtendedAndRepeated(_ sampler: String) throws {
        try stopped(sampler) { folder in
            let longer = try Program.run("extend", "x.mp4", "--length", "12", "--model", Self.model, "-o", "y.mp4", in: folder)
            #expect(longer.code == 0, "\(longer.messages)")
            try expectClips(1...5, of: "y.mp4", sampler, in: folder, longer.messages)
            let again = try Program.run(
                "generate", "--from", "x.mp4", "--model", Self.model, "--frames-dir", "f", in: folder)
            #expect(again.code == 0, "\(again.messages)")
            try expectClips(1...4, of: "f", sampler, in: folder, again.messages)
            try expectFrames("f", sampler, in: folder)
        }
    }
}

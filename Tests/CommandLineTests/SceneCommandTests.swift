import Foundation
import Testing
import Video

/// Procedural clips as files.
@Suite struct SceneCommandTests {
    @Test func clipsWithCaptions() throws {
        try inFolder { folder in
            let result = try Program.run(
                "scenes", "-o", "clips", "--count", "3", "--frames", "5", "--size", "32", "--seed", "4", in: folder)
            #expect(result.code == 0, "\(result.messages)")
            #expect(result.paths == ["clips"])
            let clips = folder.appendingPathComponent("clips")
            let lines = try String(contentsOf: clips.appendingPathComponent("captions.jsonl"), encoding: .utf8)
                .split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            #expect(lines.count == 3)
            #expect(Set(try names(in: clips)) == Set(lines.map(\.file) + ["captions.jsonl"]))
            for line in lines {
                let frames = try CommandLineTests.frames(of: clips.appendingPathComponent(line.file))
                #expect(frames.count == 5)
                #expect(frames.allSatisfy { $0.width == 32 && $0.height == 32 })
                #expect(!line.caption.isEmpty)
            }
            let again = try Program.run("scenes", "-o", "clips", "--count", "1", in: folder)
            #expect(again.code == 2)
            #expect(again.messages.contains("--overwrite"))
        }
    }

    private struct Line: Decodable {
        let file: String
        let caption: String
        let family: String
    }

    @Test func sheetsHaveARowForEachFamilyOrClip() throws {
        try inFolder { folder in
            let families = try Program.run("scenes", "--list", in: folder).paths
            #expect(families.count >= 24)
            let all = try Program.run("scenes", "--sheet", "all.png", "--size", "16", "--frames", "8", in: folder)
            #expect(all.paths == ["all.png"])
            let one = try Program.run(
                "scenes", "--sheet", "one.png", "--family", "candle", "--count", "2", "--size", "16", "--frames", "3", in: folder)
            #expect(one.paths == ["one.png"])
            let size = try ["all.png", "one.png"].map { try PNG.size(folder.appendingPathComponent($0).path) }
            #expect(size[0].width == 8 * 24 + 8 && size[0].height > families.count * 24)
            #expect(size[1].width == 3 * 24 + 8 && size[1].height < size[0].height / 5)
        }
    }

    @Test func rawClipsAreContinued() throws {
        try inFolder { folder in
            func frames(_ count: String) throws -> Data {
                let result = try Program.run(
                    "scenes", "--raw", "raw", "--count", count, "--frames", "2", "--size", "16", in: folder)
                #expect(result.code == 0, "\(result.messages)")
                return try Data(contentsOf: folder.appendingPathComponent("raw/frames.u8"))
            }
            let two = try frames("2")
            #expect(two.count == 2 * 2 * 16 * 16 * 3)
            let three = try frames("3")
            #expect(three.count == 3 * 2 * 16 * 16 * 3)
            #expect(three.prefix(two.count) == two)
        }
    }
}

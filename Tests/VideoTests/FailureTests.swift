import Foundation
import Testing
import Video

/// What users see when ffmpeg is missing or dies and when the disk is full.
@Suite struct FailureTests {
    @Test func missingTools() throws {
        let scratch = try Scratch()
        for searchPath in ["", scratch.path] {
            let words = message { _ = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8, searchPath: searchPath) }
            #expect(words?.contains("needs ffmpeg") == true && words?.contains("apt install ffmpeg") == true)
        }
        #expect(scratch.contents.isEmpty)
        try Data("not a png".utf8).write(to: URL(fileURLWithPath: scratch("a.jpg")))
        #expect(message { _ = try VideoReader(scratch("a.jpg"), searchPath: "") }?.contains("needs ffmpeg") == true)
        #expect(message { _ = try VideoInfo(path: scratch("a.jpg"), searchPath: "") }?.contains("needs ffprobe") == true)
        // Frames need no ffmpeg.
        let writer = try VideoFormat.writer(path: scratch("frames/"), fps: 8, searchPath: "")
        try writer.write(ball(0))
        try writer.finish()
        #expect(try VideoReader(scratch("frames"), searchPath: "").next() == ball(0))
    }

    @Test func toolThatDiesMidwayIsQuotedAndDoesNotKillUs() throws {
        let scratch = try Scratch()
        let tools = try scratch.fakeTool("ffmpeg", "head -c 20000 > /dev/null; echo noise >&2; echo 'boom: no luck' >&2; exit 3")
        let writer = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8, searchPath: tools)
        let words = message { for index in 0..<500 { try writer.write(ball(index % 16)) } }
        #expect(words == "ffmpeg failed with status 3 at '\(scratch("a.mp4"))'; it printed: noise | boom: no luck")
        #expect(scratch.contents == ["bin"])
        #expect(throws: VideoError.closed(path: scratch("a.mp4"))) { try writer.finish() }
    }

    @Test func toolThatFailsAtTheEnd() throws {
        let scratch = try Scratch()
        let tools = try scratch.fakeTool("ffmpeg", "cat > /dev/null; echo 'cannot close' >&2; exit 1")
        let writer = try VideoFormat.writer(path: scratch("a.webm"), fps: 8, searchPath: tools)
        try writer.write(ball(0))
        #expect(message { try writer.finish() }?.contains("status 1") == true)
        #expect(scratch.contents == ["bin"])
    }

    /// ffmpeg 5.1 exits with 0 when the disk was too full for the end of the file.
    @Test func toolThatClaimsSuccessAfterALoss() throws {
        let scratch = try Scratch()
        let tools = try scratch.fakeTool("ffmpeg", "cat > /dev/null; echo 'Error writing trailer of x: I/O error' >&2; exit 0")
        let writer = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8, searchPath: tools)
        try writer.write(ball(0))
        #expect(message { try writer.finish() }?.contains("could not complete the file") == true)
        #expect(scratch.contents == ["bin"])
    }

    @Test func toolThatIsKilledOrTalksALot() throws {
        let scratch = try Scratch()
        var tools = try scratch.fakeTool("ffmpeg", "kill -9 $$")
        let killed = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8, searchPath: tools)
        let words = message {
            for index in 0..<500 { try killed.write(ball(index % 16)) }
        }
        #expect(words?.contains("killed by signal 9") == true)
        tools = try scratch.fakeTool("ffmpeg", "yes 'a warning' | head -c 3000000 >&2; cat > /dev/null; exit 0")
        let talkative = try VideoFormat.writer(path: scratch("b.mp4"), fps: 8, searchPath: tools)
        for index in 0..<50 { try talkative.write(ball(index % 16)) }
        #expect(try talkative.finish() == scratch("b.mp4"))
    }

    @Test func unusableTool() throws {
        let scratch = try Scratch()
        let folder = try scratch.fakeTool("ffmpeg", "")
        try Data([0x7F, 0, 0, 0]).write(to: URL(fileURLWithPath: folder + "/ffmpeg"))
        let writer = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8, searchPath: folder)
        #expect(message { try writer.write(ball(0)); try writer.finish() } != nil)
        writer.cancel()
        #expect(scratch.contents == ["bin"])
    }

    @Test func fullDisk() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch("small"), withIntermediateDirectories: false)
        guard try run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", scratch("small")) else {
            try Test.cancel("a small file system cannot be mounted here, so a full disk cannot be tried")
        }
        defer { _ = try? run("umount", scratch("small")) }
        var noise = Frame(width: 128, height: 128)
        var generator = SystemRandomNumberGenerator()
        for name in ["a.mp4", "a.webm", "a.gif", "a.webp", "frames/"] {
            let words = message {
                let writer = try VideoFormat.writer(path: scratch("small/" + name), fps: 8)
                for _ in 0..<12 {
                    for i in noise.pixels.indices { noise.pixels[i] = UInt8.random(in: 0...255, using: &generator) }
                    try writer.write(noise)
                }
                try writer.finish()
            }
            #expect(words?.contains("the disk is full") == true, "\(name): \(words ?? "no error")")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("small")).isEmpty)
        }
        #expect(message { try PNG.write(noise.resized(width: 400, height: 400), to: scratch("small/a.png")) }?
            .contains("the disk is full") == true)
    }

    private func run(_ arguments: String...) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

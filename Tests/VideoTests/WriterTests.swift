import Files
import Foundation
import Testing
import Video

@Suite struct WriterTests {
    @Test func formatsByName() throws {
        #expect(try VideoFormat(path: "a/b.mp4") == .mp4)
        #expect(try VideoFormat(path: "B.GIF") == .gif)
        #expect(try VideoFormat(path: "x.y.webp") == .webp)
        #expect(try VideoFormat(path: "x.webm") == .webm)
        #expect(try VideoFormat(path: "frames/") == .pngFolder)
        #expect(try VideoFormat(path: "frames") == .pngFolder)
        for bad in ["a.avi", "a.png", "a.pngfolder", ""] {
            let words = message { _ = try VideoFormat(path: bad) }
            #expect(words?.contains("NAME.mp4") == true && words?.contains("'\(bad)'") == true)
        }
    }

    @Test func mp4PlaysEverywhereAndReadsBack() throws {
        let scratch = try Scratch()
        let path = scratch("new/a.mp4")
        let writer = try VideoFormat.writer(path: path, fps: 8)
        for index in 0..<20 { try writer.write(ball(index)) }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try writer.finish() == path)
        #expect(writer.count == 20 && writer.notices.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("new")) == ["a.mp4"])

        let info = try VideoInfo(path: path)
        #expect(info.width == 64 && info.height == 48 && info.frameCount == 20 && info.fps == 8)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let index = try #require(bytes.range(of: Data("moov".utf8))), media = try #require(bytes.range(of: Data("mdat".utf8)))
        #expect(index.lowerBound < media.lowerBound, "faststart: the index stands before the media")

        var frames: [Frame] = []
        for result in try VideoReader(path) { frames.append(try result.get()) }
        #expect(frames.count == 20)
        for (index, frame) in frames.enumerated() {
            #expect(meanError(frame, ball(index)) < 2, "frame \(index)")
        }
    }

    @Test func oddSizesArePaddedAndSaid() throws {
        let scratch = try Scratch()
        let writer = try VideoFormat.writer(path: scratch("odd.mp4"), fps: 8)
        for index in 0..<3 { try writer.write(ball(index, width: 63, height: 47)) }
        try writer.finish()
        #expect(writer.notices.count == 1 && writer.notices[0].contains("63x47") && writer.notices[0].contains("64x48"))
        let frame = try #require(try VideoReader(scratch("odd.mp4")).next())
        #expect(frame.width == 64 && frame.height == 48)
        #expect(meanError(frame.cropped(x: 0, y: 0, width: 63, height: 47), ball(0, width: 63, height: 47)) < 2)
        #expect(abs(Int(frame.colour(x: 63, y: 47).blue) - Int(frame.colour(x: 62, y: 46).blue)) < 8)
        for name in ["odd.gif", "odd.webm", "odd.webp"] {
            let writer = try VideoFormat.writer(path: scratch(name), fps: 8)
            for index in 0..<3 { try writer.write(ball(index, width: 63, height: 47)) }
            try writer.finish()
            #expect(writer.notices.isEmpty)
        }
        let info = try VideoInfo(path: scratch("odd.gif"))
        #expect(info.width == 63 && info.height == 47 && info.frameCount == 3)
        #expect(try VideoInfo(path: scratch("odd.webm")).width == 63)
        let webp = try Data(contentsOf: URL(fileURLWithPath: scratch("odd.webp")))
        #expect(webp.prefix(4) == Data("RIFF".utf8) && webp[24..<30] == Data([62, 0, 0, 46, 0, 0]), "canvas size less one")
        var count = 0, rest = webp[...]
        while let range = rest.range(of: Data("ANMF".utf8)) {
            count += 1
            rest = rest[range.upperBound...]
        }
        #expect(count == 3)
    }

    @Test func gifReadsBackInCloseColours() throws {
        let scratch = try Scratch()
        let writer = try VideoFormat.writer(path: scratch("a.gif"), fps: 10)
        for index in 0..<6 { try writer.write(ball(index)) }
        try writer.finish()
        let info = try VideoInfo(path: scratch("a.gif"))
        #expect(info.frameCount == 6 && info.fps == 10)
        let reader = try VideoReader(scratch("a.gif"))
        for index in 0..<6 {
            let frame = try #require(try reader.next())
            #expect(meanError(frame, ball(index)) < 6)
        }
        #expect(try reader.next() == nil)
    }

    @Test func pngFolder() throws {
        let scratch = try Scratch()
        let writer = try VideoFormat.writer(path: scratch("frames/"), fps: 8)
        for index in 0..<12 { try writer.write(ball(index)) }
        #expect(!FileManager.default.fileExists(atPath: scratch("frames")))
        #expect(try writer.finish() == scratch("frames"))
        #expect(scratch.contents == ["frames"])
        #expect(try VideoInfo(path: scratch("frames")).frameCount == 12)
        #expect(try PNG.read(scratch("frames/000011.png")) == ball(11))
        #expect(throws: FileError.exists(path: scratch("frames"))) {
            try VideoFormat.writer(path: scratch("frames"), fps: 8)
        }
        let shorter = try VideoFormat.writer(path: scratch("frames"), fps: 8, overwrite: true)
        try shorter.write(ball(5))
        try shorter.finish()
        #expect(scratch.contents == ["frames"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("frames")) == ["000000.png"])

        try Data("mine".utf8).write(to: URL(fileURLWithPath: scratch("frames/diary.txt")))
        let words = message { _ = try VideoFormat.writer(path: scratch("frames"), fps: 8, overwrite: true) }
        #expect(words?.contains("diary.txt") == true)
    }

    @Test(arguments: ["a.mp4", "a.webp", "frames"])
    func cancelLeavesNothing(name: String) throws {
        let scratch = try Scratch()
        let writer = try VideoFormat.writer(path: scratch(name), fps: 8)
        for index in 0..<5 { try writer.write(ball(index)) }
        writer.cancel()
        #expect(scratch.contents.isEmpty)
        #expect(throws: VideoError.closed(path: scratch(name))) { try writer.write(ball(5)) }
        #expect(throws: VideoError.closed(path: scratch(name))) { try writer.finish() }
        do {
            let forgotten = try VideoFormat.writer(path: scratch(name), fps: 8)
            try forgotten.write(ball(0))
        }
        #expect(scratch.contents.isEmpty, "one that goes away unfinished cancels itself")
        let empty = try VideoFormat.writer(path: scratch(name), fps: 8)
        #expect(throws: VideoError.noFrames(path: scratch(name))) { try empty.finish() }
        #expect(scratch.contents.isEmpty)
    }

    @Test func existingFileStaysUntilTheEnd() throws {
        let scratch = try Scratch()
        try Data("old".utf8).write(to: URL(fileURLWithPath: scratch("a.mp4")))
        #expect(throws: FileError.exists(path: scratch("a.mp4"))) {
            try VideoFormat.writer(path: scratch("a.mp4"), fps: 8)
        }
        let cancelled = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8, overwrite: true)
        try cancelled.write(ball(0))
        cancelled.cancel()
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch("a.mp4"))) == Data("old".utf8))
        let writer = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8, overwrite: true)
        try writer.write(ball(0))
        try writer.finish()
        #expect(try VideoInfo(path: scratch("a.mp4")).frameCount == 1)
        #expect(scratch.contents == ["a.mp4"])
    }

    @Test func badParameters() throws {
        let scratch = try Scratch()
        for fps in [0, -1, Double.nan, 1e9] {
            #expect(message { _ = try VideoFormat.writer(path: scratch("a.mp4"), fps: fps) }?.contains("allowed is") == true)
        }
        let writer = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8)
        try writer.write(ball(0))
        let words = message { try writer.write(ball(0, width: 32, height: 48)) }
        #expect(words?.contains("32x48") == true && words?.contains("64x48") == true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: scratch("file")))
        #expect(message { _ = try VideoFormat.writer(path: scratch("file/a.mp4"), fps: 8) }?.contains("it is a file") == true)
        #expect(message { _ = try VideoFormat.writer(path: scratch("file"), fps: 8) }?.contains("name a folder") == true)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self")))
    func unwritableFolder() {
        let words = message { _ = try VideoFormat.writer(path: "/proc/nowhere/a.mp4", fps: 8) }
        #expect(words?.hasPrefix("cannot write '/proc/nowhere") == true)
    }

    @Test func twoWritersAtOnceDoNotHoldEachOther() throws {
        let scratch = try Scratch()
        let first = try VideoFormat.writer(path: scratch("1.mp4"), fps: 8)
        try first.write(ball(0))
        let second = try VideoFormat.writer(path: scratch("2.mp4"), fps: 8)
        try second.write(ball(0))
        try first.finish()
        try second.finish()
        #expect(scratch.contents == ["1.mp4", "2.mp4"])
    }
}

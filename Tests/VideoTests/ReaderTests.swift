import Files
import Foundation
import Testing
import Video

@Suite struct ReaderTests {
    /// A clip of 16 frames, 64x48, 8 frames per second.
    private func clip(_ scratch: Scratch, _ name: String = "clip.mp4") throws -> String {
        let writer = try VideoFormat.writer(path: scratch(name), fps: 8)
        for index in 0..<16 { try writer.write(ball(index)) }
        return try writer.finish()
    }

    private func all(_ reader: VideoReader) throws -> [Frame] { try reader.map { try $0.get() } }

    @Test func ratesRepeatAndDropFrames() throws {
        let scratch = try Scratch()
        let path = try clip(scratch)
        #expect(try all(VideoReader(path, fps: 4)).count == 8)
        #expect(try all(VideoReader(path, fps: 16)).count == 32)
        #expect(try all(VideoReader(path)).count == 16)
    }

    @Test(arguments: Fit.allCases)
    func sizesAgreeWithOurOwnScaling(fit: Fit) throws {
        let scratch = try Scratch()
        let path = try clip(scratch)
        for size in [(width: 32, height: 32), (width: 20, height: 12), (width: 96, height: 80)] {
            let frames = try all(VideoReader(path, size: size, fit: fit))
            #expect(frames.count == 16)
            let expected = ball(15).resized(width: size.width, height: size.height, fit: fit)
            #expect(meanError(frames[15], expected) < 3.5, "\(size), \(fit): \(meanError(frames[15], expected))")
        }
    }

    @Test func pictures() throws {
        let scratch = try Scratch()
        try PNG.write(ball(3), to: scratch("a.png"))
        #expect(try all(VideoReader(scratch("a.png"))) == [ball(3)])
        let small = try all(VideoReader(scratch("a.png"), size: (24, 24)))
        #expect(small == [ball(3).resized(width: 24, height: 24, fit: .crop)])
        #expect(try VideoInfo(path: scratch("a.png")).frameCount == 1)
        // A single still picture that only ffmpeg reads.
        let gif = try VideoFormat.writer(path: scratch("still.gif"), fps: 8)
        try gif.write(ball(3))
        try gif.finish()
        #expect(meanError(try VideoReader.picture(scratch("still.gif")), ball(3)) < 6)
        #expect(try VideoInfo(path: scratch("still.gif")).fps == nil)
    }

    @Test func foldersCountLikePeople() throws {
        let scratch = try Scratch()
        for index in [10, 9, 1] { try PNG.write(ball(index), to: scratch("f/frame\(index).png")) }
        try Data("words".utf8).write(to: URL(fileURLWithPath: scratch("f/notes.txt")))
        try Data("junk".utf8).write(to: URL(fileURLWithPath: scratch("f/.hidden.png")))
        #expect(try all(VideoReader(scratch("f"))) == [ball(1), ball(9), ball(10)])
        let info = try VideoInfo(path: scratch("f"))
        #expect(info.width == 64 && info.height == 48 && info.frameCount == 3 && info.fps == nil)
    }

    @Test func whatCannotBeRead() throws {
        let scratch = try Scratch()
        #expect(throws: FileError.notFound(path: scratch("none.mp4"))) { try VideoReader(scratch("none.mp4")) }
        #expect(throws: FileError.notFound(path: scratch("none.mp4"))) { try VideoInfo(path: scratch("none.mp4")) }
        try Data("these are words and no video".utf8).write(to: URL(fileURLWithPath: scratch("words.mp4")))
        try Data().write(to: URL(fileURLWithPath: scratch("empty.mp4")))
        try FileManager.default.createDirectory(atPath: scratch("folder"), withIntermediateDirectories: false)
        let words = message { _ = try all(VideoReader(scratch("words.mp4"))) }
        #expect(words?.contains("ffmpeg failed") == true && words?.contains("Invalid data") == true, "\(words ?? "")")
        #expect(message { _ = try VideoInfo(path: scratch("words.mp4")) }?.contains("ffprobe failed") == true)
        #expect(message { _ = try VideoReader(scratch("empty.mp4")) }?.contains("empty") == true)
        #expect(message { _ = try VideoReader(scratch("folder")) }?.contains("no pictures") == true)
        #expect(message { _ = try VideoReader(scratch("words.mp4"), size: (0, 4)) }?.contains("0x4") == true)
        #expect(message { _ = try VideoReader(scratch("words.mp4"), fps: 0) }?.contains("allowed is") == true)
    }

    @Test func truncatedVideoGivesWhatItHasOrSaysWhy() throws {
        let scratch = try Scratch()
        let writer = try VideoFormat.writer(path: scratch("a.mp4"), fps: 8)
        for index in 0..<64 { try writer.write(ball(index % 20, width: 128, height: 96)) }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: writer.finish()))
        try bytes.prefix(bytes.count * 2 / 3).write(to: URL(fileURLWithPath: scratch("cut.mp4")))
        let reader = try VideoReader(scratch("cut.mp4"))
        var count = 0
        let words = message { while try reader.next() != nil { count += 1 } }
        #expect(count < 64 && count == reader.count)
        #expect(words != nil || !reader.notices.isEmpty)
        try bytes.prefix(200).write(to: URL(fileURLWithPath: scratch("stub.mp4")))
        #expect(message { _ = try all(VideoReader(scratch("stub.mp4"))) } != nil)
    }

    /// Sides whose product is beyond 64 bits, none, and none at all.
    @Test(arguments: ["P6\\n999999999999999 999999999999999\\n255\\n", "P6\\n0 4\\n255\\n", "P6\\n-4 -4\\n255\\n", "P6\\nwide"])
    func sizesThatCannotBeAreRefused(header: String) throws {
        let scratch = try Scratch()
        let tools = try scratch.fakeTool("ffmpeg", "printf '\(header)'")
        try Data("no video".utf8).write(to: URL(fileURLWithPath: scratch("a.mp4")))
        let words = message { _ = try VideoReader(scratch("a.mp4"), searchPath: tools).next() }
        #expect(words?.contains("ffmpeg sends something that is not a picture") == true, "\(words ?? "no error")")
    }

    @Test func readersLetGoEarlyEndFFmpeg() throws {
        let scratch = try Scratch()
        let path = try clip(scratch)
        for _ in 0..<10 { #expect(try VideoReader(path, size: (512, 512)).next() != nil) }
    }

    @Test func namesThatLookLikeOptionsOrProtocols() throws {
        let scratch = try Scratch()
        for name in ["-y.mp4", "pipe:1.mp4", "a b'c\"d.mp4", "Ünïcode%03d.mp4"] {
            let path = try clip(scratch, name)
            #expect(try VideoInfo(path: path).frameCount == 16)
            #expect(try all(VideoReader(path)).count == 16)
        }
    }
}

import Checkpoints
import Files
import Foundation
import Scenes
import Tensors
import Video

/// Appends clips to a folder that `ClipCache` reads. A folder that was begun before, with pictures of the same size, is
/// continued after its last whole clip.
public final class ClipCacheWriter {
    /// Whole clips in the folder.
    public var count: Int { entries.count }
    private let folder: URL
    private var header: ClipCache.Header
    private var width: Int { header.width }
    private var height: Int { header.height }
    private let pixels, captions: FileHandle
    private var entries: [ClipCache.Entry] = []
    private var frames: Int { entries.last.map { $0.offset + $0.frames } ?? 0 }
    private let encoder = JSONEncoder()

    /// Throws `TrainingError.otherRun` where the folder has clips of another size, `.damagedClips` or `CheckpointError`.
    public init(_ folder: URL, width: Int, height: Int) throws {
        self.folder = folder
        encoder.outputFormatting = .sortedKeys
        try FileManager.default.makeFolder(folder)
        header = ClipCache.Header(width: width, height: height)
        if FileManager.default.fileExists(atPath: folder.appendingPathComponent(ClipCache.Header.name).path) {
            header = try ClipCache.Header(of: folder)
            guard header.width == width, header.height == height else {
                throw TrainingError.otherRun(
                    folder.path, "its clips are \(header.width)x\(header.height), not \(width)x\(height); name another folder")
            }
        } else {
            try JSONFile.write(header, to: folder.appendingPathComponent(ClipCache.Header.name))
        }
        let video = folder.appendingPathComponent("frames.u8"), text = folder.appendingPathComponent("captions.jsonl")
        for file in [video, text] where !FileManager.default.fileExists(atPath: file.path) {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        }
        pixels = try FileHandle(forUpdating: video)
        captions = try FileHandle(forUpdating: text)
        // Keep the lines whose frames are there, and drop what an interrupted run wrote beyond them.
        let frameBytes = width * height * 3, present = Int(try pixels.seekToEnd()) / frameBytes
        let content = try captions.readToEnd() ?? Data()
        var keptBytes = 0
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            guard let entry = try? JSONDecoder().decode(ClipCache.Entry.self, from: Data(line)) else { break }
            try entry.check(follows: frames, in: folder, line: count + 1)
            guard frames + entry.frames <= present else { break }
            keptBytes += line.count + 1
            entries.append(entry)
        }
        try Self.cut(pixels, to: frames * frameBytes)
        try Self.cut(captions, to: keptBytes)
    }

    /// Leaves a file of this length as it is, with its date: latents are made anew for clips that have changed.
    private static func cut(_ file: FileHandle, to length: Int) throws {
        if try file.seekToEnd() != UInt64(length) { try file.truncate(atOffset: UInt64(length)) }
        try file.seekToEnd()
    }

    /// Appends a clip of frames of the folder's size.
    public func append(_ clip: CaptionedClip) throws {
        var bytes = Data(capacity: clip.frames.count * width * height * 3)
        for frame in clip.frames {
            precondition(frame.width == width && frame.height == height, "a frame of another size")
            bytes.append(contentsOf: frame.pixels)
        }
        try pixels.write(contentsOf: bytes)
        let entry = ClipCache.Entry(
            caption: clip.caption, family: clip.family, offset: frames, frames: clip.frames.count,
            labels: clip.labels)
        try captions.write(contentsOf: encoder.encode(entry) + Data("\n".utf8))
        entries.append(entry)
    }

    /// Drops all clips but the first `kept`.
    func keep(_ kept: Int) throws {
        guard kept < count else { return }
        try captions.seek(toOffset: 0)
        let lines = (try captions.readToEnd() ?? Data()).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        entries.removeLast(count - kept)
        try Self.cut(captions, to: lines.prefix(kept).reduce(0) { $0 + $1.count + 1 })
        try Self.cut(pixels, to: frames * width * height * 3)
    }

    /// Whether the clips from `first` on are of cut-out pictures, from this seed on.
    func isComposed(from first: Int, seed: UInt64) -> Bool { header.composed == .init(from: first, seed: seed) }

    /// Notes that the next clips are of cut-out pictures, unless others of them were there before.
    func beginComposing(seed: UInt64) throws {
        guard header.composed.map({ $0.from >= count }) ?? true else { return }
        header.composed = .init(from: count, seed: seed)
        try JSONFile.write(header, to: folder.appendingPathComponent(ClipCache.Header.name))
    }

    /// Draws clips of the scene catalog until the folder holds `total`; clip number i always has seed `seed` + i.
    ///
    /// - Parameter explicitShare: how often captions state all attributes, as in `SceneCatalog.lazyClip`.
    ///
    /// Throws `TrainingError.otherRun` where what the folder has is something else.
    public func appendScenes(
        upTo total: Int, frames: Int, framesPerSecond: Double, seed: UInt64, explicitShare: Float? = nil,
        progress: (Int) throws -> Void
    ) throws {
        let drawing = ClipCache.Header.Drawing(
            frames: frames, framesPerSecond: framesPerSecond, seed: seed, explicitShare: explicitShare)
        try check(drawing, upTo: total)
        if count == 0 {
            header.drawn = drawing
            try JSONFile.write(header, to: folder.appendingPathComponent(ClipCache.Header.name))
        }
        let block = 32
        while count < total {
            let first = count, n = min(block, total - first), (width, height) = (width, height)
            let drawn = parallelMap(n) { drawing.clip(first + $0, width: width, height: height).render() }
            for clip in drawn { try append(clip) }
            try progress(count)
        }
    }

    /// Refuses to go on after clips that were drawn in another way, and after those of videos or pictures.
    private func check(_ drawing: ClipCache.Header.Drawing, upTo total: Int) throws {
        if count > 0, let found = header.drawn, found != drawing {
            func text(_ drawing: ClipCache.Header.Drawing) -> String {
                "\(drawing.frames) frames at \(drawing.framesPerSecond) a second from seed \(drawing.seed) on" + (
                    drawing.explicitShare.map { ", \($0.formatted()) of their captions explicit" } ?? "")
            }
            throw TrainingError.otherRun(
                folder.path, "its clips were drawn with \(text(found)), not with \(text(drawing)); name another folder")
        }
        for (index, entry) in entries.prefix(total).enumerated() {
            let clip = drawing.clip(index, width: width, height: height)
            guard entry.caption == clip.caption, entry.frames == drawing.frames else {
                throw TrainingError.otherRun(
                    folder.path, "its clip \(index + 1) is \"\(entry.caption)\" (\(entry.frames) frames), where seed \(drawing.seed &+ UInt64(index)) gives \"\(clip.caption)\" (\(drawing.frames) frames); name another folder")
            }
        }
    }
}

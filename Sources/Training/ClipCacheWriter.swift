import Checkpoints
import Foundation
import Scenes
import Video

/// Appends clips to a folder that `ClipCache` reads. A folder that was begun before, with pictures of the same size, is
/// continued after its last whole clip.
public final class ClipCacheWriter {
    /// Whole clips in the folder.
    public private(set) var count: Int
    private let width, height: Int
    private let pixels, captions: FileHandle
    private var frames: Int
    private let encoder = JSONEncoder()

    public init(_ folder: URL, width: Int, height: Int) throws {
        (self.width, self.height) = (width, height)
        encoder.outputFormatting = .sortedKeys
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let header = folder.appendingPathComponent("clips.json")
        if FileManager.default.fileExists(atPath: header.path) {
            let found = try JSONFile.read(ClipCache.Header.self, from: header)
            guard found.width == width, found.height == height else {
                throw TrainingError.otherRun(
                    folder.path, "its clips are \(found.width)x\(found.height), not \(width)x\(height); name another folder")
            }
        }
        try JSONFile.write(ClipCache.Header(width: width, height: height), to: header)
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
        (count, frames) = (0, 0)
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            guard let entry = try? JSONDecoder().decode(ClipCache.Entry.self, from: Data(line)),
                entry.offset + entry.frames <= present
            else { break }
            keptBytes += line.count + 1
            count += 1
            frames = entry.offset + entry.frames
        }
        try pixels.truncate(atOffset: UInt64(frames * frameBytes))
        try captions.truncate(atOffset: UInt64(keptBytes))
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
        frames += clip.frames.count
        count += 1
    }

    /// Drops all clips but the first `kept`.
    func keep(_ kept: Int) throws {
        guard kept < count else { return }
        try captions.seek(toOffset: 0)
        let lines = (try captions.readToEnd() ?? Data()).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let entries = try lines.prefix(kept).map { try JSONDecoder().decode(ClipCache.Entry.self, from: Data($0)) }
        frames = entries.last.map { $0.offset + $0.frames } ?? 0
        count = kept
        try captions.truncate(atOffset: UInt64(lines.prefix(kept).reduce(0) { $0 + $1.count + 1 }))
        try pixels.truncate(atOffset: UInt64(frames * width * height * 3))
        try captions.seekToEnd()
        try pixels.seekToEnd()
    }

    /// Draws clips of the scene catalog until the folder holds `total`; clip number i always has seed `seed` + i.
    public func appendScenes(
        upTo total: Int, frames: Int, framesPerSecond: Double, seed: UInt64, progress: (Int) throws -> Void
    ) throws {
        let block = 32
        while count < total {
            let first = count, n = min(block, total - first), (width, height) = (width, height)
            let drawn = ConcurrentResults<CaptionedClip>(n)
            DispatchQueue.concurrentPerform(iterations: n) { i in
                drawn[i] = SceneCatalog.clip(
                    seed: seed &+ UInt64(first + i), frames: frames, fps: framesPerSecond, width: width, height: height)
            }
            for clip in drawn.values { try append(clip) }
            try progress(count)
        }
    }
}

/// A place for each result of a concurrent loop.
private final class ConcurrentResults<Value: Sendable>: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<Value?>
    private let count: Int

    init(_ count: Int) {
        self.count = count
        storage = .allocate(capacity: count)
        storage.initialize(repeating: nil, count: count)
    }

    deinit {
        storage.deinitialize(count: count)
        storage.deallocate()
    }

    subscript(index: Int) -> Value? {
        get { storage[index] }
        set { storage[index] = newValue }
    }

    var values: [Value] { (0..<count).compactMap { storage[$0] } }
}

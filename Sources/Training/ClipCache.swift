import Checkpoints
import Foundation
import Scenes
import Tensors
import Video

/// Rendered clips with captions in a folder, memory-mapped: what every training stage reads.
///
/// `captions.jsonl` has one line for each clip, `{"caption": …, "family": …, "offset": …, "frames": …}`, with the first
/// frame's number in `frames.u8`: raw RGB bytes, [frames, size, size, 3].
public final class ClipCache: @unchecked Sendable {
    public struct Entry: Codable, Sendable {
        public let caption: String
        public let family: String
        /// Number of the first frame.
        public let offset: Int
        public let frames: Int
    }

    public let entries: [Entry]
    public let width: Int
    public let height: Int
    public let folder: URL
    private let data: Data

    private struct Header: Codable {
        let width: Int
        let height: Int
    }

    public init(_ folder: URL) throws {
        self.folder = folder
        let header = try JSONFile.read(Header.self, from: folder.appendingPathComponent("clips.json"))
        width = header.width
        height = header.height
        let captions = folder.appendingPathComponent("captions.jsonl")
        let decoder = JSONDecoder()
        guard let text = try? String(contentsOf: captions, encoding: .utf8) else {
            throw TrainingError.noClips(folder.path)
        }
        entries = try text.split(separator: "\n").map { try decoder.decode(Entry.self, from: Data($0.utf8)) }
        guard let mapped = try? Data(contentsOf: folder.appendingPathComponent("frames.u8"), options: .alwaysMapped),
            let last = entries.last
        else { throw TrainingError.noClips(folder.path) }
        guard mapped.count >= (last.offset + last.frames) * width * height * 3 else {
            throw TrainingError.truncatedClips(folder.path, expected: (last.offset + last.frames) * width * height * 3, found: mapped.count)
        }
        data = mapped
    }

    /// Frame number `index` of the folder as floats in [-1, 1], or a window of it, into memory for
    /// `size.height * size.width * 3` floats.
    func read(_ index: Int, top: Int = 0, left: Int = 0, size: (height: Int, width: Int), into target: UnsafeMutablePointer<Float>) {
        data.withUnsafeBytes { bytes in
            let frame = bytes.baseAddress! + index * width * height * 3
            for y in 0..<size.height {
                let row = (frame + ((top + y) * width + left) * 3).assumingMemoryBound(to: UInt8.self)
                let out = target + y * size.width * 3
                for x in 0..<size.width * 3 { out[x] = Float(row[x]) * (2 / 255.0) - 1 }
            }
        }
    }

    /// Consecutive frames as a tensor [count, height, width, 3] in [-1, 1].
    public func frames(_ range: Range<Int>) -> Tensor {
        let result = Tensor(uninitialized: [range.count, height, width, 3])
        parallel(range.count) { _, low, high in
            for i in low..<high {
                read(range.lowerBound + i, size: (height, width), into: result.pointer + i * height * width * 3)
            }
        }
        return result
    }

    /// Draws `count` clips of the scene catalog into a folder. What is there already is continued, not drawn again.
    public static func render(
        scenes count: Int, frames: Int, size: Int, framesPerSecond: Double, seed: UInt64, to folder: URL,
        progress: (Int) -> Void
    ) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let video = folder.appendingPathComponent("frames.u8"), text = folder.appendingPathComponent("captions.jsonl")
        try JSONFile.write(Header(width: size, height: size), to: folder.appendingPathComponent("clips.json"))
        for file in [video, text] where !FileManager.default.fileExists(atPath: file.path) {
            FileManager.default.createFile(atPath: file.path, contents: nil)
        }
        let clipBytes = frames * size * size * 3
        let pixels = try FileHandle(forWritingTo: video), captions = try FileHandle(forWritingTo: text)
        let old = (try? String(contentsOf: text, encoding: .utf8).split(separator: "\n").count) ?? 0
        let done = min(old, Int(try pixels.seekToEnd()) / clipBytes)
        try pixels.truncate(atOffset: UInt64(done * clipBytes))
        if done < old { try captions.truncate(atOffset: 0) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try captions.seekToEnd()
        var next = done < old ? 0 : done
        func line(_ index: Int) throws -> Data {
            let clip = SceneCatalog.lazyClip(seed: seed &+ UInt64(index), frames: frames, fps: framesPerSecond, width: size, height: size)
            return try encoder.encode(Entry(caption: clip.caption, family: clip.family, offset: index * frames, frames: frames)) + Data("\n".utf8)
        }
        while next < done {
            try captions.write(contentsOf: line(next))
            next += 1
        }
        let block = 32
        while next < count {
            let n = min(block, count - next)
            var buffer = [UInt8](repeating: 0, count: n * clipBytes)
            buffer.withUnsafeMutableBufferPointer { memory in
                nonisolated(unsafe) let base = memory.baseAddress!
                let first = next
                DispatchQueue.concurrentPerform(iterations: n) { i in
                    let clip = SceneCatalog.lazyClip(
                        seed: seed &+ UInt64(first + i), frames: frames, fps: framesPerSecond, width: size, height: size)
                    let canvas = Canvas(width: size, height: size)
                    for f in 0..<frames {
                        clip.draw(f, into: canvas)
                        let frame = canvas.frame()
                        frame.pixels.withUnsafeBufferPointer {
                            (base + i * clipBytes + f * size * size * 3).update(from: $0.baseAddress!, count: $0.count)
                        }
                    }
                }
            }
            try pixels.write(contentsOf: Data(buffer))
            for i in next..<next + n { try captions.write(contentsOf: line(i)) }
            next += n
            progress(next)
        }
        try pixels.close()
        try captions.close()
    }
}

/// What can go wrong with training data and training runs.
public enum TrainingError: Error, CustomStringConvertible {
    case noClips(String)
    case truncatedClips(String, expected: Int, found: Int)
    case missingStage(String)
    case otherRun(String, String)

    public var description: String {
        switch self {
        case let .noClips(folder):
            return "\(folder) holds no clips: captions.jsonl and frames.u8 are expected; make them with \"vidrd scenes --raw \(folder)\""
        case let .truncatedClips(folder, expected, found):
            return "\(folder)/frames.u8 has \(found) bytes where captions.jsonl needs \(expected); run \"vidrd scenes --raw\" again to complete it"
        case let .missingStage(text): return text
        case let .otherRun(file, text): return "\(file): \(text)"
        }
    }
}

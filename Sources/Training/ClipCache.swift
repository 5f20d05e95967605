import Checkpoints
import Files
import Foundation
import Scenes
import Tensors

/// Rendered clips with captions in a folder, memory-mapped: what every training stage reads.
///
/// `captions.jsonl` has one line for each clip, `{"caption": …, "family": …, "offset": …, "frames": …}`, with the first
/// frame's number in `frames.u8`: raw RGB bytes, [frames, height, width, 3]. Clips follow one another without gaps.
/// `clips.json` has width and height, and how drawn clips came about.
public final class ClipCache: @unchecked Sendable {
    public struct Entry: Codable, Sendable {
        public let caption: String
        public let family: String
        /// Number of the first frame.
        public let offset: Int
        public let frames: Int
        /// What a drawn clip shows; nil for clips from elsewhere.
        public let labels: SceneLabels?

        private static let mostFrames = 1 << 24

        /// Throws `TrainingError.damagedClips` where the clip does not begin at `expected`, the end of those before it.
        func check(follows expected: Int, in folder: URL, line: Int) throws {
            guard offset == expected, (1...Self.mostFrames).contains(frames) else {
                throw TrainingError.damagedClips(folder.path, line: line, offset: offset, frames: frames, expected: expected)
            }
        }
    }

    public let entries: [Entry]
    public let width: Int
    public let height: Int
    public let folder: URL
    private let data: Data

    struct Header: Codable {
        /// What clips are drawn with: number i from 0 on has seed `seed` + i.
        struct Drawing: Codable, Equatable {
            let frames: Int
            let framesPerSecond: Double
            let seed: UInt64
            /// Of their captions; nil: the usual one.
            var explicitShare: Float?

            enum CodingKeys: String, CodingKey { case frames, framesPerSecond = "fps", seed, explicitShare = "explicit_share" }

            /// Clip number `index`, not yet drawn.
            func clip(_ index: Int, width: Int, height: Int) -> SceneClip {
                SceneCatalog.lazyClip(
                    seed: seed &+ UInt64(index), frames: frames, fps: framesPerSecond, width: width, height: height,
                    explicitShare: explicitShare)
            }
        }

        /// Where clips of cut-out pictures begin, and the seed of the first.
        struct Composition: Codable, Equatable {
            let from: Int
            let seed: UInt64
        }

        let width: Int
        let height: Int
        /// Nil where nothing was drawn yet, or by an older version.
        var drawn: Drawing?
        var composed: Composition?

        init(width: Int, height: Int) {
            (self.width, self.height) = (width, height)
        }

        /// Reads a folder's `clips.json`. Throws `CheckpointError`.
        init(of folder: URL) throws {
            let file = folder.appendingPathComponent(Self.name), found = try JSONFile.read(Self.self, from: file), sides = 1...1 << 16
            for (key, side) in [("width", found.width), ("height", found.height)] where !sides.contains(side) {
                throw FileError.invalid(
                    path: file.path, key: key, problem: "is \(side) and must be from 1 to \(sides.upperBound)")
            }
            self = found
        }

        static let name = "clips.json"
    }

    /// Throws `CheckpointError` or `TrainingError`, for folders of clips that are damaged or unfinished.
    public init(_ folder: URL) throws {
        self.folder = folder
        let header = try Header(of: folder)
        width = header.width
        height = header.height
        let captions = folder.appendingPathComponent("captions.jsonl")
        guard let text = try? String(contentsOf: captions, encoding: .utf8) else {
            throw TrainingError.noClips(folder.path)
        }
        var frames = 0
        entries = try text.split(separator: "\n").enumerated().map { index, line in
            let entry = try JSONFile.decode(Entry.self, from: Data(line.utf8), file: "\(captions.path), line \(index + 1)")
            try entry.check(follows: frames, in: folder, line: index + 1)
            frames += entry.frames
            return entry
        }
        guard let mapped = try? Data(contentsOf: folder.appendingPathComponent("frames.u8"), options: .alwaysMapped), frames > 0
        else { throw TrainingError.noClips(folder.path) }
        guard mapped.count / (width * height * 3) >= frames else {
            throw TrainingError.truncatedClips(folder.path, expected: frames * width * height * 3, found: mapped.count)
        }
        data = mapped
    }

    /// Throws `TrainingError.unfitSize` unless an autoencoder of this factor takes the pictures, and crops of half their side.
    func checkSize(factor: Int) throws {
        guard [width, height].allSatisfy({ $0 % factor == 0 && $0 >= 2 * factor }) else {
            throw TrainingError.unfitSize(folder.path, width: width, height: height, factor: factor)
        }
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
}

import Checkpoints
import Foundation
import Scenes
import Tensors

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
        /// What a drawn clip shows; nil for clips from elsewhere.
        public let labels: SceneLabels?
    }

    public let entries: [Entry]
    public let width: Int
    public let height: Int
    public let folder: URL
    private let data: Data

    struct Header: Codable {
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
}

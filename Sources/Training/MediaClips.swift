import Checkpoints
import Files
import Foundation
import Scenes
import Tensors
import Video

/// A folder of videos and pictures with captions as training clips.
///
/// A caption stands in a text file of the same name (`boat.mp4`, `boat.txt`), or in `captions.jsonl` with lines
/// `{"file": "boat.mp4", "caption": "…"}`; files without one are counted and left out. Videos are cut into clips one
/// after another; a picture becomes one clip by a slow pan and zoom between two random windows (VidRD section 4.1).
public struct MediaClips {
    /// A file that gave no clip, and why.
    public struct Skipped: Sendable {
        public let file: String
        public let reason: String
    }

    private let items: [(file: URL, caption: String)]
    public private(set) var skipped: [Skipped] = []

    private static let videos: Set = ["mp4", "avi", "mov", "mkv", "webm", "gif", "m4v", "mpg", "mpeg"]
    private static let pictures: Set = ["png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff"]

    private struct Line: Decodable {
        let file: String
        let caption: String
    }

    /// Throws `TrainingError.noMedia` where the folder has no captioned file.
    public init(_ folder: URL) throws {
        var captions: [String: String] = [:]
        let list = folder.appendingPathComponent("captions.jsonl")
        if let text = try? String(contentsOf: list, encoding: .utf8) {
            for line in text.split(whereSeparator: \.isNewline) {
                let entry = try JSONFile.decode(Line.self, from: Data(line.utf8), file: list.path)
                captions[entry.file] = entry.caption
            }
        }
        var items: [(URL, String)] = []
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() {
            let file = folder.appendingPathComponent(name), type = file.pathExtension.lowercased()
            guard Self.videos.contains(type) || Self.pictures.contains(type) else { continue }
            let beside = try? String(contentsOf: file.deletingPathExtension().appendingPathExtension("txt"), encoding: .utf8)
            if let caption = (captions[name] ?? beside)?.trimmingCharacters(in: .whitespacesAndNewlines), !caption.isEmpty {
                items.append((file, caption))
            } else {
                skipped.append(Skipped(file: name, reason: "it has no caption"))
            }
        }
        guard !items.isEmpty else { throw TrainingError.noMedia(folder.path) }
        self.items = items
    }

    /// Appends the clips of all files.
    ///
    /// - Parameters:
    ///   - perPicture: clips of each picture, with windows of their own.
    ///   - generator: for the windows.
    public mutating func append(
        to cache: ClipCacheWriter, frames: Int, framesPerSecond: Double, size: Int, perPicture: Int,
        generator: inout TorchGenerator, progress: (Int) throws -> Void
    ) throws {
        for (file, caption) in items {
            do {
                if Self.pictures.contains(file.pathExtension.lowercased()) {
                    let picture = try VideoReader.picture(file.path)
                    for _ in 0..<perPicture {
                        let start = Self.window(in: picture, &generator), end = Self.window(in: picture, &generator)
                        let clip = picture.panned(from: start, to: end, count: frames, width: size, height: size)
                        try cache.append(CaptionedClip(frames: clip, caption: caption, family: "picture", attributes: [:]))
                    }
                } else {
                    let reader = try VideoReader(file.path, size: (size, size), fps: framesPerSecond, fit: .crop)
                    var clip: [Frame] = [], clips = 0
                    while let frame = try reader.next() {
                        clip.append(frame)
                        if clip.count == frames {
                            try cache.append(CaptionedClip(frames: clip, caption: caption, family: "video", attributes: [:]))
                            clip = []
                            clips += 1
                        }
                    }
                    if clips == 0 {
                        skipped.append(Skipped(file: file.lastPathComponent, reason: "it is shorter than \(frames) frames at \(framesPerSecond) a second"))
                    }
                }
            } catch let error where error is VideoError || (error as? FileError)?.isOfReading == true {
                skipped.append(Skipped(file: file.lastPathComponent, reason: "\(error)"))
            }
            try progress(cache.count)
        }
    }

    /// A square window of 60 to 100 % of the shorter side, anywhere in the picture.
    private static func window(in picture: Frame, _ generator: inout TorchGenerator) -> Window {
        let side = Double(min(picture.width, picture.height)) * Double(generator.uniform(0.6, 1))
        let x = (Double(picture.width) - side) * Double(generator.uniform())
        let y = (Double(picture.height) - side) * Double(generator.uniform())
        return Window(x: x, y: y, width: side, height: side)
    }
}

extension ClipCacheWriter {
    /// Appends `count` clips of a library's pictures before drawn backgrounds, those of seeds `seed`, `seed` + 1, ….
    /// Damaged pictures give no clip; they are returned.
    public func appendPictures(
        _ library: PictureLibrary, count: Int, frames: Int, framesPerSecond: Double, size: Int, seed: UInt64,
        progress: (Int) throws -> Void
    ) throws -> [MediaClips.Skipped] {
        var skipped: [MediaClips.Skipped] = []
        try beginComposing(seed: seed)
        for i in 0..<count {
            let seed = seed &+ UInt64(i)
            do {
                try append(library.clip(seed: seed, frames: frames, fps: framesPerSecond, width: size, height: size))
            } catch let FileError.unreadable(path, reason) {
                skipped.append(MediaClips.Skipped(file: path, reason: reason))
            }
            try progress(self.count)
        }
        return skipped
    }
}

import Files
import Foundation
import Video

/// A folder of captioned pictures, with all its subfolders, as clips before drawn backgrounds.
///
/// Pictures are PNG files, with see-through parts or without. The caption of `crow.png` is the first line of
/// `crow.txt` beside it; without one, what the file's name says, if it is a plain noun and `names` allows it.
public struct PictureLibrary: Sendable {
    public struct Item: Sendable {
        public let path: String
        /// What it shows: "a crow".
        public let caption: String
    }

    public let items: [Item]
    /// PNG files without a caption.
    public let uncaptioned: Int

    /// Folders whose pictures are signs, letters or ornaments.
    public static let defaultSkipped: Set<String> = [
        "symbols", "signs_and_symbols", "icons", "buttons", "shapes", "logos", "special", "decorations", "aiga-symbols", "roadsigns", "unsorted",
    ]

    /// - Parameters:
    ///   - names: whether file names stand in for captions.
    ///   - skipped: names of folders that are left out.
    /// - Throws: `FileError.notFound` for a missing folder, `.unreadable` where no picture has a caption.
    public init(_ folder: URL, names: Bool = true, skipped: Set<String> = PictureLibrary.defaultSkipped) throws {
        guard FileManager.default.fileExists(atPath: folder.path) else { throw FileError.notFound(path: folder.path) }
        let all = FileManager.default.enumerator(atPath: folder.path)?.allObjects.compactMap { $0 as? String } ?? []
        var items: [Item] = [], uncaptioned = 0
        for name in all.sorted() where name.lowercased().hasSuffix(".png") {
            let parts = name.split(separator: "/").map(String.init)
            guard let file = parts.last, !parts.dropLast().contains(where: skipped.contains), !file.hasSuffix("_mirror.png") else { continue }
            let path = folder.appendingPathComponent(name).path
            let stem = String(path.dropLast(4))
            let beside = (try? String(contentsOfFile: stem + ".txt", encoding: .utf8)).flatMap(PictureCaptions.clean)
            if let caption = beside ?? (names ? PictureCaptions.fromName(String(file.dropLast(4))) : nil) {
                items.append(Item(path: path, caption: caption))
            } else {
                uncaptioned += 1
            }
        }
        guard !items.isEmpty else {
            throw FileError.unreadable(
                path: folder.path, reason: "no PNG picture in it has a caption (a text file of the same name: crow.png, crow.txt)")
        }
        self.items = items
        self.uncaptioned = uncaptioned
    }

    /// The clip that belongs to a seed, drawn: any of the pictures, before any background. Captions of
    /// `HeldOut` are not drawn. The same seed gives the same clip as long as the folder is the same.
    ///
    /// - Throws: `FileError.unreadable` for damaged pictures.
    public func clip(seed: UInt64, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128) throws -> CaptionedClip {
        var random = SceneRandom(seed: seed ^ 0x91C7_02E5)
        let item = random.pick(items)
        return try clip(of: item, random: &random, frames: frames, fps: fps, width: width, height: height)
    }

    /// A clip of one picture that belongs to a seed, drawn.
    public func clip(of item: Item, seed: UInt64, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128) throws -> CaptionedClip {
        var random = SceneRandom(seed: seed ^ 0x91C7_02E5)
        return try clip(of: item, random: &random, frames: frames, fps: fps, width: width, height: height)
    }

    private func clip(of item: Item, random: inout SceneRandom, frames: Int, fps: Double, width: Int, height: Int) throws -> CaptionedClip {
        let sprite = try Sprite(png: item.path)
        let seconds = Float(Double(max(0, frames - 1)) / fps)
        var clip = PictureClip(sprite: sprite, name: item.caption, seconds: seconds, random: &random)
        for _ in 0..<200 where HeldOut.contains(clip.caption) {
            clip = PictureClip(sprite: sprite, name: item.caption, seconds: seconds, random: &random)
        }
        return clip.render(frames: frames, fps: fps, width: width, height: height)
    }
}

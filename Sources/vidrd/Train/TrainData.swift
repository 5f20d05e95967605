import ArgumentParser
import Foundation
import Scenes
import Tensors
import Training

struct TrainData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Turn a folder of captioned videos and pictures into training clips.",
        discussion: """
            A caption stands in a text file beside each (boat.mp4, boat.txt) or in captions.jsonl with lines \
            {"file": "boat.mp4", "caption": "..."}. Videos are cut into clips; pictures become clips by a random pan and \
            zoom. The clips are appended to what the folder holds.

            Example:
              vidrd train data Holidays --data Data/clips
            """)

    @Argument(help: "Folder of videos and pictures.") var source: String
    @Option(help: "Folder of clips to write.") var data = "Data/clips"
    @Option(parsing: .unconditional, help: "Frames in a clip (default: 16).", transform: OptionValues.whole(1...1024))
    var frames = 16
    @Option(parsing: .unconditional, help: "Frames per second (default: 8).", transform: OptionValues.positive(upTo: 1000))
    var fps = 8.0
    @Option(
        parsing: .unconditional, help: "Side of the frames in pixels (default: 128).",
        transform: OptionValues.whole(8...PictureSize.largest))
    var size = 128
    @Option(
        parsing: .unconditional, help: "Clips made of each picture (default: 1).", transform: OptionValues.whole(1...100_000))
    var perPicture: Int?
    @Option(
        parsing: .unconditional,
        help: "Clips of cut-out pictures (PNG with transparency) before drawn backgrounds; subfolders are searched too.",
        transform: OptionValues.whole(1...10_000_000))
    var composed: Int?
    @Option(parsing: .unconditional, help: "Seed of the pans and zooms (default: 1).", transform: OptionValues.seed)
    var seed: UInt64 = 1

    func validate() throws {
        if composed != nil, perPicture != nil {
            throw ValidationError("--per-picture is of whole pictures and --composed of cut-out ones; give one of them")
        }
    }

    func run() throws {
        Interruption.listen()
        let folder = URL(fileURLWithPath: source)
        let pictures = try composed.map { _ in try PictureLibrary(folder) }
        var media = pictures == nil ? try MediaClips(folder) : nil
        let writer = try ClipCacheWriter(URL(fileURLWithPath: data), width: size, height: size)
        let before = writer.count
        var skipped: [(file: String, reason: String)] = []
        if let pictures, let composed {
            skipped = try writer.appendPictures(
                pictures, count: composed, frames: frames, framesPerSecond: fps, size: size, seed: seed
            ) { _ in }.map { ($0.file, $0.reason) }
        } else {
            var generator = TorchGenerator(seed: seed)
            try media?.append(
                to: writer, frames: frames, framesPerSecond: fps, size: size, perPicture: perPicture ?? 1, generator: &generator
            ) { _ in }
            skipped = media?.skipped.map { ($0.file, $0.reason) } ?? []
        }
        for item in skipped { Console.status("\(item.file): \(item.reason)") }
        Console.status("\(writer.count - before) clips from \(source), \(skipped.count) files left out")
        Console.result(data)
    }
}

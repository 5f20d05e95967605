import ArgumentParser
import Checkpoints
import Files
import Foundation
import Scenes
import Training
import Video

struct ScenesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenes",
        abstract: "Draw procedural captioned clips: training data, test data, reference data.",
        usage: """
            vidrd scenes --list
            vidrd scenes -o DIR [--family NAME] [--count N]
            vidrd scenes --sheet FILE.png [--family NAME] [--count N]
            vidrd scenes --raw DIR [--count N]
            """,
        discussion: """
            Examples:
              vidrd scenes --sheet scenes.png
              vidrd scenes -o clips --family candle --count 3
              vidrd scenes --raw Data/clips --count 4000
            """)

    @Flag(help: "Print the names of the families.")
    var list = false

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("Folder for an mp4 of each clip and captions.jsonl.", valueName: "dir"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "PNG picture with a row for each clip; without --count and --family, one for each family.",
            valueName: "file"))
    var sheet: String?

    @Option(
        help: ArgumentHelp(
            "Folder for raw clips (frames.u8, captions.jsonl), as training reads them; what is there is continued.",
            valueName: "dir"))
    var raw: String?

    @Option(help: "Draw this family only.")
    var family: String?

    @Option(parsing: .unconditional, help: "How many clips (default: 16).", transform: OptionValues.whole(from: 1))
    var count: Int?

    @Option(
        parsing: .unconditional, help: "Frames in a clip (default: 16).",
        transform: OptionValues.whole(1...1_000_000))
    var frames = 16

    @Option(
        parsing: .unconditional, help: "Side of the picture in pixels (default: 128).",
        transform: OptionValues.whole(1...PictureSize.largest))
    var size = 128

    @Option(
        parsing: .unconditional, help: "Frames per second (default: 8).",
        transform: OptionValues.positive(upTo: 1000))
    var fps = 8.0

    @Option(
        parsing: .unconditional, help: "Seed of the first clip; each next one has one more (default: 1).",
        transform: OptionValues.seed)
    var seed: UInt64 = 1

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Share of captions that state all attributes: colour, number, time, ... (default: 0.35).", valueName: "share"),
        transform: OptionValues.share)
    var explicit: Float?

    @Flag(help: "Replace what exists.")
    var overwrite = false

    func validate() throws {
        guard list || output != nil || sheet != nil || raw != nil else {
            throw ValidationError("there is nothing to do; allowed are -o DIR, --sheet FILE.png, --raw DIR and --list")
        }
        if let family, SceneCatalog.family(family) == nil {
            throw ValidationError(
                "there is no family \"\(family)\"; allowed are \(Self.families.joined(separator: ", "))")
        }
        if family != nil, raw != nil { throw ValidationError("--raw draws all families; leave --family out") }
        if let sheet, (sheet as NSString).pathExtension.lowercased() != "png" {
            throw ValidationError("--sheet is '\(sheet)'; allowed are names that end in .png")
        }
        if output == "" || raw == "" { throw ValidationError("the name of the folder is empty") }
    }

    private static var families: [String] { SceneCatalog.all.map(\.name) }

    func run() throws {
        Interruption.listen()
        if list { Self.families.forEach(Console.result) }
        do {
            if let output { try writeVideos(to: output) }
            if let sheet { try writeSheet(to: sheet) }
            if let raw { try writeRaw(to: raw) }
        } catch is Interrupted {
            Console.status("stopped: the clips that were finished are kept")
            throw ExitCode(Failure.interrupted)
        }
    }

    /// Clip number `index`, not yet drawn.
    private func clip(_ index: Int) -> SceneClip {
        let seed = seed &+ UInt64(index)
        guard let family = family.flatMap(SceneCatalog.family) else {
            return SceneCatalog.lazyClip(
                seed: seed, frames: frames, fps: fps, width: size, height: size, explicitShare: explicit)
        }
        return SceneCatalog.lazyClip(
            family: family, seed: seed, frames: frames, fps: fps, width: size, height: size, explicitShare: explicit)
    }

    /// A line of captions.jsonl.
    private struct Entry: Encodable {
        let file: String
        let caption: String
        let family: String
        let attributes: [String: String]
        let labels: SceneLabels
        let seed: UInt64
    }

    private func writeVideos(to folder: String) throws {
        let captions = (folder as NSString).appendingPathComponent("captions.jsonl")
        if !overwrite, Destination.isTaken(captions) { throw FileError.exists(path: captions) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = ""
        // Clips that are there get their captions whatever ends the loop.
        defer {
            if !lines.isEmpty { try? AtomicFile.write(lines, to: URL(fileURLWithPath: captions)) }
        }
        for index in 0..<(count ?? 16) {
            if Interruption.isRequested { throw Interrupted() }
            let clip = clip(index), seed = seed &+ UInt64(index)
            let family = clip.family.replacingOccurrences(of: " ", with: "-")
            let name = String(format: "%06llu-", seed) + family + ".mp4"
            let path = (folder as NSString).appendingPathComponent(name)
            let writer = WriterGroup([try VideoFormat.writer(path: path, fps: fps, overwrite: overwrite)])
            Interruption.beforeLeaving { writer.cancel() }
            defer { Interruption.beforeLeaving(nil) }
            for frame in 0..<clip.frameCount { try writer.write(clip.frame(frame)) }
            _ = try writer.finish()
            let entry = Entry(
                file: name, caption: clip.caption, family: clip.family, attributes: clip.attributes, labels: clip.labels,
                seed: seed)
            lines += String(decoding: try encoder.encode(entry), as: UTF8.self) + "\n"
            if (index + 1) % 100 == 0 { Console.status("\(index + 1) of \(count ?? 16) clips") }
        }
        try AtomicFile.write(lines, to: URL(fileURLWithPath: captions))
        lines = ""
        Console.result(folder)
    }

    private func writeSheet(to path: String) throws {
        if !overwrite, Destination.isTaken(path) { throw FileError.exists(path: path) }
        let clips: [SceneClip]
        if count == nil, family == nil {
            clips = SceneCatalog.all.map {
                SceneCatalog.lazyClip(
                    family: $0, seed: seed, frames: frames, fps: fps, width: size, height: size, explicitShare: explicit)
            }
        } else {
            clips = (0..<(count ?? 16)).map(clip)
        }
        let rows = try clips.map { clip in
            if Interruption.isRequested { throw Interrupted() }
            var row = SheetRow(title: clip.caption, length: clip.frameCount, count: VideoSheet.inRow, fps: fps)
            row.wantedFrames.forEach { row.add(clip.frame($0), at: $0) }
            return row
        }
        try VideoSheet.write(rows, to: path, overwrite: overwrite)
        Console.result(path)
    }

    private func writeRaw(to folder: String) throws {
        let count = count ?? 16, begin = Date()
        let writer = try ClipCacheWriter(URL(fileURLWithPath: folder), width: size, height: size)
        let before = writer.count
        try writer.appendScenes(
            upTo: count, frames: frames, framesPerSecond: fps, seed: seed, explicitShare: explicit
        ) { done in
            let rate = Double((done - before) * frames) / Date().timeIntervalSince(begin)
            Console.status("\(done) of \(count) clips, \(Int(rate)) frames/s")
            if Interruption.isRequested { throw Interrupted() }
        }
        Console.result(folder)
    }
}

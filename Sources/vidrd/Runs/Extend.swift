import ArgumentParser
import Files
import Foundation
import Generation
import Video

struct Extend: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a video longer.",
        usage: "vidrd extend RUN --length FRAMES [options]",
        discussion: """
            The longer video is the one that a run of this length would have made from the start; the clips of the old one \
            are not made again. A video x.mp4 stays, and the longer one is x-FRAMES.mp4, unless -o names another place; \
            "-o x.mp4 --overwrite" replaces it.

            Examples:
              vidrd extend boat.mp4 --length 256
              vidrd extend boat.mp4 --length 256 --prompt-at 128:"a storm" -o storm.mp4
            """)

    @Argument(help: ArgumentHelp("The result as it was named with -o, or the folder NAME.run beside it.", valueName: "run"), completion: .file())
    var asked: String

    @Option(
        parsing: .unconditional, help: "Frames of the longer video, the old ones included.",
        transform: OptionValues.whole(1...1_000_000_000))
    var length: Int

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Another prompt from a frame on, as of \"vidrd generate\"; clips that are made already keep theirs.",
            valueName: "frame:prompt"),
        transform: PromptChange.read)
    var promptAt: [PromptChange] = []

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("Result (default: the video's name with the length).", valueName: "file"), completion: .file())
    var output: String?

    @Flag(help: "Replace what exists.")
    var overwrite = false

    @OptionGroup var continuation: ContinuationOptions

    @OptionGroup(title: "Progress")
    var shown: ProgressOptions

    func run() throws {
        if output == "" { throw ValidationError("--output is an empty name") }
        let source = try VideoRun(opening: VideoRun.find(asked))
        var settings = source.record.settings
        settings.length = length
        settings.promptChanges += promptAt
        try source.checkIsContinued(by: settings)
        let place = output ?? name(for: source)
        let path = VideoRun.path(for: place), isSame = FilePath.absolute(path) == FilePath.absolute(source.path)
        var outputs = source.record.outputs
        if isSame {
            outputs.overwrite = overwrite
        } else {
            outputs = .init(video: VideoRun.outputName(place, ofRunAt: path), frames: nil, overwrite: overwrite)
        }
        let destination = isSame
            ? Destination(video: source.video, frames: source.frames, overwrite: overwrite)
            : Destination(video: place, frames: nil, overwrite: overwrite)
        let sheet = isSame ? source.contactSheet : nil
        if isSame { try destination.checkIsFree() } else { try destination.check() }
        try VideoSheet.check(sheet, overwrite: overwrite)
        let loaded = try continuation.load(source)
        let longer = try source.extended(to: path, settings: settings, outputs: outputs, replaces: overwrite)
        try longer.publishResults(overwrite: false)
        try continuation.make(longer, loaded, destination, sheet: sheet, shown)
    }

    /// "candle-512.mp4" for "candle.mp4", and for "candle-256.mp4" that has 256 frames.
    private func name(for source: VideoRun) -> String {
        let result = FilePath.trimmed(source.result)
        let isFolder = source.video == nil || (try? VideoFormat(path: result)) == .pngFolder
        let ending = isFolder ? "" : "." + (result as NSString).pathExtension
        var stem = String(result.dropLast(ending.count))
        let settings = source.record.settings, old = "-\(settings.length)"
        if stem.hasSuffix(old), settings.seed != UInt64(settings.length) { stem.removeLast(old.count) }
        return "\(stem)-\(length)\(isFolder ? "/" : ending)"
    }
}

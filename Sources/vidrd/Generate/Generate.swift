import ArgumentParser
import Files
import Foundation
import Generation
import Tensors
import Video

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a video from a prompt.",
        usage: """
            vidrd generate PROMPT [options]
            vidrd generate --prompts FILE [options]
            vidrd generate --from RUN [options]
            """,
        discussion: """
            The path of the result goes to stdout, everything else to stderr. Each clip is saved in the folder NAME.run \
            beside the result NAME: after Ctrl-C, or anything else that ends it, "vidrd resume NAME" goes on, and \
            "vidrd extend NAME" makes a finished video longer. A second start with the same --prompts skips what is made.

            Examples:
              vidrd "a candle is burning" --length 256
              vidrd generate "wood on fire" --duration 20 -o fire.webm --preview now.png
              vidrd --prompts Prompts/demo.txt -o Videos/ --summary videos.json
              vidrd generate "a boat in a lake" --length 96 --prompt-at 48:"a boat in a storm" -o boat.mp4
              vidrd generate --from boat.mp4 --seed 8 -o other.mp4
            """)

    @Argument(help: "What the video shows, in quotes.")
    var prompt: [String] = []

    @OptionGroup(title: "Video")
    var video: VideoOptions

    @Option(
        help: ArgumentHelp("Model folder, or the name of a model that ships (default: VIDRD_MODEL, else starter).", valueName: "model"),
        completion: CompletionScript.models)
    var model: String?

    @OptionGroup var parts: ModelParts

    @Flag(help: "Plain sums in place of Winograd's transforms in 3x3 convolutions: slower, for comparisons of numbers.")
    var exactConvolution = false

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Result: \(VideoFormat.allowed) (default: an mp4 named after prompt and seed). With --prompts: a folder.",
            valueName: "file"), completion: .file())
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Folder for frames as 000000.png and so on, in place of a video, or beside the one that -o names.",
            valueName: "dir"), completion: .directory)
    var framesDir: String?

    @Option(
        help: ArgumentHelp("PNG picture with frames of the video, or with a row for each prompt.", valueName: "file"),
        completion: .file(extensions: ["png"]))
    var contactSheet: String?

    @Flag(help: "Replace what exists.")
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            """
            File with one prompt a line, # for comments; or JSON lines with the options above, such as \
            {"prompt": "wood on fire", "seed": 7, "output": "fire.gif"}.
            """,
            valueName: "file"), completion: .file())
    var prompts: String?

    @Option(
        help: ArgumentHelp(
            """
            Make the video of a run again, with its model and all of its settings; other options given beside it win. A \
            record.json, its folder, or the result.
            """,
            valueName: "run"), completion: .file())
    var from: String?

    @Flag(help: "With --from: take another model than the run was made with.")
    var anyModel = false

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            """
            Save settings and clips in NAME.run beside the result (default), or leave nothing beside it: Ctrl-C then ends \
            the video with the last finished clip.
            """))
    var record = true

    @Option(
        help: ArgumentHelp("JSON file of what became of each prompt; replaces an earlier one.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var summary: String?

    @OptionGroup var threads: ThreadOptions

    @OptionGroup var memory: MemoryOptions

    @OptionGroup(title: "Progress")
    var shown: ProgressOptions

    /// Refuses what makes no sense before anything is tried.
    ///
    /// Not `validate()`, which would complain of two prompts where the second is the value of a misspelled option.
    func check() throws {
        if from != nil, prompts != nil { throw ValidationError("--from makes one video and --prompts many; give one of them") }
        if anyModel, from == nil { throw ValidationError("--any-model is said of a run's model; it goes with --from") }
        switch (prompt.count, prompts) {
        case (0, nil) where from != nil: break
        case (0, nil):
            throw ValidationError("there is no prompt; write what the video shows: vidrd \"a candle is burning\"")
        case (1, nil):
            if prompt[0].allSatisfy(\.isWhitespace) {
                throw ValidationError("the prompt is empty; write what the video shows: vidrd \"a candle is burning\"")
            }
        case (_, nil):
            throw ValidationError(
                "the prompt came as \(prompt.count) words; put it in quotes: vidrd \"\(prompt.joined(separator: " "))\"")
        case (0, _): break
        default: throw ValidationError("there is a prompt and a file of prompts; give one of them")
        }
        let files: [(name: String, path: String?)] = [
            ("--output", output), ("--frames-dir", framesDir), ("--contact-sheet", contactSheet), ("--summary", summary),
        ]
        for (name, path) in files where path == "" { throw ValidationError("\(name) is an empty name") }
        for (name, path) in [("--summary", summary), ("--contact-sheet", contactSheet)] {
            if let path, (try? FileManager.default.contentsOfDirectory(atPath: path)) != nil {
                throw ValidationError("\(name) is '\(path)', which is a folder; name a file")
            }
        }
        try checkPlacesDiffer(files + [("--preview", shown.preview), ("--prompts", prompts)])
        if let contactSheet, (contactSheet as NSString).pathExtension.lowercased() != "png" {
            throw ValidationError("--contact-sheet is '\(contactSheet)'; allowed are names that end in .png")
        }
    }

    /// Refuses options that name one place: the last that is written there would replace the others.
    private func checkPlacesDiffer(_ options: [(name: String, path: String?)]) throws {
        for (index, option) in options.enumerated() {
            for other in options[..<index] {
                guard let path = option.path, let same = other.path, FilePath.absolute(path) == FilePath.absolute(same) else { continue }
                // With prompts from a file both are folders, and names within them differ.
                if prompts != nil, (other.name, option.name) == ("--output", "--frames-dir") { continue }
                throw ValidationError("\(other.name) and \(option.name) both name '\(path)'; give them different names")
            }
        }
    }

    func run() throws {
        try check()
        let base = try from.map { try VideoRun.record(at: $0) }
        let batch = try prompts.map { try PromptFile($0) }
        let text = prompt.first ?? base?.settings.prompt ?? ""
        let entries = batch?.entries ?? [.init(place: "", request: .success(VideoRequest(prompt: text)))]
        if batch == nil {
            if let contactSheet, !overwrite, Destination.isTaken(contactSheet) { throw FileError.exists(path: contactSheet) }
            try destination(of: VideoRequest(prompt: text), named: nil).check()
        }
        threads.use(recorded: base?.program.threads)
        Interruption.listen()
        BuildFacts.warnIfSlow()
        let loaded = try LoadedModel(model, parts, record: base, name: from ?? "", acceptsOthers: anyModel)
        base?.program.warnIfOther()
        let videos = Batch(loaded: loaded, command: self, base: base, entries: entries, isFile: batch != nil)
        try videos.checkPlaces()
        let isExact = exactConvolution || base?.program.exactConvolution == true
        try ConvolutionAlgorithm.$current.withValue(isExact ? .exact : .winograd) { try videos.run() }
    }

    /// - Parameter name: for files that were not named; nil where it is not known yet.
    func destination(of request: VideoRequest, named name: String?) -> Destination {
        var video = request.output, frames = framesDir
        if prompts == nil {
            video = output
            if video == nil, frames == nil { video = name.map { $0 + ".mp4" } }
        } else {
            frames = frames.flatMap { folder in name.map { FilePath.join(folder, $0) } }
            if let named = request.output {
                video = output.map { FilePath.join($0, named) } ?? named
            } else if frames == nil || output != nil {
                video = name.map { FilePath.join(output ?? "", $0 + ".mp4") }
            }
        }
        return Destination(video: video, frames: frames, overwrite: overwrite)
    }
}

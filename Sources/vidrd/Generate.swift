import ArgumentParser
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
            """,
        discussion: """
            The path of the result goes to stdout, everything else to stderr. Ctrl-C ends the video with the last \
            finished clip; a second Ctrl-C leaves nothing.

            Examples:
              vidrd "a candle is burning" --length 256
              vidrd generate "wood on fire" --duration 20 -o fire.webm --preview now.png
              vidrd --prompts Prompts/demo.txt -o Videos/
            """)

    @Argument(help: "What the video shows, in quotes.")
    var prompt: [String] = []

    @OptionGroup(title: "Video")
    var video: VideoOptions

    @Option(
        help: ArgumentHelp("Model folder (default: VIDRD_MODEL, else the starter that ships).", valueName: "dir"),
        completion: .directory)
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
        parsing: .unconditional, help: "Threads (default: one for each core).", transform: OptionValues.whole(1...256))
    var threads: Int?

    @OptionGroup(title: "Progress")
    var shown: ProgressOptions

    /// Refuses what makes no sense before anything is tried.
    ///
    /// Not `validate()`, which would complain of two prompts where the second is the value of a misspelled option.
    func check() throws {
        switch (prompt.count, prompts) {
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
        let files = [("--output", output), ("--frames-dir", framesDir), ("--contact-sheet", contactSheet)]
        for (name, path) in files where path == "" { throw ValidationError("\(name) is an empty name") }
        if let contactSheet, (contactSheet as NSString).pathExtension.lowercased() != "png" {
            throw ValidationError("--contact-sheet is '\(contactSheet)'; allowed are names that end in .png")
        }
    }

    func run() throws {
        try check()
        let batch = try prompts.map { try PromptFile($0) }
        let entries = batch?.entries ?? [.init(place: "", request: .success(VideoRequest(prompt: prompt[0])))]
        if let contactSheet, !overwrite, Destination.isTaken(contactSheet) {
            throw VideoError.exists(path: contactSheet)
        }
        if batch == nil { try destination(of: VideoRequest(prompt: prompt[0]), named: nil).check() }
        if let threads { ThreadPool.threads = threads }
        Interruption.listen()
        BuildFacts.warnIfSlow()
        let model = try VideoModel(parts.layout(ModelLocation.find(model)))
        model.warnings.forEach(Console.warning)
        try ConvolutionAlgorithm.$current.withValue(exactConvolution ? .exact : .winograd) {
            try make(entries, isBatch: batch != nil, with: model)
        }
    }

    private func make(_ entries: [PromptFile.Entry], isBatch: Bool, with model: VideoModel) throws {
        var rows: [SheetRow] = [], failures: [any Error] = [], isInterrupted = false
        for entry in entries where !isInterrupted {
            do {
                let outcome = try make(try entry.request.get(), of: isBatch ? entry.place : nil, with: model)
                outcome.paths.forEach(Console.result)
                if let row = outcome.row { rows.append(row) }
                isInterrupted = outcome.isInterrupted
            } catch is Interrupted {
                Console.status("stopped before the first clip was finished: nothing is kept")
                isInterrupted = true
            } catch {
                if !isBatch { throw error }
                let located = error as? PromptError ?? PromptError(place: entry.place, error: error)
                Console.error(located.description)
                failures.append(located)
            }
        }
        if let contactSheet, !rows.isEmpty {
            try VideoSheet.write(rows, to: contactSheet, overwrite: overwrite)
            Console.result(contactSheet)
        }
        if isInterrupted { throw ExitCode(Failure.interrupted) }
        if !failures.isEmpty {
            Console.status("\(entries.count - failures.count) of \(entries.count) videos made, \(failures.count) failed")
            throw ExitCode(Failure.failed)
        }
        if isBatch, shown.style != .none { Console.status("\(entries.count) of \(entries.count) videos made") }
    }

    /// - Parameter place: where the prompt stands in a file of prompts.
    private func make(_ request: VideoRequest, of place: String?, with model: VideoModel) throws -> VideoJob.Outcome {
        let options = request.options?.over(video) ?? video
        try options.checkTogether()
        let seed = options.seed ?? UInt64(UInt32.random(in: .min ... .max))
        let settings = try options.settings(for: request.prompt, seed: seed, model: model)
        let destination = try destination(of: request, named: Destination.name(for: request.prompt, seed: seed))
        try destination.check()
        if place != nil, shown.style == .bar || shown.style == .plain { Console.status("\"\(request.prompt)\"") }
        return try VideoJob(
            model: model, settings: settings, fps: options.framesPerSecond(of: model), destination: destination,
            isSeedDrawn: options.seed == nil, shown: shown
        ).run(sheetFrames: contactSheet == nil ? 0 : prompts == nil ? VideoSheet.alone : VideoSheet.inRow)
    }

    /// - Parameter name: for files that were not named; nil where it is not known yet.
    private func destination(of request: VideoRequest, named name: String?) throws -> Destination {
        var video = request.output, frames = framesDir
        if prompts == nil {
            video = output
            if video == nil, frames == nil { video = name.map { $0 + ".mp4" } }
        } else {
            frames = frames.flatMap { folder in name.map { Self.join(folder, $0) } }
            if let named = request.output {
                video = output.map { Self.join($0, named) } ?? named
            } else if frames == nil || output != nil {
                video = name.map { Self.join(output ?? "", $0 + ".mp4") }
            }
        }
        return Destination(video: video, frames: frames, overwrite: overwrite)
    }

    /// A name within a folder; absolute names stay.
    private static func join(_ folder: String, _ name: String) -> String {
        name.hasPrefix("/") ? name : (folder as NSString).appendingPathComponent(name)
    }
}

import ArgumentParser
import Foundation
import Generation
import Layers
import Tensors
import Video

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finish a video that was interrupted.",
        usage: "vidrd resume RUN [options]",
        discussion: """
            Goes on after Ctrl-C, a crash, a full disk or a power cut: the finished clips are taken from the run's folder, \
            the others are made, and the result is the one that the run would have had without the interruption.

            Examples:
              vidrd resume boat.mp4
            """)

    @Argument(help: ArgumentHelp("The result as it was named with -o, or the folder NAME.run beside it.", valueName: "run"), completion: .file())
    var asked: String

    @OptionGroup var continuation: ContinuationOptions

    @Flag(help: "Replace a result that has come to exist.")
    var overwrite = false

    @OptionGroup(title: "Progress")
    var shown: ProgressOptions

    func run() throws {
        let run = try VideoRun(opening: VideoRun.find(asked))
        try run.publishResults(overwrite: overwrite)
        let destination = Destination(video: run.video, frames: run.frames, overwrite: overwrite).rest(of: run)
        let sheet = run.contactSheet.flatMap { run.lacks($0) ? $0 : nil }
        if destination.paths.isEmpty, sheet == nil {
            if shown.style != .none { Console.status("'\(run.result)' is finished: there is nothing left to do") }
            run.results.forEach(Console.result)
            return
        }
        try destination.checkIsFree()
        try VideoSheet.check(sheet, overwrite: destination.overwrite)
        let loaded = try continuation.load(run)
        try continuation.make(run, loaded, destination, sheet: sheet, shown)
    }
}

/// What goes with the continuation of a run.
struct ContinuationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Model folder, or the name of a model that ships (default: the one that the run was begun with).", valueName: "model"),
        completion: CompletionScript.models)
    var model: String?

    @OptionGroup var parts: ModelParts

    @Flag(help: "Take another model than the run was begun with.")
    var anyModel = false

    @Option(
        parsing: .unconditional, help: "Threads (default: as many as the run was begun with).",
        transform: OptionValues.whole(1...256))
    var threads: Int?

    @OptionGroup var memory: MemoryOptions

    /// Makes everything ready for computing as the run was begun.
    func load(_ run: VideoRun) throws -> LoadedModel {
        ThreadPool.threads = threads ?? run.record.program.threads
        Interruption.listen()
        BuildFacts.warnIfSlow()
        let loaded = try LoadedModel(model, parts, record: run.record, name: run.path, acceptsOthers: anyModel)
        run.record.program.warnIfOther()
        return loaded
    }

    /// Makes what is left of a video and tells where it is.
    func make(
        _ run: VideoRun, _ loaded: LoadedModel, _ destination: Destination, sheet: String?, _ shown: ProgressOptions
    ) throws {
        let record = run.record
        if shown.style == .bar || shown.style == .plain {
            let there = run.clips, clips = (try? record.settings.clips()) ?? there
            Console.status("\"\(record.settings.prompt)\": \(min(there, clips)) of \(clips) clips are there")
        }
        let plan = try loaded.plan(
            record.settings, within: memory.maxMemory ?? record.program.maxMemory, decided: record.program.plan)
        let job = VideoJob(
            model: loaded.model, settings: record.settings, plan: plan, fps: record.framesPerSecond, destination: destination,
            keeping: .continued(run), isSeedDrawn: false, shown: shown)
        do {
            let outcome = try ConvolutionAlgorithm.$current.withValue(record.program.exactConvolution ? .exact : .winograd) {
                try job.run(sheetFrames: sheet == nil ? 0 : VideoSheet.alone)
            }
            outcome.paths.forEach(Console.result)
            if let sheet, let row = outcome.row {
                try VideoSheet.write([row], to: sheet, overwrite: destination.overwrite)
                Console.result(sheet)
            }
        } catch let stopped as Stopped {
            Console.status(stopped.description)
            throw ExitCode(Failure.interrupted)
        }
    }
}

import ArgumentParser
import Foundation
import Generation
import Video

/// Makes the videos of one prompt or of many with one model, one after the other.
struct Batch {
    let loaded: LoadedModel
    let command: Generate
    /// Where a video is made as another one was.
    let base: RunRecord?
    let entries: [PromptFile.Entry]
    /// Whether the prompts come from a file.
    let isFile: Bool

    private var model: VideoModel { loaded.model }

    func run() throws {
        // Asked once more when videos are made, every start would be a second one.
        let replacesSheet = self.replacesSheet
        var rows: [SheetRow] = [], summary = BatchSummary(), isInterrupted = false, single: (any Error)?
        for entry in entries {
            let request = try? entry.request.get()
            let place = isFile ? entry.place : nil, seed = request.flatMap { self.seed(of: $0) }
            func add(_ state: BatchSummary.State, _ paths: [String] = [], seconds: Double = 0, error: String? = nil) {
                summary.add(
                    .init(
                        place: place, prompt: request?.prompt, seed: seed, state: state, outputs: paths, seconds: seconds,
                        error: error))
            }
            if isInterrupted {
                add(.stopped)
                continue
            }
            do {
                let request = try entry.request.get()
                guard let seed else { continue }
                let outcome = try make(request, seed: seed, of: place)
                outcome.paths.forEach(Console.result)
                if let row = outcome.row { rows.append(row) }
                isInterrupted = outcome.isInterrupted
                add(isInterrupted ? .stopped : outcome.isOld ? .skipped : .made, outcome.paths, seconds: outcome.seconds)
            } catch is Interrupted {
                Console.status("stopped before the first clip was finished: nothing is kept")
                isInterrupted = true
                add(.stopped)
            } catch let stopped as Stopped {
                // With a file's prompts the same command goes on, unless it is told to make everything anew.
                let again = "the same command\(command.overwrite ? " without --overwrite" : "") goes on from there"
                Console.status(isFile ? stopped.told(again) : stopped.description)
                isInterrupted = true
                add(.stopped, error: stopped.description)
            } catch {
                let located = isFile ? error as? PromptError ?? PromptError(place: entry.place, error: error) : error
                add(.failed, error: Failure.message(for: isFile ? (located as? PromptError)?.error ?? error : error))
                if isFile { Console.error(Failure.message(for: located)) } else { single = error }
            }
        }
        // The summary is written also where the sheet cannot be, and the other way round.
        let told = Result { if let path = command.summary { try summary.write(to: path) } }
        if isFile, summary.count(.failed) > 0 || isInterrupted || command.shown.style != .none { Console.status(summary.line) }
        if let path = command.contactSheet, !rows.isEmpty, !isInterrupted || !command.record {
            try VideoSheet.write(rows, to: path, overwrite: replacesSheet)
            Console.result(path)
        }
        if let single { throw single }
        try told.get()
        if isInterrupted { throw ExitCode(Failure.interrupted) }
        if summary.count(.failed) > 0 { throw ExitCode(Failure.failed) }
    }

    private struct Outcome {
        let paths: [String]
        let row: SheetRow?
        let seconds: Double
        let isInterrupted: Bool
        /// Whether an earlier start had made it.
        var isOld = false
    }

    private func options(of request: VideoRequest) -> VideoOptions { request.options?.over(command.video) ?? command.video }

    private func seed(of request: VideoRequest) -> UInt64 {
        options(of: request).seed ?? base?.settings.seed ?? request.fallbackSeed ?? UInt64(UInt32.random(in: .min ... .max))
    }

    /// - Parameter place: where the prompt stands in a file of prompts.
    private func make(_ request: VideoRequest, seed: UInt64, of place: String?) throws -> Outcome {
        let options = options(of: request)
        try options.checkTogether()
        let fps = options.fps ?? base?.framesPerSecond ?? model.defaults.framesPerSecond
        var settings: GenerationSettings
        if let base {
            settings = try options.settings(over: base.settings, fps: fps, model: model)
            settings.prompt = request.prompt
        } else {
            settings = try options.settings(for: request.prompt, seed: seed, model: model)
        }
        _ = try PromptPlan(settings)
        let wanted = command.destination(of: request, named: Destination.name(for: request.prompt, seed: seed))
        var destination = wanted
        let keeping = try keeping(settings, fps, destination), plan: MemoryPlan
        switch keeping {
        case .continued(let run):
            settings = settings.inheriting(from: run.record.settings)
            try run.publishResults(overwrite: command.overwrite)
            destination = wanted.rest(of: run)
            if destination.paths.isEmpty {
                return Outcome(paths: wanted.paths, row: try row(of: settings, fps, wanted), seconds: 0, isInterrupted: false, isOld: true)
            }
            plan = try loaded.plan(settings, within: limit, decided: run.record.program.plan)
        case .new, .nothing:
            try destination.check()
            plan = try loaded.plan(settings, within: limit, decided: command.memory.maxMemory == nil ? base.map(\.program.plan) : nil)
        }
        if place != nil, command.shown.style == .bar || command.shown.style == .plain { Console.status("\"\(request.prompt)\"") }
        let job = VideoJob(
            model: model, settings: settings, plan: plan, fps: fps, destination: destination, keeping: keeping,
            isSeedDrawn: options.seed == nil, shown: command.shown)
        let outcome = try job.run(sheetFrames: sheetFrames)
        // Where only what was removed is made again, the video's other results are still there.
        return Outcome(
            paths: destination.paths == wanted.paths ? outcome.paths : wanted.paths, row: outcome.row,
            seconds: outcome.seconds, isInterrupted: outcome.isInterrupted)
    }

    /// Bytes that videos are held to.
    private var limit: Int? { command.memory.maxMemory ?? base?.program.maxMemory }

    private var sheetFrames: Int { command.contactSheet == nil ? 0 : isFile ? VideoSheet.inRow : VideoSheet.alone }

    /// The run of a video: that of an earlier start of the same file of prompts, or a new one.
    private func keeping(_ settings: GenerationSettings, _ fps: Double, _ destination: Destination) throws -> RunKeeping {
        guard command.record, let path = destination.runPath else { return .nothing }
        func name(_ file: String) -> String { VideoRun.outputName(file, ofRunAt: path) }
        let record = RunRecord(
            settings: settings, framesPerSecond: fps, model: try loaded.place(),
            program: .current(
                exactConvolution: command.exactConvolution || base?.program.exactConvolution == true, maxMemory: limit),
            outputs: .init(
                video: destination.video.map(name), frames: destination.frames.map(name),
                contactSheet: isFile ? nil : command.contactSheet.map(name), overwrite: command.overwrite))
        guard isFile, !command.overwrite, let run = try VideoRun.openIfAny(path) else { return .new(record) }
        guard run.record.isSameVideo(as: record) else { throw RunError.otherVideo(folder: path) }
        return .continued(run)
    }

    /// Whether some prompt of the file has been begun before: then its contact sheet is one of these videos.
    private var isSecondStart: Bool {
        isFile && command.record && entries.contains { entry in
            guard let request = try? entry.request.get() else { return false }
            let named = Destination.name(for: request.prompt, seed: seed(of: request))
            return command.destination(of: request, named: named).runPath.map(VideoRun.isThere) ?? false
        }
    }

    /// Whether what is there may be replaced by a contact sheet of these videos.
    private var replacesSheet: Bool { command.overwrite || isSecondStart }

    /// Refuses places for the contact sheet and the summary that cannot be written to, and a picture that is no contact
    /// sheet of these videos. Throws `VideoError`.
    func checkPlaces() throws {
        try VideoSheet.check(command.contactSheet, overwrite: replacesSheet)
        try BatchSummary.check(command.summary)
    }

    /// The row of a video that was made before, from its result.
    private func row(of settings: GenerationSettings, _ fps: Double, _ destination: Destination) throws -> SheetRow? {
        guard sheetFrames > 0, let path = destination.frames ?? destination.video else { return nil }
        var row = SheetRow(title: settings.prompt, length: settings.length, count: sheetFrames, fps: fps)
        for frame in try VideoReader(path) { row.take(try frame.get()) }
        return row.frames.isEmpty ? nil : row
    }
}

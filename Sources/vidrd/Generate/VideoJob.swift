import Checkpoints
import Files
import Foundation
import Generation
import Video

/// Makes the video of one prompt and writes it.
struct VideoJob {
    let model: VideoModel
    let settings: GenerationSettings
    let plan: MemoryPlan
    let fps: Double
    let destination: Destination
    let keeping: RunKeeping
    /// Whether nobody has said which seed it is.
    let isSeedDrawn: Bool
    let shown: ProgressOptions

    struct Outcome {
        let paths: [String]
        let frames: Int
        let row: SheetRow?
        let seconds: Double
        /// Whether the user ended it before its last clip.
        let isInterrupted: Bool
    }

    /// - Parameter sheetFrames: how many frames to keep for a contact sheet.
    ///
    /// Throws `Stopped` where the user ends a video that is kept in a run's folder, and `Interrupted` where it is not and
    /// no clip is done yet; `KeptFailure` where clips outlast an error.
    func run(sheetFrames: Int) throws -> Outcome {
        let begin = Date()
        let generator = try VideoGenerator(model, settings, plan: plan)
        generator.warnings.forEach(Console.warning)
        try destination.checkPlaces(fps: fps)
        guard let run = try keeping.open(for: destination, plan: plan) else { return try make(generator, nil, begin, sheetFrames) }
        /// Whether all results are whole and lie in the run's folder, with or without their names: what is finished stays so.
        var isFinished = run.record.state == .finished, isWhole = false
        // A whole result that could not get its name waits for it: `VideoRun.publishResults` gives it.
        defer { if !isWhole { run.clearResults() } }
        func end(_ state: RunRecord.State) throws {
            guard !isFinished else { return }
            try run.end(state, seconds: Date().timeIntervalSince(begin), peakMemory: Memory.peak)
            isFinished = state == .finished
        }
        do {
            generator.onRemade = { _, error in
                Console.warning("\(Failure.message(for: error)): it is made again")
            }
            try generator.keep(in: run.pieces)
            if !isFinished { try run.begin() }
            let outcome = try make(generator, run, begin, sheetFrames) {
                try end(.finished)
                isWhole = true
            }
            isWhole = false
            return outcome
        } catch is Interrupted {
            try? end(.stopped)
            throw Stopped(run: run, clips: generator.clips)
        } catch {
            guard run.clips > 0 else {
                if keeping.isNew, !isWhole { run.remove() } else { try? end(.stopped) }
                throw error
            }
            // With the folder everything that was kept has gone.
            if case RunError.vanished = error { throw error }
            if case RunError.damaged = error { throw error }
            try? end(.stopped)
            throw KeptFailure(error: error, result: run.result, clips: run.clips)
        }
    }

    /// - Parameter whenWhole: what is to happen before the results get their names.
    private func make(
        _ generator: VideoGenerator, _ run: VideoRun?, _ begin: Date, _ sheetFrames: Int, whenWhole: () throws -> Void = {}
    ) throws -> Outcome {
        let writer = try destination.open(fps: fps, in: run)
        let style = shown.style
        // A seed that was drawn is lost for good where it is not told.
        if style == .none ? isSeedDrawn : style != .json { Console.status("seed \(settings.seed)") }
        if style != .none {
            for part in generator.prompts.parts.dropFirst() {
                Console.status("from frame \(part.frame) (clip \(part.clip)): \"\(part.prompt)\"")
            }
        }
        let advice = run.map { "left at once; continue with: \(Stopped.advice($0.result))" }
        Interruption.beforeLeaving(saying: advice) { writer.cancel() }
        defer { Interruption.beforeLeaving(nil) }
        let progress = ProgressReport(
            style, preview: ClipPreview(model, path: shown.preview, inline: shown.pictureProtocol()))
        defer { progress.clear() }
        progress.start(settings, clips: generator.clips, fps: fps, after: run?.finishedFrames ?? 0)
        generator.onPrediction = progress.onPrediction
        generator.onEvent = { event in
            progress.take(event)
            guard Interruption.isRequested else { return }
            switch event {
            case .step: throw Interrupted()
            // Where clips are saved, nothing is lost by leaving between them; else those whose frames are there are kept.
            case let .frames(done, of): if run != nil, done < of { throw Interrupted() }
            }
        }
        /// Without a run's folder, an interrupted video ends with the frames that are there.
        func next() throws -> [Frame]? {
            do {
                return try generator.next()
            } catch is Interrupted where run == nil && writer.count > 0 {
                return nil
            }
        }
        var row = SheetRow(title: settings.prompt, length: settings.length, count: sheetFrames, fps: fps)
        do {
            while run != nil || !(writer.count > 0 && Interruption.isRequested), let frames = try next() {
                progress.learn(generator.frameLatents, frames)
                for frame in frames {
                    try writer.write(frame)
                    row.take(frame)
                }
            }
            for frame in generator.waiting {
                try writer.write(frame)
                row.take(frame)
            }
        } catch {
            writer.cancel()
            if error is Interrupted, let run { progress.finish([], frames: run.finishedFrames, of: settings.length) }
            throw error
        }
        let paths = try writer.finish(whenWhole)
        progress.finish(paths, frames: writer.count, of: settings.length)
        writer.notices.forEach(Console.warning)
        let seconds = Date().timeIntervalSince(begin)
        report(writer.count, seconds: seconds)
        return Outcome(
            paths: paths, frames: writer.count, row: row.frames.isEmpty ? nil : row, seconds: seconds,
            isInterrupted: writer.count < settings.length)
    }

    private func report(_ frames: Int, seconds: Double) {
        guard shown.style != .json else { return }
        if frames < settings.length {
            Console.status(
                "stopped: the clips that were finished are kept, \(frames) of \(settings.length) frames, "
                    + String(format: "%.1f s", Double(frames) / fps))
        } else if shown.style != .none {
            Console.status(
                "\(frames) frames of \(settings.width)x\(settings.height), "
                    + String(format: "%.1f s at %g frames/s", Double(frames) / fps, fps)
                    + ", made in \(ProgressReport.clock(seconds)) within \(ByteCount.text(Memory.peak)), seed \(settings.seed)")
        }
    }
}

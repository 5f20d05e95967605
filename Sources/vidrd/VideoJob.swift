import Foundation
import Generation
import Video

/// Makes the video of one prompt and writes it.
struct VideoJob {
    let model: VideoModel
    let settings: GenerationSettings
    let fps: Double
    let destination: Destination
    /// Whether nobody has said which seed it is.
    let isSeedDrawn: Bool
    let shown: ProgressOptions

    struct Outcome {
        let paths: [String]
        let frames: Int
        let row: SheetRow?
        /// Whether the user ended it before its last clip.
        let isInterrupted: Bool
    }

    /// - Parameter sheetFrames: how many frames to keep for a contact sheet.
    ///
    /// Throws `Interrupted` where the user ends it before the first clip is done.
    func run(sheetFrames: Int) throws -> Outcome {
        let begin = Date()
        let generator = try VideoGenerator(model, settings)
        generator.warnings.forEach(Console.warning)
        let writer = try destination.open(fps: fps)
        let style = shown.style
        // A seed that was drawn is lost for good where it is not told.
        if style == .none ? isSeedDrawn : style != .json { Console.status("seed \(settings.seed)") }
        Interruption.beforeLeaving { writer.cancel() }
        defer { Interruption.beforeLeaving(nil) }
        let progress = ProgressReport(
            style, preview: ClipPreview(model, path: shown.preview, inline: shown.pictureProtocol()))
        defer { progress.clear() }
        progress.start(settings, clips: generator.clips, fps: fps)
        generator.onPrediction = progress.onPrediction
        generator.onEvent = { event in
            progress.take(event)
            // A clip whose frames are there is kept whatever happens.
            if case .step = event, Interruption.isRequested { throw Interrupted() }
        }
        var row = SheetRow(title: settings.prompt, length: settings.length, count: sheetFrames, fps: fps)
        do {
            while !(writer.count > 0 && Interruption.isRequested), let frames = generator.next() {
                progress.learn(generator.clipLatents, frames)
                for frame in frames {
                    try writer.write(frame)
                    row.take(frame)
                }
            }
            if let failure = generator.failure, !(failure is Interrupted && writer.count > 0) { throw failure }
        } catch {
            writer.cancel()
            throw error
        }
        let paths = try writer.finish()
        progress.finish(paths, frames: writer.count, of: settings.length)
        writer.notices.forEach(Console.warning)
        report(writer.count, seconds: Date().timeIntervalSince(begin))
        return Outcome(
            paths: paths, frames: writer.count, row: row.frames.isEmpty ? nil : row,
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
                    + ", made in \(ProgressReport.clock(seconds)), seed \(settings.seed)")
        }
    }
}

/// What happens on the way to a video. The same stream is drawn as a bar, told in lines or written as JSON;
/// docs/progress.md has the schema of the last.
package enum ProgressEvent {
    /// Work on a video begins: everything that a listener may want to show beside a bar.
    case start(Start)
    /// A clip begins; counts begin at 1 everywhere.
    case clip(clip: Int, clips: Int)
    /// A denoising step is done.
    case step(clip: Int, clips: Int, step: Int, steps: Int)
    /// Frames have been decoded and handed to the writers.
    case frames(done: Int, of: Int)
    /// The preview's file has been written anew; previews have cost so many seconds so far.
    case preview(path: String, clip: Int, step: Int, cost: Double)
    /// The video is complete, or was stopped with what there is.
    case finish(paths: [String], frames: Int, of: Int)

    package struct Start {
        package let prompt: String
        package let seed: UInt64
        package let width, height, frames, clips, steps: Int
        package let fps: Double

        package init(prompt: String, seed: UInt64, width: Int, height: Int, fps: Double, frames: Int, clips: Int, steps: Int) {
            (self.prompt, self.seed, self.width, self.height) = (prompt, seed, width, height)
            (self.fps, self.frames, self.clips, self.steps) = (fps, frames, clips, steps)
        }
    }

    /// The line of `--progress json`.
    package func line(_ meter: ProgressMeter) -> JSONLine {
        switch self {
        case let .start(start):
            return JSONLine("start").with("prompt", .text(start.prompt)).with("seed", .seed(start.seed))
                .with("width", .whole(start.width)).with("height", .whole(start.height)).with("fps", .number(start.fps))
                .with("of", .whole(start.frames)).with("clips", .whole(start.clips)).with("steps", .whole(start.steps))
                .with("memory", Self.memory(meter))
        case let .clip(clip, clips):
            return Self.timed("clip", meter).with("clip", .whole(clip)).with("clips", .whole(clips))
        case let .step(clip, clips, step, steps):
            return Self.timed("step", meter).with("clip", .whole(clip)).with("clips", .whole(clips))
                .with("step", .whole(step)).with("steps", .whole(steps))
                .with("seconds_per_step", meter.secondsPerStep.map { .number($0) } ?? .nothing)
        case let .frames(done, total):
            return Self.timed("frames", meter).with("frames", .whole(done)).with("of", .whole(total))
                .with("frames_per_second", meter.framesPerSecond.map { .number($0) } ?? .nothing)
        case let .preview(path, clip, step, cost):
            return JSONLine("preview").with("path", .text(path)).with("clip", .whole(clip)).with("step", .whole(step))
                .with("cost", .number(cost))
        case let .finish(paths, frames, total):
            return JSONLine("finish").with("paths", .texts(paths)).with("frames", .whole(frames)).with("of", .whole(total))
                .with("seconds", .number(meter.elapsed)).with("memory", Self.memory(meter))
                .with("peak_memory", .whole(meter.peak))
        }
    }

    private static func timed(_ name: String, _ meter: ProgressMeter) -> JSONLine {
        JSONLine(name).with("seconds", .number(meter.elapsed))
            .with("eta", meter.secondsLeft.map { .number($0) } ?? .nothing).with("memory", memory(meter))
    }

    private static func memory(_ meter: ProgressMeter) -> JSONLine.Value {
        meter.memory.map { .whole($0) } ?? .nothing
    }
}

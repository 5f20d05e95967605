import Foundation

/// How far a video is, how fast it goes and how long it will take, from the events of its making.
///
/// A step and the decoding of a clip take different times, so each has a mean of its own; that of steps follows the last
/// ones, because a machine may become busy or free.
package struct ProgressMeter {
    package private(set) var clip = 1, clips = 1, step = 0, steps = 1, frames = 0, length = 0
    /// Seconds of a step; nil before the first.
    package private(set) var secondsPerStep: Double?
    private var secondsPerDecoding: Double?
    private let now: () -> Double
    private let begin: Double
    private var lastEvent: Double
    /// Where a video that goes on from an earlier run began.
    private var firstFrames = 0
    private let resident: () -> Int?
    private let largest: () -> Int

    /// How many steps the mean looks back on.
    private static let window = 12.0

    package init(
        now: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }, resident: @escaping () -> Int? = { Memory.resident },
        peak: @escaping () -> Int = { Memory.peak }
    ) {
        self.now = now
        self.resident = resident
        largest = peak
        begin = now()
        lastEvent = begin
    }

    package mutating func take(_ event: ProgressEvent) {
        let time = now()
        switch event {
        case let .start(start):
            (clips, steps, length) = (start.clips, start.steps, start.frames)
        case let .clip(clip, clips):
            (self.clip, self.clips, step) = (clip, clips, 0)
            // What comes between clips, such as the writing of frames, is counted with the next step.
            return
        case let .step(clip, clips, step, steps):
            (self.clip, self.clips, self.step, self.steps) = (clip, clips, step, steps)
            let took = time - lastEvent
            secondsPerStep = secondsPerStep.map { $0 + (took - $0) / Self.window } ?? took
        case let .frames(done, total):
            let took = time - lastEvent
            secondsPerDecoding = secondsPerDecoding.map { $0 + (took - $0) / 4 } ?? took
            (frames, length, step) = (done, total, steps + 1)
        case .preview, .finish:
            return
        }
        lastEvent = time
    }

    /// Tells that so many frames were there before this run.
    package mutating func begins(after frames: Int) { (self.frames, firstFrames) = (frames, frames) }

    package var elapsed: Double { now() - begin }

    /// Bytes of memory that the process occupies now; nil where the system does not tell.
    package var memory: Int? { resident() }
    /// The largest so far.
    package var peak: Int { largest() }

    /// 0 to 1, decoding a clip counting as one step more.
    package var share: Double {
        let done = Double((clip - 1) * (steps + 1) + min(step, steps + 1)) / Double(max(1, clips * (steps + 1)))
        return min(max(done, 0), 1)
    }

    /// Seconds to the end; nil before the first step.
    package var secondsLeft: Double? {
        guard let perStep = secondsPerStep else { return nil }
        let isDecoded = step > steps
        let stepsLeft = Double((clips - clip) * steps + max(0, steps - step))
        let decodingsLeft = Double(clips - clip + (isDecoded ? 0 : 1))
        // Until one was seen, decoding a clip is taken for two steps, as it is with the models known so far.
        let left = stepsLeft * perStep + decodingsLeft * (secondsPerDecoding ?? 2 * perStep)
        return max(0, left - (now() - lastEvent))
    }

    /// Frames a second since the beginning; nil before there is a frame.
    package var framesPerSecond: Double? {
        frames > firstFrames && elapsed > 0 ? Double(frames - firstFrames) / elapsed : nil
    }

    /// The speed in the unit that says most: frames a second as soon as there are some, seconds of a step before.
    package var rate: String? {
        if let framesPerSecond {
            return framesPerSecond >= 1
                ? String(format: "%.1f frames/s", framesPerSecond) : String(format: "%.1f s/frame", 1 / framesPerSecond)
        }
        return secondsPerStep.map { String(format: $0 < 1 ? "%.2f s/step" : "%.1f s/step", $0) }
    }
}

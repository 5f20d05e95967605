import Foundation
import Generation
import Tensors
import Video

/// Takes the events of a video's making and shows them in the style that was asked for.
///
/// Everything goes through here once: a view sees the events and a meter that has seen them too.
final class ProgressReport {
    private let view: (any ProgressView)?
    private let preview: ClipPreview?
    private var meter: ProgressMeter
    private var clip = 1, clips = 1, step = 0, steps = 1

    /// - Parameter preview: where pictures of the clip in the making go; nil for none.
    init(_ style: ProgressStyle, preview: ClipPreview? = nil, meter: ProgressMeter = ProgressMeter()) {
        switch style {
        case .bar: view = ProgressBar()
        case .plain: view = ProgressLines()
        case .json: view = ProgressJSON()
        case .none: view = nil
        }
        self.preview = preview
        self.meter = meter
    }

    /// Begins a video.
    ///
    /// - Parameters:
    ///   - clip: the first one that is made, counted from 1.
    ///   - done: frames that an earlier run has made.
    func start(_ settings: GenerationSettings, clips: Int, fps: Double, at clip: Int = 1, after done: Int = 0) {
        (self.clip, self.clips, steps) = (clip, clips, settings.steps)
        if done > 0 { meter.begins(after: done) }
        show(.start(ProgressEvent.Start(
            prompt: settings.prompt, seed: settings.seed, width: settings.width, height: settings.height, fps: fps,
            frames: settings.length, clips: clips, steps: settings.steps)))
        show(.clip(clip: clip, clips: clips))
    }

    func take(_ event: GenerationEvent) {
        switch event {
        case let .step(clip, clips, step, steps):
            (self.clip, self.clips, self.step, self.steps) = (clip, clips, step, steps)
            show(.step(clip: clip, clips: clips, step: step, steps: steps))
        case let .frames(done, total):
            show(.frames(done: done, of: total))
            (clip, step) = (clip + 1, 0)
            if clip <= clips { show(.clip(clip: clip, clips: clips)) }
        }
    }

    /// For `VideoGenerator.onPrediction`; nil where nobody wants a preview, so that none is computed.
    var onPrediction: ((Tensor) -> Void)? {
        guard let preview else { return nil }
        return { [self] latents in
            // The step's own event comes after its prediction.
            guard let path = preview.take(latents, progress: Double(step + 1) / Double(steps)) else { return }
            if !path.isEmpty { show(.preview(path: path, clip: clip, step: step + 1, cost: preview.spent)) }
        }
    }

    /// Shows the preview what latents [frames, height, width, channels] have become: it learns its colours from them.
    func learn(_ latents: Tensor?, _ frames: [Frame]) {
        if let latents { preview?.learn(latents, frames) }
    }

    /// Ends the video with its summary, if there is one to be told.
    func finish(_ paths: [String], frames: Int, of length: Int) {
        clear()
        if view is ProgressJSON { show(.finish(paths: paths, frames: frames, of: length)) }
    }

    /// Takes away what would be drawn over.
    func clear() { Console.clearBar() }

    private func show(_ event: ProgressEvent) {
        meter.take(event)
        view?.show(event, meter)
    }

    /// Minutes and seconds as "1:05", with hours where there are any.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 1e9).rounded())
        let tail = String(format: "%02d", whole % 60)
        return whole < 3600
            ? "\(whole / 60):\(tail)" : "\(whole / 3600):\(String(format: "%02d", whole / 60 % 60)):\(tail)"
    }
}

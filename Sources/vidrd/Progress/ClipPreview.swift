import Foundation
import Generation
import Tensors
import Video

/// A small picture of the clip in the making: some of its frames in a row, refreshed every few steps.
///
/// It shows what the sampler takes the clean latents for, through a linear map to colours. The map is fitted to single
/// frames that the autoencoder decodes on the way to the first clip, and to that clip, which is decoded anyway. The time
/// that all of this takes is counted and held to a share of the run.
final class ClipPreview {
    private let model: VideoModel
    private let path: String?
    private let inline: InlinePicture?
    private var colours: LatentColours
    private var isOpen = true, isLearnt = false
    private var seen = 0, lessons = 0
    private let begin = ClipPreview.now
    private var lastDrawing = -Double.infinity
    /// Seconds that previews have taken.
    private(set) var spent = 0.0

    /// Of the run's time, once the map is fitted (docs/progress.md).
    private static let share = 0.02
    /// Seconds between pictures: nobody sees more.
    private static let pause = 0.3
    private static let frames = 4
    /// Latents of a side that are decoded for a fit, at most: enough for the map.
    private static let sample = 24
    /// Pixels of the longer side of each frame.
    private static let side = 128

    private static var now: Double { ProcessInfo.processInfo.systemUptime }

    /// Nil where neither a file nor a terminal wants it.
    init?(_ model: VideoModel, path: String?, inline: InlineProtocol?) {
        guard path != nil || inline != nil else { return nil }
        self.model = model
        colours = LatentColours(channels: model.codec.latentChannels)
        self.path = path
        self.inline = inline.map(InlinePicture.init)
    }

    /// Shows latents [1, frames, height, width, channels], the model's present idea of the clean clip.
    ///
    /// - Parameter progress: of the clip, 0 to 1.
    /// - Returns: the file that was written, an empty text where the picture was only drawn, nil where none was due.
    func take(_ latents: Tensor, progress: Double) -> String? {
        seen += 1
        let start = Self.now
        // The first step shows next to nothing.
        guard seen > 1, isOpen, start - lastDrawing >= Self.pause else { return nil }
        guard !colours.isReady || spent <= Self.share * (start - begin) else { return nil }
        defer {
            lastDrawing = Self.now
            spent += lastDrawing - start
        }
        let clip = latents.slice(0)
        // The early clip is a blur that lacks most colours: the later one teaches more.
        if !isLearnt, lessons == 0 || lessons == 1 && progress >= 0.5 { learnFromOneFrame(of: clip) }
        guard colours.isReady else { return nil }
        let count = min(Self.frames, clip.shape[0])
        let frames = (0..<count).map { index in
            colours.picture(of: clip.slice(count == 1 ? 0 : index * (clip.shape[0] - 1) / (count - 1)))
        }
        return show(Self.row(frames))
    }

    /// Fits the colours to what frames have become.
    ///
    /// - Parameter latents: those of `pictures`, [frames, height, width, channels].
    func learn(_ latents: Tensor, _ pictures: [Frame]) {
        let start = Self.now
        guard isOpen, !isLearnt, !pictures.isEmpty else { return }
        // One clip tells enough: the map belongs to the autoencoder, not to the video.
        isLearnt = true
        let count = min(2, pictures.count)
        let chosen = (0..<count).map { count == 1 ? 0 : $0 * (pictures.count - 1) / (count - 1) }
        colours.learn(Tensor.stacked(chosen.map { latents.slice($0..<$0 + 1) }), chosen.map { pictures[$0] })
        spent += Self.now - start
    }

    private func learnFromOneFrame(of clip: Tensor) {
        lessons += 1
        let frame = clip.slice(clip.shape[0] / 2)
        let (height, width) = (min(Self.sample, frame.shape[0]), min(Self.sample, frame.shape[1]))
        let piece = Self.cropped(frame, y: (frame.shape[0] - height) / 2, x: (frame.shape[1] - width) / 2, height, width)
        let decoded = model.codec.pictures(of: piece)
        colours.learn(piece, [Frame(signed: decoded.slice(0))])
    }

    /// A part of [height, width, channels] as [1, height, width, channels].
    private static func cropped(_ latents: Tensor, y: Int, x: Int, _ height: Int, _ width: Int) -> Tensor {
        let channels = latents.shape[2], result = Tensor(uninitialized: [1, height, width, channels])
        for row in 0..<height {
            (result.pointer + row * width * channels)
                .update(from: latents.pointer + ((y + row) * latents.shape[1] + x) * channels, count: width * channels)
        }
        return result
    }

    private static func row(_ frames: [Frame]) -> Frame {
        let scale = Double(side) / Double(max(frames[0].width, frames[0].height))
        let width = max(1, Int((Double(frames[0].width) * scale).rounded())), height = max(1, Int((Double(frames[0].height) * scale).rounded()))
        let gap = 4
        var picture = Frame(width: frames.count * (width + gap) - gap, height: height, red: 250, green: 250, blue: 248)
        for (index, frame) in frames.enumerated() {
            picture.paste(frame.resized(width: width, height: height), x: index * (width + gap), y: 0)
        }
        return picture
    }

    /// A preview that cannot be shown is no reason to lose a video: it is told once, and the video goes on.
    private func show(_ picture: Frame) -> String? {
        do {
            try inline?.draw(picture)
            if let path { try PNG.writeHastily(picture, to: path) }
        } catch {
            isOpen = false
            Console.warning("no more previews: \(Failure.message(for: error))")
            return nil
        }
        return path ?? ""
    }

    /// Whether an existing file may be written over: an empty one, or a picture as an earlier preview left.
    static func isReplaceable(_ path: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: 8) else { return false }
        return data.isEmpty || data.elementsEqual([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    }
}

import Models
import Tensors
import Video

/// Makes pictures of a video's latents as its clips come.
///
/// The temporal decoder (VidRD, section 3.4) evens out what flickers between the frames that it is given together, and
/// clips that are decoded one by one stand out at their borders for it. So the last pictures of a clip wait for the clip
/// that follows, and every picture has frames of the video on both sides.
struct FrameDecoder {
    private let codec: any PictureCodec
    /// Frames on each side of what is decoded.
    private let context: Int
    /// Pictures are decoded one by one, as the official pipeline does.
    private let isFrameByFrame: Bool
    private let limits: DecodingLimits
    /// Latents of the video from `first` on, [frames, height, width, channels].
    private var latents: Tensor?
    private var first = 0
    /// Frames of the video that have been handed over.
    private(set) var done = 0
    /// Those after them as they are without what follows: the end of a video that goes no further.
    private(set) var waiting: [Frame] = []

    init(_ codec: any PictureCodec, _ settings: GenerationSettings, tile: Int?) {
        self.codec = codec
        limits = DecodingLimits(tile: tile)
        context = settings.decodingContext(of: codec)
        isFrameByFrame = settings.method.decodesFrameByFrame
    }

    /// - Parameters:
    ///   - next: the latents that continue the video, [frames, height, width, channels].
    ///   - length: frames of the video; what goes beyond it is seen by the temporal decoder and not shown.
    /// - Returns: the pictures that are ready, with their latents.
    mutating func decode(_ next: Tensor, of length: Int) -> (frames: [Frame], latents: Tensor) {
        let latents = latents.map { Tensor.stacked([$0, next]) } ?? next, count = latents.shape[0]
        let isLast = first + count >= length
        // Few frames at a time may leave none with enough behind them.
        let ready = done - first..<(isLast ? length - first : max(done - first, count - context))
        let pictures = codec.pictures(of: latents, frames: isFrameByFrame ? 1 : count, limits: limits)
        waiting = isLast ? [] : (ready.upperBound..<count).map { Frame(signed: pictures.slice($0)) }
        done = first + ready.upperBound
        let kept = max(0, ready.upperBound - context)
        self.latents = kept < count ? latents.slice(kept..<count) : nil
        first += kept
        return (ready.map { Frame(signed: pictures.slice($0)) }, latents.slice(ready))
    }

    /// Pictures that are decoded already: [frames, height, width, 3] in [-1, 1], of a video of `length` frames.
    mutating func take(_ pictures: Tensor, of length: Int) -> [Frame] {
        let shown = 0..<min(pictures.shape[0], length - done)
        done += shown.count
        return shown.map { Frame(signed: pictures.slice($0)) }
    }
}

extension GenerationSettings {
    /// Frames that a codec sees on each side of a stretch's new ones.
    func decodingContext(of codec: any PictureCodec) -> Int {
        method.decodesFrameByFrame ? 0 : min(codec.temporalContext, clipFrames - 1)
    }

    /// The most pictures that are decoded at once, however long the video is.
    package func decodedTogether(by codec: any PictureCodec) -> Int {
        guard !method.decodesFrameByFrame, let graph = try? graph() else { return clipFrames }
        return max(clipFrames, graph.frames(of: 1).count + 2 * decodingContext(of: codec))
    }
}

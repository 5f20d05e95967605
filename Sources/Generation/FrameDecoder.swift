import Models
import Tensors
import Video

/// Makes pictures of a video's latents as its clips come.
///
/// The temporal decoder (VidRD, section 3.4) evens out what flickers between the frames that it is given together, and
/// clips that are decoded one by one stand out at their borders for it. So the last pictures of a clip wait for the clip
/// that follows, and every picture has frames of the video on both sides.
struct FrameDecoder {
    private let autoencoder: Autoencoder
    /// Frames on each side of what is decoded.
    private let context: Int
    /// Pictures are decoded one by one, as the official pipeline does.
    private let isFrameByFrame: Bool
    private let tile: Int?
    /// Latents of the video from `first` on, [frames, height, width, channels].
    private var latents: Tensor?
    private var first = 0
    /// Frames of the video that have been decoded.
    private(set) var done = 0

    init(_ autoencoder: Autoencoder, _ settings: GenerationSettings, tile: Int?) {
        self.autoencoder = autoencoder
        self.tile = tile
        context = settings.decoderContext
        isFrameByFrame = settings.official
    }

    /// - Parameters:
    ///   - next: the latents that continue the video, [frames, height, width, channels].
    ///   - length: frames of the video; what goes beyond it is seen by the temporal decoder and not shown.
    /// - Returns: the pictures that are ready, with their latents.
    mutating func decode(_ next: Tensor, of length: Int) -> (frames: [Frame], latents: Tensor) {
        let latents = latents.map { Tensor.stacked([$0, next]) } ?? next
        let total = first + latents.shape[0], ready = done - first..<(total >= length ? length : total - context) - first
        let pictures = autoencoder.decode(
            autoencoder.denormalized(latents), frames: isFrameByFrame ? 1 : latents.shape[0], tile: tile)
        done = first + ready.upperBound
        let kept = max(0, ready.upperBound - context)
        self.latents = kept < latents.shape[0] ? latents.slice(kept..<latents.shape[0]) : nil
        first += kept
        return (ready.map { Frame(signed: pictures.slice($0)) }, latents.slice(ready))
    }
}

extension GenerationSettings {
    /// Frames that the temporal decoder sees on each side of a clip's new ones: two take as long as decoding a clip with
    /// an overlap of four.
    var decoderContext: Int { official ? 0 : min(2, clipFrames - 1) }

    /// The most pictures that are decoded at once.
    var decodedTogether: Int {
        guard !official, length > clipFrames, let newFrames = try? reuse().newFrames else { return clipFrames }
        return max(clipFrames, newFrames + 2 * decoderContext)
    }
}

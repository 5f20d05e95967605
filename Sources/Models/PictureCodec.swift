import Tensors

/// Turns pictures into the latents that diffusion works on, and back. Latents are normalised: about mean 0 and variance 1.
public protocol PictureCodec {
    /// Pixels to one latent, in each direction; sides of pictures are multiples of it.
    var factor: Int { get }
    var latentChannels: Int { get }
    /// Frames on either side that a frame's picture must be decoded with to be what it is in the whole video; 0 where
    /// pictures are decoded one by one.
    var temporalContext: Int { get }

    /// Latents [pictures, height / factor, width / factor, latentChannels] of pictures [pictures, height, width, 3] in
    /// [-1, 1].
    ///
    /// - Parameter frames: length of the clips that follow each other in the batch; 1 takes every picture for itself.
    func latents(of pictures: Tensor, frames: Int) -> Tensor

    /// Pictures [pictures, height, width, 3], about [-1, 1], of latents [pictures, height / factor, width / factor,
    /// latentChannels].
    ///
    /// - Parameters:
    ///   - frames: as above.
    ///   - limits: of memory.
    func pictures(of latents: Tensor, frames: Int, limits: DecodingLimits) -> Tensor
}

/// How decoding spares memory.
public struct DecodingLimits: Equatable, Sendable {
    /// Side in latents of the tiles that pictures are decoded in, which changes pixels a little; nil decodes them whole.
    public var tile: Int?
    /// Pictures are taken together up to so many numbers; it does not change them.
    public var piece: Int

    public init(tile: Int? = nil, piece: Int = Autoencoder.decodingPiece) { (self.tile, self.piece) = (tile, piece) }
}

extension PictureCodec {
    public func latents(of pictures: Tensor) -> Tensor { latents(of: pictures, frames: 1) }

    public func pictures(of latents: Tensor, frames: Int = 1) -> Tensor {
        pictures(of: latents, frames: frames, limits: DecodingLimits())
    }
}

extension Autoencoder: PictureCodec {
    public var factor: Int { configuration.factor }
    public var latentChannels: Int { configuration.latentChannels }

    /// With four frames pictures are all but what they are when the whole video is decoded at once. With three the change
    /// from one to the next is up to 6 % larger where a window began, with two up to 28 %.
    public var temporalContext: Int { configuration.addTempConv ? 4 : 0 }

    /// The posterior's mean; the encoder has no temporal layers.
    public func latents(of pictures: Tensor, frames: Int) -> Tensor { normalized(encode(pictures).mean) }

    public func pictures(of latents: Tensor, frames: Int, limits: DecodingLimits) -> Tensor {
        decode(denormalized(latents), frames: frames, tile: limits.tile, piece: limits.piece)
    }
}

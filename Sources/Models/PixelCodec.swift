import Tensors

/// No codec: diffusion works on the pixels themselves (Menapace et al., "Snap Video", arXiv 2402.14797).
public struct PixelCodec: PictureCodec {
    public var factor: Int { 1 }
    public var latentChannels: Int { 3 }
    public var temporalContext: Int { 0 }

    public init() {}

    /// The same tensor.
    public func latents(of pictures: Tensor, frames: Int) -> Tensor { pictures }

    /// The same tensor, whatever the limits.
    public func pictures(of latents: Tensor, frames: Int, limits: DecodingLimits) -> Tensor { latents }
}

import Layers
import Tensors

/// The KL autoencoder of latent diffusion with VidRD's temporal decoder (arXiv 2309.03549, section 3.4; diffusers'
/// `AutoencoderKL`, official `TemporalAutoencoderKL`).
public struct Autoencoder {
    public let configuration: AutoencoderConfiguration
    private let encoder: Encoder
    private let decoder: TemporalDecoder
    private let toMoments, fromLatents: Convolution2D

    public init(_ configuration: AutoencoderConfiguration, _ scope: ParameterScope) {
        self.configuration = configuration
        let latents = configuration.latentChannels
        encoder = Encoder(scope.scope("encoder"), configuration)
        decoder = TemporalDecoder(scope.scope("decoder"), configuration)
        toMoments = Convolution2D(scope.scope("quant_conv"), 2 * latents, 2 * latents, kernel: 1)
        fromLatents = Convolution2D(scope.scope("post_quant_conv"), latents, latents, kernel: 1)
    }

    /// The posterior of pictures [batch, height, width, 3] in [-1, 1]: mean and log variance, each
    /// [batch, height / factor, width / factor, latentChannels]. Height and width are multiples of `factor`.
    public func encode(_ pictures: Tensor) -> (mean: Tensor, logVariance: Tensor) {
        let moments = toMoments(encoder(pictures.pixelUnshuffled(configuration.patchSize)))
        let n = configuration.latentChannels
        return (moments.channels(0..<n), moments.channels(n..<2 * n))
    }

    /// Pictures [batch, height, width, 3], about [-1, 1], of raw latents [batch, height / factor, width / factor,
    /// channels].
    ///
    /// - Parameter frames: length of the clips that follow each other in the batch; 1 decodes pictures one by one
    ///   and leaves the temporal layers out, as the official pipeline does.
    ///   - piece: pictures are taken together up to so many numbers of a level; it decides memory, not the result.
    public func decode(_ latents: Tensor, frames: Int = 1, piece: Int = decodingPiece) -> Tensor {
        precondition(latents.shape[0] % frames == 0, "\(latents.shape[0]) pictures are no clips of \(frames)")
        return decoder(fromLatents(latents), frames: frames, piece: piece).pixelShuffled(configuration.patchSize)
    }

    /// Beyond this many numbers, pictures that are decoded together save no time and cost memory.
    public static let decodingPiece = 1 << 24

    /// What diffusion works on: (z - mean) / deviation by channel, or z * scalingFactor.
    public func normalized(_ latents: Tensor) -> Tensor { scaled(latents, inverse: false) }

    /// The inverse of `normalized`.
    public func denormalized(_ latents: Tensor) -> Tensor { scaled(latents, inverse: true) }

    private func scaled(_ latents: Tensor, inverse: Bool) -> Tensor {
        guard let mean = configuration.latentsMean, let deviation = configuration.latentsStd else {
            return latents * (inverse ? 1 / configuration.scalingFactor : configuration.scalingFactor)
        }
        return latents.normalized(mean: mean, deviation: deviation, inverse: inverse)
    }
}

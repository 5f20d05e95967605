import Diffusion

/// Everything that decides which video comes out of a model.
public struct GenerationSettings: Codable, Equatable, Sendable {
    public var prompt: String
    public var negativePrompt: String
    /// Frames of the video.
    public var length: Int
    /// Pixels; multiples of the autoencoder's factor.
    public var width: Int
    public var height: Int
    public var seed: UInt64
    public var steps: Int
    public var sampler: SamplerKind
    /// DDIM's η.
    public var eta: Double
    public var guidanceScale: Float
    /// Guidance acts from one noise level to the other: 0 is the clean end, 1 the noisy one.
    public var guidanceFrom: Double
    public var guidanceTo: Double
    /// The U-Net's coarser levels are computed at every so many steps.
    public var deepReuse: Int
    /// N, M, α, β and order of reuse-and-diffuse.
    public var clipFrames: Int
    public var overlap: Int
    public var noiseRecycle: Double
    public var stagedGuidance: Double
    public var reuseOrder: ReuseOrder
    /// Correlation of the first clip's noise between neighbouring frames.
    public var noiseAlpha: Double
    /// The official pipeline's quirks: noise scaling and decoding frame by frame.
    public var official: Bool

    public init(prompt: String, length: Int, seed: UInt64, model: VideoModel) {
        let defaults = model.defaults
        let side = model.unet.configuration.sampleSize * model.autoencoder.configuration.factor
        self.prompt = prompt
        self.length = length
        self.seed = seed
        negativePrompt = defaults.negativePrompt
        (width, height) = (side, side)
        steps = defaults.steps
        sampler = defaults.sampler
        eta = 0
        guidanceScale = defaults.guidanceScale
        (guidanceFrom, guidanceTo) = (0, 1)
        deepReuse = 1
        clipFrames = defaults.clipFrames
        overlap = min(4, max(0, clipFrames - 1))
        noiseRecycle = 4
        reuseOrder = .forward
        stagedGuidance = reuseOrder.defaultStagedGuidance
        noiseAlpha = defaults.noiseAlpha
        official = false
    }
}

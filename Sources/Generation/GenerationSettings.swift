import Diffusion

/// Everything that decides which video comes out of a model.
///
/// The names of its JSON are those that run records have (`RunRecord`): a member that is added later needs a value for
/// records that lack it.
public struct GenerationSettings: Codable, Equatable, Sendable {
    public var prompt: String
    public var negativePrompt: String
    /// Other prompts for later parts of the video.
    public var promptChanges: [PromptChange]
    /// Frames of the video.
    public var length: Int
    /// Pixels; multiples of the codec's factor.
    public var width: Int
    public var height: Int
    public var seed: UInt64
    public var steps: Int
    public var sampler: SamplerKind
    /// DDIM's η.
    public var eta: Double
    /// What the sampler remembers of frames that staged guidance holds; `official` keeps all of it, whatever stands here.
    public var editHistory: EditHistory
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

    enum CodingKeys: String, CodingKey {
        case prompt, length, width, height, seed, steps, sampler, eta, overlap, official
        case negativePrompt = "negative_prompt"
        case promptChanges = "prompt_changes"
        case editHistory = "edit_history"
        case guidanceScale = "guidance_scale"
        case guidanceFrom = "guidance_from"
        case guidanceTo = "guidance_to"
        case deepReuse = "deep_reuse"
        case clipFrames = "clip_frames"
        case noiseRecycle = "noise_recycle"
        case stagedGuidance = "staged_guidance"
        case reuseOrder = "reuse_order"
        case noiseAlpha = "noise_alpha"
    }

    public init(prompt: String, length: Int, seed: UInt64, model: VideoModel) {
        let defaults = model.defaults
        let size = model.denoiser.latentSize, factor = model.codec.factor
        self.prompt = prompt
        self.length = length
        self.seed = seed
        negativePrompt = defaults.negativePrompt
        promptChanges = []
        (width, height) = (size.width * factor, size.height * factor)
        steps = defaults.steps
        sampler = defaults.sampler
        eta = 0
        editHistory = .restart
        guidanceScale = defaults.guidanceScale
        (guidanceFrom, guidanceTo) = (0, 1)
        deepReuse = 1
        clipFrames = defaults.clipFrames
        overlap = defaults.overlap
        noiseRecycle = defaults.noiseRecycle
        reuseOrder = .forward
        stagedGuidance = reuseOrder.defaultStagedGuidance
        noiseAlpha = defaults.noiseAlpha
        official = false
    }

    /// N, M, α, β and order as a way of making a video. Throws `GenerationError.invalidOption`.
    public func reuse() throws -> ReuseAndDiffuse {
        try ReuseAndDiffuse(
            clipFrames: clipFrames, overlap: overlap, noiseRecycle: noiseRecycle, stagedGuidance: stagedGuidance,
            order: reuseOrder)
    }
}

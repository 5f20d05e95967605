import Diffusion

/// Everything that decides which video comes out of a model: what all methods take, and what the video's own method does.
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
    public var guidanceScale: Float
    /// Guidance acts from one noise level to the other: 0 is the clean end, 1 the noisy one.
    public var guidanceFrom: Double
    public var guidanceTo: Double
    /// The U-Net's coarser levels are computed at every so many steps.
    public var deepReuse: Int
    /// N, frames that the denoiser sees at a time.
    public var clipFrames: Int
    /// Correlation of a clip's noise between neighbouring frames, where it is drawn anew.
    public var noiseAlpha: Double
    /// How a long video is made, with what that way alone is asked.
    public var method: any VideoMethod {
        get { recordedMethod.value }
        set { recordedMethod.value = newValue }
    }

    private var recordedMethod: RecordedMethod

    enum CodingKeys: String, CodingKey {
        case prompt, length, width, height, seed, steps, sampler, eta
        case negativePrompt = "negative_prompt"
        case promptChanges = "prompt_changes"
        case guidanceScale = "guidance_scale"
        case guidanceFrom = "guidance_from"
        case guidanceTo = "guidance_to"
        case deepReuse = "deep_reuse"
        case clipFrames = "clip_frames"
        case noiseAlpha = "noise_alpha"
        case recordedMethod = "method"
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
        guidanceScale = defaults.guidanceScale
        (guidanceFrom, guidanceTo) = (0, 1)
        deepReuse = 1
        clipFrames = defaults.clipFrames
        noiseAlpha = defaults.noiseAlpha
        recordedMethod = RecordedMethod(model.kind.methods[0].init(of: model))
    }

    /// The pieces of the video. Throws `GenerationError.invalidOption`.
    public func graph() throws -> any PieceGraph { try method.graph(self) }

    /// Pieces of the whole video. Throws as `graph`.
    public func clips() throws -> Int {
        let graph = try graph()
        return graph.pieceCount(of: graph.stretches(for: length))
    }

    /// These settings for a video that was begun with others: what no new video may choose is that one's.
    public func inheriting(from earlier: GenerationSettings) -> GenerationSettings {
        var settings = self
        settings.method = method.inheriting(from: earlier.method)
        return settings
    }
}

extension GenerationSettings {
    /// Reads what is written, and settings of records of version 1: those had one method, whose settings stood among the
    /// others.
    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys) throws -> Value { try c.decode(Value.self, forKey: key) }
        prompt = try read(.prompt)
        negativePrompt = try read(.negativePrompt)
        promptChanges = try read(.promptChanges)
        (length, width, height) = (try read(.length), try read(.width), try read(.height))
        (seed, steps, sampler, eta) = (try read(.seed), try read(.steps), try read(.sampler), try read(.eta))
        guidanceScale = try read(.guidanceScale)
        (guidanceFrom, guidanceTo) = (try read(.guidanceFrom), try read(.guidanceTo))
        deepReuse = try read(.deepReuse)
        (clipFrames, noiseAlpha) = (try read(.clipFrames), try read(.noiseAlpha))
        recordedMethod = c.contains(.recordedMethod)
            ? try read(.recordedMethod) : RecordedMethod(try ReuseAndDiffuse(from: decoder))
    }
}

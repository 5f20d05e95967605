import Diffusion

/// What a model asks of generation where the user says nothing: `generation_config.json` of its folder.
public struct GenerationDefaults: Codable, Equatable, Sendable {
    /// Frames of one clip, as the video stage trained it.
    public var clipFrames: Int
    public var framesPerSecond: Double
    public var guidanceScale: Float
    public var steps: Int
    public var sampler: SamplerKind
    public var negativePrompt: String
    /// Correlation of the first clip's noise between neighbouring frames.
    public var noiseAlpha: Double
    /// α of past-dependent noise sampling. What is new in a clip's noise is drawn frame by frame, so where neighbouring frames
    /// are to have similar noise (`noiseAlpha`), the paper's 4 wears that down clip by clip, and a larger one keeps it.
    public var noiseRecycle: Double

    enum CodingKeys: String, CodingKey {
        case clipFrames = "clip_frames"
        case framesPerSecond = "fps"
        case guidanceScale = "guidance_scale"
        case steps = "num_inference_steps"
        case sampler
        case negativePrompt = "negative_prompt"
        case noiseAlpha = "noise_alpha"
        case noiseRecycle = "noise_recycle"
    }

    /// The paper's α, which folders that say nothing get (section 3.3).
    private static let paperNoiseRecycle = 4.0

    /// The published pipeline's settings (official `configs/example.yaml`).
    public static let official = GenerationDefaults(
        clipFrames: 8, framesPerSecond: 4, guidanceScale: 10, steps: 50, sampler: .ddim, negativePrompt: "watermark",
        noiseAlpha: 0, noiseRecycle: paperNoiseRecycle)

    /// diffusers' text-to-video pipeline.
    public static let modelScope = GenerationDefaults(
        clipFrames: 16, framesPerSecond: 8, guidanceScale: 9, steps: 50, sampler: .ddim, negativePrompt: "",
        noiseAlpha: 0, noiseRecycle: paperNoiseRecycle)

    public static let starter = GenerationDefaults(
        clipFrames: 16, framesPerSecond: 8, guidanceScale: 5, steps: 14, sampler: .unipc, negativePrompt: "",
        noiseAlpha: 3, noiseRecycle: 16)

    /// The file's name in a model's folder.
    static let fileName = "generation_config.json"
}

extension GenerationDefaults {
    /// Throws `DecodingError` where a key other than `noise_recycle` is missing or a value out of range: later it would be
    /// refused as if the user had asked for it, or end the program.
    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ allowed: String, _ isAllowed: (Value) -> Bool) throws -> Value {
            let value = try c.decode(Value.self, forKey: key)
            guard isAllowed(value) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: c, debugDescription: "is \(value) and must be \(allowed)")
            }
            return value
        }
        clipFrames = try read(.clipFrames, "from 1 to 1024", (1...1024).contains)
        framesPerSecond = try read(.framesPerSecond, "above 0 and up to 1000") { $0 > 0 && $0 <= 1000 }
        guidanceScale = try read(.guidanceScale, "from 0 to 100") { (0...100).contains($0) }
        steps = try read(.steps, "from 1 to 100000", (1...100_000).contains)
        sampler = try c.decode(SamplerKind.self, forKey: .sampler)
        negativePrompt = try c.decode(String.self, forKey: .negativePrompt)
        noiseAlpha = try read(.noiseAlpha, "from 0 to 1000000", (0...1e6).contains)
        noiseRecycle = c.contains(.noiseRecycle)
            ? try read(.noiseRecycle, "from 0 to 1000000", (0...1e6).contains) : Self.paperNoiseRecycle
    }
}

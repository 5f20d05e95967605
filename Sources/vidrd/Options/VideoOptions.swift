import ArgumentParser
import Diffusion
import Foundation
import Generation

/// What decides a video besides its prompt; nil leaves a matter to the model.
///
/// A line of a prompt file has the same options as the command line, read by the same parser.
struct VideoOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Frames of the video (default: one clip).",
        transform: OptionValues.whole(1...longest))
    var length: Int?

    @Option(
        parsing: .unconditional, help: "Length in seconds, in place of --length.",
        transform: OptionValues.positive(upTo: 1e6))
    var duration: Double?

    @Option(
        parsing: .unconditional, help: "Length in clips, in place of --length.",
        transform: OptionValues.whole(1...1_000_000))
    var clips: Int?

    @Option(
        parsing: .unconditional, help: "Frames per second (default: the model's).",
        transform: OptionValues.positive(upTo: 1000))
    var fps: Double?

    @Option(
        help: ArgumentHelp("Pixels (default: the size that the model was trained on).", valueName: "WxH"),
        transform: PictureSize.read)
    var size: PictureSize?

    @Option(
        parsing: .unconditional, help: "Denoising steps: more is slower and finer.",
        transform: OptionValues.whole(from: 1))
    var steps: Int?

    @Option(
        parsing: .unconditional, help: "How closely the prompt is followed; 1 or less does without guidance.",
        transform: OptionValues.guidance)
    var guidance: Double?

    @Option(
        help: ArgumentHelp(
            "Noise levels at which guidance acts, 0 for the clean end and 1 for the noisy one (default: 0:1). Less is faster.",
            valueName: "from:to"),
        transform: NoiseInterval.read)
    var guidanceInterval: NoiseInterval?

    @Option(
        parsing: .unconditional,
        help: "Compute the U-Net's coarser levels at every so many steps (default: 1). More is faster and rougher.",
        transform: OptionValues.whole(1...100))
    var deepReuse: Int?

    @Option(parsing: .unconditional, help: "What the video should not show.")
    var negative: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            """
            Another prompt from a frame on, counted from 0: from the first clip that begins there or later (may be given \
            again).
            """, valueName: "frame:prompt"),
        transform: PromptChange.read)
    var promptAt: [PromptChange] = []

    @Option(
        parsing: .unconditional, help: "Number from which all randomness comes (default: drawn, and printed).",
        transform: OptionValues.seed)
    var seed: UInt64?

    @Option(
        help: "Way of denoising: \(SamplerKind.allCases.map(\.rawValue).joined(separator: ", ")).",
        completion: .list(SamplerKind.allCases.map(\.rawValue)),
        transform: OptionValues.sampler)
    var sampler: SamplerKind?

    @Option(
        parsing: .unconditional, help: "Noise that ddim adds, 0 to 1 (default: 0).",
        transform: OptionValues.number(0...1))
    var eta: Double?

    @Option(
        help: ArgumentHelp(
            "Way of making long videos: \(ModelKind.methods.map { $0.name }.joined(separator: ", ")) (default: the model's).",
            valueName: "name"),
        completion: .list(ModelKind.methods.map { $0.name }), transform: OptionValues.method)
    var method: String?

    @Option(
        parsing: .unconditional, help: "N: frames of one clip (default: as the model was trained).",
        transform: OptionValues.whole(1...1024))
    var clipFrames: Int?

    @Option(
        parsing: .unconditional, help: "M: frames that a clip shares with the one before (default: 4).",
        transform: OptionValues.whole(0...1023))
    var overlap: Int?

    @Option(
        parsing: .unconditional, help: "Alpha: how much of its noise a clip has from the one before (default: the model's).",
        transform: OptionValues.number(0...1e6))
    var noiseRecycle: Double?

    @Option(
        parsing: .unconditional,
        help: "Beta: share of the steps that hold the shared frames to the clip before, 0 to 1 (default: 1; reversed: 0.4).",
        transform: OptionValues.number(0...1))
    var stagedGuidance: Double?

    @Option(
        parsing: .unconditional,
        help: "How much of its noise a frame of the first clip has from the frame before; 0: none (default: the model's).",
        transform: OptionValues.number(0...1e6))
    var noiseAlpha: Double?

    @Option(
        help: ArgumentHelp(
            "forward: motion goes on, shared frames are shown once (default). reversed: as in the paper.",
            valueName: "order"),
        completion: .list(ReuseOrder.allCases.map(\.rawValue)),
        transform: OptionValues.order)
    var reuseOrder: ReuseOrder?

    @Option(
        help: ArgumentHelp(
            "official: frames as the published pipeline makes them, reversed order and its quirks included.",
            valueName: "whose"),
        completion: .list([Compatibility.official.rawValue]),
        transform: Compatibility.read)
    var compat: Compatibility?

    /// Beyond this, numbers of frames and bytes would no longer be exact.
    private static let longest = 1_000_000_000

    func validate() throws {
        if [length != nil, duration != nil, clips != nil].count(where: { $0 }) > 1 {
            throw ValidationError("--length, --duration and --clips all say how long the video is; give one of them")
        }
        try checkTogether()
    }

    /// Refuses values that are allowed each by itself and not together.
    func checkTogether() throws {
        if let clipFrames, let overlap, overlap >= clipFrames {
            throw ValidationError(
                "--overlap is \(overlap); allowed are 0 to \(clipFrames - 1), "
                    + "less than the \(clipFrames) frames of a clip")
        }
    }

    /// The options' names, as a prompt file may use them.
    static let names = [
        "length", "duration", "clips", "fps", "size", "steps", "guidance", "guidance-interval", "deep-reuse", "negative",
        "prompt-at", "seed", "sampler", "eta",
        "method", "clip-frames", "overlap", "noise-recycle", "staged-guidance", "noise-alpha", "reuse-order", "compat",
    ]

    /// These options, and `base` where they say nothing.
    func over(_ base: VideoOptions) -> VideoOptions {
        var result = self
        if length == nil, duration == nil, clips == nil {
            (result.length, result.duration, result.clips) = (base.length, base.duration, base.clips)
        }
        result.fps = fps ?? base.fps
        result.size = size ?? base.size
        result.steps = steps ?? base.steps
        result.guidance = guidance ?? base.guidance
        result.guidanceInterval = guidanceInterval ?? base.guidanceInterval
        result.deepReuse = deepReuse ?? base.deepReuse
        result.negative = negative ?? base.negative
        result.promptAt = promptAt.isEmpty ? base.promptAt : promptAt
        result.seed = seed ?? base.seed
        result.sampler = sampler ?? base.sampler
        result.eta = eta ?? base.eta
        result.method = method ?? base.method
        result.clipFrames = clipFrames ?? base.clipFrames
        result.overlap = overlap ?? base.overlap
        result.noiseRecycle = noiseRecycle ?? base.noiseRecycle
        result.stagedGuidance = stagedGuidance ?? base.stagedGuidance
        result.noiseAlpha = noiseAlpha ?? base.noiseAlpha
        result.reuseOrder = reuseOrder ?? base.reuseOrder
        result.compat = compat ?? base.compat
        return result
    }

    /// The settings for a prompt, with the model's own where the options are silent. Throws `GenerationError`.
    func settings(for prompt: String, seed: UInt64, model: VideoModel) throws -> GenerationSettings {
        let base = GenerationSettings(prompt: prompt, length: 1, seed: seed, model: model)
        var settings = try self.settings(over: base, fps: framesPerSecond(of: model), model: model)
        if length == nil, duration == nil, clips == nil { settings.length = settings.clipFrames }
        return settings
    }

    /// Other settings, with what the options say in place of theirs. Throws `GenerationError`.
    func settings(over base: GenerationSettings, fps: Double, model: VideoModel) throws -> GenerationSettings {
        var settings = base
        try choose(&settings, for: model)
        settings.seed = seed ?? base.seed
        if let size { (settings.width, settings.height) = (size.width, size.height) }
        settings.steps = steps ?? base.steps
        settings.guidanceScale = guidance.map { Float($0) } ?? base.guidanceScale
        if let guidanceInterval { (settings.guidanceFrom, settings.guidanceTo) = (guidanceInterval.from, guidanceInterval.to) }
        settings.deepReuse = deepReuse ?? base.deepReuse
        settings.negativePrompt = negative ?? base.negativePrompt
        if !promptAt.isEmpty { settings.promptChanges = promptAt }
        settings.sampler = sampler ?? base.sampler
        settings.eta = eta ?? base.eta
        if let clipFrames {
            settings.clipFrames = clipFrames
            settings.method.adapt(toClipsOf: clipFrames)
        }
        if compat == .official { settings.noiseAlpha = 0 }
        settings.noiseAlpha = noiseAlpha ?? settings.noiseAlpha
        if let reuse = settings.reuse { settings.reuse = self.reuse(over: reuse) }
        settings.length = try frames(settings, fps: fps)
        return settings
    }

    /// Takes the method that was asked for, and refuses options that it does not know.
    private func choose(_ settings: inout GenerationSettings, for model: VideoModel) throws {
        if let method, method != type(of: settings.method).name {
            guard let chosen = model.kind.methods.first(where: { $0.name == method }) else {
                throw GenerationError.invalidOption(
                    name: "method", found: "\"\(method)\"",
                    allowed: "\(model.kind.methods.map { $0.name }.joined(separator: ", ")) with a model of \(model.kind.title)")
            }
            settings.method = chosen.init(of: model)
        }
        try type(of: settings.method).check(options: givenOfMethods)
    }

    /// The options that are given of those that not every method takes.
    private var givenOfMethods: [String] {
        [
            ("overlap", overlap != nil), ("noise-recycle", noiseRecycle != nil), ("staged-guidance", stagedGuidance != nil),
            ("reuse-order", reuseOrder != nil), ("compat", compat != nil),
        ].filter(\.1).map(\.0)
    }

    private func reuse(over base: ReuseAndDiffuse) -> ReuseAndDiffuse {
        var reuse = base
        reuse.overlap = overlap ?? base.overlap
        if compat == .official {
            reuse.official = true
            reuse.order = .reversed
            reuse.noiseRecycle = GenerationDefaults.official.noiseRecycle
        }
        reuse.noiseRecycle = noiseRecycle ?? reuse.noiseRecycle
        reuse.order = reuseOrder ?? reuse.order
        // An order that is not the one of before brings its own.
        if reuse.order != base.order { reuse.stagedGuidance = reuse.order.defaultStagedGuidance }
        reuse.stagedGuidance = stagedGuidance ?? reuse.stagedGuidance
        return reuse
    }

    func framesPerSecond(of model: VideoModel) -> Double { fps ?? model.defaults.framesPerSecond }

    private func frames(_ settings: GenerationSettings, fps: Double) throws -> Int {
        if let length { return length }
        if let duration { return min(Self.longest, max(1, Int((duration * fps).rounded()))) }
        guard let clips else { return settings.length }
        return try settings.graph().frames(of: clips - 1).upperBound
    }
}

extension PromptChange {
    /// Reads "64:a boat".
    @Sendable static func read(_ text: String) throws -> PromptChange {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let frame = Int(parts[0]), (1...1_000_000_000).contains(frame),
            !parts[1].allSatisfy(\.isWhitespace)
        else { throw ValidationError("allowed is FRAME:PROMPT with a frame from 1 on, such as 64:\"a boat in a storm\"") }
        return PromptChange(frame: frame, prompt: parts[1].trimmingCharacters(in: .whitespaces))
    }
}

import Diffusion
import Models
import Tensors

/// In which direction a new clip continues the one before it.
public enum ReuseOrder: String, Codable, CaseIterable, Sendable {
    /// The paper's: the overlap is the end of the past clip backwards in time, and all frames are shown.
    case reversed
    /// The overlap is the end of the past clip as it was, and is shown once.
    case forward

    /// β where nobody says: the paper's; forward order, where the border between clips is seen, needs all of it (the
    /// README has the measurements).
    public var defaultStagedGuidance: Double { self == .reversed ? 0.4 : 1 }
}

/// VidRD's way of making a long video clip by clip from the latent noise of the clip before (arXiv 2309.03549,
/// section 3.3; official `SDVideoPipeline.__call__`): M, α, β and order. `ReuseChain` is what they come to for clips of a
/// length.
public struct ReuseAndDiffuse: VideoMethod {
    public static let name = "reuse-and-diffuse"
    public static let options = ["overlap", "noise-recycle", "staged-guidance", "reuse-order", "compat"]

    /// M, frames that a clip shares with the one before; 0 to one less than a clip has.
    public var overlap: Int
    /// α, 0 or more: how much of its noise a clip has from the one before.
    public var noiseRecycle: Double
    /// β, 0 to 1: the share of the steps that hold the shared frames to the clip before.
    public var stagedGuidance: Double
    public var order: ReuseOrder
    /// What the sampler remembers of frames that staged guidance holds; `official` keeps all of it, whatever stands here.
    public var editHistory = EditHistory.restart
    /// The official pipeline's quirks: noise scaling and decoding frame by frame.
    public var official = false

    enum CodingKeys: String, CodingKey {
        case overlap, official
        case noiseRecycle = "noise_recycle"
        case stagedGuidance = "staged_guidance"
        case order = "reuse_order"
        case editHistory = "edit_history"
    }

    public init(of model: VideoModel) {
        overlap = Self.overlap(of: model.defaults.clipFrames)
        noiseRecycle = model.defaults.noiseRecycle
        order = .forward
        stagedGuidance = order.defaultStagedGuidance
    }

    /// M where nobody says.
    static func overlap(of clipFrames: Int) -> Int { min(4, max(0, clipFrames - 1)) }

    public mutating func adapt(toClipsOf frames: Int) { overlap = Self.overlap(of: frames) }

    /// A run that was begun with the old way of remembering edits goes on with it.
    public mutating func inherit(from earlier: Self) { editHistory = earlier.editHistory }

    public var decodesFrameByFrame: Bool { official }

    /// Throws `GenerationError.invalidOption`.
    public func chain(clipFrames: Int) throws -> ReuseChain {
        try ReuseChain(
            clipFrames: clipFrames, overlap: overlap, noiseRecycle: noiseRecycle, stagedGuidance: stagedGuidance, order: order)
    }

    public func graph(_ settings: GenerationSettings) throws -> any PieceGraph { try chain(clipFrames: settings.clipFrames) }

    public func makeMaker(_ settings: GenerationSettings, _ denoiser: GuidedDenoiser) throws -> any PieceMaker {
        try ReuseMaker(self, settings, denoiser)
    }
}

extension GenerationSettings {
    /// What a video asks of reuse and diffuse; nil where it is made in another way.
    public var reuse: ReuseAndDiffuse? {
        get { method as? ReuseAndDiffuse }
        set { if let newValue { method = newValue } }
    }
}

/// Makes the clips of a chain.
private final class ReuseMaker: PieceMaker {
    private let settings: GenerationSettings
    private let chain: ReuseChain
    private let prior: NoisePrior
    private let history: EditHistory
    private let loop: DenoisingLoop

    init(_ method: ReuseAndDiffuse, _ settings: GenerationSettings, _ denoiser: GuidedDenoiser) throws {
        self.settings = settings
        chain = try method.chain(clipFrames: settings.clipFrames)
        prior = try NoisePrior(
            .progressive, alpha: settings.noiseAlpha, scaling: method.official ? .official : .unitVariance)
        history = method.official ? .keep : method.editHistory
        loop = try DenoisingLoop(settings, denoiser)
    }

    func make(_ piece: PieceID, from given: PieceInputs, _ watch: StepWatch) throws -> Piece {
        // One stream of random numbers for all clips, as the official pipeline has it.
        let past = piece.index == 0 ? nil : given.carry(of: PieceID(piece.index - 1))
        var generator = past?.generator ?? TorchGenerator(seed: settings.seed)
        let noise: Tensor
        if let past {
            let fresh = generator.channelsLastNormal(loop.shape, std: chain.freshDeviation)
            noise = chain.initialNoise(past: past.tensors[0], fresh: fresh)
        } else {
            noise = loop.scaled(prior.draw(loop.shape, from: &generator))
        }
        var trajectory: [Tensor] = []
        let latents = try loop.denoise(noise, of: piece.index, random: &generator, history: history, watch) { latents, step, steps in
            let edited = past.map { chain.guide(latents, step: step, of: steps, past: $0.tensors[step]) } ?? .none
            trajectory.append(latents.copied())
            return edited
        }
        return Piece(latents: latents, carry: PieceCarry(tensors: trajectory, generator: generator))
    }

    func frames(of stretch: Int, from sources: [Piece]) -> StretchFrames {
        let shown = stretch == 0 || chain.order == .reversed ? 0 : chain.overlap
        return .latents(sources[0].latents.slice(0).slice(shown..<chain.clipFrames))
    }

    func check(_ piece: Piece, as _: PieceID) throws {
        guard piece.latents.shape == loop.shape else {
            throw PieceMismatch("its latents are \(piece.latents.shape), and the settings lead to \(loop.shape)")
        }
    }

    func check(_ carry: PieceCarry, of _: PieceID) throws {
        guard carry.generator != nil else { throw PieceMismatch("it does not say where the random numbers stand") }
        guard carry.tensors.count == loop.steps, carry.tensors.allSatisfy({ $0.shape == loop.shape }) else {
            throw PieceMismatch(
                "its latents are \(carry.tensors.count) steps of \(carry.tensors.first?.shape ?? []), and the settings lead to \(loop.steps) of \(loop.shape)")
        }
    }
}

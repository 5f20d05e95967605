import Diffusion
import Layers
import Models
import Tensors
import Video

/// What happens while a video is made.
public enum GenerationEvent: Sendable {
    /// A denoising step of a piece is done; both counts begin at 1.
    case step(clip: Int, clips: Int, step: Int, steps: Int)
    /// Frames of the video have been handed over.
    case frames(done: Int, of: Int)
}

/// Makes one video, whatever its method: piece after piece, decoded as they come.
///
/// Pieces are made when frames are asked for, and nothing is kept but what others need, so memory does not grow with the
/// length.
///
///     let generator = try VideoGenerator(model, settings)
///     while let frames = try generator.next() { … }
public final class VideoGenerator {
    public let settings: GenerationSettings
    /// Pieces of the whole video.
    public let clips: Int
    /// The prompts of the video's parts.
    public let prompts: PromptPlan
    /// Told of every step; an error that it throws ends the making, and `next` throws it.
    public var onEvent: ((GenerationEvent) throws -> Void)?
    /// Shown the model's idea of the clean clip after every step, just before the step's event: latents
    /// [1, frames, height, width, channels], which `LatentColours` makes pictures of.
    public var onPrediction: ((Tensor) -> Void)?
    /// Told of a piece that was damaged where it is kept and is made again, with what was wrong.
    public var onRemade: ((PieceID, any Error) -> Void)?
    /// Asked again and again while other workers make what is needed; what it throws ends the waiting.
    public var onWait: (() throws -> Void)?

    private let graph: any PieceGraph
    private let denoiser: GuidedDenoiser
    private let maker: any PieceMaker
    private var scheduler: PieceScheduler
    private var decoder: FrameDecoder
    /// Latents that the last stretch has brought, [frames, height, width, channels]; nil where it brought pictures.
    public private(set) var stretchLatents: Tensor?
    /// Latents of the frames that were handed over last, [frames, height, width, channels].
    public private(set) var frameLatents: Tensor?

    /// - Parameter plan: how memory is spared.
    ///
    /// Throws `GenerationError` or `DiffusionError` for settings out of range.
    public init(_ model: VideoModel, _ settings: GenerationSettings, plan: MemoryPlan = .unlimited) throws {
        self.settings = settings
        let factor = model.codec.factor
        guard settings.length >= 1 else {
            throw GenerationError.invalidOption(name: "length", found: "\(settings.length)", allowed: "1 or more frames")
        }
        guard settings.width > 0, settings.height > 0, settings.width % factor == 0, settings.height % factor == 0 else {
            throw GenerationError.invalidOption(
                name: "size", found: "\(settings.width)x\(settings.height)",
                allowed: "multiples of \(factor), such as \(max(1, settings.width / factor) * factor)x\(max(1, settings.height / factor) * factor)")
        }
        graph = try settings.graph()
        prompts = try PromptPlan(settings)
        clips = try settings.clips()
        denoiser = try GuidedDenoiser(model, settings, prompts, plan: plan)
        maker = try settings.method.makeMaker(settings, denoiser)
        scheduler = PieceScheduler(graph, stretches: graph.stretches(for: settings.length), PieceMemory(), maker)
        decoder = FrameDecoder(model.codec, settings, tile: plan.decoderTile)
        watch(scheduler)
    }

    /// Warnings about the prompts.
    public var warnings: [String] { denoiser.warnings }

    /// Keeps the pieces in a store from the first on or from where they were left: what is there is not made again.
    ///
    /// Throws `RunError.damaged` for what cannot be mended, also where what is there does not fit the settings.
    public func keep(in store: any PieceStore) throws {
        precondition(decoder.done == 0, "a store is chosen before the first frame")
        scheduler = scheduler(of: store)
        try scheduler.resume()
    }

    /// Makes pieces of a video whose frames somebody else hands over, until all are made, by whomever.
    ///
    /// - Parameter store: shared with whoever leads.
    public func work(in store: any PieceStore) throws { try withoutGradients { try scheduler(of: store).work() } }

    private func scheduler(of store: any PieceStore) -> PieceScheduler {
        let made = PieceScheduler(graph, stretches: graph.stretches(for: settings.length), store, maker)
        watch(made)
        return made
    }

    /// Passes on what the scheduler tells to whoever listens when it is told.
    private func watch(_ scheduler: PieceScheduler) {
        scheduler.onStep = { [unowned self] clip, step, steps, prediction in
            onPrediction?(prediction)
            try onEvent?(.step(clip: clip, clips: clips, step: step, steps: steps))
        }
        scheduler.onRemade = { [unowned self] in onRemade?($0, $1) }
        scheduler.onWait = { [unowned self] in try onWait?() }
    }

    /// The frames that are ready next (`FrameDecoder`); nil after the last.
    ///
    /// Throws what making them throws, after which the pieces that were saved are still there, and asking again goes on from
    /// them.
    public func next() throws -> [Frame]? {
        // A model may be in training: what it makes is looked at, and nothing of it is recorded.
        try withoutGradients {
            guard decoder.done < settings.length, let made = try scheduler.nextStretch() else { return nil }
            StoragePool.shared.trim(above: Self.keptBetweenPhases)
            let frames: [Frame]
            switch made {
            case .latents(let latents):
                let decoded = decoder.decode(latents, of: settings.length)
                (frames, stretchLatents, frameLatents) = (decoded.frames, latents, decoded.latents)
            case .pictures(let pictures):
                frames = decoder.take(pictures, of: settings.length)
                (stretchLatents, frameLatents) = (nil, nil)
            }
            StoragePool.shared.trim(above: Self.keptBetweenPhases)
            try onEvent?(.frames(done: decoder.done, of: settings.length))
            return frames
        }
    }

    /// All frames that are left. Throws as `next`.
    public func frames() throws -> [Frame] {
        var all: [Frame] = []
        while let frames = try next() { all += frames }
        return all
    }

    /// The frames of finished pieces that wait for the next one: where generation is ended before its last, they are what is
    /// left to show.
    public var waiting: [Frame] { decoder.waiting }

    /// Free memory that network and decoder leave to one another; to ask the system for more costs more than it saves.
    private static let keptBetweenPhases = 256 << 20
}

import Diffusion
import Generation
import Tensors

/// Windows that slide over the video, each with noise that is the first one's in another order, and blended where they
/// overlap (after FreeNoise, arXiv 2310.15169, which blends within the network): what it takes to add a method.
struct FreeNoise: VideoMethod {
    static let name = "free-noise"
    static let options = ["overlap"]

    /// Frames that neighbouring windows share; at most half of one.
    var overlap: Int

    init(of model: VideoModel) { overlap = model.defaults.clipFrames / 2 }

    mutating func adapt(toClipsOf frames: Int) { overlap = frames / 2 }

    func graph(_ settings: GenerationSettings) throws -> any PieceGraph { try windows(settings) }

    func makeMaker(_ settings: GenerationSettings, _ denoiser: GuidedDenoiser) throws -> any PieceMaker {
        WindowMaker(try windows(settings), seed: settings.seed, try DenoisingLoop(settings, denoiser))
    }

    private func windows(_ settings: GenerationSettings) throws -> Windows {
        guard settings.clipFrames >= 1, (0...settings.clipFrames / 2).contains(overlap) else {
            throw GenerationError.invalidOption(name: "overlap", found: "\(overlap)", allowed: "0 to \(settings.clipFrames / 2)")
        }
        return Windows(size: settings.clipFrames, overlap: overlap)
    }
}

/// Window after window, none of which needs another: frames are shown when the window before has been made as well.
private struct Windows: PieceGraph {
    let size, overlap: Int
    var stride: Int { size - overlap }

    func frames(of stretch: Int) -> Range<Int> { stretch * stride..<(stretch + 1) * stride }
    func pieces(of stretch: Int) -> [PieceID] { [PieceID(stretch)] }
    func sources(of stretch: Int) -> [PieceID] { (max(0, stretch - 1)...stretch).map { PieceID($0) } }
    func needs(of _: PieceID) -> [PieceNeed] { [] }
    func expired(after stretch: Int) -> [PieceNeed] { stretch == 0 ? [] : [.latents(PieceID(stretch - 1))] }
}

private final class WindowMaker: PieceMaker {
    private let windows: Windows
    private let seed: UInt64
    private let loop: DenoisingLoop

    init(_ windows: Windows, seed: UInt64, _ loop: DenoisingLoop) { (self.windows, self.seed, self.loop) = (windows, seed, loop) }

    func make(_ piece: PieceID, from _: PieceInputs, _ watch: StepWatch) throws -> Piece {
        var shared = PieceNoise.generator(seed: seed, PieceID(0, level: 1))
        let first = shared.channelsLastNormal(loop.shape).slice(0), from = windows.frames(of: piece.index).lowerBound
        let noise = Tensor.stacked((from..<from + windows.size).map { first.slice(source(of: $0)..<source(of: $0) + 1) })
        var random = PieceNoise.generator(seed: seed, piece)
        return Piece(latents: try loop.denoise(loop.scaled(noise.reshaped(loop.shape)), of: piece.index, random: &random, watch))
    }

    /// The frame of the first window whose noise a frame of the video has: beyond that window they come round shuffled.
    private func source(of frame: Int) -> Int {
        guard frame >= windows.size else { return frame }
        var random = PieceNoise.generator(seed: seed, PieceID(frame / windows.size, level: 2))
        let keys = random.randn([windows.size]).values
        return keys.indices.sorted { keys[$0] < keys[$1] }[frame % windows.size]
    }

    func frames(of stretch: Int, from sources: [Piece]) -> StretchFrames {
        let (stride, overlap) = (windows.stride, windows.overlap)
        guard stretch > 0, overlap > 0 else { return .latents(sources[sources.count - 1].latents.slice(0).slice(0..<stride)) }
        let (past, now) = (sources[0].latents.slice(0), sources[1].latents.slice(0))
        return .latents(.stacked((0..<stride).map { frame in
            let new = now.slice(frame..<frame + 1), share = Float(frame + 1) / Float(overlap + 1)
            return frame < overlap ? new * share + past.slice(stride + frame..<stride + frame + 1) * (1 - share) : new
        }))
    }
}

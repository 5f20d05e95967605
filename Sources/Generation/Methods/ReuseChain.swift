import Diffusion
import Tensors

/// The clips of a video that is made by `ReuseAndDiffuse`, each from the latent noise of the clip before.
///
/// A clip's *trajectory* is its latents before each denoising step, [1, frames, height, width, channels].
public struct ReuseChain: PieceGraph, Equatable, Sendable {
    /// N, frames of a clip.
    public let clipFrames: Int
    /// M, frames that a clip shares with the one before.
    public let overlap: Int
    /// α of past-dependent noise sampling: 0 draws new noise, large values repeat the past clip's.
    public let noiseRecycle: Double
    /// β of denoising with staged guidance: the share of the steps during which the overlap is held to the past clip.
    public let stagedGuidance: Double
    public let order: ReuseOrder

    /// Throws `GenerationError.invalidOption`.
    public init(clipFrames: Int, overlap: Int, noiseRecycle: Double, stagedGuidance: Double, order: ReuseOrder) throws {
        guard clipFrames >= 1 else {
            throw GenerationError.invalidOption(name: "clip length", found: "\(clipFrames)", allowed: "1 or more frames")
        }
        guard overlap >= 0, overlap < clipFrames else {
            throw GenerationError.invalidOption(
                name: "overlap", found: "\(overlap)", allowed: "0 to \(clipFrames - 1), less than the \(clipFrames) frames of a clip")
        }
        guard noiseRecycle >= 0, noiseRecycle.isFinite else {
            throw GenerationError.invalidOption(name: "noise recycle", found: "\(noiseRecycle)", allowed: "0 or more")
        }
        guard (0...1).contains(stagedGuidance) else {
            throw GenerationError.invalidOption(name: "staged guidance", found: "\(stagedGuidance)", allowed: "0 to 1")
        }
        self.clipFrames = clipFrames
        self.overlap = overlap
        self.noiseRecycle = noiseRecycle
        self.stagedGuidance = stagedGuidance
        self.order = order
    }

    // MARK: Pieces

    public func frames(of stretch: Int) -> Range<Int> { end(of: stretch)..<end(of: stretch + 1) }
    public func pieces(of stretch: Int) -> [PieceID] { [PieceID(stretch)] }
    public func pieceCount(of stretches: Int) -> Int { stretches }
    public func sources(of stretch: Int) -> [PieceID] { [PieceID(stretch)] }
    public func needs(of piece: PieceID) -> [PieceNeed] { piece.index == 0 ? [] : [.carry(PieceID(piece.index - 1))] }

    /// What the newest clip hands on stays: a longer video goes on from there.
    public func expired(after stretch: Int) -> [PieceNeed] {
        [.latents(PieceID(stretch))] + (stretch == 0 ? [] : [.carry(PieceID(stretch - 1))])
    }

    // MARK: Frames

    /// Frames that each clip after the first adds to the video.
    public var newFrames: Int { order == .reversed ? clipFrames : clipFrames - overlap }

    private func end(of clips: Int) -> Int { clips < 1 ? 0 : clipFrames + (clips - 1) * newFrames }

    /// The past clip's frame that stands behind frame `index` of a new clip: in the overlap the one it continues,
    /// beyond it the one whose noise it recycles, mirrored at the border so that neighbours stay neighbours.
    package func source(of index: Int) -> Int {
        switch order {
        case .reversed: clipFrames - 1 - index
        case .forward:
            index < overlap ? clipFrames - overlap + index : max(0, clipFrames - 1 - (index - overlap))
        }
    }

    /// The initial noise of a clip: frame-level noise reversion in the overlap, past-dependent noise sampling beyond.
    ///
    /// - Parameters:
    ///   - past: initial noise of the clip before.
    ///   - fresh: noise of variance 1 / (1 + α²), drawn for the whole clip as the official code draws it.
    package func initialNoise(past: Tensor, fresh: Tensor) -> Tensor {
        let result = Tensor(uninitialized: past.shape), size = past.count / clipFrames
        let carried = Float(noiseRecycle / (1 + noiseRecycle * noiseRecycle).squareRoot())
        for index in 0..<clipFrames {
            let from = past.pointer + source(of: index) * size, to = result.pointer + index * size
            if index < overlap {
                to.update(from: from, count: size)
            } else {
                let new = fresh.pointer + index * size
                for i in 0..<size { to[i] = carried * from[i] + new[i] }
            }
        }
        return result
    }

    /// Standard deviation of `fresh` above.
    package var freshDeviation: Double { 1 / (1 + noiseRecycle * noiseRecycle).squareRoot() }

    /// Denoising with staged guidance: puts the past clip's latents of the same step into the overlap, for most steps
    /// where a frame meets the past clip's last one: the first frame of the paper's order, the last of the overlap in the
    /// forward order. Works in place on latents that nobody else holds.
    /// - Returns: the frames that were replaced, for the sampler to know.
    @discardableResult
    package func guide(_ latents: Tensor, step: Int, of steps: Int, past: Tensor) -> EditedFrames {
        let size = latents.count / clipFrames
        var held: [Int] = []
        for index in 0..<overlap {
            let stage = order == .reversed ? overlap - index : index + 1
            guard Double(step) < Double(stage) * (Double(steps) / Double(overlap)) * stagedGuidance else { continue }
            (latents.pointer + index * size).update(from: past.pointer + source(of: index) * size, count: size)
            held.append(index)
        }
        return EditedFrames(held)
    }
}

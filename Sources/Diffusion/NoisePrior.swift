import Tensors

/// How the frames of a clip's initial noise hang together (Ge et al., "Preserve Your Own Correlation",
/// 2305.10474, section 4).
public struct NoisePrior: Sendable, Equatable {
    /// The kinds of correlation between frames.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// No correlation; the whole clip is drawn at once.
        case independent
        /// All frames share one noise and add their own.
        case mixed
        /// Every frame continues the one before. VidRD's pipeline draws this, with α = 0 by default: then
        /// frames are independent but drawn one by one.
        case progressive
    }

    /// How the noise is scaled.
    public enum Scaling: String, Codable, CaseIterable, Sendable {
        /// Every value has unit variance, as the paper has it.
        case unitVariance = "unit"
        /// VidRD's code, which takes the paper's variances for standard deviations: 1/(1+α²) in place of
        /// 1/√(1+α²), and α²/(1+α²) in place of α/√(1+α²) for the shared part of mixed noise.
        case official
    }

    public var kind: Kind
    /// Strength of the correlation, 0 or more.
    public var alpha: Double
    public var scaling: Scaling

    /// - Throws: `DiffusionError.invalidOption` for a negative `alpha`.
    public init(_ kind: Kind, alpha: Double = 0, scaling: Scaling = .unitVariance) throws {
        guard alpha >= 0, alpha.isFinite else {
            throw DiffusionError.invalidOption(name: "noise alpha", found: "\(alpha)", allowed: "0 or more")
        }
        self.kind = kind
        self.alpha = alpha
        self.scaling = scaling
    }

    /// Noise for a clip [batch, frames, height, width, channels], drawn in PyTorch's channels-first order.
    public func draw(_ shape: [Int], from random: inout some RandomSource) -> Tensor {
        precondition(shape.count == 5, "\(shape) is no clip [batch, frames, height, width, channels]")
        let norm = 1 + alpha * alpha
        let own = scaling == .official ? 1 / norm : 1 / norm.squareRoot()
        switch kind {
        case .independent:
            return random.channelsLastNormal(shape)
        case .mixed:
            let common = scaling == .official ? alpha * alpha / norm : alpha / norm.squareRoot()
            let shared = random.channelsLastNormal(Self.frame(of: shape), std: common)
            let result = random.channelsLastNormal(shape, std: own)
            Self.forEachFrame(of: result) { frame, batch, _, count in
                let source = shared.pointer + batch * count
                for index in 0..<count { frame[index] = source[index] + frame[index] }
            }
            return result
        case .progressive:
            let carried = Float(alpha / norm.squareRoot())
            let frames = (0..<shape[1]).map { index in
                random.channelsLastNormal(Self.frame(of: shape), std: index == 0 ? 1 : own)
            }
            let result = Tensor(uninitialized: shape)
            Self.forEachFrame(of: result) { frame, batch, position, count in
                let source = frames[position].pointer + batch * count
                if position == 0 {
                    frame.update(from: source, count: count)
                } else {
                    let before = frame - count
                    for index in 0..<count { frame[index] = carried * before[index] + source[index] }
                }
            }
            return result
        }
    }

    private static func frame(of shape: [Int]) -> [Int] {
        [shape[0], 1, shape[2], shape[3], shape[4]]
    }

    /// Frames in order, each with its first value, its batch entry, its position and its number of values.
    private static func forEachFrame(
        of clip: Tensor, _ body: (UnsafeMutablePointer<Float>, _ batch: Int, _ position: Int, _ count: Int) -> Void
    ) {
        let count = clip.shape[2...].reduce(1, *)
        for batch in 0..<clip.shape[0] {
            for position in 0..<clip.shape[1] {
                body(clip.pointer + (batch * clip.shape[1] + position) * count, batch, position, count)
            }
        }
    }
}

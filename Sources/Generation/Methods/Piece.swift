import Tensors

/// The name of a piece of a video: a clip, a segment between key frames, a block of frames, a stage of a cascade.
///
/// It stays what it is where a video grows, so that what is saved under it serves the longer video as well.
public struct PieceID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The levels that there may be.
    public static let levels = 0..<8
    /// Of a tree or a cascade; 0 where there is one only.
    public let level: Int
    /// Place within the level, counted from 0.
    public let index: Int

    /// - Parameters:
    ///   - index: from 0 to 2²⁹ − 1.
    ///   - level: one of `levels`.
    public init(_ index: Int, level: Int = 0) {
        precondition(Self.levels.contains(level) && (0..<1 << 29).contains(index), "there is no piece \(index) of level \(level)")
        (self.level, self.index) = (level, index)
    }

    public static func < (first: PieceID, second: PieceID) -> Bool {
        (first.level, first.index) < (second.level, second.index)
    }

    public var description: String { level == 0 ? "clip \(index + 1)" : "clip \(index + 1) of level \(level)" }
}

/// What must be there before a piece can be made.
public enum PieceNeed: Hashable, Sendable {
    /// The latents that another piece has become.
    case latents(PieceID)
    /// What another piece hands on beside them (`Piece.carry`).
    case carry(PieceID)

    public var piece: PieceID {
        switch self {
        case let .latents(piece), let .carry(piece): piece
        }
    }
}

/// What a piece has become.
public struct Piece {
    /// Clean latents, usually [1, frames, height, width, channels]; pictures where a method's last level decodes.
    public var latents: Tensor
    /// What came from outside while it was made, such as actions, by names of its own: whoever makes the video again finds
    /// it here.
    public var told: [String: Tensor]
    /// For the pieces that need it, and gone when the last of them is made.
    public var carry: PieceCarry?

    public init(latents: Tensor, told: [String: Tensor] = [:], carry: PieceCarry? = nil) {
        (self.latents, self.told, self.carry) = (latents, told, carry)
    }
}

/// What a piece hands on beside its latents: a trajectory, keys and values, where the random numbers stand.
public struct PieceCarry {
    public var tensors: [Tensor]
    public var generator: TorchGenerator?

    public init(tensors: [Tensor], generator: TorchGenerator? = nil) { (self.tensors, self.generator) = (tensors, generator) }
}

import Tensors

/// Makes the pieces of a video. Each worker has one of its own, which may keep what spares it work: whatever it has made
/// before, a piece has the same bits.
public protocol PieceMaker: AnyObject {
    /// Makes a piece of what the graph says that it needs.
    ///
    /// - Parameter watch: is told of every step, and ends the work by throwing.
    func make(_ piece: PieceID, from given: PieceInputs, _ watch: StepWatch) throws -> Piece

    /// The frames that a stretch brings, from its sources.
    func frames(of stretch: Int, from sources: [Piece]) throws -> StretchFrames

    /// Refuses what was saved and cannot be a piece of this video. Throws `PieceMismatch`.
    func check(_ piece: Piece, as id: PieceID) throws

    /// Refuses what was handed on, as above.
    func check(_ carry: PieceCarry, of id: PieceID) throws
}

extension PieceMaker {
    public func check(_: Piece, as _: PieceID) throws {}
    public func check(_: PieceCarry, of _: PieceID) throws {}
}

/// What is wrong with a saved piece, in words that go on from the name of its file.
public struct PieceMismatch: Error {
    public let problem: String
    public init(_ problem: String) { self.problem = problem }
}

/// What a piece is made of.
public struct PieceInputs {
    private let latents: [PieceID: Piece]
    private let carries: [PieceID: PieceCarry]

    init(_ latents: [PieceID: Piece], _ carries: [PieceID: PieceCarry]) { (self.latents, self.carries) = (latents, carries) }

    /// A piece that is needed for its latents; it comes without its carry.
    public func piece(_ id: PieceID) -> Piece {
        guard let piece = latents[id] else { preconditionFailure("the graph does not say that \(id) is needed") }
        return piece
    }

    public func carry(of id: PieceID) -> PieceCarry {
        guard let carry = carries[id] else { preconditionFailure("the graph does not say that the carry of \(id) is needed") }
        return carry
    }
}

/// The frames of a stretch on their way to pictures.
public enum StretchFrames {
    /// [frames, height, width, channels], to be decoded where all frames come together.
    case latents(Tensor)
    /// Decoded by who made the piece: [frames, height, width, 3] in [-1, 1].
    case pictures(Tensor)
}

/// Who watches the steps of a piece.
public struct StepWatch {
    private let take: (Int, Int, Tensor) throws -> Void

    public init(_ take: @escaping (_ step: Int, _ steps: Int, _ prediction: Tensor) throws -> Void) { self.take = take }

    /// Tells that a step is done, counted from 1, and what the model takes the clean latents for. What it throws ends the
    /// piece.
    public func step(_ step: Int, of steps: Int, _ prediction: Tensor) throws { try take(step, steps, prediction) }
}

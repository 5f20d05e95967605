/// Where the pieces of a video are kept while it is made. Several workers may share one: threads, and over a folder also
/// processes.
public protocol PieceStore: AnyObject {
    /// Stretches that workers may be ahead of the one that is being handed over.
    var lookahead: Int { get }

    /// Whether a piece is there, by whomever it was made.
    func isSaved(_ piece: PieceID) -> Bool
    /// Whether what a piece hands on is there.
    func hasCarry(of piece: PieceID) -> Bool
    /// Every piece that is there, sorted.
    func saved() throws -> [PieceID]

    /// A piece, without its carry. Throws `RunError.damaged` for one that is not what was saved, or not there.
    func piece(_ id: PieceID) throws -> Piece
    /// What a piece hands on. Throws as above.
    func carry(of id: PieceID) throws -> PieceCarry

    /// The right to make a piece, which others are refused as long as it lives; nil where another worker has it.
    func claim(_ piece: PieceID) throws -> PieceClaim?
    /// Keeps a piece that was made: where others see it, all of it is there.
    func save(_ piece: Piece, as id: PieceID) throws
    /// Takes away what is damaged, so that it can be made again.
    func discard(_ piece: PieceID)
    /// Takes away what nobody needs any more now that a stretch has been handed over.
    func expire(_ needs: [PieceNeed], after stretch: Int)
    /// Stretches that were handed over, as far as workers must know it because their pieces may have gone.
    var handedOver: Int { get }

    /// What messages call a saved file, for `RunError.damaged`.
    func place(of need: PieceNeed) -> String
    /// Returns after a moment, or sooner where another worker has saved something.
    ///
    /// - Parameter rounds: for which it has been waited in vain.
    func wait(_ rounds: Int)
}

/// The right to make a piece. It goes with its last reference, and with its process.
public final class PieceClaim {
    private let release: () -> Void
    init(release: @escaping () -> Void) { self.release = release }
    deinit { release() }
}

import Generation

/// Pieces in memory, of which none goes.
final class EveryPiece: PieceStore {
    private let store = PieceMemory()

    var lookahead: Int { store.lookahead }
    var handedOver: Int { 0 }
    func isSaved(_ piece: PieceID) -> Bool { store.isSaved(piece) }
    func hasCarry(of piece: PieceID) -> Bool { store.hasCarry(of: piece) }
    func saved() -> [PieceID] { store.saved() }
    func piece(_ id: PieceID) throws -> Piece { try store.piece(id) }
    func carry(of id: PieceID) throws -> PieceCarry { try store.carry(of: id) }
    func claim(_ piece: PieceID) -> PieceClaim? { store.claim(piece) }
    func save(_ piece: Piece, as id: PieceID) { store.save(piece, as: id) }
    func discard(_ piece: PieceID) { store.discard(piece) }
    func expire(_: [PieceNeed], after _: Int) {}
    func place(of need: PieceNeed) -> String { store.place(of: need) }
    func wait(_ rounds: Int) { store.wait(rounds) }
}

import Files
import Foundation
import Tensors

/// Pieces in the folder of a run: saved as they are made, shared with whoever opens the folder as well.
///
/// Every file is written aside, synced and renamed, and what a piece hands on is there before the piece is: one that is
/// seen is whole. Claims are locks that the system lets go of with their process, however it ends; where a file system
/// knows none, a piece may be made twice, with the same bits.
public final class PieceFolder: PieceStore, @unchecked Sendable {
    private let path: String
    /// Throws where the folder is no longer there.
    private let checkIsInPlace: () throws -> Void
    /// What this process saved last: mostly that is what is asked for next.
    private var newest: (id: PieceID, piece: Piece)?
    private let lock = NSLock()

    public let lookahead = 1024
    /// Latents stay, so that who looks for a piece finds it.
    public let handedOver = 0

    /// - Parameter checkIsInPlace: asked before anything is written, because writing would make a folder that has gone anew.
    public init(_ path: String, checkIsInPlace: @escaping () throws -> Void = {}) {
        (self.path, self.checkIsInPlace) = (path, checkIsInPlace)
    }

    private func url(_ kind: PieceFile.Kind, _ piece: PieceID) -> URL {
        URL(fileURLWithPath: FilePath.join(path, PieceFile.name(kind, of: piece)))
    }

    public func isSaved(_ piece: PieceID) -> Bool { access(url(.clip, piece).path, F_OK) == 0 }
    public func hasCarry(of piece: PieceID) -> Bool { access(url(.state, piece).path, F_OK) == 0 }

    public func saved() -> [PieceID] { FilePath.contents(path).compactMap { PieceFile.piece(of: $0, .clip) }.sorted() }

    public func piece(_ id: PieceID) throws -> Piece {
        if let kept = kept(id) { return Piece(latents: kept.latents, told: kept.told) }
        return try PieceFile.piece(url(.clip, id))
    }

    public func carry(of id: PieceID) throws -> PieceCarry { try kept(id)?.carry ?? PieceFile.carry(url(.state, id)) }

    private func kept(_ id: PieceID) -> Piece? { lock.withLock { newest.flatMap { $0.id == id ? $0.piece : nil } } }

    public func claim(_ piece: PieceID) throws -> PieceClaim? {
        try checkIsInPlace()
        do {
            let held = try FileLock(url(.claim, piece).path, removesFile: true, needsLocks: false)
            return PieceClaim { withExtendedLifetime(held) {} }
        } catch FileError.locked {
            return nil
        }
    }

    /// Throws `RunError.vanished` or `FileError.unwritable`.
    public func save(_ piece: Piece, as id: PieceID) throws {
        if let carry = piece.carry { try inPlace { try PieceFile.write(carry, to: url(.state, id)) } }
        try inPlace { try PieceFile.write(piece, to: url(.clip, id)) }
        FilePath.sync(path)
        lock.withLock { newest = (id, piece) }
    }

    /// Where the folder went meanwhile, that is the error.
    private func inPlace(_ write: () throws -> Void) throws {
        try checkIsInPlace()
        do {
            try write()
        } catch {
            try checkIsInPlace()
            throw error
        }
    }

    public func discard(_ piece: PieceID) {
        lock.withLock { newest = nil }
        for kind in [PieceFile.Kind.clip, .state] { unlink(url(kind, piece).path) }
    }

    /// All but latents, of which a result that was removed is made again.
    public func expire(_ needs: [PieceNeed], after _: Int) {
        for case let .carry(piece) in needs { unlink(url(.state, piece).path) }
    }

    public func place(of need: PieceNeed) -> String {
        switch need {
        case .latents(let piece): url(.clip, piece).path
        case .carry(let piece): url(.state, piece).path
        }
    }

    /// Who else saves is another process, which tells nobody.
    public func wait(_ rounds: Int) { usleep(UInt32(min(500, 10 + 10 * rounds)) * 1000) }
}

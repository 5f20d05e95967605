import Foundation

/// Pieces of a video of which nothing is kept: in memory, as long as something needs them.
public final class PieceMemory: PieceStore, @unchecked Sendable {
    private let condition = NSCondition()
    private var pieces: [PieceID: Piece] = [:]
    private var carries: [PieceID: PieceCarry] = [:]
    private var claimed: Set<PieceID> = []
    private var handed = 0

    /// Each stretch ahead takes memory.
    public let lookahead = 4

    public init() {}

    private func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }

    public func isSaved(_ piece: PieceID) -> Bool { locked { pieces[piece] != nil } }
    public func hasCarry(of piece: PieceID) -> Bool { locked { carries[piece] != nil } }
    public func saved() -> [PieceID] { locked { pieces.keys.sorted() } }

    public func piece(_ id: PieceID) throws -> Piece { try found(locked { pieces[id] }, .latents(id)) }
    public func carry(of id: PieceID) throws -> PieceCarry { try found(locked { carries[id] }, .carry(id)) }

    private func found<Value>(_ value: Value?, _ need: PieceNeed) throws -> Value {
        guard let value else { throw RunError.damaged(file: place(of: need), problem: RunError.missing) }
        return value
    }

    public func claim(_ piece: PieceID) -> PieceClaim? {
        guard locked({ claimed.insert(piece).inserted }) else { return nil }
        return PieceClaim { [self] in
            locked {
                claimed.remove(piece)
                condition.broadcast()
            }
        }
    }

    public func save(_ piece: Piece, as id: PieceID) {
        var plain = piece
        plain.carry = nil
        locked {
            (pieces[id], carries[id]) = (plain, piece.carry)
            condition.broadcast()
        }
    }

    public func discard(_ piece: PieceID) { locked { (pieces[piece], carries[piece]) = (nil, nil) } }

    public var handedOver: Int { locked { handed } }

    public func expire(_ needs: [PieceNeed], after stretch: Int) {
        locked {
            handed = stretch + 1
            for need in needs {
                switch need {
                case .latents(let piece): pieces[piece] = nil
                case .carry(let piece): carries[piece] = nil
                }
            }
        }
    }

    public func place(of need: PieceNeed) -> String { "\(need.piece) in memory" }

    public func wait(_: Int) { locked { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1)) } }
}

import Tensors

/// Makes the pieces of a video: those that are ready to be made, each by one worker, each saved as soon as it is made; hands
/// frames over in their order; goes on from what is saved.
///
/// One worker *leads*: it asks for stretch after stretch and takes away what nobody needs any more. Others `work`. All of
/// them follow the graph's order, so that frames come as early as they can, and a leader that would wait for another
/// worker's piece makes a later one meanwhile.
public final class PieceScheduler {
    /// Told when a piece is begun, or met where it is there already: its number in the order of the graph, from 1.
    public var onPiece: (_ number: Int) throws -> Void = { _ in }
    /// Told of the steps of the piece that is being made.
    public var onStep: (_ number: Int, _ step: Int, _ steps: Int, _ prediction: Tensor) throws -> Void = { _, _, _, _ in }
    /// Asked again and again while others make what is needed; what it throws ends the waiting.
    public var onWait: () throws -> Void = {}
    /// Told of a saved piece that is made again, and what was wrong with it.
    public var onRemade: (PieceID, any Error) -> Void = { _, _ in }

    private let graph: any PieceGraph
    /// Of the video.
    private let stretches: Int
    private let store: any PieceStore
    private let maker: any PieceMaker
    /// The stretch that comes next, and the number of pieces before it.
    private var next = 0, numbered = 0
    /// Numbers of pieces from there on that have been told of.
    private var told: Set<Int> = []
    /// Pieces that were damaged: each is made again once.
    private var discarded: Set<PieceID> = []

    /// - Parameter stretches: of the video.
    public init(_ graph: any PieceGraph, stretches: Int, _ store: any PieceStore, _ maker: any PieceMaker) {
        (self.graph, self.stretches, self.store, self.maker) = (graph, stretches, store, maker)
    }

    // MARK: Leading

    /// Looks through what an earlier run has left: what it must have saved and is not there any more, or not what it was, is
    /// made again where its own needs are there.
    ///
    /// Throws `RunError.damaged` where they are not.
    public func resume() throws {
        let saved = try store.saved(), known = Set(saved)
        for need in saved.flatMap(graph.needs) where !known.contains(need.piece) && !discarded.contains(need.piece) {
            try discard(need.piece, RunError.damaged(file: store.place(of: .latents(need.piece)), problem: RunError.missing))
        }
        // Whoever goes on from here needs what the last pieces handed on.
        guard !saved.isEmpty else { return }
        let first = store.firstMissing(of: graph)
        if store.hasCarry(of: first), !isRemakable(first) {
            throw RunError.damaged(file: store.place(of: .latents(first)), problem: RunError.missing)
        }
        for case let .carry(piece) in graph.needs(of: first) where store.isSaved(piece) {
            do { _ = try carry(of: piece) } catch let damage as Damage { try discard(damage.piece, damage.error) }
        }
    }

    /// The next stretch's frames, for which all of its pieces are made or waited for; nil after the last. Throws what making
    /// them throws, and `RunError.damaged`.
    public func nextStretch() throws -> StretchFrames? {
        guard next < stretches else { return nil }
        let stretch = next, count = graph.pieces(of: stretch).count
        func tellOfSaved() throws {
            for (offset, piece) in graph.pieces(of: stretch).enumerated() where store.isSaved(piece) { try tell(numbered + offset + 1) }
        }
        try tellOfSaved()
        var frames: StretchFrames?
        var rounds = 0
        while frames == nil {
            try retrying {
                let handedOver = store.handedOver, missing = missing(for: stretch)
                if missing.isEmpty {
                    try tellOfSaved()
                    frames = try maker.frames(of: stretch, from: graph.sources(of: stretch).map(piece))
                } else if try makeOne(of: missing, in: stretch, after: numbered, since: handedOver)
                    || makeOne(from: stretch + 1, after: numbered + count)
                {
                    rounds = 0
                } else {
                    try wait(&rounds)
                }
            }
        }
        store.expire(graph.expired(after: stretch), after: stretch)
        advance(past: stretch)
        return frames
    }

    // MARK: Working

    /// Makes pieces as they become ready, until all of the video's are made, by whomever.
    public func work() throws {
        var rounds = 0
        while true {
            while next < stretches, next < store.handedOver || missing(for: next).isEmpty { advance(past: next) }
            guard next < stretches else { return }
            try retrying {
                if try makeOne(from: next, after: numbered) {
                    rounds = 0
                } else {
                    try wait(&rounds)
                }
            }
        }
    }

    private func advance(past stretch: Int) {
        numbered += graph.pieces(of: stretch).count
        next = stretch + 1
        told = told.filter { $0 > numbered }
    }

    private func wait(_ rounds: inout Int) throws {
        try onWait()
        store.wait(rounds)
        rounds += 1
    }

    private func tell(_ number: Int) throws { if told.insert(number).inserted { try onPiece(number) } }

    // MARK: Making

    /// The pieces of a stretch that are not there, each after those that it needs; earlier ones among them where they were
    /// damaged.
    private func missing(for stretch: Int) -> [PieceID] {
        var found: [PieceID] = []
        func visit(_ piece: PieceID) {
            guard !store.isSaved(piece), !found.contains(piece) else { return }
            for need in graph.needs(of: piece) where !isMet(need) { visit(need.piece) }
            found.append(piece)
        }
        (graph.pieces(of: stretch) + graph.sources(of: stretch)).forEach(visit)
        return found
    }

    /// Whether a need is there. What a piece that is there should have handed on counts: it is seen to be lost when it is read.
    private func isMet(_ need: PieceNeed) -> Bool {
        if case .carry(let piece) = need, store.hasCarry(of: piece) { return true }
        return store.isSaved(need.piece)
    }

    private func makeOne(from first: Int, after count: Int) throws -> Bool {
        var count = count
        for stretch in first..<max(first, min(stretches, first + store.lookahead)) {
            let handedOver = store.handedOver
            if stretch >= handedOver, try makeOne(of: missing(for: stretch), in: stretch, after: count, since: handedOver) { return true }
            count += graph.pieces(of: stretch).count
        }
        return false
    }

    /// Makes the first of some pieces that is ready and that nobody else is making; false where there is none.
    ///
    /// - Parameter handedOver: stretches before it was found out what is missing.
    private func makeOne(of pieces: [PieceID], in stretch: Int, after count: Int, since handedOver: Int) throws -> Bool {
        for piece in pieces {
            let needs = graph.needs(of: piece)
            guard needs.allSatisfy(isMet), let claim = try store.claim(piece) else { continue }
            defer { withExtendedLifetime(claim) {} }
            // Somebody may have made it until the claim was ours, and it may have gone again, with what it needed.
            if store.isSaved(piece) || store.handedOver != handedOver { return true }
            var latents: [PieceID: Piece] = [:], carries: [PieceID: PieceCarry] = [:]
            for need in needs {
                switch need {
                case .latents(let id): latents[id] = try self.piece(id)
                case .carry(let id): carries[id] = try carry(of: id)
                }
            }
            let number = count + 1 + (graph.pieces(of: stretch).firstIndex(of: piece) ?? 0)
            try tell(number)
            let made = try maker.make(piece, from: PieceInputs(latents, carries), StepWatch { [onStep] step, steps, prediction in
                try onStep(number, step, steps, prediction)
            })
            try store.save(made, as: piece)
            return true
        }
        return false
    }

    // MARK: Damage

    private struct Damage: Error {
        let piece: PieceID
        let error: RunError
    }

    private func piece(_ id: PieceID) throws -> Piece {
        try reading(.latents(id)) {
            let piece = try store.piece(id)
            try maker.check(piece, as: id)
            return piece
        }
    }

    private func carry(of id: PieceID) throws -> PieceCarry {
        try reading(.carry(id)) {
            let carry = try store.carry(of: id)
            try maker.check(carry, of: id)
            return carry
        }
    }

    private func reading<Value>(_ need: PieceNeed, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as RunError {
            guard case .damaged = error else { throw error }
            throw Damage(piece: need.piece, error: error)
        } catch let mismatch as PieceMismatch {
            throw Damage(piece: need.piece, error: .damaged(file: store.place(of: need), problem: mismatch.problem))
        }
    }

    /// Does something, and where a piece is damaged takes it away, so that the next attempt makes it again.
    private func retrying(_ body: () throws -> Void) throws {
        do { try body() } catch let damage as Damage { try discard(damage.piece, damage.error) }
    }

    /// Throws the error where the piece cannot be made again: what it needs has gone, or it was made again before.
    private func discard(_ piece: PieceID, _ error: RunError) throws {
        guard isRemakable(piece), discarded.insert(piece).inserted else { throw error }
        store.discard(piece)
        onRemade(piece, error)
    }

    private func isRemakable(_ piece: PieceID) -> Bool {
        graph.needs(of: piece).allSatisfy { need in
            if discarded.contains(need.piece) { return true }
            if case .carry(let source) = need { return store.hasCarry(of: source) }
            return store.isSaved(need.piece)
        }
    }
}

extension PieceStore {
    /// The first piece that is not there, in the order of a graph.
    func firstMissing(of graph: any PieceGraph) -> PieceID {
        for stretch in 0... {
            if let piece = graph.pieces(of: stretch).first(where: { !isSaved($0) }) { return piece }
        }
        preconditionFailure("a graph has no end")
    }

    /// How many stretches at the beginning have all their pieces, of those that count as `finished`.
    func finishedStretches(of graph: any PieceGraph) throws -> Int {
        let saved = Set(try saved()), lost = lostCarries(of: graph)
        guard !saved.isEmpty else { return 0 }
        for stretch in 0... {
            guard graph.pieces(of: stretch).allSatisfy({ saved.contains($0) && !lost.contains($0) }) else { return stretch }
        }
        preconditionFailure("a graph has no end")
    }

    /// Pieces that must be made again because what they handed on, and the next one needs, is not there.
    private func lostCarries(of graph: any PieceGraph) -> Set<PieceID> {
        Set(graph.needs(of: firstMissing(of: graph)).compactMap { need in
            guard case let .carry(piece) = need, isSaved(piece), !hasCarry(of: piece) else { return nil }
            return piece
        })
    }

    /// How many pieces are there, without those that must be made again because what they handed on is not.
    func finished(of graph: any PieceGraph) throws -> Int {
        let saved = try saved()
        guard !saved.isEmpty else { return 0 }
        return saved.count - lostCarries(of: graph).count
    }
}

import Foundation
import Generation
import Tensors

/// Graphs of the shapes that videos have, with pieces of a number a frame: coarse to fine, a cascade, a live chain, and a
/// chain whose random numbers go on from piece to piece.
protocol TinyGraph: PieceGraph {
    /// Latents of a piece from those that it needs, in the order of its needs.
    func made(_ piece: PieceID, from given: PieceInputs, seed: UInt64) -> Piece
    func latents(of stretch: Int, from sources: [Piece]) -> StretchFrames
}

extension TinyGraph {
    func frames(_ values: [Float]) -> Tensor { Tensor(values, [1, values.count, 1, 1, 1]) }

    func noise(_ piece: PieceID, seed: UInt64, count: Int) -> [Float] {
        var generator = PieceNoise.generator(seed: seed, piece)
        return generator.randn([count]).values
    }

    func latents(of _: Int, from sources: [Piece]) -> StretchFrames { .latents(sources[0].latents.slice(0)) }
}

/// Three levels of key frames, each piece with the four at its places, and a last one that makes pictures of them: a worker
/// decodes what it has made. Pieces of the first level follow each other, so that the video can grow.
struct TinyTree: TinyGraph {
    static let between = 3, depth = 3
    private static func width(_ level: Int) -> Int { (level..<depth - 1).reduce(1) { width, _ in width * between } }

    func frames(of stretch: Int) -> Range<Int> { (stretch == 0 ? 0 : stretch * 3 + 1)..<(stretch + 1) * 3 + 1 }

    func pieces(of stretch: Int) -> [PieceID] {
        (0..<Self.depth).filter { stretch % Self.width($0) == 0 }.map { PieceID(stretch / Self.width($0), level: $0) }
            + [PieceID(stretch, level: Self.depth)]
    }

    func sources(of stretch: Int) -> [PieceID] { [PieceID(stretch, level: Self.depth)] }

    func needs(of piece: PieceID) -> [PieceNeed] {
        switch piece.level {
        case 0: piece.index == 0 ? [] : [.latents(PieceID(piece.index - 1))]
        case Self.depth: [.latents(PieceID(piece.index, level: Self.depth - 1))]
        default: [.latents(PieceID(piece.index / Self.between, level: piece.level - 1))]
        }
    }

    func expired(after stretch: Int) -> [PieceNeed] {
        (0..<Self.depth).compactMap { level in
            let width = Self.width(level)
            // The next piece of the first level begins with the last key frame of this one.
            if level == 0 { return stretch > 0 && stretch % width == 0 ? .latents(PieceID(stretch / width - 1)) : nil }
            return (stretch + 1) % width == 0 ? .latents(PieceID(stretch / width, level: level)) : nil
        } + [.latents(PieceID(stretch, level: Self.depth))]
    }

    func made(_ piece: PieceID, from given: PieceInputs, seed: UInt64) -> Piece {
        let own = noise(piece, seed: seed, count: 4)
        guard let need = needs(of: piece).first else { return Piece(latents: frames(own)) }
        let above = given.piece(need.piece).latents.values
        switch piece.level {
        case 0: return Piece(latents: frames([above[3]] + own.dropFirst()))
        case Self.depth: return Piece(latents: Tensor(above.map { tanh($0) }, [4, 1, 1, 1]))
        default:
            let at = piece.index % Self.between, (from, to) = (above[at], above[at + 1])
            return Piece(latents: frames([from, from * 2 / 3 + to / 3 + own[1] / 10, from / 3 + to * 2 / 3 + own[2] / 10, to]))
        }
    }

    func latents(of stretch: Int, from sources: [Piece]) -> StretchFrames {
        .pictures(sources[0].latents.slice(stretch == 0 ? 0..<4 : 1..<4))
    }
}

/// Small clips, each enlarged by a second stage.
struct TinyCascade: TinyGraph {
    func frames(of stretch: Int) -> Range<Int> { stretch * 4..<(stretch + 1) * 4 }
    func pieces(of stretch: Int) -> [PieceID] { [PieceID(stretch), PieceID(stretch, level: 1)] }
    func sources(of stretch: Int) -> [PieceID] { [PieceID(stretch, level: 1)] }
    func needs(of piece: PieceID) -> [PieceNeed] { piece.level == 0 ? [] : [.latents(PieceID(piece.index))] }
    func expired(after stretch: Int) -> [PieceNeed] { pieces(of: stretch).map { .latents($0) } }

    func made(_ piece: PieceID, from given: PieceInputs, seed: UInt64) -> Piece {
        let own = noise(piece, seed: seed, count: 4)
        if piece.level == 0 { return Piece(latents: frames(own)) }
        let small = given.piece(PieceID(piece.index)).latents.values
        return Piece(latents: frames(zip(small, own).map { $0 * 2 + $1 / 10 }))
    }
}

/// Frames one by one, each from the two before and from what is done while it is made.
final class TinyLiveChain: TinyGraph {
    /// Asked for what is done now.
    var action: (Int) -> Float = { Float($0 % 5) }

    func frames(of stretch: Int) -> Range<Int> { stretch..<stretch + 1 }
    func pieces(of stretch: Int) -> [PieceID] { [PieceID(stretch)] }
    func sources(of stretch: Int) -> [PieceID] { [PieceID(stretch)] }
    func needs(of piece: PieceID) -> [PieceNeed] { (max(0, piece.index - 2)..<piece.index).map { .latents(PieceID($0)) } }
    func expired(after stretch: Int) -> [PieceNeed] { stretch < 2 ? [] : [.latents(PieceID(stretch - 2))] }

    func made(_ piece: PieceID, from given: PieceInputs, seed: UInt64) -> Piece {
        let past = needs(of: piece).map { given.piece($0.piece).latents.values[0] }, action = action(piece.index)
        let value = past.reduce(noise(piece, seed: seed, count: 1)[0] + action) { $0 / 2 + $1 }
        return Piece(latents: frames([value]), told: ["action": Tensor([action], [1])])
    }
}

/// As reuse and diffuse has it: a clip goes on from the noise of the one before and from where its random numbers stand.
struct TinyChain: TinyGraph {
    func frames(of stretch: Int) -> Range<Int> { stretch * 2..<(stretch + 1) * 2 }
    func pieces(of stretch: Int) -> [PieceID] { [PieceID(stretch)] }
    func sources(of stretch: Int) -> [PieceID] { [PieceID(stretch)] }
    func needs(of piece: PieceID) -> [PieceNeed] { piece.index == 0 ? [] : [.carry(PieceID(piece.index - 1))] }
    func expired(after stretch: Int) -> [PieceNeed] {
        [.latents(PieceID(stretch))] + (stretch == 0 ? [] : [.carry(PieceID(stretch - 1))])
    }

    func made(_ piece: PieceID, from given: PieceInputs, seed: UInt64) -> Piece {
        let before = piece.index == 0 ? nil : given.carry(of: PieceID(piece.index - 1))
        var generator = before?.generator ?? TorchGenerator(seed: seed)
        let own = frames(generator.randn([2]).values)
        let latents = before.map { frames(zip($0.tensors[0].values, own.values).map { $0 / 2 + $1 }) } ?? own
        return Piece(latents: latents, carry: PieceCarry(tensors: [own], generator: generator))
    }
}

/// Makes pieces of a tiny graph in two steps each, and remembers which.
final class TinyMaker: PieceMaker, @unchecked Sendable {
    private let graph: any TinyGraph
    private let seed: UInt64
    private let lock = NSLock()
    private var log: [PieceID] = []
    /// What happens between the two steps.
    var during: (PieceID) -> Void = { _ in }

    init(_ graph: any TinyGraph, seed: UInt64 = 3) { (self.graph, self.seed) = (graph, seed) }

    var made: [PieceID] { lock.withLock { log } }

    func make(_ piece: PieceID, from given: PieceInputs, _ watch: StepWatch) throws -> Piece {
        let made = graph.made(piece, from: given, seed: seed)
        try watch.step(1, of: 2, made.latents)
        during(piece)
        try watch.step(2, of: 2, made.latents)
        lock.withLock { log.append(piece) }
        return made
    }

    func frames(of stretch: Int, from sources: [Piece]) -> StretchFrames { graph.latents(of: stretch, from: sources) }
}

/// A tiny graph by name, for processes of their own.
enum TinyShape: String, CaseIterable, Codable, Sendable {
    case tree, cascade, live, chain

    var graph: any TinyGraph {
        switch self {
        case .tree: TinyTree()
        case .cascade: TinyCascade()
        case .live: TinyLiveChain()
        case .chain: TinyChain()
        }
    }
}

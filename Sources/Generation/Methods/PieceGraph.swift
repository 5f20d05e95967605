/// Which pieces videos are made of, and what each of them needs. The graph has no end: a video takes as much of its
/// beginning as it is long.
///
/// Frames come in *stretches*, one after the other: the frames that are ready together. All answers are computed from
/// numbers alone, so that a graph takes no memory, however long the video is.
public protocol PieceGraph {
    /// The frames of a video that a stretch brings. The first begins with frame 0, and each where the one before ends.
    func frames(of stretch: Int) -> Range<Int>
    /// The pieces that are made for a stretch and for none before it, each after those of them that it needs.
    func pieces(of stretch: Int) -> [PieceID]
    /// The pieces that a stretch's frames are taken from, in the order in which `PieceMaker.frames` wants them.
    func sources(of stretch: Int) -> [PieceID]
    /// What must be there before a piece is made: pieces of its own stretch or of earlier ones.
    func needs(of piece: PieceID) -> [PieceNeed]
    /// What neither later stretches nor pieces that are not made yet can ask for when this one has been handed over and
    /// those before it have expired.
    func expired(after stretch: Int) -> [PieceNeed]
    /// Pieces of so many stretches.
    func pieceCount(of stretches: Int) -> Int
}

extension PieceGraph {
    /// Stretches that a video of so many frames takes.
    public func stretches(for length: Int) -> Int { 1 + stretch(holding: max(0, length - 1)) }

    /// The stretch that brings a frame.
    public func stretch(holding frame: Int) -> Int {
        var high = 1
        while frames(of: high - 1).upperBound <= frame { high *= 2 }
        var low = high / 2
        while low < high {
            let middle = (low + high) / 2
            if frames(of: middle).upperBound <= frame { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first stretch that begins at or after a frame.
    public func stretch(from frame: Int) -> Int {
        let holding = stretch(holding: max(0, frame))
        return frames(of: holding).lowerBound >= frame ? holding : holding + 1
    }

    public func pieceCount(of stretches: Int) -> Int { (0..<stretches).reduce(0) { $0 + pieces(of: $1).count } }
}

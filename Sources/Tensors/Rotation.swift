import Foundation

/// Angles by which tokens' queries and keys are turned (Su et al., arXiv 2104.09864), so that what attention makes of two of
/// them depends on how far they lie apart. With several axes each turns a part of a head's channels, as in NFD
/// (arXiv 2506.01380).
public struct RotaryPositions: Equatable, Sendable {
    /// Cosine and sine of each pair of channels, [tokens][pairs].
    let cosines, sines: [Float]
    /// Pairs of channels that are turned: half a head's.
    public let pairs: Int
    public let tokens: Int

    /// - Parameters:
    ///   - positions: of each token along each axis, [tokens][axes].
    ///   - channels: of a head, that each axis turns; even numbers, whose sum is a head's channels.
    ///   - base: the slowest pair of an axis turns by one in `base` positions, or hardly less.
    public init(_ positions: [[Float]], channels: [Int], base: Float = 10_000) {
        precondition(channels.allSatisfy { $0 >= 0 && $0 % 2 == 0 }, "pairs of channels are turned, and \(channels) are not even")
        precondition(positions.allSatisfy { $0.count == channels.count }, "positions along other axes than \(channels.count)")
        var (cosines, sines): ([Float], [Float]) = ([], [])
        for position in positions {
            for (axis, width) in channels.enumerated() {
                for pair in 0..<width / 2 {
                    let angle = Double(position[axis]) * pow(Double(base), -2 * Double(pair) / Double(width))
                    cosines.append(Float(cos(angle)))
                    sines.append(Float(sin(angle)))
                }
            }
        }
        (self.cosines, self.sines) = (cosines, sines)
        (pairs, tokens) = (channels.reduce(0, +) / 2, positions.count)
    }

    private init(_ cosines: [Float], _ sines: [Float], pairs: Int, tokens: Int) {
        (self.cosines, self.sines, self.pairs, self.tokens) = (cosines, sines, pairs, tokens)
    }

    /// Those of some tokens.
    public subscript(range: Range<Int>) -> RotaryPositions {
        let places = range.lowerBound * pairs..<range.upperBound * pairs
        return RotaryPositions(Array(cosines[places]), Array(sines[places]), pairs: pairs, tokens: range.count)
    }

    /// Tokens of frames, rows and columns, in this order: a third of a head's channels for each axis, what does not divide
    /// going to the frames.
    public static func grid(
        frames: Range<Int>, height: Int, width: Int, headChannels: Int, base: Float = 10_000
    ) -> RotaryPositions {
        let side = headChannels / 6 * 2
        return RotaryPositions(
            frames.flatMap { f in (0..<height).flatMap { y in (0..<width).map { x in [Float(f), Float(y), Float(x)] } } },
            channels: [headChannels - 2 * side, side, side], base: base)
    }
}

extension Tensor {
    /// Queries or keys [..., tokens, heads · channels] with every head's channels 2p and 2p + 1 turned by the angle of its
    /// token and pair.
    public func rotated(by positions: RotaryPositions) -> Tensor {
        let c = size(-1), d = 2 * positions.pairs
        precondition(
            rank >= 2 && shape[rank - 2] == positions.tokens && c % d == 0, "\(positions.tokens) positions of \(d) channels for \(shape)")
        return turned(positions, backwards: false).recorded([self]) { [$0.turned(positions, backwards: true)] }
    }

    private func turned(_ positions: RotaryPositions, backwards: Bool) -> Tensor {
        let c = size(-1), rows = count / c, pairs = positions.pairs, sign: Float = backwards ? -1 : 1, y = Tensor(uninitialized: shape)
        positions.cosines.withUnsafeBufferPointer { cosines in
            positions.sines.withUnsafeBufferPointer { sines in
                // Only read, by every thread.
                nonisolated(unsafe) let (cosines, sines) = (cosines, sines)
                parallel(rows, grain: max(1, (1 << 13) / c)) { _, low, high in
                    for r in low..<high {
                        let (x, out, at) = (pointer + r * c, y.pointer + r * c, r % positions.tokens * pairs)
                        for j in 0..<c / 2 {
                            let (cosine, sine) = (cosines[at + j % pairs], sign * sines[at + j % pairs])
                            out[2 * j] = cosine * x[2 * j] - sine * x[2 * j + 1]
                            out[2 * j + 1] = sine * x[2 * j] + cosine * x[2 * j + 1]
                        }
                    }
                }
            }
        }
        return y
    }
}

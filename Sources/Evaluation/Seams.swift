import Video

/// How visible the borders between clips are: mean absolute differences of neighbouring frames, in steps of 255.
public struct Seams: Equatable, Codable, Sendable {
    /// Mean difference of neighbours inside clips.
    public let inside: Double
    /// Mean difference of neighbours on either side of a border.
    public let borders: Double
    public let frameCount: Int
    public let borderCount: Int
    /// Mean colour of the last 16 frames minus that of the first 16, by channel.
    public let drift: [Double]

    /// 1 where borders look like any other place; above 1 they jump, below 1 they repeat.
    public var ratio: Double { inside > 0 ? borders / inside : .nan }

    /// Reads frames one after another; only two are kept.
    ///
    /// - Parameters:
    ///   - clipFrames: frames of the first clip.
    ///   - newFrames: frames that each further clip adds.
    public init(_ frames: some Sequence<Result<Frame, any Error>>, clipFrames: Int, newFrames: Int) throws {
        var last: Frame?
        var sums = (inside: 0.0, borders: 0.0), counts = (inside: 0, borders: 0), index = 0
        var colours: [[Double]] = []
        for result in frames {
            let frame = try result.get()
            if let last {
                let difference = Self.difference(last, frame)
                let isBorder = index >= clipFrames && (index - clipFrames) % max(newFrames, 1) == 0
                if isBorder {
                    sums.borders += difference
                    counts.borders += 1
                } else {
                    sums.inside += difference
                    counts.inside += 1
                }
            }
            colours.append(MotionFigures.meanColour([frame]))
            last = frame
            index += 1
        }
        frameCount = index
        borderCount = counts.borders
        inside = counts.inside > 0 ? sums.inside / Double(counts.inside) : 0
        borders = counts.borders > 0 ? sums.borders / Double(counts.borders) : 0
        func mean(_ part: ArraySlice<[Double]>, _ channel: Int) -> Double {
            part.isEmpty ? 0 : part.reduce(0) { $0 + $1[channel] } / Double(part.count)
        }
        drift = (0..<3).map { mean(colours.suffix(16), $0) - mean(colours.prefix(16), $0) }
    }

    private static func difference(_ a: Frame, _ b: Frame) -> Double {
        guard a.pixels.count == b.pixels.count else { return .nan }
        var sum = 0
        for i in a.pixels.indices { sum += abs(Int(a.pixels[i]) - Int(b.pixels[i])) }
        return Double(sum) / Double(max(a.pixels.count, 1))
    }
}

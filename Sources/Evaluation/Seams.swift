import Video

/// How visible the borders between clips are: mean absolute differences of neighbouring frames, in steps of 255.
public struct Seams: Equatable, Codable, Sendable {
    /// Mean difference of neighbours inside clips.
    public let inside: Double
    /// Mean difference of neighbours on either side of a border.
    public let borders: Double
    public let frameCount: Int
    public let borderCount: Int
    /// Mean difference of neighbours by place in a clip's new frames, over the whole video from the last frames of the
    /// first clip on: before the first new frame (the border), before the second, ….
    public let places: [Double]
    /// Mean colour of the last 16 frames minus that of the first 16, by channel.
    public let drift: [Double]

    /// 1 where borders look like any other place; above 1 they jump, below 1 they repeat.
    public var ratio: Double { inside > 0 ? borders / inside : .nan }

    /// The place that stands out most, as an offset from the border (-1: one frame before it), and its mean difference over
    /// that of the others. What is decoded or held together may have borders of its own. Nil with fewer than two places.
    public var largest: (offset: Int, ratio: Double)? {
        guard places.count > 1, let place = places.indices.max(by: { places[$0] < places[$1] }) else { return nil }
        let others = (places.reduce(0, +) - places[place]) / Double(places.count - 1)
        return (place > places.count / 2 ? place - places.count : place, others > 0 ? places[place] / others : .nan)
    }

    /// Reads frames one after another; only two are kept.
    ///
    /// - Parameters:
    ///   - clipFrames: frames of the first clip.
    ///   - newFrames: frames that each further clip adds.
    public init(_ frames: some Sequence<Result<Frame, any Error>>, clipFrames: Int, newFrames: Int) throws {
        var last: Frame?
        let newFrames = max(newFrames, 1)
        var perPlace = Array(repeating: (sum: 0.0, count: 0), count: newFrames)
        var sums = (inside: 0.0, borders: 0.0), counts = (inside: 0, borders: 0), index = 0
        var colours: [[Double]] = []
        for result in frames {
            let frame = try result.get()
            if let last {
                let difference = Self.difference(last, frame)
                let isBorder = index >= clipFrames && (index - clipFrames) % newFrames == 0
                if index > clipFrames - newFrames {
                    let place = (index - clipFrames + newFrames) % newFrames
                    perPlace[place] = (perPlace[place].sum + difference, perPlace[place].count + 1)
                }
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
        places = perPlace.contains { $0.count == 0 } ? [] : perPlace.map { $0.sum / Double($0.count) }
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

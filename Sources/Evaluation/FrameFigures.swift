import Foundation
import Video

/// How near decoded frames are to the ones they were made of, and how much they flicker.
public struct FrameFigures: Codable, Equatable, Sendable {
    /// Peak signal-to-noise ratio of the clip, in dB.
    public var psnr: Double
    /// High-frequency temporal energy of the frames: see `FrameFigures.highFrequency`.
    public var jitter: Double
    /// The same of the error, decoded minus original: what the decoder adds of its own.
    public var flicker: Double

    public init(psnr: Double, jitter: Double, flicker: Double) {
        (self.psnr, self.jitter, self.flicker) = (psnr, jitter, flicker)
    }

    public init(_ decoded: [Frame], original: [Frame]) {
        var squares = 0.0, count = 0
        for (a, b) in zip(decoded, original) where a.pixels.count == b.pixels.count {
            var sum = 0
            a.pixels.withUnsafeBufferPointer { a in
                b.pixels.withUnsafeBufferPointer { b in
                    for i in a.indices {
                        let d = Int(a[i]) - Int(b[i])
                        sum &+= d * d
                    }
                }
            }
            squares += Double(sum)
            count += a.pixels.count
        }
        // A clip without any error would have an infinite ratio, which no JSON holds.
        psnr = 10 * log10(255 * 255 / max(squares / Double(max(count, 1)), 1e-3))
        jitter = Self.highFrequency(decoded)
        flicker = Self.highFrequency(decoded, minus: original)
    }

    /// Root of the mean square of (a − 2b + c) / 4 over three neighbouring frames, in steps of 255. The filter passes what
    /// changes its sign from frame to frame and stops what stays or moves on steadily.
    public static func highFrequency(_ frames: [Frame], minus other: [Frame]? = nil) -> Double {
        guard frames.count > 2 else { return 0 }
        // Frames, or their differences from the others, as numbers with a sign.
        let values = frames.indices.map { t -> [Int32] in
            guard let other, t < other.count, other[t].pixels.count == frames[t].pixels.count else { return frames[t].pixels.map(Int32.init) }
            return zip(frames[t].pixels, other[t].pixels).map { Int32($0) - Int32($1) }
        }
        var sum = 0.0, count = 0
        for t in 2..<frames.count where values[t].count == values[t - 1].count && values[t].count == values[t - 2].count {
            var squares = 0
            values[t - 2].withUnsafeBufferPointer { a in
                values[t - 1].withUnsafeBufferPointer { b in
                    values[t].withUnsafeBufferPointer { c in
                        for i in c.indices {
                            let d = Int(a[i] - 2 * b[i] + c[i])
                            squares &+= d * d
                        }
                    }
                }
            }
            sum += Double(squares) / 16
            count += values[t].count
        }
        return (sum / Double(max(count, 1))).squareRoot()
    }

    /// The means of several clips' figures; nil for none.
    public static func mean(_ figures: [FrameFigures]) -> FrameFigures? {
        guard !figures.isEmpty else { return nil }
        func mean(_ value: (FrameFigures) -> Double) -> Double { figures.reduce(0) { $0 + value($1) } / Double(figures.count) }
        return FrameFigures(psnr: mean(\.psnr), jitter: mean(\.jitter), flicker: mean(\.flicker))
    }
}

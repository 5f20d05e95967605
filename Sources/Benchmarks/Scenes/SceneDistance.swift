import Evaluation
import Foundation

/// A Fréchet distance of one set of clips from the rendered ones.
public struct SceneDistance: Codable, Equatable, Sendable {
    public let value: Double
    /// 95 %, from resampled clips; nil where none were asked for.
    public let interval: [Double]?
    /// Clips of this set; the rendered ones are as many, except for drift.
    public let clips: Int

    enum CodingKeys: String, CodingKey { case value, interval = "interval_95", clips }

    public init(value: Double, interval: [Double]?, clips: Int) {
        (self.value, self.interval, self.clips) = (value, interval, clips)
    }

    /// The metric's name where a classifier's features take the place of I3D's.
    public static let classifierMetric = "Fréchet distance of the scene classifier's features (not FVD)"

    /// Between two sets of vectors of one width. Nil where one has fewer than two.
    ///
    /// - Parameter bootstraps: resamples of both sides for the interval; 0 for none.
    public init?(_ real: [[Float]], _ others: [[Float]], bootstraps: Int = 0) {
        guard real.count > 1, others.count > 1, let width = real.first?.count else { return nil }
        let flat = [real.flatMap { $0 }, others.flatMap { $0 }]
        func distance(_ rows: [[Int]]) -> Double {
            let moments = zip(flat, rows).map { values, rows in
                values.withUnsafeBufferPointer { values in
                    // The base is there: both sets have rows.
                    GaussianMoments(rows: rows, width: width) { values.baseAddress.unsafelyUnwrapped + $0 * width }
                }
            }
            return frechetDistance(moments[0], moments[1])
        }
        let value = distance([Array(real.indices), Array(others.indices)])
        let resampled = (0..<bootstraps).map { index -> Double in
            var random = SplitMix(UInt64(index) &* 7919)
            return distance([real.count, others.count].map { count in (0..<count).map { _ in random.below(count) }.sorted() })
        }
        var interval: [Double]?
        if resampled.count > 1 {
            let mean = resampled.reduce(0, +) / Double(resampled.count)
            let deviation = (resampled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(resampled.count - 1)).squareRoot()
            interval = [max(0, value - 1.96 * deviation), value + 1.96 * deviation]
        }
        self.init(value: value, interval: interval, clips: others.count)
    }
}

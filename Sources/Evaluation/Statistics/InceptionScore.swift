import Foundation

/// exp of the mean Kullback–Leibler divergence between a video's class probabilities and their mean over the videos
/// ("Improved Techniques for Training GANs", Salimans et al., 2016).
public struct InceptionScore: Codable, Equatable, Sendable {
    /// Over all videos at once.
    public let score: Double
    /// Over equal parts in random order, as papers report it; nil where a part would have fewer than two videos.
    public let splits: Splits?

    public struct Splits: Codable, Equatable, Sendable {
        public let count: Int
        public let mean: Double
        /// Standard deviation over the parts.
        public let deviation: Double

        enum CodingKeys: String, CodingKey { case count, mean, deviation = "std" }
    }

    /// - Parameter row: logits of a video.
    public init(count: Int, classes: Int, splits: Int = 10, seed: UInt64 = 0, row: (Int) -> UnsafePointer<Float>) {
        var order = Array(0..<count), random = SplitMix(seed)
        score = Self.score(order, classes, row)
        guard splits > 1, count >= 2 * splits else {
            self.splits = nil
            return
        }
        order.shuffle(using: &random)
        let scores = (0..<splits).map { Self.score(Array(order[count * $0 / splits..<count * ($0 + 1) / splits]), classes, row) }
        let mean = scores.reduce(0, +) / Double(splits)
        let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(splits)
        self.splits = Splits(count: splits, mean: mean, deviation: variance.squareRoot())
    }

    /// The score is exp(mean of Σ p ln p − Σ p̄ ln p̄), which needs one pass.
    private static func score(_ rows: [Int], _ classes: Int, _ row: (Int) -> UnsafePointer<Float>) -> Double {
        var total = [Double](repeating: 0, count: classes), negentropy = 0.0
        for index in rows {
            let p = probabilities(row(index), classes)
            for c in 0..<classes {
                total[c] += p[c]
                if p[c] > 0 { negentropy += p[c] * log(p[c]) }
            }
        }
        let n = Double(rows.count)
        let marginal = total.reduce(0) { $1 > 0 ? $0 + $1 / n * log($1 / n) : $0 }
        return exp(negentropy / n - marginal)
    }

    /// Softmax in float64.
    public static func probabilities(_ logits: UnsafePointer<Float>, _ classes: Int) -> [Double] {
        var largest = -Double.infinity
        for c in 0..<classes { largest = max(largest, Double(logits[c])) }
        var p = (0..<classes).map { exp(Double(logits[$0]) - largest) }
        let sum = p.reduce(0, +)
        for c in 0..<classes { p[c] /= sum }
        return p
    }
}

import Foundation
import Tensors

/// FVD with everything that one must know to believe it.
public struct VideoDistance: Codable, Sendable {
    /// Spread over resampled clips.
    public struct Bootstrap: Codable, Sendable {
        public let resamples: Int
        public let deviation: Double
        /// 95 %: the value ± 1.96 deviations. (Percentiles would mislead: a resample has fewer different clips, and
        /// fewer clips raise the distance.)
        public let interval: [Double]

        enum CodingKeys: String, CodingKey { case resamples, deviation = "std", interval = "interval_95" }
    }

    /// Real clips against other real clips: what a perfect model of as few samples would get.
    public struct Floor: Codable, Sendable {
        public let splits: Int
        /// Clips on each side of a split.
        public let count: Int
        public let mean: Double
        public let deviation: Double

        enum CodingKeys: String, CodingKey { case splits, count, mean, deviation = "std" }
    }

    public let metric: String
    public let value: Double
    public let rules: ClipProtocol
    public let weights: String
    public let real: SideReport
    public let generated: SideReport
    public let bootstrap: Bootstrap?
    public let floor: Floor?
    public var warnings: [String]

    /// Fewer clips than this say little.
    public static let fewestTrusted = 1000

    /// - Parameters:
    ///   - bootstraps: resamples of both sides, 0 for none.
    ///   - floorSplits: random halves of the real side, 0 for none.
    public init(
        real: (FeatureSet, SideReport), generated: (FeatureSet, SideReport), header: FeatureHeader,
        bootstraps: Int = 100, floorSplits: Int = 10
    ) throws {
        rules = header.rules
        weights = header.weights
        metric = rules.layer.metric
        (self.real, self.generated) = (real.1, generated.1)
        for (set, report) in [real, generated] where set.count < 2 {
            throw EvaluationError.tooFewClips(path: report.path, count: set.count)
        }
        let layer = header.rules.layer
        func moments(_ set: FeatureSet, _ rows: [Int]) -> GaussianMoments {
            GaussianMoments(rows: rows, width: layer.width) { set.row($0, layer) }
        }
        let value = frechetDistance(
            moments(real.0, Array(0..<real.0.count)), moments(generated.0, Array(0..<generated.0.count)))
        self.value = value
        let distances = Self.inParallel(bootstraps) { index in
            var random = SplitMix(header.rules.seed &+ UInt64(index) &* 7919)
            func resampled(_ set: FeatureSet) -> [Int] { (0..<set.count).map { _ in random.below(set.count) }.sorted() }
            return frechetDistance(moments(real.0, resampled(real.0)), moments(generated.0, resampled(generated.0)))
        }
        bootstrap = distances.count < 2 ? nil : {
            let deviation = Self.spread(distances).deviation
            return Bootstrap(
                resamples: distances.count, deviation: deviation,
                interval: [max(0, value - 1.96 * deviation), value + 1.96 * deviation])
        }()
        let half = real.0.count / 2
        let floors = half < 2 ? [] : Self.inParallel(floorSplits) { index in
            var random = SplitMix(header.rules.seed &+ UInt64(index) &* 104_729)
            let order = Array(0..<real.0.count).shuffled(using: &random)
            return frechetDistance(moments(real.0, Array(order[..<half])), moments(real.0, Array(order[half..<2 * half])))
        }
        floor = floors.isEmpty ? nil : {
            let (mean, deviation) = Self.spread(floors)
            return Floor(splits: floors.count, count: half, mean: mean, deviation: deviation)
        }()
        warnings = []
        let fewest = min(real.0.count, generated.0.count)
        if fewest < Self.fewestTrusted {
            warnings.append("\(fewest) clips on one side: below \(Self.fewestTrusted), FVD says more about the number of clips than about the videos; compare only with values of the same number")
        }
        if layer == .pooled { warnings.append("pooled features give another metric than FVD; never compare the two") }
        for report in [real.1, generated.1] {
            if !report.short.isEmpty { warnings.append("\(report.path): \(report.short.count) of \(report.videos) videos are too short and left out") }
            if !report.broken.isEmpty { warnings.append("\(report.path): \(report.broken.count) of \(report.videos) videos could not be read") }
            if report.sizes.count > 1 {
                let sizes = report.sizes.sorted { $0.value > $1.value }.prefix(4).map { "\($0.key) (\($0.value))" }
                warnings.append("\(report.path): pictures of \(report.sizes.count) sizes: \(sizes.joined(separator: ", "))")
            }
        }
    }

    /// Distances at growing numbers of clips, taken at random: how far the value still depends on the number.
    public static func bySampleCount(
        _ real: FeatureSet, _ generated: FeatureSet, layer: ClipProtocol.Layer, steps: Int = 6, seed: UInt64 = 0
    ) -> [(count: Int, value: Double)] {
        let most = min(real.count, generated.count)
        guard most >= 4 else { return [] }
        var counts = Set((1...steps).map { Int(pow(Double(most) / 4, Double($0) / Double(steps)) * 4) })
        counts.insert(most)
        let list = counts.filter { $0 >= 4 }.sorted()
        let values = inParallel(list.count) { index in
            var random = SplitMix(seed &+ UInt64(index))
            func moments(_ set: FeatureSet) -> GaussianMoments {
                let rows = Array(Array(0..<set.count).shuffled(using: &random).prefix(list[index]))
                return GaussianMoments(rows: rows, width: layer.width) { set.row($0, layer) }
            }
            return frechetDistance(moments(real), moments(generated))
        }
        return zip(list, values).map { ($0, $1) }
    }

    private static func spread(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(max(values.count - 1, 1))).squareRoot())
    }

    private static func inParallel(_ count: Int, _ body: (Int) -> Double) -> [Double] {
        var results = [Double](repeating: 0, count: max(count, 0))
        results.withUnsafeMutableBufferPointer { target in
            _ = parallel(max(count, 0)) { _, low, high in
                for index in low..<high { target[index] = body(index) }
            }
        }
        return results
    }
}

extension VideoDistance {
    /// The JSON's top level: `fvd`, or `frechet_distance_pooled`, so that nobody takes one for the other.
    private enum CodingKeys: String, CodingKey {
        case metric, fvd, pooled = "frechet_distance_pooled", rules = "protocol", weights, real, generated, bootstrap, floor, warnings
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(metric, forKey: .metric)
        try box.encode(value, forKey: rules.layer == .logits ? .fvd : .pooled)
        try box.encode(rules, forKey: .rules)
        try box.encode(weights, forKey: .weights)
        try box.encode(real, forKey: .real)
        try box.encode(generated, forKey: .generated)
        try box.encodeIfPresent(bootstrap, forKey: .bootstrap)
        try box.encodeIfPresent(floor, forKey: .floor)
        try box.encode(warnings, forKey: .warnings)
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        metric = try box.decode(String.self, forKey: .metric)
        rules = try box.decode(ClipProtocol.self, forKey: .rules)
        value = try box.decode(Double.self, forKey: rules.layer == .logits ? .fvd : .pooled)
        weights = try box.decode(String.self, forKey: .weights)
        real = try box.decode(SideReport.self, forKey: .real)
        generated = try box.decode(SideReport.self, forKey: .generated)
        bootstrap = try box.decodeIfPresent(Bootstrap.self, forKey: .bootstrap)
        floor = try box.decodeIfPresent(Floor.self, forKey: .floor)
        warnings = try box.decode([String].self, forKey: .warnings)
    }
}

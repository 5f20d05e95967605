import Foundation

/// What became of the videos of one side.
public struct SideReport: Codable, Sendable {
    public struct Left: Codable, Sendable {
        public let name: String
        public let reason: String

        public init(name: String, reason: String) {
            (self.name, self.reason) = (name, reason)
        }
    }

    public var path: String
    /// Clips that were measured.
    public var count = 0
    public var videos = 0
    /// Videos with fewer frames than a clip.
    public var short: [Left] = []
    /// Videos that could not be read.
    public var broken: [Left] = []
    /// Picture sizes and how many clips have them.
    public var sizes: [String: Int] = [:]
    /// Means over the clips.
    public var motion: Double?
    public var jitter: Double?
    public var inceptionScore: Double?
    public var inceptionScoreSplits: InceptionScore.Splits?

    enum CodingKeys: String, CodingKey {
        case path, count, videos, short, broken, sizes, motion, jitter
        case inceptionScore = "inception_score", inceptionScoreSplits = "inception_score_splits"
    }

    public init(path: String) { self.path = path }

    /// The first reason why something was left out.
    var firstReason: String {
        (broken.first ?? short.first).map { "\($0.name): \($0.reason)" } ?? "nothing was tried"
    }
}

/// Runs videos through I3D: decoding on its own threads, the network on all cores, features to disk.
public struct FeatureExtraction {
    public let network: InflatedInception
    public let rules: ClipProtocol
    /// Digest of the network's weights, which goes into caches.
    public let weights: String
    /// Told of every video; an error that it throws ends the extraction.
    public var onProgress: ((_ done: Int, _ of: Int) throws -> Void)?

    public init(network: InflatedInception, rules: ClipProtocol, weights: String) {
        (self.network, self.rules, self.weights) = (network, rules, weights)
    }

    public var header: FeatureHeader { FeatureHeader(rules: rules, weights: weights) }

    /// The features of a folder of videos, a video, or a file of features.
    ///
    /// - Parameter saved: where the features stay; nil for a temporary file. Clips that are there already are not done
    ///   again.
    public func features(of path: String, saved: URL? = nil) throws -> (FeatureSet, SideReport) {
        if let ready = try cached(path) { return ready }
        return try features(of: VideoList(path).entries, path: path, saved: saved)
    }

    /// The features of some videos.
    public func features(
        of entries: [VideoList.Entry], path: String, saved: URL? = nil
    ) throws -> (FeatureSet, SideReport) {
        let store = try FeatureStore(saved, header: header)
        var report = SideReport(path: path)
        report.videos = entries.count
        let candidates = chosen(entries)
        let wanted = rules.name == .allClips
            ? candidates : candidates.filter { !store.names.contains(FeatureStore.shortened($0.name)) }
        let stream = ClipStream(wanted, rules)
        defer { stream.stop() }
        var done = entries.count - wanted.count
        while rules.limit.map({ store.count < $0 }) ?? true, let element = try stream.pop() {
            switch element {
            case .clip(let clip):
                report.sizes["\(clip.width)x\(clip.height)", default: 0] += 1
                if rules.name == .allClips, store.names.contains(FeatureStore.shortened(clip.name)) { continue }
                try store.append(name: clip.name, motion: clip.motion, network(clip.pictures))
            case .problem(let name, .short(let frames)):
                report.short.append(.init(name: name, reason: "\(frames) frames, and a clip spans \(rules.span)"))
            case .problem(let name, .unreadable(let error)):
                report.broken.append(.init(name: name, reason: "\(error)"))
            }
            done += 1
            try onProgress?(min(done, entries.count), entries.count)
        }
        let set = try store.features()
        guard set.count > 0 else {
            throw EvaluationError.noClips(path: path, videos: entries.count, firstReason: report.firstReason)
        }
        return (set, Self.measured(report, set))
    }

    /// Features that somebody computed before, where `path` names a file of them.
    private func cached(_ path: String) throws -> (FeatureSet, SideReport)? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
            !VideoList.videos.contains((path as NSString).pathExtension.lowercased()),
            !VideoList.pictures.contains((path as NSString).pathExtension.lowercased())
        else { return nil }
        let set = try FeatureSet(URL(fileURLWithPath: path))
        if let found = set.header, !found.agrees(with: header) {
            let what = found.rules == rules ? "made with other weights (\(found.weights))" : "of \(found.rules.description)"
            throw EvaluationError.featuresDoNotFit(path: path, expected: "those of \(rules.description)", found: what)
        }
        guard set.has(rules.layer) else {
            throw EvaluationError.featuresDoNotFit(path: path, expected: "\(rules.layer.rawValue)", found: "another layer's")
        }
        var report = SideReport(path: path)
        report.videos = set.count
        return (set, Self.measured(report, set))
    }

    /// Which videos are tried, and in which order: all as they come, or in a random order where a limit leaves some out.
    private func chosen(_ entries: [VideoList.Entry]) -> [VideoList.Entry] {
        guard let limit = rules.limit, entries.count > limit else { return entries }
        var random = SplitMix(rules.seed)
        return entries.shuffled(using: &random)
    }

    private static func measured(_ report: SideReport, _ set: FeatureSet) -> SideReport {
        var report = report
        report.count = set.count
        let figures = (0..<set.count).compactMap(set.motion)
        if !figures.isEmpty {
            report.motion = figures.reduce(0) { $0 + $1.motion } / Double(figures.count)
            report.jitter = figures.reduce(0) { $0 + $1.jitter } / Double(figures.count)
        }
        if set.has(.logits) {
            let score = InceptionScore(count: set.count, classes: InflatedInception.classes) { set.row($0, .logits) }
            report.inceptionScore = score.score
            report.inceptionScoreSplits = score.splits
        }
        return report
    }
}

import Foundation
import Tensors
import Video

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
    /// I3D, or in tests what takes its place.
    let network: (Tensor) -> InflatedInception.Output
    public let rules: ClipProtocol
    /// Digest of the network's weights, which goes into caches.
    public let weights: String
    /// Told of every video; an error that it throws ends the extraction.
    public var onProgress: ((_ done: Int, _ of: Int) throws -> Void)?

    public init(network: InflatedInception, rules: ClipProtocol, weights: String) {
        self.init(network: { network($0) }, rules: rules, weights: weights)
    }

    package init(network: @escaping (Tensor) -> InflatedInception.Output, rules: ClipProtocol, weights: String) {
        (self.network, self.rules, self.weights) = (network, rules, weights)
    }

    public var header: FeatureHeader { FeatureHeader(rules: rules, weights: weights) }

    /// What I3D says of a clip [frames, 224, 224, 3]: see `InflatedInception`.
    public func callAsFunction(_ clip: Tensor) -> InflatedInception.Output { network(clip) }

    /// The features of a folder of videos, a video, or a file of features.
    ///
    /// - Parameter saved: where the features stay; nil for a temporary file. Clips that are there already are not done
    ///   again, unless their video has changed. Throws `EvaluationError.featuresDoNotFit` where they are of other videos.
    public func features(of path: String, saved: URL? = nil) throws -> (FeatureSet, SideReport) {
        if let ready = try cached(path) { return ready }
        return try features(of: VideoList(path).entries, path: path, saved: saved)
    }

    /// The features of some videos below the folder `path`, in the order in which they are tried: never of others that a
    /// file holds, and at most as many as the protocol's limit.
    public func features(
        of entries: [VideoList.Entry], path: String, saved: URL? = nil
    ) throws -> (FeatureSet, SideReport) {
        var header = header
        header.source = saved.map { _ in FeatureStore.shortened(URL(fileURLWithPath: path).standardizedFileURL.path) }
        let store = try FeatureStore(saved, header: header)
        var report = SideReport(path: path)
        report.videos = entries.count
        // One clip a video: those that are known are not read again. Of a video that is cut up nobody knows how many
        // there are, so that it is read, and the network spared.
        let isCutUp = rules.name == .allClips
        let candidates = rules.order(entries)
        let stamps = saved == nil ? [:] : Dictionary(entries.map { ($0.name, SplitMix.hash($0.stamp)) }) { first, _ in first }
        func isKnown(_ clip: String) -> Bool { store.has(clip, stamp: stamp(clip)) }
        func stamp(_ clip: String) -> UInt64 {
            let video = isCutUp ? clip.lastIndex(of: "#").map { String(clip[..<$0]) } ?? clip : clip
            return stamps[video] ?? 0
        }
        let stream = ClipStream(isCutUp ? candidates : candidates.filter { !isKnown($0.name) }, rules)
        defer { stream.stop() }
        var names: [String] = [], done = 0, waiting = candidates[...]
        var isFull: Bool { rules.limit.map { names.count >= $0 } ?? false }
        /// Takes what is known of the videos that come next.
        func takeKnown() {
            while !isCutUp, !isFull, let next = waiting.first, isKnown(next.name) {
                names.append(next.name)
                waiting.removeFirst()
                done += 1
            }
        }
        takeKnown()
        while !isFull, let element = try stream.pop() {
            switch element {
            case .clip(let clip):
                report.sizes["\(clip.width)x\(clip.height)", default: 0] += 1
                names.append(clip.name)
                if !isKnown(clip.name) {
                    try store.append(name: clip.name, stamp: stamp(clip.name), motion: clip.motion, network(clip.pictures))
                }
            case .problem(let name, .short(let frames)):
                report.short.append(.init(name: name, reason: "\(frames) frames, and a clip spans \(rules.span)"))
            case .problem(let name, .unreadable(let error)):
                report.broken.append(.init(name: name, reason: "\(error)"))
            }
            done += 1
            try onProgress?(min(done, entries.count), entries.count)
            waiting = waiting.dropFirst()
            takeKnown()
        }
        let set = try store.features().picked(named: names)
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
        let all = try FeatureSet(URL(fileURLWithPath: path))
        try all.header?.check(against: header, path: path)
        guard all.has(rules.layer) else {
            throw EvaluationError.featuresDoNotFit(path: path, expected: "\(rules.layer.rawValue)", found: "another layer's")
        }
        let set = all.picked(rules.order(Array(0..<all.count)).prefix(rules.limit ?? all.count))
        var report = SideReport(path: path)
        report.videos = all.count
        return (set, Self.measured(report, set))
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

extension FeatureExtraction {
    /// Runs frames that are in memory through the network and keeps the features under a name.
    public func append(_ frames: [Frame], named name: String, to store: FeatureStore) throws {
        let clip = ClipReader(rules: rules).clip(frames, name)
        try store.append(name: name, motion: clip.motion, network(clip.pictures))
    }
}

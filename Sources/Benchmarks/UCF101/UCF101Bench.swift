import Checkpoints
import Evaluation
import Files
import Foundation
import Generation
import Video

/// The UCF-101 protocol: a video for each job of a plan, then FVD and inception scores against the real ones, and a report.
/// Videos that are there are not made again, and several processes may share a folder.
public final class UCF101Bench {
    /// How videos are kept: folders of PNG frames lose nothing, mp4 is smaller.
    public enum Format: String, CaseIterable, Codable, Sendable { case png, mp4 }

    public struct Options {
        /// Where videos and results go.
        public var folder: URL
        public var format = Format.png
        /// Videos of each class; nil: `videos` in the proportions of the training set.
        public var perClass: Int?
        public var videos = 10_000
        /// List of the real videos, which goes into the name of the file that keeps their features.
        public var split = "trainlist01"
        /// File that keeps the real videos' features; nil: in the cache.
        public var realFeatures: URL?
        /// How locks are asked for, which keep processes that share a folder from making the same video.
        public var locks: FileLock.System = FileLock.system

        public init(folder: URL) { self.folder = folder }
    }

    /// What the run came to.
    public enum Outcome {
        /// Other processes are still making videos; the last of them writes the report.
        case leftToOthers
        case measured(UCFResult, report: URL)
    }

    private let options: Options
    private let dataSet: ActionDataSet
    private let sentences: [String]
    private let model: VideoModel
    private let modelName: String
    /// Of every video, but for its prompt and its seed.
    private let settings: GenerationSettings
    private let framesPerSecond: Double
    private let events: BenchmarkEvents
    private let plan: VideoPlan
    private let folder: RunFolder

    /// - Parameters:
    ///   - sentences: one for each class of `dataSet`.
    ///   - settings: of every video; jobs put in their own prompt and a seed that comes from this one.
    ///   - fingerprint: tells models apart (`ModelLayout.fingerprint`).
    ///
    /// Throws `BenchmarkError` where the folder is of other videos, and `FileError`, also where there are no locks.
    public init(
        _ dataSet: ActionDataSet, sentences: [String], model: VideoModel, named modelName: String, fingerprint: String,
        settings: GenerationSettings, framesPerSecond: Double, options: Options, events: BenchmarkEvents = BenchmarkEvents()
    ) throws {
        (self.dataSet, self.sentences, self.model, self.modelName) = (dataSet, sentences, model, modelName)
        (self.settings, self.framesPerSecond, self.options, self.events) = (settings, framesPerSecond, options, events)
        let counts = options.perClass.map { number in dataSet.classes.map { _ in number } } ?? dataSet.distribution(of: options.videos)
        plan = VideoPlan(classes: dataSet.classes, counts: counts, prompts: sentences, seed: settings.seed)
        folder = try RunFolder(options.folder, locks: options.locks)
        let record = UCF101Record(
            model: fingerprint, settings: settings, framesPerSecond: framesPerSecond, format: options.format,
            sentences: Dictionary(zip(dataSet.classes.map(\.name), sentences)) { first, _ in first })
        try record.keep(in: folder, plan)
    }

    /// Makes what is missing, measures and writes the report.
    ///
    /// - Parameter classifier: C3D for the papers' inception score; nil: that of I3D's classes alone.
    public func run(_ extraction: FeatureExtraction, classifier: C3D? = nil) throws -> Outcome {
        let failed = try generate()
        guard failed == 0 else { throw BenchmarkError.failedVideos(count: failed) }
        guard plan.jobs.allSatisfy({ folder.video($0) != nil }) else { return .leftToOthers }
        // One process at a time writes features; another one then finds them done.
        let claim = try folder.claim("report", waits: true)
        defer { withExtendedLifetime(claim) {} }
        let real = try realSide(extraction)
        let entries = plan.jobs.compactMap { job in
            folder.video(job).map { VideoList.Entry(path: $0, name: String(job.path.dropFirst("videos/".count))) }
        }
        let generated = try side(
            "generated", entries, path: folder.url.path, saved: folder.url.appendingPathComponent("generated.features"), extraction)
        let distance = try VideoDistance(real: real, generated: generated, header: extraction.header)
        let score = try classifier.map { network in
            try network.inceptionScore(of: entries, rules: extraction.rules) { _ in try events.check() }.score
        }
        let result = UCFResult(
            model: modelName, generation: UCFResult.Generation(settings), dataSet: dataSet, split: dataSet.listName, plan: plan,
            distribution: options.perClass.map { "\($0) of each class" } ?? "in the proportions of \(dataSet.listName)",
            prompts: sentences, distance: distance, real: real.0, generated: generated.0, inceptionScore: score,
            caveats: caveats(extraction.rules))
        try UCFReport(result, wall: wall()).write(to: folder.url)
        return .measured(result, report: folder.url.appendingPathComponent("report.html"))
    }

    // MARK: Generation

    /// Makes what is missing; returns how many videos failed.
    private func generate() throws -> Int {
        let missing = plan.jobs.filter { folder.video($0) == nil }
        events.onNote("\(plan.jobs.count - missing.count) of \(plan.jobs.count) videos are there")
        guard !missing.isEmpty else { return 0 }
        model.warnings.forEach(events.onWarning)
        if folder.freeBytes < missing.count * videoBytes {
            events.onWarning("the disk has \(folder.freeBytes >> 20) MB free and \(missing.count) videos may need \(missing.count * videoBytes >> 20) MB; it goes on as long as there is room")
        }
        var failed: Set<String> = [], made = 0, left = missing
        // Another process may die over a video: what it had is free again, so whoever is alive looks again.
        while !left.isEmpty {
            let before = made
            for job in left {
                guard let claim = try folder.claim(job.path), folder.video(job) == nil else { continue }
                defer { withExtendedLifetime(claim) {} }
                guard folder.freeBytes > videoBytes + 64 << 20 else {
                    throw FileError.tooLittleSpace(
                        path: folder.url.path, needed: videoBytes + 64 << 20, free: folder.freeBytes)
                }
                folder.clearRemains(of: job)
                do {
                    try write(job)
                    made += 1
                    failed.remove(job.path)
                } catch let error where error is VideoError || (error as? FileError)?.isOfWriting == true {
                    failed.insert(job.path)
                    events.onFailure("\(job.path): \(error)")
                    if failed.count > 3, made == 0 { throw error }
                }
                events.onProgress("videos", missing.count - left.count { folder.video($0) == nil }, missing.count)
            }
            left = left.filter { folder.video($0) == nil }
            if made == before { break }
        }
        events.onEndOfCount()
        events.onNote("\(made) videos made by this process")
        return failed.count
    }

    private func write(_ job: VideoPlan.Job) throws {
        let base = folder.url.appendingPathComponent(job.path).path
        var settings = settings
        (settings.prompt, settings.seed) = (job.prompt, job.seed)
        let writer = try VideoFormat.writer(
            path: options.format == .png ? base + "/" : base + ".mp4", fps: framesPerSecond, overwrite: true)
        try events.write(writer) { take in
            let generator = try VideoGenerator(model, settings)
            generator.onEvent = { _ in try self.events.check() }
            while let frames = try generator.next() {
                for frame in frames { try take(frame) }
            }
        }
    }

    /// What a video takes on disk, generously: PNG saves about a third.
    private var videoBytes: Int {
        settings.width * settings.height * 3 * settings.length / (options.format == .png ? 1 : 10) + 4096 * settings.length
    }

    // MARK: Measuring

    private func side(
        _ what: String, _ entries: [VideoList.Entry], path: String, saved: URL, _ extraction: FeatureExtraction
    ) throws -> (FeatureSet, SideReport) {
        var watched = extraction
        watched.onProgress = events.counting(what)
        let side = try watched.features(of: entries, path: path, saved: saved)
        events.onEndOfCount()
        events.onSide(side.1)
        return side
    }

    private func realSide(_ extraction: FeatureExtraction) throws -> (FeatureSet, SideReport) {
        let file = options.realFeatures ?? cacheFile(extraction.header)
        try FileManager.default.makeFolder(file.deletingLastPathComponent(), for: file)
        let claim = try FileLock(file.path + ".lock", waits: true, removesFile: true, system: options.locks)
        defer { withExtendedLifetime(claim) {} }
        return try side("real", dataSet.videos, path: dataSet.folder, saved: file, extraction)
    }

    /// A place for features that depends on everything they depend on.
    private func cacheFile(_ header: FeatureHeader) -> URL {
        let facts = [URL(fileURLWithPath: dataSet.folder).standardizedFileURL.path, options.split, header.rules.description, header.weights]
            + dataSet.videos.map { "\($0.name) \($0.stamp)" }
        let mark = String(SplitMix.hash(facts.joined(separator: "\n")), radix: 36)
        return I3DFile.cacheFolder().appendingPathComponent("features/real-\(options.split)-\(mark).features")
    }

    private func caveats(_ rules: ClipProtocol) -> [String] {
        var lines: [String] = []
        if rules.framesPerSecond == nil {
            lines.append(
                "Real clips keep their own frame rate (UCF-101: 25 a second) and generated ones the model's: 16 frames may span different times; --fps brings the real ones to a rate.")
        }
        lines.append("IS (I3D) is computed from Kinetics-400 classes and is not the papers' IS, which needs C3D (--c3d).")
        return lines + dataSet.warnings
    }

    /// The eighth frame, or the last one, of the first videos of the classes.
    private func wall() -> [(frame: Frame, caption: String)] {
        plan.jobs.prefix(64).compactMap { job in
            guard let path = folder.video(job), let reader = try? VideoReader(path) else { return nil }
            var shown: Frame?
            for _ in 0..<8 {
                guard let frame = try? reader.next() else { break }
                shown = frame
            }
            return shown.map { ($0.resized(width: 128, height: 128, fit: .crop), job.className) }
        }
    }
}

extension UCFResult.Generation {
    init(_ settings: GenerationSettings) {
        self.init(
            frames: settings.length, width: settings.width, height: settings.height, sampler: settings.sampler.rawValue,
            steps: settings.steps, guidance: Double(settings.guidanceScale), clipFrames: settings.clipFrames,
            overlap: settings.reuse?.overlap ?? 0, order: settings.reuse?.order.rawValue ?? type(of: settings.method).name,
            isOfficial: settings.reuse?.official ?? false, seed: settings.seed)
    }
}

import Checkpoints
import Evaluation
import Files
import Foundation
import Generation
import Scenes
import Tensors
import Training
import Video

/// What a model has learnt of the scenes: makes and draws the clips, takes readings of each once, and puts them together.
///
/// In the folder: `record.json` (what made the clips), `generated/` and `long/` (raw clips), `measured/` (readings by clip),
/// `result.json`, `report.md`, `sheet.png`.
public final class SceneBench {
    typealias Side = SceneEvaluation.Side

    /// What is found out.
    public enum Part: String, CaseIterable, Sendable { case accuracy, fvd, decoder, seams, drift }

    public struct Options: Sendable {
        public var parts = Set(Part.allCases)
        /// Held-out captions, 2 or more.
        public var count = 512
        /// Frames of a clip, 3 or more; 9 or more for FVD.
        public var length = 16
        /// Denoising steps and guidance; nil: the model's.
        public var steps: Int?
        public var guidance: Double?
        /// Long videos for seams and drift, and their frames.
        public var videos = 8
        public var videoLength = 256
        /// Resamples for the distance's interval; 0: none.
        public var bootstraps = 50

        public init() {}
    }

    let options: Options
    let folder: URL
    let events: BenchmarkEvents
    let classifier: SceneClassifier
    let extraction: FeatureExtraction?
    let setting: SceneEvaluation.Setting
    /// Held-out captions with their scenes: those that are generated, then as many others for the floor.
    let clips: [SceneClip]
    private let modelFolder: URL
    private let classifierFolder: URL
    private var loaded: VideoModel?
    private var readings: [Side: ReadingLog<SceneReading>] = [:]
    private var features: [String: FeatureStore] = [:]
    /// Clips on their way through the autoencoder.
    let decoderLog: ReadingLog<DecoderReading>
    /// Latents of generated clips, decoded both ways.
    let sampledLog: ReadingLog<SampledReading>

    /// - Parameters:
    ///   - report: folder for clips, readings and the report; one that was begun goes on.
    ///   - extraction: I3D for FVD; nil: distances are of the classifier's features.
    ///
    /// Throws `BenchmarkError.otherVideos` where the folder is of another model or other settings.
    public init(
        _ options: Options, model modelFolder: URL, classifier classifierFolder: URL, report: URL,
        extraction: FeatureExtraction?, events: BenchmarkEvents = BenchmarkEvents()
    ) throws {
        self.options = options
        self.events = events
        self.modelFolder = modelFolder
        self.classifierFolder = classifierFolder
        self.extraction = extraction
        folder = report
        classifier = try SceneClassifier(classifierFolder)
        let model = try VideoModel(ModelLayout(modelFolder))
        loaded = model
        let sample = Self.settings("", length: options.length, seed: 0, model, options)
        setting = SceneEvaluation.Setting(
            model: modelFolder.standardizedFileURL.lastPathComponent, weights: try Self.digest(modelFolder), count: options.count,
            length: options.length, width: sample.width, height: sample.height,
            framesPerSecond: model.defaults.framesPerSecond, steps: sample.steps, sampler: sample.sampler.rawValue,
            guidance: Double(sample.guidanceScale))
        clips = SceneCatalog.heldOut(
            count: 2 * options.count, frames: options.length, fps: setting.framesPerSecond, width: setting.width,
            height: setting.height)
        try FileManager.default.makeFolder(folder)
        let record = folder.appendingPathComponent("record.json")
        if FileManager.default.fileExists(atPath: record.path) {
            guard try JSONFile.read(SceneEvaluation.Setting.self, from: record).makesTheSame(as: setting) else {
                throw BenchmarkError.otherVideos(record: record.path, differences: ["another model or other settings"])
            }
        } else {
            try JSONFile.write(setting, to: record)
        }
        decoderLog = try ReadingLog(folder.appendingPathComponent("measured/decoder.jsonl"), index: \.index)
        sampledLog = try ReadingLog(folder.appendingPathComponent("measured/sampled.jsonl"), index: \.index)
    }

    var model: VideoModel {
        get throws {
            if let loaded { return loaded }
            let made = try VideoModel(ModelLayout(modelFolder))
            loaded = made
            return made
        }
    }

    private static func settings(
        _ caption: String, length: Int, seed: UInt64, _ model: VideoModel, _ options: Options
    ) -> GenerationSettings {
        var settings = GenerationSettings(prompt: caption, length: length, seed: seed, model: model)
        settings.steps = options.steps ?? settings.steps
        settings.guidanceScale = options.guidance.map { Float($0) } ?? settings.guidanceScale
        return settings
    }

    /// Makes and measures what is missing; writes `result.json`, `report.md` and `sheet.png`.
    public func run() throws -> SceneEvaluation {
        let parts = options.parts
        var result = SceneEvaluation(setting)
        let file = folder.appendingPathComponent("result.json")
        // Parts of an earlier run stay where they are about the same clips.
        if let earlier = try? JSONFile.read(SceneEvaluation.self, from: file), earlier.setting == setting { result = earlier }
        result.notes = ["Every figure is of this model and these captions alone; the same command on another model makes a comparison."]
        var sheet: Frame?
        if !parts.isDisjoint(with: [.accuracy, .fvd]) {
            let generated = try generate()
            try measure(generated)
            sheet = try drawSheet(generated)
        }
        if parts.contains(.fvd) { try measureOthers() }
        if parts.contains(.accuracy) || parts.contains(.fvd) || parts.contains(.decoder) || parts.contains(.drift) {
            try measureRendered(parts)
        }
        if parts.contains(.accuracy) { result.accuracy = try accuracy() }
        if parts.contains(.accuracy) || parts.contains(.fvd) { result.motion = try motion() }
        if parts.contains(.fvd) { result.distances = try distances() }
        if parts.contains(.decoder) {
            result.decoder = SceneEvaluation.Decoder(
                decoderLog.first(options.count), sampled: sampledLog.first(options.count))
        }
        if parts.contains(.seams) || parts.contains(.drift) {
            let long = try longVideos()
            let (videos, drift) = try measureLong(long, wantsDistances: parts.contains(.drift))
            if parts.contains(.seams) { result.long = videos }
            if parts.contains(.drift) { result.drift = drift }
        }
        try JSONFile.write(result, to: file)
        let picture = folder.appendingPathComponent("sheet.png")
        if let sheet { try PNG.write(sheet, to: picture.path, overwrite: true) }
        try AtomicFile.write(
            result.markdown(hasSheet: FileManager.default.fileExists(atPath: picture.path)),
            to: folder.appendingPathComponent("report.md"))
        return result
    }

    // MARK: Clips

    /// A clip of the model for each caption.
    private func generate() throws -> ClipCache {
        let place = folder.appendingPathComponent("generated")
        let writer = try ClipCacheWriter(place, width: setting.width, height: setting.height)
        try fill(writer, upTo: options.count, "clips", { index in
            (self.clips[index], UInt64(index), self.options.length)
        }, whenMade: { index, generator, frames in
            // Clips of several have no latents of their own.
            guard generator.clips == 1, let latents = generator.stretchLatents else { return }
            let codec = try self.model.codec
            let plain = withoutGradients { codec.pictures(of: latents) }
            try self.sampledLog.append(SampledReading(
                index: index, plain: FrameFigures.highFrequency(frames.indices.map { Frame(signed: plain.slice($0)) }),
                temporal: FrameFigures.highFrequency(frames)))
        })
        return try ClipCache(place)
    }

    /// Long videos of captions that are spread over the families.
    private func longVideos() throws -> (cache: ClipCache, indices: [Int]) {
        let count = min(options.videos, clips.count), families = min(clips.count, SceneCatalog.all.count)
        let indices = (0..<count).map { count <= families ? $0 * families / count : $0 }
        let place = folder.appendingPathComponent("long-\(options.videoLength)-of-\(count)")
        let writer = try ClipCacheWriter(place, width: setting.width, height: setting.height)
        try fill(writer, upTo: count, "long videos") { index in
            (self.clips[indices[index]], UInt64(indices[index]), self.options.videoLength)
        }
        return (try ClipCache(place), indices)
    }

    private func fill(
        _ writer: ClipCacheWriter, upTo count: Int, _ what: String, _ job: (Int) -> (SceneClip, seed: UInt64, length: Int),
        whenMade: (Int, VideoGenerator, [Frame]) throws -> Void = { _, _, _ in }
    ) throws {
        let before = writer.count
        while writer.count < count {
            try events.check()
            let (clip, seed, length) = job(writer.count), model = try model
            let generator = try VideoGenerator(
                model, Self.settings(clip.caption, length: length, seed: seed, model, options))
            generator.onEvent = { _ in try self.events.check() }
            let frames = try generator.frames()
            try whenMade(writer.count, generator, frames)
            try writer.append(CaptionedClip(
                frames: frames, caption: clip.caption, family: clip.family, attributes: clip.attributes, labels: clip.labels))
            events.onProgress(what, writer.count - before, count - before)
        }
        events.onEndOfCount()
    }

    /// What decides the clips: all files of the model, of each its size and some thousand of its numbers.
    private static func digest(_ folder: URL) throws -> String {
        var facts: [String] = []
        let names = (FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []).sorted()
        for name in names where [".safetensors", ".bin", ".pth", ".json", ".model"].contains(where: name.hasSuffix) {
            // A recipe tells how the model came about and changes nothing about it.
            if name == "recipe.json" { continue }
            let bytes = try Data(contentsOf: folder.appendingPathComponent(name), options: .alwaysMapped)
            let places = stride(from: bytes.startIndex, to: bytes.endIndex, by: max(1, bytes.count / 8192))
            facts.append("\(name) \(bytes.count) \(SplitMix.hash(places.lazy.map { bytes[$0] }))")
        }
        return String(SplitMix.hash(facts.joined(separator: "\n")), radix: 36)
    }

    /// Digest of the classifier, which goes into the names of its readings.
    private lazy var classifierMark: String = {
        let weights = (try? Data(contentsOf: classifierFolder.appendingPathComponent(SceneClassifier.weightsName))) ?? Data()
        return String(SplitMix.hash(weights), radix: 36)
    }()

    // MARK: Readings

    func log(_ side: Side) throws -> ReadingLog<SceneReading> {
        if let log = readings[side] { return log }
        let log = try ReadingLog<SceneReading>(
            folder.appendingPathComponent("measured/\(side.rawValue)-\(classifierMark).jsonl"), index: \.index)
        readings[side] = log
        return log
    }

    /// I3D's features under a name; nil without I3D.
    func store(_ name: String) throws -> FeatureStore? {
        guard let extraction else { return nil }
        if let store = features[name] { return store }
        let store = try FeatureStore(
            folder.appendingPathComponent("measured/\(name)-\(extraction.weights).features"), header: extraction.header)
        features[name] = store
        return store
    }

    static func name(_ index: Int) -> String { String(format: "%06d", index) }

    func read(_ frames: [Frame], index: Int) -> SceneReading {
        let reading = classifier(frames)
        return SceneReading(
            index: index, answers: Dictionary(uniqueKeysWithValues: reading.answers.map { ($0.key.rawValue, $0.value) }),
            features: reading.features, motion: MotionFigures(frames))
    }

    /// Takes what is missing of one clip's readings; `frames` are made only then.
    func take(_ side: Side, _ index: Int, wantsFeatures: Bool, _ frames: () throws -> [Frame]) throws {
        let log = try log(side), store = wantsFeatures ? try store(side.rawValue) : nil, name = Self.name(index)
        let lacksFeatures = store.map { !$0.names.contains(name) } ?? false
        guard log.values[index] == nil || lacksFeatures else { return }
        let frames = try frames()
        if log.values[index] == nil { try log.append(read(frames, index: index)) }
        if lacksFeatures, let store { try extraction?.append(frames, named: name, to: store) }
    }

    /// Whether I3D is wanted for the clips themselves.
    var wantsFeatures: Bool { options.parts.contains(.fvd) }

    static func frames(_ cache: ClipCache, _ entry: ClipCache.Entry, _ range: Range<Int>? = nil) -> [Frame] {
        let range = range ?? 0..<entry.frames
        let tensor = cache.frames(entry.offset + range.lowerBound..<entry.offset + range.upperBound)
        return range.indices.map { Frame(signed: tensor.slice($0 - range.lowerBound)) }
    }
}

import Checkpoints
import Foundation
import Layers
import Scenes
import Tensors
import Video

/// Trains the scene classifier on the labelled clips of a cache: random frames of random clips, mirrored and cropped a
/// little; clips without a label leave its question out.
public final class ClassifierStage: TrainingStage {
    public typealias Question = SceneClassifier.Question

    public let name = "classifier"
    public let optimizer: Optimizer
    public let batchSize: Int
    private let store = ParameterStore()
    private let model: SceneClassifier
    private let cache: ClipCache
    private let clips: [(entry: ClipCache.Entry, classes: [Question: Int])]
    private let heldOut: Int
    private let output: URL
    private let report: (String) -> Void

    /// Frames of a training clip; where clips are judged it takes more.
    private static let framesTaken = 2
    /// The smallest crop, as a share of the side.
    private static let smallestCrop = 0.85
    /// Share of training clips at half the resolution: decoded and generated pictures are soft, and should be judged by
    /// what they show.
    private static let softShare: Float = 0.25
    /// Fewer clips than this do not teach an answer.
    private static let fewestClips = 3
    /// Counts are known for a quarter of the clips and are the hardest to learn.
    private static let weights: [Question: Float] = [.family: 1, .colour: 1, .count: 2, .time: 1]

    /// - Parameters:
    ///   - heldOut: rendered clips of the held-out list that `export` measures it on.
    ///   - output: the folder for `config.json` and `model.safetensors`.
    ///   - side: pixels of the network's pictures; a multiple of 16.
    public init(
        cache: ClipCache, batch: Int, seed: UInt64, heldOut: Int = 520, optimizer kind: OptimizerKind = .adamW, output: URL,
        side: Int = 64,
        report: @escaping (String) -> Void
    ) throws {
        self.cache = cache
        batchSize = batch
        self.heldOut = heldOut
        self.output = output
        self.report = report
        let labelled = cache.entries.compactMap { entry in entry.labels.map { (entry, Self.answers($0)) } }
            .filter { !$0.1.isEmpty }
        var counts: [Question: [String: Int]] = [:]
        for (_, answers) in labelled { for (question, answer) in answers { counts[question, default: [:]][answer, default: 0] += 1 } }
        let known = counts.mapValues { $0.filter { $0.value >= Self.fewestClips }.keys.sorted() }.filter { !$0.value.isEmpty }
        guard !known.isEmpty else {
            throw TrainingError.missingStage(
                "\(cache.folder.path) has no clips with labels; a classifier learns from those of \"vidrd scenes --raw\"")
        }
        let places = known.mapValues { Dictionary(uniqueKeysWithValues: $0.enumerated().map { ($1, $0) }) }
        clips = labelled.map { entry, answers in
            (entry, answers.reduce(into: [:]) { classes, item in classes[item.key] = places[item.key]?[item.value] })
        }
        var configuration = SceneClassifier.Configuration(answers: known)
        configuration.side = side
        model = SceneClassifier(configuration, ParameterScope(nil, store: store, seed: seed))
        store.train { _ in true }
        optimizer = Optimizer(store.parameters, configuration: .init(kind))
    }

    /// What the labels of a clip answer. Two colours at once are no answer, and pictures are of no family.
    public static func answers(_ labels: SceneLabels) -> [Question: String] {
        var answers: [Question: String] = [:]
        if SceneCatalog.family(labels.family) != nil { answers[.family] = labels.family }
        if let colour = labels.colour, !colour.contains(" ") { answers[.colour] = colour }
        if let count = labels.count { answers[.count] = String(count) }
        if let time = labels.time { answers[.time] = time }
        return answers
    }

    public func loss(generator: inout TorchGenerator, progress: Double) throws -> Tensor {
        let side = model.configuration.side, (h, w) = (cache.height, cache.width), taken = Self.framesTaken
        let pictures = Tensor(uninitialized: [batchSize * taken, side, side, 3]), frame = Tensor(uninitialized: [h, w, 3])
        var classes: [[Question: Int]] = []
        for i in 0..<batchSize {
            let draw = (0..<5).map { _ in Double(generator.uniform()) }
            let clip = clips[Int(draw[0] * Double(clips.count))]
            classes.append(clip.classes)
            let share = Self.smallestCrop + (1 - Self.smallestCrop) * draw[1]
            let window = Window(
                x: draw[2] * (1 - share) * Double(w), y: draw[3] * (1 - share) * Double(h), width: share * Double(w),
                height: share * Double(h))
            let isSoft = generator.uniform() < Self.softShare
            for f in 0..<taken {
                let index = clip.entry.offset + Int(Double(generator.uniform()) * Double(clip.entry.frames))
                cache.read(index, size: (h, w), into: frame.pointer)
                let target = pictures.pointer + (i * taken + f) * side * side * 3, isMirrored = draw[4] < 0.5
                guard isSoft else {
                    BoxSampling.write(
                        frame.pointer, width: w, height: h, window: window, side: side, isMirrored: isMirrored, to: target)
                    continue
                }
                let half = Tensor(uninitialized: [side / 2, side / 2, 3])
                BoxSampling.write(
                    frame.pointer, width: w, height: h, window: window, side: side / 2, isMirrored: isMirrored,
                    to: half.pointer)
                let whole = half.upsampledNearest(height: side, width: side)
                withExtendedLifetime(whole) { target.update(from: whole.pointer, count: side * side * 3) }
            }
        }
        let logits = model(pictures, clips: batchSize).logits
        var loss = Tensor.zeros([1])
        for question in Question.allCases {
            guard let logits = logits[question] else { continue }
            loss = logits.crossEntropy(classes.map { $0[question] }) * (Self.weights[question] ?? 1) + loss
        }
        return loss
    }

    /// Some held-out clips with what it takes them for.
    public func sheet() throws -> Frame {
        let clips = Self.heldOutClips(16, cache)
        return try ContactSheet(columns: 8).picture(
            of: clips.map { $0.frames[0] },
            captions: clips.map { clip in
                let found = model(clip.frames).answers
                return Question.allCases.compactMap { found[$0] }.joined(separator: ", ")
            })
    }

    /// Measures the network on rendered clips that training never draws, and writes it.
    public func export() throws {
        let clips = Self.heldOutClips(heldOut, cache)
        var right: [Question: Int] = [:], known: [Question: Int] = [:]
        for clip in clips {
            let found = withoutGradients { model(clip.frames).answers }
            guard let labels = clip.labels else { continue }
            for (question, answer) in Self.answers(labels) {
                known[question, default: 0] += 1
                if found[question] == answer { right[question, default: 0] += 1 }
            }
        }
        model.configuration.heldOutClips = clips.count
        model.configuration.heldOutAccuracy = known.reduce(into: [:]) { accuracy, item in
            accuracy[item.key] = Double(right[item.key] ?? 0) / Double(item.value)
        }
        for question in Question.allCases {
            guard let count = known[question] else { continue }
            report("\(question.rawValue): \(right[question] ?? 0) of \(count) held-out rendered clips right")
        }
        try store.write(configuration: model.configuration, to: output, named: SceneClassifier.weightsName)
    }

    /// The frames of held-out clips that the classifier looks at, drawn in the size of the cache.
    private static func heldOutClips(_ count: Int, _ cache: ClipCache) -> [CaptionedClip] {
        SceneCatalog.heldOut(count: count, width: cache.width, height: cache.height).map { clip in
            let frames = (0..<4).map { clip.frame((2 * $0 + 1) * clip.frameCount / 8) }
            return CaptionedClip(
                frames: frames, caption: clip.caption, family: clip.family, attributes: clip.attributes, labels: clip.labels)
        }
    }
}

import Evaluation
import Foundation
import Generation
import Scenes
import Tensors
import Training
import Video

/// Readings of the clips, and what they say together.
extension SceneBench {
    private var count: Int { options.count }

    func measure(_ generated: ClipCache) throws {
        for index in 0..<count {
            try events.check()
            try take(.generated, index, wantsFeatures: wantsFeatures) {
                Self.frames(generated, generated.entries[index])
            }
            events.onProgress("generated", index + 1, count)
        }
        events.onEndOfCount()
    }

    /// Rendered clips of further captions: what a perfect model of as many clips would get.
    func measureOthers() throws {
        for index in count..<2 * count {
            try events.check()
            try take(.other, index, wantsFeatures: true) { clips[index].render().frames }
            events.onProgress("other rendered", index - count + 1, count)
        }
        events.onEndOfCount()
    }

    /// Rendered clips and what the autoencoder makes of them; each is drawn once for all that is wanted of it.
    func measureRendered(_ parts: Set<Part>) throws {
        let decoder = parts.contains(.decoder) ? decoderLog : nil
        let wantsReconstruction = parts.contains(.accuracy) || parts.contains(.fvd)
        for index in 0..<count {
            try events.check()
            var drawn: [Frame]?, latent: Tensor?, temporal: [Frame]?
            func original() -> [Frame] {
                if let drawn { return drawn }
                let frames = clips[index].render().frames
                drawn = frames
                return frames
            }
            func decoded(plain: Bool) throws -> [Frame] {
                let codec = try model.codec, length = try min(model.defaults.clipFrames, options.length)
                let z = latent ?? withoutGradients {
                    let pictures = original().map { $0.signedTensor.reshaped([1, $0.height, $0.width, 3]) }
                    return codec.latents(of: Tensor.stacked(pictures))
                }
                latent = z
                let total = z.shape[0]
                // Clip by clip; the last one of a length that is no multiple looks back.
                return withoutGradients {
                    stride(from: 0, to: total, by: length).flatMap { start -> [Frame] in
                        let first = min(start, total - length)
                        let pictures = codec.pictures(of: z.slice(first..<first + length), frames: plain ? 1 : length)
                        return (start - first..<length).map { Frame(signed: pictures.slice($0)) }
                    }
                }
            }
            func reconstruction() throws -> [Frame] {
                if let temporal { return temporal }
                let frames = try decoded(plain: false)
                temporal = frames
                return frames
            }
            try take(.rendered, index, wantsFeatures: wantsFeatures || parts.contains(.drift)) { original() }
            if wantsReconstruction {
                try take(.reconstructed, index, wantsFeatures: wantsFeatures) { try reconstruction() }
            }
            if let decoder, decoder.values[index] == nil {
                try decoder.append(DecoderReading(
                    index: index, plain: FrameFigures(try decoded(plain: true), original: original()),
                    temporal: FrameFigures(try reconstruction(), original: original()),
                    rendered: FrameFigures.highFrequency(original())))
            }
            events.onProgress("rendered", index + 1, count)
        }
        events.onEndOfCount()
    }

    // MARK: Sums

    /// What a caption asks for, by question.
    private func stated(_ index: Int) -> [String: String] {
        Dictionary(uniqueKeysWithValues: ClassifierStage.answers(clips[index].statedLabels).map { ($0.key.rawValue, $0.value) })
    }

    func accuracy() throws -> SceneEvaluation.Accuracy {
        var sides: [Side: SceneAccuracy] = [:]
        for side in [Side.rendered, .reconstructed, .generated] {
            var accuracy = SceneAccuracy()
            for reading in try log(side).first(count) { accuracy.add(stated: stated(reading.index), found: reading.answers) }
            sides[side] = accuracy
        }
        let own = classifier.configuration.heldOutAccuracy ?? [:]
        return SceneEvaluation.Accuracy(
            classifier: "\(classifier.configuration.frames) frames at \(classifier.configuration.side)x\(classifier.configuration.side)",
            classifierAccuracy: Dictionary(uniqueKeysWithValues: own.map { ($0.key.rawValue, $0.value) }), sides: sides)
    }

    func motion() throws -> [Side: MotionFigures] {
        try [Side.rendered, .reconstructed, .generated].reduce(into: [:]) { sides, side in
            sides[side] = MotionFigures.mean(try log(side).first(count).map(\.motion))
        }
    }

    func distances() throws -> SceneEvaluation.Distances {
        var sides: [Side: SceneDistance] = [:]
        let real = try vectors(.rendered)
        for side in [Side.generated, .reconstructed, .other] {
            let bootstraps = side == .generated ? options.bootstraps : 0
            sides[side] = SceneDistance(real, try vectors(side), bootstraps: bootstraps)
        }
        return SceneEvaluation.Distances(metric: metric, weights: extraction?.weights, sides: sides)
    }

    private var metric: String { extraction == nil ? SceneDistance.classifierMetric : ClipProtocol.Layer.logits.metric }

    /// The vectors of a side that distances are taken of.
    private func vectors(_ side: Side) throws -> [[Float]] {
        let indices = side == .other ? count..<2 * count : 0..<count
        guard let store = try store(side.rawValue) else {
            return try indices.compactMap { try log(side).values[$0]?.features }
        }
        return try Self.logits(store, indices.map(Self.name))
    }

    private static func logits(_ store: FeatureStore, _ names: [String]) throws -> [[Float]] {
        let set = try store.features(), width = ClipProtocol.Layer.logits.width
        let rows = Dictionary((0..<set.count).map { (set.name($0), $0) }, uniquingKeysWith: { first, _ in first })
        return names.compactMap { name in
            rows[name].map { Array(UnsafeBufferPointer(start: set.row($0, .logits), count: width)) }
        }
    }

    // MARK: Long videos

    func measureLong(
        _ long: (cache: ClipCache, indices: [Int]), wantsDistances: Bool
    ) throws -> ([SceneEvaluation.LongVideo], SceneEvaluation.Drift) {
        let length = options.videoLength, end = min(options.length, length)
        let clipFrames = try model.defaults.clipFrames, overlap = try ReuseAndDiffuse(of: model).overlap
        let store = wantsDistances ? try store("long-\(length)-of-\(long.indices.count)") : nil
        var videos: [SceneEvaluation.LongVideo] = [], ends: [String: [[Float]]] = ["first": [], "last": []]
        var names: [String: [String]] = ["first": [], "last": []]
        var shares = ["first": SceneAccuracy(), "last": SceneAccuracy()]
        let drawn = SceneCatalog.heldOut(
            count: clips.count, frames: length, fps: setting.framesPerSecond, width: setting.width, height: setting.height)
        let canvas = Canvas(width: setting.width, height: setting.height)
        for (place, index) in long.indices.enumerated() {
            try events.check()
            let entry = long.cache.entries[place], clip = clips[index]
            let frames = Self.frames(long.cache, entry)
            func seams(_ frame: @escaping (Int) -> Frame) throws -> Seams {
                try Seams(
                    (0..<length).lazy.map { .success(frame($0)) }, clipFrames: clipFrames, newFrames: clipFrames - overlap)
            }
            var answers: [String: String] = [:]
            for (name, part) in [("first", frames.prefix(end)), ("last", frames.suffix(end))] {
                let part = Array(part), reading = read(part, index: index)
                answers[name] = reading.answers["family"] ?? ""
                shares[name]?.add(stated: ["family": clip.family], found: reading.answers)
                ends[name]?.append(reading.features)
                let key = "\(Self.name(place))-\(name)"
                names[name]?.append(key)
                if let store, !store.names.contains(key), part.count == options.length {
                    try extraction?.append(part, named: key, to: store)
                }
            }
            videos.append(SceneEvaluation.LongVideo(
                caption: clip.caption, seed: UInt64(index), seams: try seams { frames[$0] },
                rendered: try seams { frame in
                    drawn[index].draw(frame, into: canvas)
                    return canvas.frame()
                }, firstAnswer: answers["first"] ?? "",
                lastAnswer: answers["last"] ?? ""))
        }
        func distance(_ name: String) throws -> SceneDistance? {
            guard wantsDistances else { return nil }
            guard let store else { return SceneDistance(try vectors(.rendered), ends[name] ?? []) }
            return SceneDistance(try vectors(.rendered), try Self.logits(store, names[name] ?? []))
        }
        func colour(_ seams: [Seams]) -> Double {
            let shifts = seams.flatMap { $0.drift.map(abs) }
            return shifts.reduce(0, +) / Double(max(shifts.count, 1))
        }
        return (
            videos,
            SceneEvaluation.Drift(
                videos: videos.count, frames: length, metric: metric, first: try distance("first"), last: try distance("last"),
                firstFamily: shares["first"]?.questions["family"] ?? .init(), lastFamily: shares["last"]?.questions["family"] ?? .init(),
                colour: colour(videos.map(\.seams)), renderedColour: colour(videos.compactMap(\.rendered)))
        )
    }

    // MARK: Pictures

    /// Captions across the list, rendered and generated side by side, four frames of each.
    func drawSheet(_ generated: ClipCache) throws -> Frame {
        let rows = min(16, count), shown = min(4, options.length)
        var cells: [Frame] = [], captions: [String] = []
        for row in 0..<rows {
            let index = row * count / rows, frames = Self.frames(generated, generated.entries[index])
            let places = (0..<shown).map { $0 * (options.length - 1) / max(shown - 1, 1) }
            cells += places.map { clips[index].frame($0) } + places.map { frames[$0] }
            captions += [clips[index].caption] + Array(repeating: "", count: 2 * shown - 1)
        }
        return try ContactSheet(columns: 2 * shown).picture(of: cells, captions: captions, title: "rendered, generated")
    }
}

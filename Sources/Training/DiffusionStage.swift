import Checkpoints
import Diffusion
import Files
import Foundation
import Generation
import Layers
import Models
import Scenes
import Tensors
import Text
import Video

/// Trains U-Net and text encoder on latents: single frames (image stage, captions), clips (video stage) or both.
public final class DiffusionStage: TrainingStage {
    public enum Kind: String {
        /// Spatial layers and text encoder, from scratch, on single frames.
        case image
        /// The same on top of an image model.
        case captions
        /// Temporal layers anew on top of an image model, spatial layers at a lower rate, text encoder fixed.
        case video
        /// All layers and the text encoder further, each step on clips and on single frames (joint training: Ho et al.,
        /// 2204.03458, section 4.3.1). A caption is met in one frame at a sixteenth of what a clip costs, and temporal
        /// layers keep up with what spatial ones learn from it.
        case joint

        var takesClips: Bool { self == .video || self == .joint }
    }

    public struct Configuration {
        public var kind: Kind
        public var batch: Int
        /// Frames of a training clip; 1 in the image stage and for captions.
        public var frames: Int
        /// Share of empty captions, for classifier-free guidance.
        public var captionDropout: Float = 0.1
        /// Learning rate of spatial layers in the video stage, as a factor.
        public var spatialRate: Float = 1
        /// Timesteps are drawn as t = s·u / (1 + (s - 1)·u) of the noisiest: above 1 more of them are noisy. What a
        /// caption says (subject, colour, number) and what frames agree on is settled there.
        public var timestepShift: Float = 1
        /// Single frames in a batch of joint training, beside its clips.
        public var stillsBatch = 0
        /// `timestepShift` of those.
        public var stillsTimestepShift: Float = 1
        public var seed: UInt64 = 1
        public var checkpointing = false
        public var optimizer = OptimizerKind.adamW
        /// Scenes that no training draws, whose loss is measured: see `heldOut`.
        public var heldOut = 0
        /// What the image stage trains.
        public var unet = UNetConfiguration.starter

        public init(kind: Kind, batch: Int, frames: Int) {
            self.kind = kind
            self.batch = batch
            self.frames = frames
        }
    }

    public var name: String { configuration.kind.rawValue }
    public let optimizer: Optimizer
    public var batchSize: Int { sources.reduce(0) { $0 + $1.batch } }
    private let configuration: Configuration
    /// Clips, and in joint training stills.
    private let sources: [Source]
    private let unetStore = ParameterStore(), textStore = ParameterStore()
    private let unet: VideoUNet
    private let reader: CLIPReader
    private let autoencoder: Autoencoder
    private let schedule: NoiseSchedule
    private let folder: URL
    private let emptyTokens: [Int]
    private let heldOutLatents: Tensor?
    private let heldOutTokens: [[Int]]

    /// What a part of each batch is drawn from.
    private struct Source {
        let cache: ClipCache
        let latents: LatentCache
        let tokens: [[Int]]
        let batch: Int
        let frames: Int
        let objective: any Objective
    }

    /// - Parameters:
    ///   - stills: what single frames of joint training are drawn from, and of that alone.
    ///   - folder: the model folder: `vae` must be there; the image stage makes `tokenizer`, `text_encoder`, `scheduler`
    ///     and `unet`, the others go on with them.
    public init(
        _ configuration: Configuration, cache: ClipCache, stills: ClipCache? = nil, folder: URL, report: (String) -> Void,
        isCancelled: () -> Bool = { false }
    ) throws {
        self.configuration = configuration
        self.folder = folder
        if let short = cache.entries.first(where: { $0.frames < configuration.frames }) {
            throw TrainingError.shortClips(cache.folder.path, needed: configuration.frames, found: short.frames)
        }
        let vae = try ModelFolder(folder.appendingPathComponent("vae"))
        let vaeReader = WeightReader(try vae.weights(), for: "the autoencoder"), vaeStore = ParameterStore()
        let autoencoder = Autoencoder(
            try vae.configuration(AutoencoderConfiguration.self), ParameterScope(vaeReader, store: vaeStore))
        try vaeReader.finish()
        self.autoencoder = autoencoder
        func latents(_ cache: ClipCache) throws -> LatentCache {
            try cache.checkSize(factor: autoencoder.configuration.factor)
            return try LatentCache(cache, autoencoder, vaeStore, report: report, isCancelled: isCancelled)
        }
        // Before anything of the model is made: encoding takes minutes and may be stopped.
        let clipLatents = try latents(cache), stillLatents = try stills.map(latents)

        let tokenizer: any Tokenizer, textEncoder: TextEncoder
        let tokenizerFolder = folder.appendingPathComponent("tokenizer")
        func reader(_ part: String, _ name: String) throws -> (ModelFolder, WeightReader) {
            let component = try ModelFolder(folder.appendingPathComponent(part))
            return (component, WeightReader(try component.weights(), for: name))
        }
        switch configuration.kind {
        case .image:
            tokenizer = try SentencePieceTrainer.trainFolder(
                captions: cache.entries.map(\.caption), vocabularySize: 1000, maximumLength: 32, to: tokenizerFolder)
            var scheduler = SchedulerConfiguration()
            scheduler.betaSchedule = .squaredCosine
            scheduler.predictionType = .velocity
            scheduler.clipSample = false
            schedule = try NoiseSchedule(scheduler)
            unet = VideoUNet(configuration.unet, ParameterScope(nil, store: unetStore, seed: configuration.seed))
            textEncoder = TextEncoder(
                .starter(vocabularySize: tokenizer.vocabularySize),
                ParameterScope(nil, store: textStore, seed: configuration.seed &+ 1))
        case .captions, .video, .joint:
            tokenizer = try TokenizerFolder.open(tokenizerFolder)
            schedule = try NoiseSchedule(
                SchedulerConfiguration(contentsOf: folder.appendingPathComponent("scheduler/scheduler_config.json")))
            let (unetFolder, unetReader) = try reader("unet", "the U-Net")
            unet = VideoUNet(
                try unetFolder.configuration(UNetConfiguration.self), ParameterScope(unetReader, store: unetStore))
            try unetReader.finish()
            let (textFolder, textReader) = try reader("text_encoder", "the text encoder")
            textEncoder = TextEncoder(
                try textFolder.configuration(TextEncoderConfiguration.self), ParameterScope(textReader, store: textStore))
            try textReader.finish()
        }
        self.reader = CLIPReader(tokenizer, textEncoder)
        let schedule = schedule
        func source(_ cache: ClipCache, _ latents: LatentCache, batch: Int, frames: Int, shift: Float) throws -> Source {
            var process = schedule
            process.timestepShift = shift
            return Source(
                cache: cache, latents: latents, tokens: try cache.entries.map { try tokenizer.encode($0.caption).ids },
                batch: batch, frames: frames,
                objective: DenoisingObjective(process, checkpointing: configuration.checkpointing))
        }
        var sources = [try source(
            cache, clipLatents, batch: configuration.batch, frames: configuration.frames, shift: configuration.timestepShift)]
        if let stills, let stillLatents {
            sources.append(try source(
                stills, stillLatents, batch: configuration.stillsBatch, frames: 1, shift: configuration.stillsTimestepShift))
        }
        self.sources = sources
        let heldOut = SceneCatalog.heldOut(
            count: configuration.heldOut, frames: configuration.frames, width: cache.width, height: cache.height)
        heldOutTokens = try heldOut.map { try tokenizer.encode($0.caption).ids }
        heldOutLatents = heldOut.isEmpty ? nil : Tensor.stacked(heldOut.map { clip in
            autoencoder.normalized(autoencoder.encode(Tensor.stacked(clip.render().frames.map {
                $0.signedTensor.reshaped([1, $0.height, $0.width, 3])
            })).mean)
        }).reshaped([heldOut.count, configuration.frames] + clipLatents.shape)
        emptyTokens = try tokenizer.encode("").ids

        let kind = configuration.kind
        unetStore.train { kind.takesClips || !Self.isTemporal($0) }
        textStore.train { _ in kind != .video }
        optimizer = Optimizer(unetStore.parameters + textStore.parameters, configuration: .init(configuration.optimizer)) {
            kind == .video && !Self.isTemporal($0) ? configuration.spatialRate : 1
        }
    }

    /// Timesteps at which the loss of scenes that are not trained on is measured.
    public static let heldOutTimesteps = [300, 600, 850, 950]

    public func heldOut() -> [String: Double] {
        guard let clean = heldOutLatents else { return [:] }
        var generator = TorchGenerator(seed: 0), losses: [String: Double] = [:]
        let block = max(1, configuration.batch)
        for timestep in Self.heldOutTimesteps {
            var sum = 0.0
            for low in stride(from: 0, to: clean.shape[0], by: block) {
                let range = low..<min(clean.shape[0], low + block), part = clean.slice(range)
                let loss = withoutGradients {
                    DenoisingObjective(schedule).loss(
                        of: unet, on: batch(of: part, range.map { heldOutTokens[$0] }), noise: generator.randn(part.shape),
                        levels: range.map { _ in Float(timestep) })
                }
                sum += Double(loss.values[0]) * Double(range.count)
            }
            losses["t\(timestep)"] = sum / Double(clean.shape[0])
        }
        losses["mean"] = losses.values.reduce(0, +) / Double(losses.count)
        return losses
    }

    private static func isTemporal(_ key: String) -> Bool { key.contains("temp_") }

    public func loss(generator: inout TorchGenerator, progress: Double) throws -> Tensor {
        let loss = try loss(of: sources[0], &generator)
        return try sources.dropFirst().reduce(loss) { try $0 + self.loss(of: $1, &generator) }
    }

    private func loss(of source: Source, _ generator: inout TorchGenerator) throws -> Tensor {
        let (cache, latents, batch, frames) = (source.cache, source.latents, source.batch, source.frames)
        let clean = Tensor(uninitialized: [batch, frames] + latents.shape), size = latents.shape.reduce(1, *)
        var ids: [[Int]] = []
        for i in 0..<batch {
            let index = Int(Double(generator.uniform()) * Double(cache.entries.count))
            let entry = cache.entries[index]
            let first = entry.offset + Int(generator.uniform() * Float(entry.frames - frames + 1))
            for f in 0..<frames { latents.read(first + f, into: clean.pointer + (i * frames + f) * size) }
            ids.append(generator.uniform() < configuration.captionDropout ? emptyTokens : source.tokens[index])
        }
        return try source.objective.loss(of: unet, on: self.batch(of: clean, ids), generator: &generator)
    }

    /// Clean latents with what the text encoder makes of their tokens now.
    private func batch(of clean: Tensor, _ ids: [[Int]]) -> LatentBatch {
        let read = reader.read(ids: ids)
        return LatentBatch(clean: clean, condition: Condition(text: .init(hidden: read.hidden, pooled: read.pooled)))
    }

    /// Prompts of the sample sheets.
    public static let samplePrompts = [
        "a candle is burning", "timelapse at the snow land with aurora in the sky",
        "an epic tornado attacking above a glowing city at night",
        "aerial view of a white sandy beach on the shores of a beautiful sea", "wood on fire",
        "a boat is sailing in a lake", "a red car is driving", "an orange fish is swimming",
    ]

    public func sheet() throws -> Frame {
        let model = VideoModel(
            .vidRD, reader: reader, denoiser: unet, codec: autoencoder, process: schedule, defaults: .starter)
        let isVideo = configuration.kind.takesClips
        var cells: [Frame] = []
        for (seed, prompt) in Self.samplePrompts.enumerated() {
            for repeat_ in 0..<(isVideo ? 1 : 2) {
                var settings = GenerationSettings(
                    prompt: prompt, length: configuration.frames, seed: UInt64(seed + 100 * repeat_), model: model)
                settings.clipFrames = configuration.frames
                settings.method.adapt(toClipsOf: configuration.frames)
                let frames = try VideoGenerator(model, settings).frames()
                cells += isVideo ? stride(from: 0, to: frames.count, by: 2).map { frames[$0] } : frames
            }
        }
        return try ContactSheet(columns: isVideo ? (configuration.frames + 1) / 2 : 8).picture(of: cells)
    }

    public func export() throws {
        try unetStore.write(configuration: unet.configuration, to: folder.appendingPathComponent("unet"))
        try textStore.write(
            configuration: reader.encoder.configuration, to: folder.appendingPathComponent("text_encoder"),
            named: "model.safetensors")
        // Words that are in the new captions alone are known as well; how they are split into pieces stays.
        if [.captions, .joint].contains(configuration.kind), let known = (reader.tokenizer as? SentencePieceTokenizer)?.knownWords {
            try known.adding(sources.flatMap { $0.cache.entries.map(\.caption) }).write(to: folder.appendingPathComponent("tokenizer/vocabulary.txt"))
        }
        try JSONFile.write(schedule.configuration, to: folder.appendingPathComponent("scheduler/scheduler_config.json"))
        try JSONFile.write(GenerationDefaults.starter, to: folder.appendingPathComponent("generation_config.json"))
        try ModelKind.vidRD.writeIndex(to: folder)
    }
}

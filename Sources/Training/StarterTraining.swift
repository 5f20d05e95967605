import Checkpoints
import Files
import Foundation
import Scenes
import Tensors

/// What is done of a recipe: `recipe.json` in the model's folder.
public struct StarterRecord: Codable, Sendable {
    public struct Stage: Codable, Sendable {
        public let name: String
        /// Steps of training; clips of the stages that draw.
        public let steps: Int
        /// Time that it took, all runs of it together.
        public let seconds: Double
        /// Mean loss of the last 25 steps.
        public let loss: Double?
        public let threads: Int
    }

    public var recipe: StarterRecipe
    /// Clips of pictures that each stage that draws has made: 0 without a folder of pictures.
    public var composed: [String: Int] = [:]
    /// Stages that are finished, in their order.
    public var stages: [Stage] = []
    /// Seconds spent on drawing, while that is not finished.
    var clipSeconds = 0.0

    enum CodingKeys: String, CodingKey { case recipe, composed, stages, clipSeconds = "clip_seconds" }

    init(_ recipe: StarterRecipe) { self.recipe = recipe }

    public func isFinished(_ name: String) -> Bool { stages.contains { $0.name == name } }
}

/// Carries out a recipe, stage by stage. What was stopped or killed goes on where it saved last; finished stages are not
/// run again.
public final class StarterTraining {
    public static let recordName = "recipe.json"
    /// The recipe of the checkpoints, beside their folders.
    static let stagesName = "stages-recipe.json"
    /// The stages' names, in their order.
    public static let stages = StarterDrawing.allCases.map(\.rawValue) + StarterStage.allCases.map(\.rawValue)

    private let data, runs, model: URL
    private let pictures: URL?
    private let saveEvery: Double
    private let report: (String) -> Void
    public private(set) var record: StarterRecord
    private var recipe: StarterRecipe { record.recipe }
    private var stagesRecipe: URL { runs.appendingPathComponent(Self.stagesName) }

    /// - Parameters:
    ///   - data: the folder of clips, with those of the other stages that draw in folders of their names below it.
    ///   - runs: gets a folder for each stage (checkpoint, loss curve, sheets) and their recipe.
    ///   - model: the model's folder.
    ///   - pictures: cut-out pictures for composed clips; nil for none.
    ///   - saveEvery: minutes between checkpoints.
    ///
    /// Throws `TrainingError.otherRun` where the model's folder or that of the stages was begun with another recipe.
    public init(
        _ recipe: StarterRecipe, data: URL, runs: URL, model: URL, pictures: URL?, saveEvery: Double = 5,
        report: @escaping (String) -> Void
    ) throws {
        (self.data, self.runs, self.model, self.pictures) = (data, runs, model, pictures)
        (self.saveEvery, self.report) = (saveEvery, report)
        let file = model.appendingPathComponent(Self.recordName), isBegun = FileManager.default.fileExists(atPath: file.path)
        if isBegun {
            guard let found = try Self.read(StarterRecord.self, from: file), found.recipe == recipe else {
                throw TrainingError.otherRun(file.path, "this model was begun with another recipe; name another --model folder, or use that recipe again")
            }
            if let unknown = found.stages.map(\.name).first(where: { !Self.stages.contains($0) }) {
                throw TrainingError.otherRun(
                    file.path, "it says that the stage \"\(unknown)\" is finished, and the stages are \(Self.stages.joined(separator: ", ")); go on with the program that wrote it, or name another --model folder")
            }
            record = found
        } else {
            record = StarterRecord(recipe)
        }
        if FileManager.default.fileExists(atPath: stagesRecipe.path) {
            guard try Self.read(StarterRecipe.self, from: stagesRecipe) == recipe else {
                throw TrainingError.otherRun(stagesRecipe.path, "these stages are of another recipe; name another --run folder, or use that recipe again")
            }
        } else if !isBegun, let name = Self.stages.first(where: { FileManager.default.fileExists(atPath: checkpoint($0).path) }) {
            // Older versions kept the recipe in the model's folder alone.
            throw TrainingError.otherRun(runs.path, "it holds the stage \"\(name)\" and no \(Self.stagesName) that says by which recipe; name another --run folder, or the --model folder that it belongs to")
        }
    }

    /// Nil where a key is missing: it was written by a program whose recipe was another one.
    private static func read<Value: Decodable>(_ type: Value.Type, from file: URL) throws -> Value? {
        do {
            return try JSONFile.read(type, from: file)
        } catch FileError.invalid(_, _, let problem) where problem == JSONFile.missing {
            return nil
        }
    }

    private func checkpoint(_ stage: String) -> URL {
        runs.appendingPathComponent(stage).appendingPathComponent(TrainingCheckpoint.fileName)
    }

    /// Runs what is not finished; answers whether all of it is now.
    public func run(isCancelled: () -> Bool = { false }) throws -> Bool {
        try FileManager.default.makeFolder(model)
        func isDone(_ name: String, _ work: () throws -> Bool) rethrows -> Bool {
            guard record.isFinished(name) else { return try work() }
            report("\(name): finished before")
            return true
        }
        for drawing in StarterDrawing.allCases {
            guard try isDone(drawing.rawValue, { try make(drawing, isCancelled) }) else { return false }
        }
        for stage in StarterStage.allCases {
            guard try isDone(stage.rawValue, { try train(stage, isCancelled) }) else { return false }
        }
        return true
    }

    /// Where the clips of a stage that draws lie.
    private func folder(of drawing: StarterDrawing) -> URL { drawing == .clips ? data : data.appendingPathComponent(drawing.rawValue) }

    private func save() throws { try JSONFile.write(record, to: model.appendingPathComponent(Self.recordName)) }

    private struct Stopped: Error {}

    private func make(_ drawing: StarterDrawing, _ isCancelled: () -> Bool) throws -> Bool {
        let clips = recipe[keyPath: drawing.clips], name = drawing.rawValue
        let begin = Date(), before = record.clipSeconds, folder = folder(of: drawing)
        let writer = try ClipCacheWriter(folder, width: clips.size, height: clips.size)
        // What lies beyond the drawn clips is drawn again or trained on: it must be this recipe's.
        let composed = pictures == nil ? 0 : clips.composed
        guard writer.count <= clips.drawn
            || writer.count <= clips.drawn + composed && writer.isComposed(from: clips.drawn, seed: clips.composedSeed)
        else {
            throw TrainingError.otherRun(
                folder.path, "it holds \(writer.count) clips, and the recipe draws \(clips.drawn) and adds \(composed) of pictures; name another --data folder, or the one that this recipe was begun with and the same --pictures")
        }
        func progress(_ done: Int) throws {
            record.clipSeconds = before + Date().timeIntervalSince(begin)
            if done % 256 == 0 {
                report("\(name): \(done)")
                try save()
            }
            if isCancelled() { throw Stopped() }
        }
        do {
            try writer.appendScenes(
                upTo: clips.drawn, frames: clips.frames, framesPerSecond: clips.framesPerSecond, seed: clips.seed,
                explicitShare: clips.explicitShare, progress: progress)
            if let pictures {
                // A damaged picture gives no clip, so that the number of clips says nothing about the next seed: after a
                // stop the composed part is begun again.
                let library = try PictureLibrary(pictures)
                try writer.keep(clips.drawn)
                let skipped = try writer.appendPictures(
                    library, count: clips.composed, frames: clips.frames, framesPerSecond: clips.framesPerSecond,
                    size: clips.size, seed: clips.composedSeed, progress: progress)
                for item in skipped { report("\(item.file): \(item.reason)") }
            }
        } catch is Stopped {
            try save()
            return false
        }
        record.composed[name] = writer.count - clips.drawn
        record.clipSeconds = 0
        try finish(name, steps: writer.count, seconds: before + Date().timeIntervalSince(begin), loss: nil)
        return true
    }

    private func work(of stage: StarterStage, _ isCancelled: () -> Bool) throws -> any TrainingStage {
        func cache(_ drawing: StarterDrawing) throws -> ClipCache { try ClipCache(folder(of: drawing)) }
        func diffusion(
            _ configuration: DiffusionStage.Configuration, _ clips: StarterDrawing, stills: StarterDrawing? = nil
        ) throws -> DiffusionStage {
            try DiffusionStage(
                configuration, cache: cache(clips), stills: stills.map(cache), folder: model, report: report,
                isCancelled: isCancelled)
        }
        switch stage {
        case .autoencoder:
            return try AutoencoderStage(
                recipe.autoencoder.sizes, cache: cache(.clips), cropBatch: recipe.autoencoder.schedule.batch,
                weights: recipe.autoencoder.weights, optimizer: recipe.autoencoder.schedule.optimizer, seed: recipe.seed,
                output: model.appendingPathComponent("vae"))
        case .image: return try diffusion(recipe.imageConfiguration, .clips)
        case .captions: return try diffusion(recipe.captionsConfiguration, .stills)
        case .video: return try diffusion(recipe.videoConfiguration, .clips)
        case .motion: return try diffusion(recipe.motionConfiguration, .fresh)
        case .joint: return try diffusion(recipe.jointConfiguration, .fresh, stills: .explicit)
        case .decoder:
            return try DecoderStage(
                cache: cache(.clips), batch: recipe.decoder.schedule.batch, frames: recipe.decoder.frames,
                spatial: recipe.decoder.spatial, latentNoise: recipe.decoder.latentNoise,
                optimizer: recipe.decoder.schedule.optimizer, folder: model, report: report, isCancelled: isCancelled)
        }
    }

    /// What a stage's checkpoint says of itself.
    private struct Checkpoint: Decodable {
        let step: Int
        let seconds: Double
        let losses: [TrainingRun.Point]
    }

    private func train(_ stage: StarterStage, _ isCancelled: () -> Bool) throws -> Bool {
        let schedule = recipe[keyPath: stage.schedule], name = stage.rawValue
        let folder = runs.appendingPathComponent(name)
        let configuration = TrainingRun.Configuration(
            learningRate: LearningRate(highest: schedule.rate, warmup: schedule.warmup), steps: schedule.steps,
            minutes: schedule.minutes, seed: recipe.seed, saveEvery: saveEvery)
        // The model's folder takes finished stages alone: what is half done lies in the stage's own.
        do {
            let run = try TrainingRun(work(of: stage, isCancelled), configuration: configuration, folder: folder, report: report)
            try JSONFile.write(recipe, to: stagesRecipe)
            guard try run.run(exportsUnfinished: false, isCancelled: isCancelled) else { return false }
        } catch is CancellationError {
            return false
        }
        let checkpoint = try JSONFile.read(Checkpoint.self, from: checkpoint(name))
        try finish(name, steps: checkpoint.step, seconds: checkpoint.seconds, loss: checkpoint.losses.last?.loss)
        return true
    }

    private func finish(_ name: String, steps: Int, seconds: Double, loss: Double?) throws {
        record.stages.append(.init(name: name, steps: steps, seconds: seconds, loss: loss, threads: ThreadPool.threads))
        try save()
        report(String(format: "%@: finished, %.1f minutes", name, seconds / 60))
    }
}

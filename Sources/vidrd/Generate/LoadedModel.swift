import ArgumentParser
import Foundation
import Generation
import Tensors

/// A model in memory, and what a record says of it.
final class LoadedModel {
    let model: VideoModel
    private let layout: ModelLayout
    private let folder: URL
    private let parts: ModelParts
    private var known: RunRecord.Model?
    /// The most bytes that reading it took.
    private let peak: Int
    private var estimate: (settings: GenerationSettings, value: MemoryEstimate)?

    /// Loads the model that was asked for, or else that of a record.
    ///
    /// - Parameters:
    ///   - record: where a video was made with it before: the model must be the same one, unless `acceptsOthers`.
    ///   - name: of the record, for messages.
    init(_ asked: String?, _ parts: ModelParts, record: RunRecord? = nil, name: String = "", acceptsOthers: Bool = false) throws {
        var parts = parts
        if let record, asked == nil {
            guard FileManager.default.fileExists(atPath: record.model.folder) else {
                throw ModelNotFound(
                    "no model: '\(name)' was made with the one in '\(record.model.folder)', which does not exist; name it with --model DIR")
            }
            folder = URL(fileURLWithPath: record.model.folder)
            parts.checkpoint = parts.checkpoint ?? record.model.checkpoint
            parts.vae = parts.vae ?? record.model.autoencoder
        } else {
            folder = try ModelLocation.find(asked)
        }
        self.parts = parts
        layout = try parts.layout(folder)
        model = try VideoModel(layout)
        peak = Memory.peak
        model.warnings.forEach(Console.warning)
        if let record {
            let found = try place()
            if found.fingerprint != record.model.fingerprint {
                guard acceptsOthers else { throw RunError.otherModel(record: name, model: found.folder) }
                Console.warning("the model is not the one that '\(name)' was made with: frames will differ")
            }
        }
    }

    /// Reads all weights once, the first time.
    func place() throws -> RunRecord.Model {
        if let known { return known }
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        let place = RunRecord.Model(
            folder: folder.standardizedFileURL.path, checkpoint: parts.checkpoint.map(absolute),
            autoencoder: parts.vae.map(absolute), fingerprint: try layout.fingerprint())
        known = place
        return place
    }

    /// How a video is made within so many bytes; as a record has it where nobody says how many.
    ///
    /// - Parameter decided: where a video was begun, how.
    ///
    /// Throws `GenerationError` for settings out of range and where it cannot be.
    func plan(_ settings: GenerationSettings, within limit: Int?, decided: MemoryPlan? = nil) throws -> MemoryPlan {
        guard let limit else { return decided ?? .unlimited }
        // Settings that no video can be made with have no memory either.
        _ = try VideoGenerator(model, settings)
        func sizes(_ settings: GenerationSettings) -> [Int] {
            [
                settings.width, settings.height, settings.clipFrames, settings.decodedTogether(by: model.codec), settings.steps,
                settings.method.decodesFrameByFrame ? 1 : 0, settings.guidanceScale > 1 ? 1 : 0,
            ]
        }
        if estimate.map({ sizes($0.settings) != sizes(settings) }) ?? true {
            estimate = (settings, try MemoryEstimate(model, settings, peak: peak, resident: { Memory.resident ?? Memory.peak }))
        }
        guard let value = estimate?.value else { return .unlimited }
        let plan = try value.plan(within: limit, decided: decided)
        StoragePool.shared.budgetBytes = value.tensors(within: limit, by: plan)
        return plan
    }
}

import Checkpoints
import Files
import Foundation
import Tensors

/// Where a training run stands: `state.json`, and in `state-STEP.safetensors`, which it names, what the optimiser holds.
struct TrainingCheckpoint: Codable {
    /// Files of version 1 carry no number, and the oldest of them lack `pending` and `optimizer_step`.
    static let newestVersion = 2
    static let fileName = "state.json"

    private var version: Int? = newestVersion
    let stage: String
    var step = 0
    var seconds = 0.0
    var generator: TorchGenerator
    var losses: [TrainingRun.Point] = []
    /// Losses since the last point.
    var pending: Pending?
    /// Steps that changed the weights: those whose loss and gradients were finite.
    private var optimizerStep: Int?

    struct Pending: Codable {
        var sum = 0.0
        var count = 0
    }

    enum CodingKeys: String, CodingKey {
        case version, stage, step, seconds, generator, losses, pending, optimizerStep = "optimizer_step"
    }

    init(stage: String, seed: UInt64) {
        self.stage = stage
        generator = TorchGenerator(seed: seed)
    }

    private static func weights(_ folder: URL, _ step: Int) -> URL { folder.appendingPathComponent("state-\(step).safetensors") }

    /// Takes up what `write` left in a folder; nil where there is nothing.
    ///
    /// Throws `TrainingError.newerCheckpoint`, `.otherOptimizer`, and `.otherRun` for that of another stage and for numbers
    /// that are not finite.
    static func read(from folder: URL, stage: String, into optimizer: Optimizer) throws -> TrainingCheckpoint? {
        let file = folder.appendingPathComponent(fileName)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        // Before anything else: later versions may have other keys.
        struct Version: Decodable { let version: Int? }
        let version = try JSONFile.read(Version.self, from: file).version ?? 1
        guard (1...newestVersion).contains(version) else {
            throw TrainingError.newerCheckpoint(file.path, found: version, newest: newestVersion)
        }
        var found = try JSONFile.read(TrainingCheckpoint.self, from: file)
        guard found.stage == stage else {
            throw TrainingError.otherRun(
                file.path, "this is a checkpoint of the stage \"\(found.stage)\", not of \"\(stage)\"; name another --run folder")
        }
        let tensors = try WeightFile.open(weights(folder, found.step)), kind = OptimizerKind(ofStateWith: Set(tensors.keys))
        guard kind == optimizer.kind else {
            throw TrainingError.otherOptimizer(file.path, found: kind.rawValue, asked: optimizer.kind.rawValue)
        }
        let reader = WeightReader(tensors, for: "this run")
        try optimizer.restore({ key, shape in reader.take(key, shape) }, step: found.optimizerStep ?? found.step)
        try reader.finish()
        if let key = optimizer.nonFinite {
            throw TrainingError.otherRun(
                file.path, "\"\(key)\" of step \(found.step) is not finite, and what is not stays so; name another --run folder")
        }
        found.version = newestVersion
        return found
    }

    /// Writes this step in place of what the folder holds, which stays until this is whole.
    mutating func write(to folder: URL, _ optimizer: Optimizer) throws {
        optimizerStep = optimizer.step
        let file = Self.weights(folder, step)
        try SafetensorsWriter.write(optimizer.state(), as: .float32, to: file)
        try JSONFile.write(self, to: folder.appendingPathComponent(Self.fileName))
        // The JSON names the tensors it belongs to: only then are older ones of no use.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix("state-") && name.hasSuffix(".safetensors") && name != file.lastPathComponent {
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
    }
}

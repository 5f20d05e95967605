import Checkpoints
import Files
import Foundation
import Layers
import Tensors
import Video

/// One stage of training: makes a batch, computes its loss, and shows what the model does.
public protocol TrainingStage: AnyObject {
    var name: String { get }
    var optimizer: Optimizer { get }
    /// Records a loss for one batch drawn with `generator`.
    ///
    /// - Parameter progress: how much of the run is done, from 0 to 1.
    func loss(generator: inout TorchGenerator, progress: Double) throws -> Tensor
    /// Clips or pictures in a batch, for the rate.
    var batchSize: Int { get }
    /// Pictures of what the model does now, made with the averaged weights.
    func sheet() throws -> Frame
    /// Writes the averaged weights into the model folder.
    func export() throws
    /// Losses on what is not trained on, by name; empty where there is none.
    func heldOut() throws -> [String: Double]
}

extension TrainingStage {
    public func heldOut() -> [String: Double] { [:] }
}

/// The loop around a stage: learning rate, time limit, progress, checkpoints, loss curve and sample sheets.
public final class TrainingRun {
    public struct Configuration: Codable, Equatable, Sendable {
        public var learningRate: LearningRate
        /// Steps of the whole run. Where nil the schedule follows the clock.
        public var steps: Int?
        /// Minutes after which it ends even before its steps are taken; nil where these alone decide.
        public var minutes: Double?
        public var seed: UInt64
        /// Minutes between checkpoints and sheets.
        public var saveEvery: Double
        /// Steps between measurements on what is not trained on; nil: none.
        public var heldOutEvery: Int?

        /// One of steps and minutes must be given.
        public init(
            learningRate: LearningRate, steps: Int?, minutes: Double?, seed: UInt64, saveEvery: Double = 5, heldOutEvery: Int? = nil
        ) {
            precondition(steps != nil || minutes != nil, "a run without steps and minutes has no end")
            self.learningRate = learningRate
            self.steps = steps
            self.minutes = minutes
            self.seed = seed
            self.saveEvery = saveEvery
            self.heldOutEvery = heldOutEvery
        }
    }

    /// What a checkpoint keeps beside the tensors.
    private struct State: Codable {
        var stage: String
        var step: Int
        var seconds: Double
        var generator: TorchGenerator
        var losses: [Point]
        /// Losses since the last point.
        var pending: Pending?
        /// Steps that changed the weights: those whose gradients were finite. Nil in files of older versions.
        var optimizerStep: Int?

        struct Pending: Codable {
            var sum = 0.0
            var count = 0
        }

        enum CodingKeys: String, CodingKey {
            case stage, step, seconds, generator, losses, pending, optimizerStep = "optimizer_step"
        }
    }

    static let stateName = "state.json"
    /// One line of JSON for each measurement on what is not trained on.
    static let heldOutName = "held-out.jsonl"

    public struct Point: Codable {
        public let step: Int
        public let loss: Double
    }

    private let configuration: Configuration
    private let stage: any TrainingStage
    private let folder: URL
    private var state: State
    private let report: (String) -> Void

    /// - Parameters:
    ///   - folder: where checkpoint, curve and sheets go; a checkpoint of the same stage there is continued.
    ///   - report: takes lines about progress.
    public init(
        _ stage: any TrainingStage, configuration: Configuration, folder: URL, report: @escaping (String) -> Void
    ) throws {
        self.stage = stage
        self.configuration = configuration
        self.folder = folder
        self.report = report
        try FileManager.default.makeFolder(folder)
        state = State(
            stage: stage.name, step: 0, seconds: 0, generator: TorchGenerator(seed: configuration.seed), losses: [])
        let saved = folder.appendingPathComponent(Self.stateName)
        if FileManager.default.fileExists(atPath: saved.path) {
            let found = try JSONFile.read(State.self, from: saved)
            guard found.stage == stage.name else {
                throw TrainingError.otherRun(saved.path, "this is a checkpoint of the stage \"\(found.stage)\", not of \"\(stage.name)\"; name another --run folder")
            }
            let weights = try WeightFile.open(folder.appendingPathComponent("state-\(found.step).safetensors"))
            let reader = WeightReader(weights, for: "this run")
            try stage.optimizer.restore({ key, shape in reader.take(key, shape) }, step: found.optimizerStep ?? found.step)
            try reader.finish()
            state = found
            report("continuing at step \(state.step) after \(Int(state.seconds / 60)) minutes")
        }
    }

    private var progress: Double {
        if let steps = configuration.steps { return Double(state.step) / Double(max(steps, 1)) }
        return state.seconds / ((configuration.minutes ?? .infinity) * 60)
    }

    private var isFinished: Bool {
        if let steps = configuration.steps, state.step >= steps { return true }
        return state.seconds >= (configuration.minutes ?? .infinity) * 60
    }

    /// Runs until the steps or the minutes are used up or `isCancelled` says so; then saves and exports.
    ///
    /// - Parameter exportsUnfinished: whether a run that was cancelled is exported too.
    /// - Returns: whether the steps or the minutes are used up.
    @discardableResult
    public func run(exportsUnfinished: Bool = true, isCancelled: () -> Bool = { false }) throws -> Bool {
        var last = Date(), lastSave = state.seconds, lastReport = state.seconds
        var reportedSteps = state.step, pending = state.pending ?? .init()
        var smooth = state.losses.last?.loss
        report("\(stage.name): \(stage.optimizer.parameterCount) parameters, \(ThreadPool.threads) threads")
        while !isFinished && !isCancelled() {
            let rate = configuration.learningRate.value(step: state.step, progress: progress)
            let loss = try stage.loss(generator: &state.generator, progress: progress)
            loss.backward()
            let norm = stage.optimizer.apply(learningRate: rate)
            let value = Double(loss.values[0])
            if value.isFinite && norm.isFinite {
                pending.sum += value
                pending.count += 1
            }
            state.step += 1
            let now = Date()
            state.seconds += now.timeIntervalSince(last)
            last = now
            if pending.count >= 25 {
                let mean = pending.sum / Double(pending.count)
                smooth = mean
                state.losses.append(Point(step: state.step, loss: mean))
                pending = .init()
            }
            state.pending = pending
            if state.seconds - lastReport >= 15 {
                let speed = Double((state.step - reportedSteps) * stage.batchSize) / (state.seconds - lastReport)
                report(
                    String(
                        format: "%@ step %d  %.1f min  loss %.4f  gradient %.2f  rate %.2e  %.1f samples/s", stage.name,
                        state.step, state.seconds / 60, smooth ?? value, norm, rate, speed))
                (lastReport, reportedSteps) = (state.seconds, state.step)
            }
            if let every = configuration.heldOutEvery, state.step % every == 0 {
                try measureHeldOut()
                last = Date()
            }
            if state.seconds - lastSave >= configuration.saveEvery * 60 {
                try save()
                lastSave = state.seconds
                last = Date()
            }
        }
        try save()
        if isFinished || exportsUnfinished { try stage.optimizer.withAverages { try stage.export() } }
        return isFinished
    }

    /// With the averaged weights.
    private func measureHeldOut() throws {
        let losses = try stage.optimizer.withAverages { try stage.heldOut() }
        guard !losses.isEmpty else { return }
        struct Line: Encodable {
            let step: Int
            let seconds: Double
            let losses: [String: Double]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = try encoder.encode(Line(step: state.step, seconds: state.seconds, losses: losses)) + Data("\n".utf8)
        let file = folder.appendingPathComponent(Self.heldOutName)
        // A run that goes on from a checkpoint measures again what came after it.
        let before = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").filter {
            let step = try? JSONDecoder().decode(Step.self, from: Data($0.utf8)).step
            return step.map { $0 < state.step } ?? false
        }
        try (Data(before.map { $0 + "\n" }.joined().utf8) + line).write(to: file, options: .atomic)
        let text = losses.sorted { $0.key < $1.key }.map { String(format: "%@ %.4f", $0.key, $0.value) }.joined(separator: "  ")
        report("\(stage.name) step \(state.step)  held out: \(text)")
    }

    private struct Step: Decodable { let step: Int }

    private func save() throws {
        state.optimizerStep = stage.optimizer.step
        let file = folder.appendingPathComponent("state-\(state.step).safetensors")
        try SafetensorsWriter.write(stage.optimizer.state(), as: .float32, to: file)
        try JSONFile.write(state, to: folder.appendingPathComponent(Self.stateName))
        // The JSON names the tensors it belongs to: only then are older ones of no use.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix("state-") && name.hasSuffix(".safetensors") && name != file.lastPathComponent {
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
        let sheet = try withoutGradients { try stage.optimizer.withAverages { try stage.sheet() } }
        try PNG.write(sheet, to: folder.appendingPathComponent("sheet.png").path)
        if state.losses.count > 1 {
            var plot = Plot(series: [.init(name: stage.name, points: state.losses.map { (Double($0.step), $0.loss) }, smoothing: 0.9)])
            (plot.title, plot.xLabel, plot.yLabel, plot.yScale) = (stage.name, "step", "loss", .logarithmic)
            try PNG.write(plot.picture(), to: folder.appendingPathComponent("loss.png").path)
        }
    }
}

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

    /// One line of JSON for each measurement on what is not trained on.
    static let heldOutName = "held-out.jsonl"

    /// So many steps in a row whose loss or gradient is not finite end a run: it would not find back.
    static let longestStreak = 20

    public struct Point: Codable {
        public let step: Int
        public let loss: Double
    }

    private let configuration: Configuration
    private let stage: any TrainingStage
    private let folder: URL
    private var state: TrainingCheckpoint
    /// The step of the checkpoint in the folder.
    private var saved: Int?
    /// Where the steps began that were not finite, while there are such.
    private var streakBegan: Int?
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
        if let found = try TrainingCheckpoint.read(from: folder, stage: stage.name, into: stage.optimizer) {
            (state, saved) = (found, found.step)
            report("continuing at step \(state.step) after \(Int(state.seconds / 60)) minutes")
        } else {
            state = TrainingCheckpoint(stage: stage.name, seed: configuration.seed)
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

    /// Runs until the steps or the minutes are used up or `isCancelled` says so; then saves and exports. An error in a step
    /// ends it too: what was learnt before is saved first, and that step is taken again by who goes on.
    ///
    /// Throws `TrainingError.diverged` after `longestStreak` steps that were not finite, and `.notFinite` where a weight is
    /// not. Both leave the last checkpoint as it was.
    ///
    /// - Parameter exportsUnfinished: whether a run that was cancelled is exported too.
    /// - Returns: whether the steps or the minutes are used up.
    @discardableResult
    public func run(exportsUnfinished: Bool = true, isCancelled: () -> Bool = { false }) throws -> Bool {
        var last = Date(), lastSave = state.seconds, lastReport = state.seconds
        var reportedSteps = state.step, changing = stage.optimizer.step
        report("\(stage.name): \(stage.optimizer.parameterCount) parameters, \(ThreadPool.threads) threads")
        while !isFinished && !isCancelled() {
            let taken = try savingFirst { try step() }, now = Date()
            state.seconds += now.timeIntervalSince(last)
            last = now
            if state.seconds - lastReport >= 15 {
                let steps = state.step - reportedSteps, skipped = steps - (stage.optimizer.step - changing)
                report(
                    String(
                        format: "%@ step %d  %.1f min  loss %.4f  gradient %.2f  rate %.2e  %.1f samples/s", stage.name, state.step,
                        state.seconds / 60, state.losses.last?.loss ?? taken.loss, taken.norm, taken.rate,
                        Double(steps * stage.batchSize) / (state.seconds - lastReport))
                        + (skipped > 0 ? "  \(skipped) steps left out, not finite" : ""))
                (lastReport, reportedSteps, changing) = (state.seconds, state.step, stage.optimizer.step)
            }
            if let every = configuration.heldOutEvery, state.step % every == 0 {
                try savingFirst { try measureHeldOut() }
                last = Date()
            }
            // Not between steps that are not finite: if they do not end, what was before them is worth more.
            if state.seconds - lastSave >= configuration.saveEvery * 60, streakBegan == nil {
                try save()
                lastSave = state.seconds
                last = Date()
            }
        }
        try save()
        if isFinished || exportsUnfinished { try stage.optimizer.withAverages { try stage.export() } }
        return isFinished
    }

    /// Takes one step. One whose loss or gradient is not finite changes nothing but the count of steps.
    private func step() throws -> (loss: Double, norm: Float, rate: Float) {
        let rate = configuration.learningRate.value(step: state.step, progress: progress)
        var generator = state.generator
        let loss = try stage.loss(generator: &generator, progress: progress)
        state.generator = generator
        let value = Double(loss.values[0])
        var norm = Float.nan
        if value.isFinite {
            loss.backward()
            norm = stage.optimizer.apply(learningRate: rate)
        }
        state.step += 1
        if norm.isFinite {
            streakBegan = nil
            add(value)
        } else {
            let began = streakBegan ?? state.step
            streakBegan = began
            if state.step - began + 1 >= Self.longestStreak {
                throw TrainingError.diverged(stage: stage.name, from: began, to: state.step, folder: folder.path, saved: saved)
            }
        }
        return (value, norm, rate)
    }

    /// Counts a loss for the curve, whose points are means of 25.
    private func add(_ loss: Double) {
        var pending = state.pending ?? .init()
        pending.sum += loss
        pending.count += 1
        if pending.count >= 25 {
            state.losses.append(Point(step: state.step, loss: pending.sum / Double(pending.count)))
            pending = .init()
        }
        state.pending = pending
    }

    /// Saves before it passes on an error that has nothing to do with the weights.
    private func savingFirst<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as TrainingError where error.isOfTheWeights {
            throw error
        } catch {
            do {
                try saveState()
                report("\(stage.name): saved at step \(state.step)")
            } catch let second {
                report("\(stage.name): step \(state.step) could not be saved: \(second)")
            }
            throw error
        }
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

    private func saveState() throws {
        if let key = stage.optimizer.nonFinite {
            throw TrainingError.notFinite(stage: stage.name, key: key, step: state.step, folder: folder.path, saved: saved)
        }
        try state.write(to: folder, stage.optimizer)
        saved = state.step
    }

    /// With pictures of where it stands.
    private func save() throws {
        try saveState()
        let sheet = try withoutGradients { try stage.optimizer.withAverages { try stage.sheet() } }
        try PNG.write(sheet, to: folder.appendingPathComponent("sheet.png").path)
        if state.losses.count > 1 {
            var plot = Plot(series: [.init(name: stage.name, points: state.losses.map { (Double($0.step), $0.loss) }, smoothing: 0.9)])
            (plot.title, plot.xLabel, plot.yLabel, plot.yScale) = (stage.name, "step", "loss", .logarithmic)
            try PNG.write(plot.picture(), to: folder.appendingPathComponent("loss.png").path)
        }
    }
}

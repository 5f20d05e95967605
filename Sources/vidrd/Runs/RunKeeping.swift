import ArgumentParser
import Foundation
import Generation
import Tensors

/// What becomes of a video's run.
enum RunKeeping {
    /// No folder: an interrupted video ends early, and a killed one is lost.
    case nothing
    /// A folder of its own, beside the result.
    case new(RunRecord)
    /// One that was begun before.
    case continued(VideoRun)

    /// The folder, made now where it is new.
    func open(for destination: Destination, plan: MemoryPlan) throws -> VideoRun? {
        switch self {
        case .nothing:
            if let path = destination.runPath { try VideoRun.remove(path, replaces: destination.overwrite) }
            return nil
        case .new(var record):
            guard let path = destination.runPath else { return nil }
            record.program.memoryPlan = plan == .unlimited ? nil : plan
            return try VideoRun(creating: path, record: record, replaces: destination.overwrite)
        case .continued(let run):
            return run
        }
    }

    var isNew: Bool {
        if case .new = self { return true }
        return false
    }
}

/// The user ended a video that can be continued.
struct Stopped: Error {
    let result: String
    /// Clips that are saved, of so many.
    let saved, clips: Int

    init(run: VideoRun, clips: Int) { (result, saved, self.clips) = (run.result, run.clips, clips) }

    var description: String { told("continue with: \(Self.advice(result))") }

    /// What there is, and how to go on.
    func told(_ advice: String) -> String {
        let there = saved == 0 ? "no clip was finished yet" : "\(saved) of \(clips) clips are saved"
        return "stopped: \(there); \(advice)"
    }

    static func advice(_ result: String) -> String { "vidrd resume \(Shell.quoted(result))" }
}

/// An error that ended a video of which finished clips are kept.
struct KeptFailure: Error, CustomStringConvertible {
    let error: any Error
    let result: String
    let clips: Int

    var description: String {
        let kept = clips == 1 ? "the finished clip is kept" : "the \(clips) finished clips are kept"
        return Failure.message(for: error) + "; \(kept), continue with: \(Stopped.advice(result))"
    }
}

extension RunRecord.Program {
    /// This program as it runs now.
    static func current(exactConvolution: Bool, maxMemory: Int? = nil) -> Self {
        Self(
            version: BuildFacts.version, build: BuildFacts.mode, instructionSet: BuildFacts.instructionSet,
            blasCore: BuildFacts.blasCore, threads: ThreadPool.threads, exactConvolution: exactConvolution,
            maxMemory: maxMemory)
    }

    /// In what this program differs, as far as it may change the last bits of a video.
    func warnIfOther() {
        let now = Self.current(exactConvolution: exactConvolution)
        let facts = [
            ("vidrd", version, now.version), ("the kernels", instructionSet, now.instructionSet),
            ("OpenBLAS's core", blasCore, now.blasCore), ("the number of threads", "\(threads)", "\(now.threads)"),
        ].filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1 == "" ? "unknown" : $0.1) then and \($0.2) now" }
        if !facts.isEmpty { Console.warning("frames may differ in their last bits: \(facts.joined(separator: ", "))") }
    }
}

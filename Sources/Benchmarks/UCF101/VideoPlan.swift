import Evaluation
import Files
import Foundation

/// Which videos a run makes: so many of each class, each with its own name, sentence and seed, the same in every
/// process that works on them.
public struct VideoPlan: Sendable {
    public struct Job: Equatable, Sendable {
        public let className: String
        public let index: Int
        public let prompt: String
        public let seed: UInt64
        /// Path below the run's folder.
        public var path: String { "videos/\(className)/v_\(className)_\(Self.digits(index))" }

        static func digits(_ number: Int) -> String { String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number) }
    }

    public let jobs: [Job]

    /// Classes take turns, so that a run that is stopped has some of everything.
    public init(classes: [ActionDataSet.Class], counts: [Int], prompts: [String], seed: UInt64) {
        var jobs: [Job] = []
        for index in 0..<(counts.max() ?? 0) {
            for (place, item) in classes.enumerated() where index < counts[place] {
                let mixed = SplitMix.hash("\(item.name)/\(index)") ^ seed &* 0x9E37_79B9_7F4A_7C15
                jobs.append(Job(className: item.name, index: index, prompt: prompts[place], seed: mixed >> 32))
            }
        }
        self.jobs = jobs
    }
}

/// The folder of a run.
public struct RunFolder: Sendable {
    public let url: URL
    public var claims: URL { url.appendingPathComponent("claims") }

    private let locks: FileLock.System

    /// Makes what is missing. Throws `FileError.unwritable`.
    ///
    /// - Parameter locks: how locks are asked for.
    public init(_ url: URL, locks: @escaping FileLock.System = FileLock.system) throws {
        self.url = url
        self.locks = locks
        try FileManager.default.makeFolder(claims)
    }

    /// A piece of work that one process at a time may have; nil where another one has it.
    ///
    /// Throws `FileError.withoutLocks` and `.unwritable`: nobody would ever have the work.
    ///
    /// - Parameter waits: until the other lets go.
    public func claim(_ name: String, waits: Bool = false) throws -> FileLock? {
        let file = claims.appendingPathComponent(name.replacingOccurrences(of: "/", with: "+")).path
        do {
            return try FileLock(file, waits: waits, removesFile: true, system: locks)
        } catch FileError.locked {
            return nil
        }
    }

    /// The video of a job, in whatever form it was written; nil where it is still to be made.
    public func video(_ job: VideoPlan.Job) -> String? {
        let base = url.appendingPathComponent(job.path).path
        // Both kinds appear under their names only when they are whole.
        return ["", ".mp4", ".webm", ".gif"].map { base + $0 }.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Removes what a process that died over a job has left; only for the one that has claimed it.
    public func clearRemains(of job: VideoPlan.Job) {
        let target = url.appendingPathComponent(job.path), folder = target.deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasPrefix(".\(target.lastPathComponent).") && name.hasSuffix(".partial") {
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
    }

    /// Bytes that may still be written here.
    public var freeBytes: Int { FilePath.freeBytes(at: url.path) ?? .max }
}

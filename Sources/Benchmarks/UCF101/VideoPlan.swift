import Evaluation
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

/// A piece of work that one process at a time may have, by a lock on a file in a folder that several share.
///
/// The lock goes with the process, however it ends, so nothing is ever claimed by the dead.
public final class Claim {
    private let descriptor: Int32
    private let path: String

    /// Nil where another process has it, or the folder cannot be written to.
    ///
    /// - Parameter waits: until the other lets go.
    public init?(_ name: String, in folder: URL, waits: Bool = false) {
        path = folder.appendingPathComponent(name.replacingOccurrences(of: "/", with: "+")).path
        while true {
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard file >= 0 else { return nil }
            guard flock(file, waits ? LOCK_EX : LOCK_EX | LOCK_NB) == 0 else {
                close(file)
                return nil
            }
            // The holder before may have removed the file between our opening and our locking it.
            var ours = stat(), there = stat()
            if fstat(file, &ours) == 0, stat(path, &there) == 0, ours.st_ino == there.st_ino {
                descriptor = file
                return
            }
            close(file)
        }
    }

    deinit {
        unlink(path)
        close(descriptor)
    }
}

/// The folder of a run.
public struct RunFolder: Sendable {
    public let url: URL
    public var claims: URL { url.appendingPathComponent("claims") }

    /// Makes what is missing. Throws `EvaluationError.unwritable`.
    public init(_ url: URL) throws {
        self.url = url
        do {
            try FileManager.default.createDirectory(at: claims, withIntermediateDirectories: true)
        } catch {
            throw EvaluationError.unwritable(path: url.path, reason: "its folders cannot be made")
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
    public var freeBytes: Int {
        var status = statvfs()
        guard statvfs(url.path, &status) == 0 else { return .max }
        let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? .max : bytes
    }
}

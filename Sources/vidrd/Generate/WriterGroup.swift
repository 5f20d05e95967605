import Foundation
import Generation
import Video

/// Several writers that take the same frames.
///
/// `cancel` may come from another thread, when the user leaves at once: what is being written is waited for, and
/// nothing is begun afterwards.
final class WriterGroup: @unchecked Sendable {
    private let writers: [any FrameWriter]
    private let lock = NSLock()
    private var isCancelled = false
    /// Whether all results are whole: one that cannot get its name then waits for it in its run's folder.
    private var isWhole = false

    init(_ writers: [any FrameWriter]) { self.writers = writers }

    /// Frames taken so far.
    private(set) var count = 0

    var notices: [String] { writers.flatMap(\.notices) }

    func write(_ frame: Frame) throws {
        try whileOpen { for writer in writers { try writer.write(frame) } }
        count += 1
    }

    /// Completes all results and returns their paths.
    ///
    /// - Parameter whenWhole: what is to happen after the last moment at which a result may fail to become whole and
    ///   before those in the folder of a run get their names.
    func finish(_ whenWhole: () throws -> Void = {}) throws -> [String] {
        do {
            return try whileOpen {
                // What lies elsewhere gets its name at once.
                let paths = try writers.map { writer in
                    guard let staged = writer as? StagedWriter else { return try writer.finish() }
                    try staged.complete()
                    return staged.path
                }
                try whenWhole()
                isWhole = true
                for case let staged as StagedWriter in writers { _ = try staged.finish() }
                return paths
            }
        } catch {
            cancel()
            throw error
        }
    }

    func cancel() {
        lock.lock()
        defer { lock.unlock() }
        isCancelled = true
        guard !isWhole else { return }
        writers.forEach { $0.cancel() }
    }

    private func whileOpen<Result>(_ body: () throws -> Result) throws -> Result {
        lock.lock()
        defer { lock.unlock() }
        if isCancelled { throw Interrupted() }
        return try body()
    }
}

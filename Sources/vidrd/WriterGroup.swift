import Foundation
import Video

/// Several writers that take the same frames.
///
/// `cancel` may come from another thread, when the user leaves at once: what is being written is waited for, and
/// nothing is begun afterwards.
final class WriterGroup: @unchecked Sendable {
    private let writers: [any FrameWriter]
    private let lock = NSLock()
    private var isCancelled = false

    init(_ writers: [any FrameWriter]) { self.writers = writers }

    /// Frames taken so far.
    var count: Int { writers.first?.count ?? 0 }

    var notices: [String] { writers.flatMap(\.notices) }

    func write(_ frame: Frame) throws {
        try whileOpen { for writer in writers { try writer.write(frame) } }
    }

    /// Completes all results and returns their paths.
    func finish() throws -> [String] {
        do {
            return try whileOpen { try writers.map { try $0.finish() } }
        } catch {
            cancel()
            throw error
        }
    }

    func cancel() {
        lock.lock()
        defer { lock.unlock() }
        isCancelled = true
        writers.forEach { $0.cancel() }
    }

    private func whileOpen<Result>(_ body: () throws -> Result) throws -> Result {
        lock.lock()
        defer { lock.unlock() }
        if isCancelled { throw Interrupted() }
        return try body()
    }
}

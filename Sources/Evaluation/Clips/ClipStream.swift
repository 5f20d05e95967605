import Foundation

/// Decodes videos on threads of its own while the network works on what is ready; a few clips wait in between,
/// however many videos there are. Clips come in the order of the videos.
///
/// Unchecked, because the compiler does not see that `condition` guards everything that changes.
public final class ClipStream: @unchecked Sendable {
    public enum Element {
        case clip(Clip)
        /// A video that gave none.
        case problem(name: String, ClipProblem)
    }

    private let condition = NSCondition()
    /// What the videos from `next` on have given so far, and whether they have ended.
    private var waiting: [Int: (elements: [Element], isDone: Bool)] = [:]
    private var next = 0, taken = 0, stopped = false
    private var failure: (any Error)?
    private let entries: [VideoList.Entry]
    private let reader: ClipReader
    private static let videosAhead = 4, clipsAhead = 4

    /// - Parameter takesShort: see `ClipReader`.
    public init(
        _ entries: [VideoList.Entry], _ rules: ClipProtocol, takesShort: Bool = false, target: ClipTarget = .i3d, decoders: Int = 2
    ) {
        self.entries = entries
        reader = ClipReader(rules: rules, takesShort: takesShort, target: target)
        for _ in 0..<max(1, min(decoders, entries.count)) {
            let thread = Thread { [self] in decode() }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// The next clip or problem; nil after the last. Throws where no video could be read (no ffmpeg).
    public func pop() throws -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let failure { throw failure }
            if next >= entries.count { return nil }
            if var front = waiting[next] {
                if !front.elements.isEmpty {
                    let element = front.elements.removeFirst()
                    waiting[next] = front
                    condition.broadcast()
                    return element
                }
                if front.isDone {
                    waiting[next] = nil
                    next += 1
                    condition.broadcast()
                    continue
                }
            }
            condition.wait()
        }
    }

    /// Ends the decoders; elements that wait are dropped.
    public func stop() {
        condition.lock()
        stopped = true
        waiting = [:]
        condition.broadcast()
        condition.unlock()
    }

    private func decode() {
        while let index = claim() {
            do {
                try reader.read(entries[index]) { clip in put(.clip(clip), index) }
            } catch let problem as ClipProblem {
                _ = put(.problem(name: entries[index].name, problem), index)
            } catch {
                condition.lock()
                failure = failure ?? error
                condition.broadcast()
                condition.unlock()
                return
            }
            condition.lock()
            waiting[index]?.isDone = true
            condition.broadcast()
            condition.unlock()
        }
    }

    private func claim() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while !stopped, failure == nil, taken < entries.count, taken >= next + Self.videosAhead { condition.wait() }
        guard !stopped, failure == nil, taken < entries.count else { return nil }
        waiting[taken] = ([], false)
        taken += 1
        return taken - 1
    }

    /// Answers whether more is wanted.
    private func put(_ element: Element, _ index: Int) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        // The video whose turn it is may always add one, or nothing would move.
        while !stopped, let there = waiting[index]?.elements.count, there > 0,
            waiting.values.reduce(0, { $0 + $1.elements.count }) >= Self.clipsAhead {
            condition.wait()
        }
        guard !stopped, waiting[index] != nil else { return false }
        waiting[index]?.elements.append(element)
        condition.broadcast()
        return true
    }
}

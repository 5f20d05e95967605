import CKernels
import Foundation

/// A block of 64-byte aligned float32 memory.
///
/// Blocks come from and go back to a process-wide pool, so that a denoising loop which makes the same
/// intermediate tensors at every step asks the system for memory only during the first step.
final class Storage: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    /// Floats that may be used; at least what was asked for.
    let capacity: Int

    init(count: Int) throws(MemoryExhausted) {
        (pointer, capacity) = try StoragePool.shared.take(count)
    }

    deinit {
        StoragePool.shared.give(pointer, capacity)
    }
}

/// More memory was asked for than there is.
public struct MemoryExhausted: Error, Equatable, CustomStringConvertible {
    /// What could not be had in addition to what is taken.
    public let bytes: Int

    public init(bytes: Int) { self.bytes = bytes }

    public var description: String { "there is no memory for another \(bytes / 1_000_000) MB" }
}

/// Free memory blocks by size class.
///
/// A size class is an eighth of a power of two. A request takes the smallest free block that is large enough and no more
/// than twice too large; blocks that nothing has fitted for a while go back to the system before another is asked for.
public final class StoragePool: @unchecked Sendable {
    public static let shared = StoragePool()

    private let lock = NSLock()
    private var free: [Int: [(block: UnsafeMutablePointer<Float>, since: Int)]] = [:]
    private var freeBytes = 0
    private var used = 0
    private var mostUsedBytes = 0
    /// Counts requests.
    private var now = 0
    /// After so many requests a free block is not expected to be wanted again.
    private static let patience = 64
    /// Free memory beyond this many bytes goes back to the system.
    private static let limitBytes = 4 << 30
    private var budget = Int.max
    private var exhausted: @Sendable (MemoryExhausted) -> Never = { fatalError($0.description) }

    /// Free blocks go back to the system before used and free ones together grow beyond this.
    public var budgetBytes: Int {
        get { lock.withLock { budget } }
        set { lock.withLock { budget = newValue } }
    }

    /// Ends the program where an operation has no memory for its result. Operations run on several threads and inside
    /// expressions: none of them throws. Where a size comes from outside, `Tensor(allocating:)` does; a limit is kept
    /// beforehand, by `MemoryEstimate`.
    public var whenExhausted: @Sendable (MemoryExhausted) -> Never {
        get { lock.withLock { exhausted } }
        set { lock.withLock { exhausted = newValue } }
    }

    /// Returns all free memory to the system, and from now on also what the allocator would keep of blocks that are given
    /// back: slower, and what the process occupies is what its tensors take.
    public func returnEverything() {
        trim()
        ck_return_memory()
    }

    /// Bytes that tensors take now.
    package var usedBytes: Int { lock.withLock { used } }

    /// Runs `body` and returns the most bytes that tensors took at a time, beyond what they took before it.
    public func mostUsed(in body: () throws -> Void) rethrows -> Int {
        let (before, most) = lock.withLock { () -> (Int, Int) in
            defer { mostUsedBytes = used }
            return (used, mostUsedBytes)
        }
        // One measurement may stand within another.
        defer { lock.withLock { mostUsedBytes = max(mostUsedBytes, most) } }
        try body()
        return lock.withLock { mostUsedBytes - before }
    }

    /// Bytes that kernels of all threads hold beside tensors.
    package static var scratchBytes: Int { Int(ck_scratch_held()) }

    /// Runs `body` and returns the most bytes of scratch memory that a thread asks for in it, whichever has it already.
    package func mostScratch(in body: () throws -> Void) rethrows -> Int {
        ck_scratch_forget()
        try body()
        return Int(ck_scratch_asked())
    }

    static func sizeClass(_ count: Int) -> Int {
        let atLeast = max(count, 64)
        let power = Int.bitWidth - (atLeast - 1).leadingZeroBitCount
        let step = max(16, (1 << power) / 8)
        return (atLeast + step - 1) / step * step
    }

    func take(_ count: Int) throws(MemoryExhausted) -> (UnsafeMutablePointer<Float>, Int) {
        let size = Self.sizeClass(count)
        lock.lock()
        now += 1
        if let found = free.keys.filter({ $0 >= size && $0 <= 2 * size && free[$0]?.isEmpty == false }).min(),
            let entry = free[found]?.popLast()
        {
            freeBytes -= found * 4
            markUsed(found)
            lock.unlock()
            return (entry.block, found)
        }
        markUsed(size)
        let isOverBudget = used + freeBytes > budget
        let old = isOverBudget ? removeAll() : freeBytes > 32 << 20 ? removeOld() : []
        lock.unlock()
        old.forEach { Foundation.free($0) }
        for attempt in 0..<2 {
            var raw: UnsafeMutableRawPointer?
            if posix_memalign(&raw, 64, size * 4) == 0, let raw {
                return (raw.bindMemory(to: Float.self, capacity: size), size)
            }
            if attempt == 0 { trim() }
        }
        lock.withLock { used -= size * 4 }
        throw MemoryExhausted(bytes: size * 4)
    }

    func give(_ block: UnsafeMutablePointer<Float>, _ size: Int) {
        lock.lock()
        used -= size * 4
        if freeBytes + size * 4 > Self.limitBytes {
            lock.unlock()
            Foundation.free(block)
            return
        }
        free[size, default: []].append((block, now))
        freeBytes += size * 4
        lock.unlock()
    }

    /// Notes that a block of so many floats is in use; `lock` is held.
    private func markUsed(_ size: Int) {
        used += size * 4
        mostUsedBytes = max(mostUsedBytes, used)
    }

    /// The blocks that have waited too long; `lock` is held.
    private func removeOld() -> [UnsafeMutablePointer<Float>] {
        var old: [UnsafeMutablePointer<Float>] = []
        for (size, entries) in free {
            let kept = entries.filter { now - $0.since <= Self.patience }
            guard kept.count < entries.count else { continue }
            old += entries.filter { now - $0.since > Self.patience }.map(\.block)
            freeBytes -= (entries.count - kept.count) * size * 4
            free[size] = kept.isEmpty ? nil : kept
        }
        return old
    }

    /// Returns all free blocks to the system, where they are more than `limit` bytes: for the border between two phases of
    /// a program, whose tensors have different sizes.
    public func trim(above limit: Int = 0) {
        lock.lock()
        guard freeBytes > limit else {
            lock.unlock()
            return
        }
        let blocks = removeAll()
        lock.unlock()
        blocks.forEach { Foundation.free($0) }
    }

    /// All free blocks; `lock` is held.
    private func removeAll() -> [UnsafeMutablePointer<Float>] {
        let blocks = free.values.flatMap { $0.map(\.block) }
        free = [:]
        freeBytes = 0
        return blocks
    }
}

import CKernels
import Foundation

/// The one owner of parallelism: a fixed set of threads that sleep between jobs.
///
/// A job is split into as many contiguous parts as there are threads, always at the same places, so that
/// results are reproducible to the bit for a given number of threads. At barriers threads look for the next job for some
/// microseconds, which is how soon it comes inside a model, and then sleep: those that spin on collapse when the machine
/// is shared.
public final class ThreadPool: @unchecked Sendable {
    /// What several threads share; `pool` belongs to who holds `lock`.
    private struct Shared: @unchecked Sendable {
        let lock = NSLock()
        let wanted = counter()
        var pool: ThreadPool?
    }

    nonisolated(unsafe) private static var shared = {
        let shared = Shared()
        _ = ck_counter_add(shared.wanted, UInt64(ProcessInfo.processInfo.activeProcessorCount))
        return shared
    }()

    /// How many threads operations use. A change waits for the job that runs.
    public static var threads: Int {
        get { Int(ck_counter_read(shared.wanted)) }
        set {
            precondition(newValue > 0)
            let old = shared.lock.withLock { () -> ThreadPool? in
                let before = Int(ck_counter_read(shared.wanted))
                guard newValue != before else { return nil }
                _ = ck_counter_add(shared.wanted, UInt64(bitPattern: Int64(newValue - before)))
                defer { shared.pool = nil }
                return shared.pool
            }
            old?.stop()
        }
    }

    private static func current() -> ThreadPool {
        shared.lock.withLock {
            if let pool = shared.pool { return pool }
            let made = ThreadPool(threads: Int(ck_counter_read(shared.wanted)))
            shared.pool = made
            return made
        }
    }

    typealias Body = (_ part: Int, _ low: Int, _ high: Int) -> Void

    /// Points at the caller's closure, which outlives the job because the caller waits for its end.
    struct Job {
        let body: UnsafePointer<Body>
        let count: Int
        let parts: Int

        /// The parts of one of `threads` threads: a job may have been split for more threads than there are by now.
        // Not inlined: a thread must have dropped its hold on the closure when it reports that it is done.
        @inline(never) func run(_ index: Int, of threads: Int) {
            for part in stride(from: index, to: parts, by: threads) {
                body.pointee(part, count * part / parts, count * (part + 1) / parts)
            }
        }
    }

    private let condition = NSCondition()
    private let count: Int
    private var job: Job?
    private var stopped = false
    /// Number of the newest job, and how many threads still work on it.
    private let generation = counter(), running = counter()

    private static func counter() -> UnsafeMutablePointer<UInt64> {
        // A cache line of its own.
        let line = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128).bindMemory(to: UInt64.self, capacity: 16)
        line.initialize(repeating: 0, count: 16)
        return line
    }

    /// One job at a time, whoever asks.
    private let client = NSLock()

    private init(threads: Int) {
        _ = ck_prepare_blas()
        count = threads
        for index in 1..<max(threads, 1) {
            let thread = Thread { [self] in work(index) }
            thread.stackSize = 4 << 20
            thread.name = "vidrd-\(index)"
            thread.start()
        }
    }

    /// Ends the threads after the job that runs.
    private func stop() {
        client.withLock {
            condition.lock()
            stopped = true
            condition.broadcast()
            condition.unlock()
        }
    }

    private func work(_ index: Int) {
        var seen: UInt64 = 0
        while true {
            if ck_counter_leaves(generation, seen) == 0 {
                condition.lock()
                while ck_counter_read(generation) == seen && !stopped { condition.wait() }
                let isOver = stopped
                condition.unlock()
                if isOver { return }
            }
            seen += 1
            ck_this_thread()!.pointee.inside_job = 1
            job?.run(index, of: count)
            if ck_counter_add(running, .max) == 0 {
                condition.lock()
                condition.broadcast()
                condition.unlock()
            }
        }
    }

    fileprivate static func run(_ job: Job) {
        // The number of threads may change between asking for the pool and having it.
        while !current().run(job) {}
    }

    /// Whether the job was run: a pool that was stopped runs none.
    private func run(_ newJob: Job) -> Bool {
        client.lock()
        defer { client.unlock() }
        if stopped { return false }
        // Nobody reads the job between two generations.
        job = newJob
        _ = ck_counter_add(running, UInt64(count - 1))
        condition.lock()
        _ = ck_counter_add(generation, 1)
        condition.broadcast()
        condition.unlock()
        newJob.run(0, of: count)
        while true {
            let left = ck_counter_read(running)
            if left == 0 { break }
            if ck_counter_leaves(running, left) != 0 { continue }
            condition.lock()
            while ck_counter_read(running) > 0 { condition.wait() }
            condition.unlock()
        }
        job = nil
        return true
    }
}

/// Runs `body(part, low, high)` over `0..<count`, split into at most one part for each thread and none
/// smaller than `grain`; returns the number of parts. Inside a job there is one.
@discardableResult
package func parallel(_ count: Int, grain: Int = 1, _ body: (_ part: Int, _ low: Int, _ high: Int) -> Void) -> Int {
    let parts = ck_this_thread()!.pointee.inside_job != 0 ? 1 : partCount(count, grain: grain)
    parallel(count, parts: parts, body)
    return count > 0 ? parts : 0
}

/// The same for a number of parts from `partCount`, for which there is a place each. Where it runs inside a job, or the
/// number of threads has changed meanwhile, the parts are the same, and so is every bit of their sum.
package func parallel(_ count: Int, parts: Int, _ body: (_ part: Int, _ low: Int, _ high: Int) -> Void) {
    guard count > 0 else { return }
    let thread = ck_this_thread()!
    if parts == 1 || thread.pointee.inside_job != 0 {
        for part in 0..<parts { body(part, count * part / parts, count * (part + 1) / parts) }
        return
    }
    thread.pointee.inside_job = 1
    withoutActuallyEscaping(body) { body in
        withUnsafePointer(to: body) {
            ThreadPool.run(ThreadPool.Job(body: $0, count: count, parts: parts))
        }
    }
    thread.pointee.inside_job = 0
}

/// `body` of each index below `count`, several at a time; for pieces of about equal cost.
package func parallelMap<Value: Sendable>(_ count: Int, _ body: (Int) -> Value) -> [Value] {
    guard count > 0 else { return [] }
    return [Value](unsafeUninitializedCapacity: count) { values, initialized in
        let first = values.baseAddress
        parallel(count) { _, low, high in
            for index in low..<high { (first! + index).initialize(to: body(index)) }
        }
        initialized = count
    }
}

/// How many parts `parallel` makes outside of jobs.
package func partCount(_ count: Int, grain: Int = 1) -> Int {
    max(1, min(ThreadPool.threads, count / max(grain, 1)))
}

/// The kernels of this processor: functions, which never change.
nonisolated(unsafe) let kernels: ck_table = {
    _ = ck_prepare_blas()
    ck_when_exhausted { bytes in StoragePool.shared.whenExhausted(MemoryExhausted(bytes: bytes)) }
    return ck_kernels().pointee
}()

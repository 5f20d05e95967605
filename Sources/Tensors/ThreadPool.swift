import CKernels
import Foundation

/// The one owner of parallelism: a fixed set of threads that sleep between jobs.
///
/// A job is split into as many contiguous parts as there are threads, always at the same places, so that
/// results are reproducible to the bit for a given number of threads. At barriers threads look for the next job for some
/// microseconds, which is how soon it comes inside a model, and then sleep: those that spin on collapse when the machine
/// is shared.
public final class ThreadPool: @unchecked Sendable {
    nonisolated(unsafe) private static var pool: ThreadPool?
    nonisolated(unsafe) private static var wanted = ProcessInfo.processInfo.activeProcessorCount

    /// How many threads operations use; set it before the first operation.
    public static var threads: Int {
        get { wanted }
        set {
            precondition(newValue > 0)
            if newValue != wanted {
                wanted = newValue
                pool?.stop()
                pool = nil
            }
        }
    }

    static var shared: ThreadPool {
        if let pool { return pool }
        let made = ThreadPool(threads: wanted)
        pool = made
        return made
    }

    typealias Body = (_ part: Int, _ low: Int, _ high: Int) -> Void

    /// Points at the caller's closure, which outlives the job because the caller waits for its end.
    struct Job {
        let body: UnsafePointer<Body>
        let count: Int
        let parts: Int

        // Not inlined: a thread must have dropped its hold on the closure when it reports that it is done.
        @inline(never) func run(_ part: Int) {
            if part < parts { body.pointee(part, count * part / parts, count * (part + 1) / parts) }
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

    private func stop() {
        condition.lock()
        stopped = true
        condition.broadcast()
        condition.unlock()
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
            job?.run(index)
            if ck_counter_add(running, .max) == 0 {
                condition.lock()
                condition.broadcast()
                condition.unlock()
            }
        }
    }

    fileprivate func run(_ newJob: Job) {
        client.lock()
        defer { client.unlock() }
        // Nobody reads the job between two generations.
        job = newJob
        _ = ck_counter_add(running, UInt64(count - 1))
        condition.lock()
        _ = ck_counter_add(generation, 1)
        condition.broadcast()
        condition.unlock()
        newJob.run(0)
        while true {
            let left = ck_counter_read(running)
            if left == 0 { break }
            if ck_counter_leaves(running, left) != 0 { continue }
            condition.lock()
            while ck_counter_read(running) > 0 { condition.wait() }
            condition.unlock()
        }
        job = nil
    }
}

/// Runs `body(part, low, high)` over `0..<count`, split into at most one part for each thread and none
/// smaller than `grain`; returns the number of parts.
@discardableResult
package func parallel(_ count: Int, grain: Int = 1, _ body: (_ part: Int, _ low: Int, _ high: Int) -> Void) -> Int {
    guard count > 0 else { return 0 }
    let parts = partCount(count, grain: grain)
    if parts == 1 {
        body(0, 0, count)
        return 1
    }
    let thread = ck_this_thread()!
    thread.pointee.inside_job = 1
    withoutActuallyEscaping(body) { body in
        withUnsafePointer(to: body) {
            ThreadPool.shared.run(ThreadPool.Job(body: $0, count: count, parts: parts))
        }
    }
    thread.pointee.inside_job = 0
    return parts
}

/// How many parts `parallel` will make: one inside a job.
func partCount(_ count: Int, grain: Int = 1) -> Int {
    ck_this_thread()!.pointee.inside_job != 0 ? 1 : max(1, min(ThreadPool.threads, count / max(grain, 1)))
}

/// The kernels of this processor.
let kernels: ck_table = {
    _ = ck_prepare_blas()
    return ck_kernels().pointee
}()

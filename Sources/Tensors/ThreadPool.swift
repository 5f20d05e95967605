import CKernels
import Foundation

/// The one owner of parallelism: a fixed set of threads that sleep between jobs.
///
/// A job is split into as many contiguous parts as there are threads, always at the same places, so that
/// results are reproducible to the bit for a given number of threads. Threads sleep at barriers: spinning
/// ones collapse when the machine is shared.
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
    private var generation = 0
    private var running = 0
    private var stopped = false

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
        var seen = 0
        while true {
            condition.lock()
            while generation == seen && !stopped { condition.wait() }
            if stopped {
                condition.unlock()
                return
            }
            seen = generation
            let job = job
            condition.unlock()
            ck_this_thread()!.pointee.inside_job = 1
            job?.run(index)
            condition.lock()
            running -= 1
            if running == 0 { condition.broadcast() }
            condition.unlock()
        }
    }

    fileprivate func run(_ newJob: Job) {
        client.lock()
        defer { client.unlock() }
        condition.lock()
        job = newJob
        running = count - 1
        generation += 1
        condition.broadcast()
        condition.unlock()
        newJob.run(0)
        condition.lock()
        while running > 0 { condition.wait() }
        job = nil
        condition.unlock()
    }
}

/// Runs `body(part, low, high)` over `0..<count`, split into at most one part for each thread and none
/// smaller than `grain`; returns the number of parts.
@discardableResult
package func parallel(_ count: Int, grain: Int = 1, _ body: (_ part: Int, _ low: Int, _ high: Int) -> Void) -> Int {
    guard count > 0 else { return 0 }
    let parts = max(1, min(ThreadPool.threads, count / max(grain, 1)))
    let thread = ck_this_thread()!
    if parts == 1 || thread.pointee.inside_job != 0 {
        body(0, 0, count)
        return 1
    }
    thread.pointee.inside_job = 1
    withoutActuallyEscaping(body) { body in
        withUnsafePointer(to: body) {
            ThreadPool.shared.run(ThreadPool.Job(body: $0, count: count, parts: parts))
        }
    }
    thread.pointee.inside_job = 0
    return parts
}

/// How many parts `parallel` will make.
func partCount(_ count: Int, grain: Int = 1) -> Int {
    max(1, min(ThreadPool.threads, count / max(grain, 1)))
}

/// The kernels of this processor.
let kernels: ck_table = {
    _ = ck_prepare_blas()
    return ck_kernels().pointee
}()

import Foundation

/// A value that is made when it is first asked for. Several threads may ask at once; then several may make it, and all but
/// one throw theirs away: who made it behind a lock, on the thread pool, could wait for a job that waits for the lock.
final class MadeOnce<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value?

    /// - Parameter keeps: false makes the value anew each time, where there is none yet.
    func callAsFunction(keeps: Bool = true, _ make: () -> Value) -> Value {
        if let value = lock.withLock({ value }) { return value }
        let made = make()
        guard keeps else { return made }
        return lock.withLock {
            if let value { return value }
            value = made
            return made
        }
    }
}

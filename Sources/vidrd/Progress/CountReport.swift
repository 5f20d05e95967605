import Foundation

/// A count that is drawn over on a terminal, and now and then a plain line elsewhere.
final class CountReport {
    private let what: String
    private let isQuiet: Bool
    private let begin = Date()
    private var last = Date()

    init(_ what: String, isQuiet: Bool) {
        (self.what, self.isQuiet) = (what, isQuiet)
    }

    func show(_ done: Int, _ of: Int) {
        let now = Date()
        guard !isQuiet, now.timeIntervalSince(last) >= (Console.isTerminal ? 0.2 : 10) else { return }
        last = now
        let left = now.timeIntervalSince(begin) * Double(of - done) / Double(max(done, 1))
        let line = "\(what): \(done)/\(of), \(ProgressReport.clock(left)) left"
        if Console.isTerminal { Console.bar(line) } else { Console.status(line) }
    }

    func clear() {
        Console.clearBar()
    }
}

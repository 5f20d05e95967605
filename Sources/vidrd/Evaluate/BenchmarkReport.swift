import ArgumentParser
import Benchmarks
import Evaluation
import Foundation
import Video

extension BenchmarkEvents {
    /// What the commands do with what a benchmark tells: counts, notes and warnings go to stderr, and Ctrl-C ends it.
    ///
    /// - Parameter whenStopped: called before the end that the user asked for.
    init(isQuiet: Bool, whenStopped: @escaping () -> Void = {}) {
        self.init()
        var shown: (what: String, report: CountReport)?
        onProgress = { what, done, of in
            let report = shown.flatMap { $0.what == what ? $0.report : nil } ?? CountReport(what, isQuiet: isQuiet)
            shown = (what, report)
            report.show(done, of)
        }
        onEndOfCount = {
            shown?.report.clear()
            shown = nil
        }
        onNote = { if !isQuiet { Console.status($0) } }
        onWarning = { Console.warning($0) }
        onFailure = { Console.error($0) }
        onSide = { $0.tellWhatWasLeftOut(isQuiet: isQuiet) }
        check = {
            guard Interruption.isRequested else { return }
            whenStopped()
            throw ExitCode(Failure.interrupted)
        }
        write = { writer, frames in
            // A second Ctrl-C removes the file from another thread: the group lets one in at a time.
            let group = WriterGroup([writer])
            Interruption.beforeLeaving { group.cancel() }
            defer { Interruption.beforeLeaving(nil) }
            do {
                try frames(group.write)
                _ = try group.finish()
            } catch {
                group.cancel()
                throw error
            }
        }
    }
}

extension BenchmarkError {
    /// Has the complaints about a benchmark's folder end with the option that names another one.
    static func naming<Result>(_ option: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as BenchmarkError {
            if case .failedVideos = error { throw error }
            throw UsageError("\(error); name another folder with \(option)")
        }
    }
}

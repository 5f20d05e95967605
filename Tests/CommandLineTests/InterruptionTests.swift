import Foundation
import Testing
import Video

/// Ctrl-C without a run's folder: what is finished is kept, what is not leaves no trace. `RunTests` has the others.
@Suite struct InterruptionTests {
    /// Starts a video that would take for ever and waits until some of its clips are done.
    private func start(in folder: URL) throws -> Program.Running {
        let running = try Program.start(
            [
                "a candle", "--model", TinyModel.path, "--length", "1000000", "--steps", "20", "--seed", "1", "-o",
                "video.mp4", "--frames-dir", "frames", "--no-record", "--overlap", "0",
            ], in: folder)
        let deadline = Date().addingTimeInterval(60)
        while Date() < deadline, running.process.isRunning {
            let partial = try names(in: folder).first { $0.hasPrefix(".frames.") }
            let count = try? partial.map { try names(in: folder.appendingPathComponent($0)).count }
            if let count, count >= 8 { break }
            usleep(5000)
        }
        return running
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func theFirstSignalKeepsFinishedClips(_ signal: Int32) throws {
        try inFolder { folder in
            let running = try start(in: folder)
            kill(running.process.processIdentifier, signal)
            let result = try running.end()
            #expect(result.code == 130, "\(result.messages)")
            #expect(result.messages.contains("the clips that were finished are kept"))
            #expect(result.paths == ["video.mp4", "frames"])
            #expect(try names(in: folder) == ["frames", "video.mp4"])
            let pictures = try names(in: folder.appendingPathComponent("frames")).count
            #expect(pictures >= 8 && pictures % 4 == 0, "whole clips of 4 frames: \(pictures)")
            #expect(result.messages.contains("\(pictures) of 1000000 frames"))
            #expect(try frames(of: folder.appendingPathComponent("video.mp4")).count == pictures)
        }
    }

    /// The orderly end that the first signal began may be quicker than the second signal; then its results are whole.
    @Test func theSecondSignalLeavesNothingUnfinished() throws {
        try inFolder { folder in
            let running = try start(in: folder)
            // Stopped between the two, so that both are there when it wakes.
            kill(running.process.processIdentifier, SIGSTOP)
            kill(running.process.processIdentifier, SIGINT)
            kill(running.process.processIdentifier, SIGTERM)
            kill(running.process.processIdentifier, SIGCONT)
            let result = try running.end()
            #expect(result.code == 130, "\(result.messages)")
            let left = try names(in: folder)
            #expect(!left.contains { $0.hasPrefix(".") }, "\(left)")
            #expect(Set(result.paths).isSubset(of: left), "\(left)")
            if left.contains("video.mp4") {
                #expect(try frames(of: folder.appendingPathComponent("video.mp4")).count >= 8)
            }
        }
    }

    @Test func aSignalBeforeTheFirstClipLeavesNothing() throws {
        try inFolder { folder in
            let running = try Program.start(
                [
                    "a candle", "--model", TinyModel.path, "--clip-frames", "64", "--steps", "1000", "--size", "128x128",
                    "--seed", "1", "-o", "video.mp4", "--no-record",
                ], in: folder)
            let deadline = Date().addingTimeInterval(60)
            while Date() < deadline, try !names(in: folder).contains(where: { $0.hasPrefix(".video.mp4.") }) { usleep(5000) }
            kill(running.process.processIdentifier, SIGINT)
            let result = try running.end()
            #expect(result.code == 130, "\(result.messages)")
            #expect(result.messages.contains("nothing is kept"))
            #expect(try names(in: folder) == [])
        }
    }
}

import Foundation
import Testing

/// What is made does not depend on who listens.
@Suite struct StreamTests {
    private func make(_ shell: String, in folder: URL) throws -> Program.Result {
        try Program.start(
            ["a candle", "--model", TinyModel.path, "--length", "4", "--steps", "2", "--seed", "1", "-o", "x.mp4"], in: folder,
            after: shell
        ).end()
    }

    @Test(arguments: ["exec 2>&-", "exec 2>/dev/full", "exec 0<&- 1>&- 2>&-"])
    func messagesThatNobodyCanReadStopNothing(_ shell: String) throws {
        guard FileManager.default.fileExists(atPath: "/dev/full") || !shell.contains("full") else { return }
        try inFolder { folder in
            let result = try make(shell, in: folder)
            #expect(result.code == 0 && result.messages == "")
            #expect(result.paths == (shell.contains("1>&-") ? [] : ["x.mp4"]))
            #expect(try frames(of: folder.appendingPathComponent("x.mp4")).count == 4)
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func resultsThatCannotBePrintedAreAFailure() throws {
        try inFolder { folder in
            let result = try make("exec >/dev/full", in: folder)
            #expect(result.code == 1)
            #expect(result.messages.contains("error: what belongs on stdout cannot be written there: No space left on device"))
            #expect(try frames(of: folder.appendingPathComponent("x.mp4")).count == 4)
        }
    }

    /// `vidrd … | head -0`: whoever closed the pipe wants no more.
    @Test func aReaderThatLeavesIsNoFailure() throws {
        try inFolder { folder in
            let pipe = Pipe(), process = Process()
            process.executableURL = try Program.find()
            process.arguments = ["man"]
            process.currentDirectoryURL = folder
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            try pipe.fileHandleForReading.close()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 0)
            #expect(try names(in: folder) == [])
        }
    }

    /// Started with nohup, a video outlives its terminal.
    @Test func whoIgnoresTheTerminalIsNotEndedByIt() throws {
        try inFolder { folder in
            let running = try Program.start(
                ["a candle", "--model", TinyModel.path, "--length", "40", "--steps", "20", "--seed", "1", "-o", "x.mp4"],
                in: folder, after: "trap '' HUP")
            let deadline = Date().addingTimeInterval(60)
            // Its run's folder is there once its signals are.
            while Date() < deadline, try !names(in: folder).contains("x.mp4.run") { usleep(2000) }
            kill(running.process.processIdentifier, SIGHUP)
            let result = try running.end()
            #expect(result.code == 0 && result.paths == ["x.mp4"], "\(result.messages)")
        }
    }
}

import Foundation
import Testing

/// What long runs cost. The figures of the model that ships take minutes and a machine that does nothing else:
/// `VIDRD_SLOW_TESTS=1 .ci/test --filter LongRunFigures`; docs/runs.md has the last ones.
@Suite(.serialized) struct LongRunFiguresTests {
    private static let isSlow = ProcessInfo.processInfo.environment["VIDRD_SLOW_TESTS"] == "1"
    private static let starter = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        .appendingPathComponent("Weights/starter").path

    private func make(_ arguments: [String], in folder: URL) throws {
        let result = try Program.start(arguments + ["--seed", "1"], in: folder).end()
        #expect(result.code == 0, "\(result.messages)")
    }

    /// Of 16 times the frames, at most 5 % more: for the tiny model fewer bytes than the frames themselves have.
    @Test func memoryDoesNotGrowWithTheLength() throws {
        let model = Self.isSlow ? Self.starter : try TinyModel.path, short = Self.isSlow ? 256 : 40
        try inFolder { folder in
            let peaks = try [short, 16 * short].map { length -> Int in
                try make(["a candle is burning", "--model", model, "--length", "\(length)", "--steps", "2", "-o", "\(length).mp4"]
                    + (Self.isSlow ? [] : ["--size", "64x64"]), in: folder)
                let record = try JSONSerialization.jsonObject(
                    with: Data(contentsOf: folder.appendingPathComponent("\(length).mp4.run/record.json")))
                return try #require((record as? [String: Any])?["peak_memory"] as? Int)
            }
            print("peak memory of \(short) and \(16 * short) frames: \(peaks.map { $0 / 1_000_000 }) MB")
            #expect(peaks[1] < peaks[0] + peaks[0] / 20, "\(peaks)")
            let frames = 15 * short * (Self.isSlow ? 128 * 128 : 64 * 64) * 3
            #expect(peaks[1] < peaks[0] + frames / 2, "\(peaks)")
        }
    }

    /// Records, saved latents and progress against a run without them, in seconds of processor time, each with ffmpeg. One
    /// thread, because several wait for one another busily, and the least of seven, because only noise adds to it.
    @Test(.enabled(if: isSlow)) func keepingARunCostsLittle() throws {
        func seconds(_ body: () throws -> Void) rethrows -> Double {
            func used() -> Double {
                var usage = rusage()
                // RUSAGE_CHILDREN, whose type differs between systems.
                getrusage(-1, &usage)
                return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
            }
            let before = used()
            try body()
            return used() - before
        }
        try inFolder { folder in
            let common = ["a candle is burning", "--model", Self.starter, "--length", "28", "--threads", "1", "-o", "x.mp4", "--overwrite"]
            var plain: [Double] = [], kept: [Double] = []
            for _ in 0..<7 {
                plain.append(try seconds { try make(common + ["--no-record", "--progress", "none"], in: folder) })
                kept.append(try seconds { try make(common + ["--progress", "json"], in: folder) })
            }
            let ratio = try #require(kept.min()) / #require(plain.min())
            print("processor time with a run's folder and progress over that without: \(String(format: "%.3f", ratio)), \(kept) over \(plain)")
            #expect(ratio < 1.02)
        }
    }
}

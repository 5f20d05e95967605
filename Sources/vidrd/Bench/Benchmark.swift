import Foundation
import Tensors

/// Passes of one piece of work, timed one by one.
struct Benchmark: Encodable {
    let what: String
    let config: String
    let frames: Int
    let size: String
    /// Median of a pass.
    let seconds: Double
    let fastest: Double
    let slowest: Double
    let runs: Int
    /// Counted as the plain definitions have them, in one pass; 0 where it is not counted.
    let gflop: Double
    let gflopPerSecond: Double
    /// Largest resident size of the process so far.
    let peakBytes: Int
    /// Of training steps: what the optimiser took of them, from 0 to 1.
    var optimizerShare: Double?
    let threads: Int
    let build = BuildFacts.mode
    let instructionSet = BuildFacts.instructionSet
    let blasCore = BuildFacts.blasCore

    enum CodingKeys: String, CodingKey {
        case what, config, frames, size, seconds, fastest, slowest, runs, gflop, threads, build
        case gflopPerSecond = "gflop_per_second"
        case peakBytes = "peak_bytes"
        case optimizerShare = "optimizer_share"
        case instructionSet = "instruction_set"
        case blasCore = "blas_core"
    }

    /// One pass to warm up, then at least `runs` passes and no fewer than fit into `seconds`.
    ///
    /// - Parameter factor: how often the counted operations happen; 3 where gradients follow.
    init(
        _ what: String, config: String, frames: Int, size: String, runs least: Int, seconds budget: Double,
        factor: Double = 1, pass: () throws -> Void
    ) rethrows {
        let operations = try OperationCount.of(pass)
        var times: [Double] = []
        while times.count < least || times.reduce(0, +) < budget {
            let begin = DispatchTime.now().uptimeNanoseconds
            try pass()
            times.append(Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9)
        }
        times.sort()
        self.what = what
        self.config = config
        self.frames = frames
        self.size = size
        seconds = (times[(times.count - 1) / 2] + times[times.count / 2]) / 2
        (fastest, slowest, runs) = (times[0], times[times.count - 1], times.count)
        gflop = Double(operations) * factor / 1e9
        gflopPerSecond = gflop / seconds
        peakBytes = Memory.peak
        threads = ThreadPool.threads
    }

    /// One line for people.
    var line: String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return padded(what, 34) + padded("\(config) \(frames)x\(size)", 22)
            + String(format: "%9.4f s  (%.4f to %.4f, %d runs)", seconds, fastest, slowest, runs)
            + (gflop > 0 ? String(format: "  %8.1f GFLOP  %6.1f GFLOP/s", gflop, gflopPerSecond) : "")
            + String(format: "  peak %.2f GB", Double(peakBytes) / 1e9)
            + (optimizerShare.map { String(format: "  optimiser %.1f %%", $0 * 100) } ?? "")
    }
}

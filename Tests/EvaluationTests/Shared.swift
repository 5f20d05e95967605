import Foundation
import Testing
import Video

enum Shared {
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// Reference data beside the repository, or nil where it stands alone.
    static func find(_ path: String) -> URL? {
        let root = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let url = root.deletingLastPathComponent().appendingPathComponent("shared").appendingPathComponent(path)
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }

    /// The same; a test that needs what is not there ends, and is reported as skipped.
    static func url(_ path: String) throws -> URL {
        guard let url = find(path) else { try Test.cancel("../shared/\(path) is not there") }
        return url
    }

    /// Runs `body` with a folder that is removed afterwards.
    static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("evaluation-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url)
    }

    /// A folder of PNG frames in which a light patch moves.
    static func writeFrames(_ count: Int, to folder: URL, side: Int = 24, step: Int = 1) throws {
        for index in 0..<count {
            var frame = Frame(width: side, height: side, red: 40, green: 60, blue: 90)
            frame.fill(x: index * step % side, y: 4, width: 6, height: 6, .white)
            try PNG.write(frame, to: folder.appendingPathComponent("\(index).png").path)
        }
    }
}

/// The largest distance of two lists; infinite where they are of different length or one of them is no number.
func largestDifference<Number: BinaryFloatingPoint>(_ found: [Number], _ wanted: [Number]) -> Number {
    guard found.count == wanted.count else { return .infinity }
    return zip(found, wanted).reduce(0) { largest, pair in
        let error = abs(pair.0 - pair.1)
        return error.isFinite ? max(largest, error) : .infinity
    }
}

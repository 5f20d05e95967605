import Foundation
import Testing
import Video

enum Shared {
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// Reference data beside the repository, or nil with a note where it stands alone.
    static func url(_ path: String) -> URL? {
        let root = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let url = root.deletingLastPathComponent().appendingPathComponent("shared").appendingPathComponent(path)
        if FileManager.default.fileExists(atPath: url.path) { return url }
        print("skipped: ../shared/\(path) is not there")
        return nil
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

import Foundation
import Testing

/// Files beside the tests, folders the tests make, and the reference data next to the repository.
enum Fixture {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// What the reference libraries make of some texts: see `make_fixtures.py`.
    struct Expected: Decodable {
        let texts: [String]
        let clip: [[Int]]
        let t5: [[Int]]
    }

    static func expected() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
    }

    /// Reference data beside the repository; a test that needs what is not there ends, and is reported as skipped.
    static func shared(_ path: String) throws -> URL {
        let root = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let url = root.deletingLastPathComponent().appendingPathComponent("shared").appendingPathComponent(path)
        guard FileManager.default.fileExists(atPath: url.path) else { try Test.cancel("../shared/\(path) is not there") }
        return url
    }

    /// Runs `body` with a folder that is removed afterwards.
    static func withFolder(_ body: (URL) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("text-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url)
    }

    /// A copy of a fixture folder that a test may change.
    static func withCopy(of name: String, _ body: (URL) throws -> Void) throws {
        try withFolder { folder in
            let copy = folder.appendingPathComponent(name)
            try FileManager.default.copyItem(at: self.folder.appendingPathComponent(name), to: copy)
            try body(copy)
        }
    }

    /// The message of the error that `body` throws.
    static func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }
}

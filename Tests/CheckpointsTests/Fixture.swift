import Checkpoints
import Foundation
import Tensors
import Testing

/// Files beside the tests, files the tests make, and the reference data next to the repository.
enum Fixture {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    static func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

    static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url(name))) }

    /// Reference data beside the repository; a test that needs what is not there ends, and is reported as skipped.
    static func shared(_ path: String) throws -> URL {
        let root = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let url = root.deletingLastPathComponent().appendingPathComponent("shared").appendingPathComponent(path)
        guard FileManager.default.fileExists(atPath: url.path) else { try Test.cancel("../shared/\(path) is not there") }
        return url
    }

    /// Runs `body` with a folder that is removed afterwards.
    static func withFolder(_ body: (URL) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoints-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url)
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

/// Whether all tensors under `prefix` of the expected file are in `source`, equal to the bit.
func expectEqual(_ source: any WeightSource, toExpected prefix: String) throws {
    let expected = RenamedWeights(try SafetensorsFile(Fixture.url("expected.safetensors")), under: prefix)
    #expect(!expected.keys.isEmpty)
    for key in source.keys {
        let tensor = try source.tensor(key)
        let wanted = try expected.tensor(key)
        #expect(tensor.shape == wanted.shape, "\(key)")
        #expect(tensor.values.map(\.bitPattern) == wanted.values.map(\.bitPattern), "\(key)")
        if source.info(key)?.type == .float32 { #expect(try source.storedBytes(key) == expected.storedBytes(key), "\(key)") }
    }
}

import Evaluation
import Foundation
import Testing
import Video

/// What becomes of the package that pip has fetched.
@Suite struct I3DDownloadTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("vidrd i3d \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Makes the archive `package.tar.gz` of one file.
    private func pack(_ path: String) throws {
        let file = folder.appendingPathComponent("made/package/" + path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("weights".utf8).write(to: file)
        let made = folder.appendingPathComponent("made").path, archive = folder.appendingPathComponent("package.tar.gz").path
        _ = try ToolFacts.output("/usr/bin/env", ["tar", "czf", archive, "-C", made, "package"])
        try FileManager.default.removeItem(atPath: made)
    }

    private func message(_ body: () throws -> URL) -> String {
        do {
            return "found \(try body().path)"
        } catch {
            return "\(error)"
        }
    }

    @Test func theFileIsFoundInThePackage() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try pack(I3DFile.pathInPackage)
        let found = try I3DDownload.unpack(in: folder)
        #expect(try Data(contentsOf: found) == Data("weights".utf8))
    }

    @Test func whatIsWrongIsSaid() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(message { try I3DDownload.unpack(in: folder) }.contains("no package"))
        try pack("README.md")
        #expect(message { try I3DDownload.unpack(in: folder) }.contains("package.tar.gz holds no"))
        try Data("no archive".utf8).write(to: folder.appendingPathComponent("package.tar.gz"))
        let broken = message { try I3DDownload.unpack(in: folder) }
        // tar's own words, and what to do.
        #expect(broken.contains("gzip") && broken.contains("--from"), "\(broken)")
    }
}

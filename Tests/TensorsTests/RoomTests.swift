import Foundation
import Testing

/// What the sources of all rooms promise about this one.
@Suite struct RoomTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources").resolvingSymlinksInPath()

    private static func files() throws -> [(path: String, text: String)] {
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
            (String($0.path.dropFirst(sources.path.count + 1)), try String(contentsOf: $0, encoding: .utf8))
        }
    }

    @Test func noOtherRoomCallsKernels() throws {
        let files = try Self.files()
        #expect(files.count > 100)
        let others = files.filter { !$0.path.hasPrefix("Tensors/") && $0.text.contains("import CKernels") }.map(\.path)
        #expect(others == [], "Tensors has what they need, or should have")
    }

    /// The thread pool alone splits work. Threads of other rooms wait: for a decoder's pipe, for a signal.
    @Test func noOtherRoomSplitsWork() throws {
        let words = ["concurrentPerform", "DispatchQueue.global", "withTaskGroup", "withThrowingTaskGroup"]
        let others = try Self.files().filter { file in words.contains { file.text.contains($0) } }.map(\.path)
        #expect(others == [])
    }
}

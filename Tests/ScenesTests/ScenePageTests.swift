import Foundation
import Scenes
import Testing

/// docs/scenes.md says what is drawn.
@Suite struct ScenePageTests {
    @Test func thePageListsAllFamiliesAndTheirCounts() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../docs/scenes.md").standardized
        let text = try String(contentsOf: file, encoding: .utf8)
        let table = try #require(text.components(separatedBy: "## ").first { $0.hasPrefix("Families") })
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
            .map { $0.components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        #expect(Set(rows.map { $0[2] }) == Set(SceneCatalog.all.map(\.name)) && rows.count == SceneCatalog.all.count)
        for row in rows {
            let family = try #require(SceneCatalog.family(row[2]))
            let drawn = Set((0..<300).compactMap { SceneCatalog.lazyClip(family: family, seed: UInt64($0)).labels.count })
            let told: Set<Int> = row[3].hasPrefix("one to five") ? [1, 2, 3, 4, 5] : row[3].hasPrefix("one to four") ? [1, 2, 3, 4] : []
            #expect(drawn == told, "\(row[2]): \(drawn.sorted()), and the page says '\(row[3])'")
        }
    }
}

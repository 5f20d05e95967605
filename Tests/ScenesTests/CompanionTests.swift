import Scenes
import Testing
import Video

/// What captions name in the sky can be seen: measured from the picture with it and without it.
@Suite struct CompanionTests {
    /// What of one frame the companion changes by at least an eighth of the range of a channel: the longer side of the box
    /// round it, its area, and how much those pixels change on average (of 255, the channel that changes most).
    private func difference(_ clip: SceneClip, _ index: Int, _ canvas: Canvas) -> (long: Int, area: Int, contrast: Double) {
        clip.draw(index, into: canvas)
        let with = canvas.frame()
        clip.draw(index, drawsCompanion: false, into: canvas)
        let without = canvas.frame()
        var low = (x: Int.max, y: Int.max), high = (x: -1, y: -1), area = 0, sum = 0
        for i in 0..<with.width * with.height {
            var change = 0
            for channel in 3 * i..<3 * i + 3 { change = max(change, abs(Int(with.pixels[channel]) - Int(without.pixels[channel]))) }
            guard change >= 32 else { continue }
            let x = i % with.width, y = i / with.width
            low = (min(low.x, x), min(low.y, y))
            high = (max(high.x, x), max(high.y, y))
            area += 1
            sum += change
        }
        guard area > 0 else { return (0, 0, 0) }
        return (max(high.x - low.x, high.y - low.y) + 1, area, Double(sum) / Double(area))
    }

    /// In at least four of five frames it is at least 14 of 128 pixels long, covers at least 50 and stands out.
    @Test(arguments: SceneCompanion.allCases)
    func companionsAreSeen(kind: SceneCompanion) {
        let canvas = Canvas(width: 128, height: 128)
        var clips: [String: Int] = [:]
        for seed in 0..<500 {
            for family in SceneCatalog.all {
                let clip = SceneCatalog.lazyClip(family: family, seed: UInt64(seed))
                guard clip.companion == kind else { continue }
                let time = clip.labels.time ?? "unknown"
                guard clips[time, default: 0] < 25 else { continue }
                clips[time, default: 0] += 1
                let measured = [0, 3, 6, 9, 12, 15].map { difference(clip, $0, canvas) }
                let seen = measured.filter { $0.long >= 14 && $0.area >= 50 && $0.contrast >= 48 }
                #expect(seen.count >= 5, "\(clip.family) \(seed), \(clip.caption): \(measured)")
            }
        }
        #expect(clips["day", default: 0] == 25 && clips["sunset", default: 0] > 10, "\(clips)")
        #expect(kind == .rainbow || clips["night", default: 0] > 10, "\(clips)")
    }

    /// Clips of any length show it from their first frame to their last.
    @Test(arguments: [2, 48, 240])
    func companionsStay(frames: Int) {
        let canvas = Canvas(width: 128, height: 128)
        var met = 0
        for seed in 0..<900 where met < 30 {
            let clip = SceneCatalog.lazyClip(seed: UInt64(seed), frames: frames)
            guard clip.companion != nil else { continue }
            met += 1
            for index in [0, frames / 2, frames - 1] {
                let seen = difference(clip, index, canvas)
                #expect(seen.long >= 14, "\(clip.caption), frame \(index): \(seen)")
            }
        }
        #expect(met == 30)
    }

    /// "… birds in the sky pan left" is no sentence.
    @Test func camerasAreToldInSentencesAfterCompanions() {
        var met = 0
        for seed in 0..<12000 {
            let clip = SceneCatalog.lazyClip(seed: UInt64(seed))
            guard clip.companion != nil, clip.labels.camera != "static" else { continue }
            let words = clip.caption.split(separator: " ")
            guard let told = words.lastIndex(where: { ["pan", "pans", "panning", "zoom", "zooms", "zooming"].contains($0) }) else { continue }
            met += 1
            let before = words[max(0, told - 4)..<told]
            #expect(before.contains { ["as", "while", "with"].contains($0) }, "'\(clip.caption)'")
        }
        #expect(met > 150)
    }
}

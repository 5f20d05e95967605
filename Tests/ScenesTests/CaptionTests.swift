import Foundation
import Scenes
import Testing

/// What captions say, beside the pictures they belong to.
@Suite struct CaptionTests {
    @Test func cameraIsStatedAndMostlyStill() {
        var still = 0, moving = 0, unstated = 0, unstatedStill = 0
        let words = ["pan", "zoom", "camera", "shot"]
        for seed in 0..<4000 {
            let clip = SceneCatalog.lazyClip(seed: UInt64(seed))
            let stated = clip.caption.split(separator: " ").contains { word in words.contains { word.hasPrefix($0) } }
            let isStill = clip.labels.camera == Camera.Move.still.rawValue
            if isStill { still += 1 } else { moving += 1 }
            if !stated {
                unstated += 1
                if isStill { unstatedStill += 1 }
            }
            if clip.labels.camera.hasPrefix("pan"), stated, !clip.caption.contains("shot") {
                let way = clip.labels.camera.split(separator: " ")[1]
                #expect(clip.caption.contains(way), "'\(clip.caption)' does not say \(way)")
            }
        }
        #expect(Double(still) > 0.5 * 4000 && Double(moving) > 0.3 * 4000)
        #expect(Double(unstatedStill) > 0.85 * Double(unstated))
    }

    @Test func weatherAndCompanionsAreTold() {
        var met = Set<String>()
        let words = ["rain": ["rain"], "snow": ["snow"], "fog": ["fog", "mist"]]
        var told = 0, weathered = 0
        for seed in 0..<6000 {
            let clip = SceneCatalog.lazyClip(seed: UInt64(seed))
            if clip.weather != .clear, let weather = clip.labels.weather, let expected = words[weather] {
                met.insert(weather)
                weathered += 1
                if expected.contains(where: clip.caption.contains) { told += 1 }
                #expect(clip.scene.weathers.contains(clip.weather))
            }
            if let companion = clip.labels.companion {
                met.insert(companion)
                #expect(clip.scene.companions.map(\.rawValue).contains(companion))
            }
        }
        #expect(met.isSuperset(of: ["rain", "snow", "fog", "birds", "balloon", "airplane", "rainbow"]))
        #expect(weathered > 300)
        #expect(Double(told) > 0.9 * Double(weathered))
    }

    @Test func labelsSayWhatWasDrawn() throws {
        for seed in 0..<500 {
            let clip = SceneCatalog.lazyClip(seed: UInt64(seed))
            #expect(clip.labels.family == clip.family)
            #expect(clip.labels.camera == clip.camera.move.rawValue)
            if let colour = clip.attributes["colour"] { #expect(clip.labels.colour == colour) }
            if let time = clip.labels.time { #expect(["day", "sunset", "night", "dawn"].contains(time)) }
            let data = try JSONEncoder().encode(clip.labels)
            #expect(try JSONDecoder().decode(SceneLabels.self, from: data) == clip.labels)
        }
        let candles = try #require(SceneCatalog.family("candle"))
        let counts = Set((0..<40).map { SceneCatalog.lazyClip(family: candles, seed: UInt64($0)).labels.count })
        #expect(counts == [1, 2, 3, 4, 5])
    }

    @Test func explicitCaptionsStateMoreOfTheSameClips() {
        var asked = 0, usual = 0, explicit = 0
        for seed in 0..<1500 {
            let clip = SceneCatalog.lazyClip(seed: UInt64(seed))
            let other = SceneCatalog.lazyClip(seed: UInt64(seed), explicitShare: 1)
            #expect(other.sceneSeed == clip.sceneSeed && other.labels == clip.labels && other.start == clip.start)
            #expect(!HeldOut.contains(other.caption))
            #expect(SceneCatalog.lazyClip(seed: UInt64(seed), explicitShare: 0.35).caption == clip.caption)
            guard clip.labels.colour != nil else { continue }
            asked += 1
            usual += clip.statedLabels.colour == nil ? 0 : 1
            explicit += other.statedLabels.colour == nil ? 0 : 1
        }
        // The rest is too long to be told in full.
        #expect(asked > 1000 && Double(explicit) > 0.9 * Double(asked) && usual < explicit * 2 / 3)
    }

    @Test func wordsOfTheDemoAreKnown() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Prompts/demo.txt").standardized
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count >= 20)
        let known = Set(SceneCatalog.vocabulary)
        for line in lines {
            for word in line.split(separator: " ") { #expect(known.contains(String(word)), "'\(word)' of '\(line)' is in no caption") }
            #expect(!HeldOut.contains(String(line)), "'\(line)' is held out")
        }
    }

    @Test(arguments: [
        "a burning candle", "candlelight flickering", "the flame of a candle", "a boat at sunset while it rains", "a cute cat is walking", "an astronaut is floating in space",
        "a lone lighthouse zooming in", "the camera pans to the left", "yellow flowers swing in wind",
    ])
    func wordsOfParaphrasesAreKnown(prompt: String) {
        let known = Set(SceneCatalog.vocabulary)
        for word in prompt.split(separator: " ") { #expect(known.contains(String(word)), "'\(word)'") }
    }

    @Test func heldOutIsApartFromTraining() {
        let held = SceneCatalog.heldOut(count: 300, frames: 4)
        #expect(held.count == 300)
        #expect(Set(held.map(\.caption)).count == 300)
        #expect(held.allSatisfy { HeldOut.contains($0.caption) && $0.sceneSeed % 2 == 1 && $0.frameCount == 4 })
        #expect(Set(held.map(\.family)).count == SceneCatalog.all.count)
        #expect(SceneCatalog.heldOut(count: 20).map(\.caption) == held.prefix(20).map(\.caption))
        let captions = Set(held.map(\.caption))
        for seed in 0..<20_000 {
            let clip = SceneCatalog.lazyClip(seed: UInt64(seed))
            #expect(!captions.contains(clip.caption) && !HeldOut.contains(clip.caption) && clip.sceneSeed % 2 == 0, "seed \(seed) draws '\(clip.caption)'")
        }
    }

    @Test func viewsOfACameraMoveEvenly() throws {
        let family = try #require(SceneCatalog.family("car"))
        var met = Set<String>()
        for seed in 0..<120 {
            let clip = SceneCatalog.lazyClip(family: family, seed: UInt64(seed), frames: 5, width: 32, height: 32)
            guard met.insert(clip.labels.camera).inserted else { continue }
            // Another canvas, and the same one used before, give the same picture.
            let used = Canvas(width: 32, height: 32)
            clip.draw(4, into: used)
            clip.draw(2, into: used)
            #expect(used.frame() == clip.frame(2))
            #expect(used.left == 0 && used.right == 1)
        }
        #expect(met.count == Camera.Move.allCases.count)
    }
}

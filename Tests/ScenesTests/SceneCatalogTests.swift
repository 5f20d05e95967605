import Scenes
import Testing
import Video

/// Clips, captions and their repeatability, for every family in the catalogue.
@Suite struct SceneCatalogTests {
    static let names = SceneCatalog.all.map(\.name)

    private func family(_ name: String) throws -> SceneFamily {
        try #require(SceneCatalog.family(name))
    }

    private func hash(_ frames: [Frame]) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for frame in frames {
            for byte in frame.pixels { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        return value
    }

    private func difference(_ a: Frame, _ b: Frame) -> Double {
        var sum = 0
        for i in 0..<a.pixels.count { sum += abs(Int(a.pixels[i]) - Int(b.pixels[i])) }
        return Double(sum) / Double(a.pixels.count)
    }

    @Test func familiesHaveTheirOwnNames() {
        #expect(Set(Self.names).count == Self.names.count)
        #expect(Self.names.count >= 42)
        #expect(SceneCatalog.all.allSatisfy { $0.weight > 0 })
        #expect(SceneCatalog.family("no such thing") == nil)
    }

    /// Whoever trains again from a seed meets the same families: their order in the table is part of it.
    @Test func seedsKeepTheirFamilies() {
        let families = (0..<8).map { SceneCatalog.lazyClip(seed: UInt64($0)).family }
        #expect(families == ["dog", "skier", "flag", "planet", "windmill", "candle", "cup of coffee", "waterfall"])
    }

    @Test(arguments: names)
    func sameSeedSamePicture(name: String) throws {
        let family = try family(name)
        let first = SceneCatalog.clip(family: family, seed: 11, frames: 3, width: 64, height: 64)
        let again = SceneCatalog.clip(family: family, seed: 11, frames: 3, width: 64, height: 64)
        let other = SceneCatalog.clip(family: family, seed: 12, frames: 3, width: 64, height: 64)
        #expect(hash(first.frames) == hash(again.frames))
        #expect(first.caption == again.caption)
        #expect(first.attributes == again.attributes)
        #expect(hash(first.frames) != hash(other.frames))
    }

    @Test(arguments: names)
    func framesDoNotDependOnTheOrder(name: String) throws {
        let clip = SceneCatalog.lazyClip(family: try family(name), seed: 5, frames: 4, width: 48, height: 48)
        let last = clip.frame(3)
        let frames = clip.render().frames
        #expect(frames.count == 4)
        #expect(frames[3] == last)
    }

    @Test(arguments: names)
    func captionsStateTheAttributes(name: String) throws {
        let family = try family(name)
        for seed in 0..<200 {
            let scene = family.make(seed: UInt64(seed))
            #expect(scene.captions.count >= 4)
            #expect(Set(scene.captions).count == scene.captions.count)
            for caption in scene.captions {
                for (attribute, value) in scene.attributes where value != "none" && value != "one" {
                    #expect(caption.contains(value), "\(attribute) \(value) is missing in '\(caption)'")
                }
            }
            let short = scene.prompts + scene.paraphrases
            #expect(Set(short).count >= 8, "\(name) has only \(short.count) short phrasings")
            for caption in scene.captions + short {
                let words = caption.split(separator: " ", omittingEmptySubsequences: false)
                #expect(words.count <= 19, "'\(caption)' has \(words.count) words")
                #expect(words.allSatisfy { !$0.isEmpty && $0.allSatisfy { ("a"..."z").contains($0) } }, "'\(caption)' is not plain")
            }
        }
    }

    @Test(arguments: names)
    func picturesMoveButDoNotJump(name: String) throws {
        let family = try family(name)
        for seed in 0..<4 {
            let frames = SceneCatalog.clip(family: family, seed: UInt64(seed), frames: 9, width: 64, height: 64).frames
            let changes = zip(frames, frames.dropFirst()).map { difference($0, $1) }
            #expect(changes.reduce(0, +) > 0.05, "seed \(seed) stands still: \(changes)")
            // What fills the picture and moves all the time changes more; a jump stands out from the rest. A flash of
            // lightning is meant to be sudden.
            let usual = changes.sorted()[changes.count / 2]
            #expect(changes.allSatisfy { $0 < (name == "lightning" ? 90 : max(30, 2 * usual)) && $0 < 90 }, "seed \(seed) jumps: \(changes)")
        }
    }

    @Test(arguments: names)
    func everySizeAndLongTimesWork(name: String) throws {
        let family = try family(name)
        let scene = family.make(seed: 3)
        for (width, height) in [(1, 1), (3, 50), (96, 40), (33, 65)] {
            let canvas = Canvas(width: width, height: height)
            scene.draw(time: 100_000.3, into: canvas)
            #expect(canvas.frame().pixels.count == 3 * width * height)
        }
        let canvas = Canvas(width: 48, height: 48)
        for time in [0.0, 1e-3, 3599.7, 86_400] {
            scene.draw(time: time, into: canvas)
            let bytes = canvas.frame().pixels
            let mean = Double(bytes.reduce(0) { $0 + Int($1) }) / Double(bytes.count)
            #expect(mean > 3 && mean < 250, "an empty picture at \(time) s: mean \(mean)")
        }
    }

    @Test func clipsDrawOverWhatWasThere() throws {
        for name in Self.names {
            let clip = SceneCatalog.lazyClip(family: try family(name), seed: 8, frames: 1, width: 40, height: 24)
            let used = Canvas(width: 40, height: 24)
            SceneCatalog.lazyClip(family: try family("fireworks"), seed: 1, frames: 1, width: 40, height: 24).draw(0, into: used)
            clip.draw(0, into: used)
            #expect(used.frame() == clip.frame(0), "\(name) leaves old pixels")
        }
    }

    @Test(arguments: [
        ("candle", "a candle is burning"),
        ("aurora", "timelapse at the snow land with aurora in the sky"),
        ("tornado", "an epic tornado attacking above a glowing city at night"),
        ("aerial beach", "aerial view of a white sandy beach on the shores of a beautiful sea"),
        ("campfire", "wood on fire"),
        ("sailing boat", "a boat is sailing in a lake"),
    ])
    func referencePromptsAreAmongTheCaptions(name: String, prompt: String) throws {
        let family = try family(name)
        var fitting = 0, captioned = 0
        for seed in 0..<600 {
            let clip = SceneCatalog.lazyClip(family: family, seed: UInt64(seed))
            if clip.scene.prompts.contains(prompt) { fitting += 1 }
            if clip.caption.contains(prompt) { captioned += 1 }
        }
        #expect(fitting > 100)
        #expect(Double(captioned) > 0.12 * Double(fitting))
        #expect(Double(captioned) < 0.4 * Double(fitting))
    }

    @Test func seedsMeetAllFamiliesAndCaptions() {
        var met = Set<String>()
        for seed in 0..<1500 {
            let clip = SceneCatalog.lazyClip(seed: UInt64(seed))
            met.insert(clip.family)
            #expect(clip.frameCount == 16 && clip.width == 128 && clip.height == 128 && clip.framesPerSecond == 8)
            #expect(!clip.caption.isEmpty && clip.caption.split(separator: " ").count <= 22)
        }
        #expect(met == Set(Self.names))
    }

    @Test func vocabularyCoversTheCaptions() {
        let captions = SceneCatalog.captions(count: 3000, seed: 4)
        #expect(captions.count == 3000)
        #expect(captions == SceneCatalog.captions(count: 3000, seed: 4))
        let words = Set(captions.flatMap { $0.split(separator: " ").map(String.init) })
        #expect(words.isSubset(of: Set(SceneCatalog.vocabulary)))
        #expect(SceneCatalog.vocabulary == SceneCatalog.vocabulary.sorted())
        #expect(SceneCatalog.vocabulary.count < 900)
    }
}

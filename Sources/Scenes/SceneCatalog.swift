import Video

/// All families, and clips and captions drawn from them. The same seed always gives the same clip.
public enum SceneCatalog {
    /// Every family with how often it is drawn.
    public static let all: [SceneFamily] = firstFamilies + secondFamilies

    /// How often a clip is captioned with a short prompt that fits it, where there is one.
    static let promptShare: Float = 0.25

    /// Scenes are entered at a random moment of their first minutes.
    static let longestStart: Float = 120

    /// The family of this name.
    public static func family(_ name: String) -> SceneFamily? {
        all.first { $0.name == name }
    }

    /// The clip that belongs to a seed, described but not drawn.
    ///
    /// - Parameters:
    ///   - frames: how many frames, 1 or more.
    ///   - fps: frames per second, more than 0.
    ///   - width: in pixels, 1 or more; `height` likewise.
    public static func lazyClip(
        seed: UInt64, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128
    ) -> SceneClip {
        var random = SceneRandom(seed: seed ^ 0xC11_9)
        var left = random.unit() * all.reduce(0) { $0 + $1.weight }
        for family in all {
            left -= family.weight
            if left < 0 { return lazyClip(family: family, seed: random.next(), frames: frames, fps: fps, width: width, height: height) }
        }
        return lazyClip(family: all[all.count - 1], seed: random.next(), frames: frames, fps: fps, width: width, height: height)
    }

    /// The clip of one family that belongs to a seed, described but not drawn.
    public static func lazyClip(
        family: SceneFamily, seed: UInt64, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128
    ) -> SceneClip {
        var random = SceneRandom(seed: seed)
        let scene = family.make(seed: random.next())
        return SceneClip(
            family: family.name, caption: caption(of: scene, random: &random), attributes: scene.attributes, scene: scene,
            start: Double(random.unit() * longestStart), frameCount: frames, framesPerSecond: fps, width: width, height: height)
    }

    /// The clip that belongs to a seed, drawn. The parameters are those of `lazyClip`.
    public static func clip(
        seed: UInt64, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128
    ) -> CaptionedClip {
        lazyClip(seed: seed, frames: frames, fps: fps, width: width, height: height).render()
    }

    /// The clip of one family that belongs to a seed, drawn.
    public static func clip(
        family: SceneFamily, seed: UInt64, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128
    ) -> CaptionedClip {
        lazyClip(family: family, seed: seed, frames: frames, fps: fps, width: width, height: height).render()
    }

    /// Captions as training meets them, for making a tokenizer's vocabulary.
    public static func captions(count: Int, seed: UInt64) -> [String] {
        var random = SceneRandom(seed: seed)
        return (0..<count).map { _ in lazyClip(seed: random.next()).caption }
    }

    /// Every word that captions use, sorted. It is collected from many scenes of each family, which is
    /// enough to meet every word: families draw from short lists.
    public static let vocabulary: [String] = {
        var words = Set<Substring>()
        for family in all {
            for seed in 0..<400 {
                let scene = family.make(seed: UInt64(seed))
                for caption in scene.captions + scene.prompts {
                    words.formUnion(caption.split(separator: " "))
                }
            }
        }
        return words.map(String.init).sorted()
    }()

    private static func caption(of scene: any Scene, random: inout SceneRandom) -> String {
        let prompts = scene.prompts
        if random.chance(promptShare), !prompts.isEmpty { return random.pick(prompts) }
        return random.pick(scene.captions)
    }
}

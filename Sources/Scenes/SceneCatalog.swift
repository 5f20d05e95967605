import Video

/// All families, and clips and captions drawn from them. The same seed always gives the same clip.
public enum SceneCatalog {
    /// Scenes are entered at a random moment of their first minutes.
    static let longestStart: Float = 120

    /// The family of this name.
    public static func family(_ name: String) -> SceneFamily? {
        all.first { $0.name == name }
    }

    /// The clip that belongs to a seed, described but not drawn. Its caption and its scene are never among
    /// those of `heldOut`.
    ///
    /// - Parameters:
    ///   - frames: how many frames, 1 or more.
    ///   - fps: frames per second, more than 0.
    ///   - width: in pixels, 1 or more; `height` likewise.
    ///   - explicitShare: how often, from 0 to 1, a caption states all attributes; nil: in 35 of 100. It changes captions
    ///     and nothing else of a seed's clip.
    public static func lazyClip(
        seed: UInt64, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128, explicitShare: Float? = nil
    ) -> SceneClip {
        func clip(_ family: SceneFamily, _ seed: UInt64) -> SceneClip {
            lazyClip(
                family: family, seed: seed, frames: frames, fps: fps, width: width, height: height, explicitShare: explicitShare)
        }
        var random = SceneRandom(seed: seed ^ 0xC11_9)
        var left = random.unit() * all.reduce(0) { $0 + $1.weight }
        for family in all {
            left -= family.weight
            if left < 0 { return clip(family, random.next()) }
        }
        return clip(all[all.count - 1], random.next())
    }

    /// The clip of one family that belongs to a seed, described but not drawn.
    public static func lazyClip(
        family: SceneFamily, seed: UInt64, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128,
        explicitShare: Float? = nil
    ) -> SceneClip {
        describe(
            family: family, seed: seed, heldOut: false, frames: frames, fps: fps, width: width, height: height,
            explicitShare: explicitShare)
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
        func add(_ phrases: [String]) {
            for phrase in phrases { words.formUnion(phrase.split(separator: " ")) }
        }
        for family in all {
            for seed in 0..<400 {
                let scene = family.make(seed: UInt64(seed))
                add(scene.captions)
                add(scene.prompts)
                add(scene.paraphrases)
                if let words = EverydayWords.of(scene) { add(words.one + words.many + words.doing + words.adjectives + words.colourPhrases) }
            }
        }
        var random = SceneRandom(seed: 0)
        for move in Camera.Move.allCases {
            let camera = Camera(move, seconds: 2, random: &random)
            add(camera.phrases + camera.clauses)
        }
        for weather in SceneWeather.allCases { add(weather.phrases) }
        for companion in SceneCompanion.allCases { add(companion.phrases) }
        for time in TimeOfDay.allCases { add([time.phrase]) }
        add(EverydayCaption.phrases)
        words.remove("COLOUR")
        return words.map(String.init).sorted()
    }()

    /// Decides everything about a clip. Scene seeds are even in training and odd where held out, so that
    /// no scene is in both.
    static func describe(
        family: SceneFamily, seed: UInt64, heldOut: Bool, frames: Int, fps: Double, width: Int, height: Int,
        explicitShare: Float? = nil
    ) -> SceneClip {
        var random = SceneRandom(seed: seed)
        let sceneSeed = random.next() & ~1 | (heldOut ? 1 : 0)
        let scene = family.make(seed: sceneSeed)
        let start = Double(random.unit() * longestStart)
        let weathers = scene.weathers
        let companions = scene.companions.filter { $0 != .rainbow || scene.lightTime != .night }
        let weather = !weathers.isEmpty && random.chance(0.24) ? random.pick(weathers) : .clear
        let clearEnough = weather == .clear && !companions.isEmpty
        var companion = clearEnough && random.chance(0.2) ? random.pick(companions) : nil
        // What is counted stays in the picture, wherever the camera goes.
        let count = scene.attributes["count"].flatMap(Wording.value) ?? 1
        let reach: Float = count > 2 ? 0.35 : count == 2 ? 0.7 : 1
        let camera = Camera.draw(seconds: Float(Double(max(0, frames - 1)) / fps), reach: reach, random: &random)
        // The sky, and what is in it, comes or goes.
        if camera.move == .panUp || camera.move == .panDown { companion = nil }
        let writer = CaptionWriter(
            scene: scene, weather: weather, companion: companion, camera: camera, explicitShare: explicitShare)
        let caption = writer.write(heldOut: heldOut, random: &random)
        return SceneClip(
            family: family.name, caption: caption, attributes: scene.attributes,
            labels: SceneLabels(scene: scene, weather: weather, camera: camera, companion: companion), scene: scene, camera: camera,
            weather: weather, companion: companion, sceneSeed: sceneSeed, start: start, frameCount: frames, framesPerSecond: fps,
            width: width, height: height)
    }
}

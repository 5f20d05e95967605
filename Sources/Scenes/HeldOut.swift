/// Captions and scenes that training never draws, for judging what a model has learnt and not by heart.
public enum HeldOut {
    /// One caption in so many is held out.
    static let share: UInt64 = 31

    /// Whether a caption is held out: decided by its letters alone (FNV-1a), so that it holds for every
    /// family, seed and size of a training set.
    public static func contains(_ caption: String) -> Bool {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ 0x5EED
        for byte in caption.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return SceneRandom.scramble(hash) % share == 0
    }
}

extension SceneCatalog {
    /// The first `count` clips of the held-out list, the families in turn: captions that
    /// `HeldOut.contains`, each once, over scenes that no training seed draws. Use them with the same
    /// `frames`, `fps` and sizes as `lazyClip`.
    public static func heldOut(
        count: Int, frames: Int = 16, fps: Double = 8, width: Int = 128, height: Int = 128
    ) -> [SceneClip] {
        var clips: [SceneClip] = [], captions = Set<String>()
        var turn: UInt64 = 0
        while clips.count < count {
            let family = all[Int(turn % UInt64(all.count))]
            let clip = describe(
                family: family, seed: SceneRandom.scramble(turn ^ 0x4E1D_0FF), heldOut: true, frames: frames, fps: fps, width: width,
                height: height)
            turn += 1
            if HeldOut.contains(clip.caption), captions.insert(clip.caption).inserted { clips.append(clip) }
        }
        return clips
    }
}

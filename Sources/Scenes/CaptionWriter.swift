/// Puts a clip's caption together: a sentence of its family, what is seen besides, and the camera.
struct CaptionWriter {
    let scene: any Scene
    let weather: SceneWeather
    let companion: SceneCompanion?
    let camera: Camera
    /// How often a caption states all attributes; nil: as often as the shares below leave.
    var explicitShare: Float?

    /// How often a clip is captioned with a headline prompt that fits it, where there is one, how often with a
    /// paraphrase of its family, and how often in everyday words; the rest states all attributes.
    static let promptShare: Float = 0.22, paraphraseShare: Float = 0.13, everydayShare: Float = 0.3
    static let explicitShare = 1 - promptShare - paraphraseShare - everydayShare

    /// Captions with more words than this fall back on a short phrasing.
    static let longest = 20

    /// A caption; of those that are held out where `heldOut` says so, else of the others.
    func write(heldOut: Bool, random: inout SceneRandom) -> String {
        var caption = draw(random: &random)
        // One in `HeldOut.share` captions is held out, so that either search soon ends.
        for _ in 0..<(heldOut ? 2000 : 200) where HeldOut.contains(caption) != heldOut {
            caption = draw(random: &random)
        }
        return caption
    }

    private func draw(random: inout SceneRandom) -> String {
        let prompts = scene.prompts, paraphrases = scene.paraphrases
        let everyday = EverydayCaption(scene, statedShare: max(0.55, explicitShare ?? 0))
        let kind = random.unit()
        var caption: String
        let brief = explicitShare.map { (1 - $0) / (1 - Self.explicitShare) } ?? 1
        if kind < brief * Self.promptShare, !prompts.isEmpty {
            caption = random.pick(prompts)
            // The headline prompts stand alone two times in three: they are what people type.
            addTime(to: &caption, share: 0.2, random: &random)
        } else if kind < brief * (Self.promptShare + Self.paraphraseShare), !paraphrases.isEmpty {
            caption = random.pick(paraphrases)
            addTime(to: &caption, share: 0.35, random: &random)
        } else if kind < brief * (Self.promptShare + Self.paraphraseShare + Self.everydayShare), let everyday {
            caption = everyday.write(random: &random)
        } else {
            caption = random.pick(scene.captions)
        }
        var extras: [String] = [], opening: String?
        if let companion { extras.append(random.pick(companion.phrases)) }
        if weather != .clear, random.chance(0.95) { extras.append(random.pick(weather.phrases)) }
        if random.chance(camera.statedShare) {
            // "pan left" reads well after a bare sentence, and badly after "with birds in the sky".
            let words = random.pick(extras.isEmpty ? camera.phrases : camera.clauses)
            // "zoom in ..." may also open a caption; sentences and "with ..." close it.
            if random.chance(0.2), extras.isEmpty, !words.hasPrefix("with"), !words.hasPrefix("the") { opening = words } else { extras.append(words) }
        }
        func join(_ caption: String) -> [Substring] {
            ([opening].compactMap { $0 } + [caption] + extras).joined(separator: " ").split(separator: " ")
        }
        var words = join(caption)
        // Much to say: the scene itself is told in brief.
        if words.count > Self.longest, !paraphrases.isEmpty { words = join(random.pick(paraphrases)) }
        for i in words.indices.dropLast() where words[i] == "a" && "aeiou".contains(words[i + 1].prefix(1)) { words[i] = "an" }
        if random.chance(0.06) { words.removeAll { ["a", "an", "the"].contains($0) } }
        return words.joined(separator: " ")
    }

    /// "at sunset" and the like, where the caption leaves it out.
    private func addTime(to caption: inout String, share: Float, random: inout SceneRandom) {
        guard random.chance(share), let time = scene.lightTime, !caption.contains(time.rawValue), !caption.hasSuffix(time.phrase) else { return }
        caption += " " + time.phrase
    }
}

/// A caption in the words that people type who know nothing of how a family writes its own: other nouns, other orders,
/// with colour, number, place and time told or left out.
struct EverydayCaption {
    let scene: any Scene
    let words: EverydayWords
    /// How often colour and number are told.
    let statedShare: Float

    init?(_ scene: any Scene, statedShare: Float) {
        guard let words = EverydayWords.of(scene) else { return nil }
        self.scene = scene
        self.words = words
        self.statedShare = statedShare
    }

    /// All words that it may use beside those of `EverydayWords`, for the vocabulary.
    static let phrases: [String] = openings + places.values.flatMap { $0 } + times.values.flatMap { $0 } + ["that is", "that are", "there is", "there are", "which is", "which are", "a couple of", "several", "some", "colored", "all of them"]

    private static let openings = [
        "a video of", "video of", "a clip of", "a short clip of", "footage of", "show me", "a movie of", "i want to see", "a scene with", "a view of", "a picture of", "here is", "make a video of",
        "please show",
    ]

    /// Other words for where it is, by the value of `place`; each is true of every family that has the value.
    private static let places: [String: [String]] = [
        "meadow": ["on the grass", "in a meadow", "on a lawn", "in a grassy field", "outdoors"], "beach": ["on the beach", "at the beach", "by the sea", "on the sand", "at the seaside"],
        "snow": ["in a snowy landscape", "in winter", "in a white winter landscape"], "city": ["in the city", "in town", "downtown"], "desert": ["in the desert", "in a sandy desert"],
        "forest": ["in the forest", "in the woods", "near trees"], "sea": ["by the sea", "at sea", "near the ocean"], "hills": ["in the hills", "among hills", "in the countryside"],
        "mountains": ["in the mountains", "near mountains"], "aquarium": ["in an aquarium", "in a fish tank", "in a glass tank"], "floor": ["indoors", "in a room", "at home"],
        "grass": ["on the grass", "on a lawn", "outside"], "stage": ["on stage", "in a club", "at a concert", "under colorful lights"], "garden": ["in the garden", "outside"],
        "earth": ["above the earth", "high over our planet"], "stars": ["in a starry sky", "with stars around"], "clouds": ["in the clouds", "among the clouds"], "room": ["in a dark room", "in the dark"],
        "window": ["at the window", "by a window"], "cliff": ["on a cliff", "on the rocks"], "island": ["on an island", "on a small island"], "lake": ["over a lake", "by a lake"],
        "water": ["over the water", "above a lake"], "tulips": ["in a field of tulips", "behind flowers"], "wheat": ["in a wheat field", "in a field of grain"], "hill": ["on a hill", "on a green hill"],
        "field": ["over a field", "in the countryside"], "jungle": ["in the jungle", "in the rainforest"], "autumn": ["in autumn", "in fall"],
    ]

    /// Other words for when it is. Only those with the value's own word count as telling the time.
    private static let times: [String: [String]] = [
        "day": ["during the day", "by day", "on a sunny day", "in daylight", "in the daytime", "at noon"], "sunset": ["at sunset", "during sunset", "in the evening", "at dusk", "in evening light", "before sunset"],
        "night": ["at night", "in the night", "by night", "in the dark", "at midnight", "late at night"], "dawn": ["at dawn", "in the early morning", "at sunrise", "in the morning", "at daybreak"],
    ]

    /// One caption.
    func write(random: inout SceneRandom) -> String {
        let count = scene.attributes["count"].flatMap(Wording.value)
        let plural = count.map { $0 > 1 } ?? (!words.many.isEmpty && (words.one.isEmpty || random.chance(0.5)))
        let colour = tellsColour(random: &random)
        var noun = random.pick(plural && !words.many.isEmpty ? words.many : words.one)
        var after = ""
        if let colour {
            switch words.colouring {
            case .after(let phrases): after = random.pick(phrases).replacing("COLOUR", by: colour)
            case .plain:
                if !colour.contains(" "), random.chance(0.12) {
                    after = random.pick([plural ? "that are" : "that is", plural ? "which are" : "which is"]) + " " + colour
                } else {
                    noun = "\(random.chance(0.05) ? colour + " colored" : colour) \(noun)"
                }
            case .none: break
            }
        }
        if !words.adjectives.isEmpty, random.chance(0.2) { noun = "\(random.pick(words.adjectives)) \(noun)" }
        let thing = numbered(noun, plural: plural, count: count, random: &random) + (after.isEmpty ? "" : " " + after)
        let doing = random.pick(words.doing)
        let place = placePhrases.flatMap { random.chance(0.4) ? random.pick($0) : nil } ?? ""
        let time = scene.lightTime.flatMap { Self.times[$0.rawValue] }.flatMap { random.chance(0.35) ? random.pick($0) : nil } ?? ""
        let be = plural ? "are" : "is"
        let order: [String]
        switch random.unit() {
        case ..<0.26: order = [thing, doing, place, time]
        case ..<0.44: order = [thing, be, doing, place, time]
        case ..<0.58: order = [random.pick(Self.openings), thing, doing, place, time]
        case ..<0.68: order = ["there", be, thing, doing, place, time]
        case ..<0.76: order = [time, place, thing, be, doing]
        case ..<0.84: order = [thing, place, time]
        case ..<0.9: order = [noun, after, doing, place]
        case ..<0.95: order = [place, thing, doing, time]
        default: order = [thing]
        }
        return order.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private var placePhrases: [String]? {
        // What lives in the sea is not beside it.
        scene is Fish && scene.attributes["place"] == "sea" ? ["in the sea", "in the ocean", "under water"] : scene.attributes["place"].flatMap { Self.places[$0] }
    }

    /// The colour where it is to be told.
    private func tellsColour(random: inout SceneRandom) -> String? {
        guard case .none = words.colouring else {
            guard let colour = scene.attributes["colour"], random.chance(statedShare) else { return nil }
            return colour
        }
        return nil
    }

    /// "two ducks", "a duck", "the duck", "some ducks".
    private func numbered(_ noun: String, plural: Bool, count: Int?, random: inout SceneRandom) -> String {
        guard plural else { return random.chance(0.1) ? "the \(noun)" : Wording.article(noun) }
        if let count, random.chance(statedShare) { return "\(Wording.number(count)) \(noun)" }
        guard count == nil || random.chance(0.6) else { return random.pick(["some", count == 2 ? "a couple of" : "several"]) + " \(noun)" }
        return noun
    }
}

extension String {
    /// The text with one word in place of another, wherever it stands between spaces.
    func replacing(_ word: String, by other: String) -> String {
        split(separator: " ").map { $0 == word ? Substring(other) : $0 }.joined(separator: " ")
    }
}

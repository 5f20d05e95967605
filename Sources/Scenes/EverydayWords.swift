/// How people speak of a family's main thing, beside the sentences that the family itself writes: other nouns, what the
/// thing does, and how its colour is said.
struct EverydayWords: Sendable {
    /// How a noun takes its colour.
    enum Colouring: Sendable {
        /// "a red car", "a car that is red".
        case plain
        /// "a man in a red shirt": by these words after the noun, with the colour in place of COLOUR.
        case after([String])
        /// The family has no colour that can be asked for.
        case none
    }

    let one: [String]
    /// Plurals; empty where there is only ever one.
    let many: [String]
    /// Participles: "walking", with what goes along with them.
    let doing: [String]
    var colouring = Colouring.plain
    /// Words that may go before the noun.
    var adjectives: [String] = []

    /// The phrases of `colouring`, with COLOUR in place of the colour.
    var colourPhrases: [String] {
        if case .after(let phrases) = colouring { return phrases }
        return []
    }

    /// The words for a scene; they depend on what was drawn only where a family shows different things.
    static func of(_ scene: any Scene) -> EverydayWords? {
        let family = type(of: scene).family, attributes = scene.attributes
        switch family {
        case "person": return attributes["action"] == "running" ? runner : walker
        case "flowers":
            guard let kind = attributes["kind"], let words = flowers.first(where: { $0.one[0] == kind || $0.many[0] == kind }) else { return table[family] }
            return words
        case "windmill": return attributes["kind"] == "turbine" ? turbine : table[family]
        case "desert": return attributes["count"] == "none" ? dunes : table[family]
        case "cup of coffee": return attributes["drink"].map(cup)
        case "fish", "flag":
            guard attributes["pattern"] == "striped", var words = table[family] else { return table[family] }
            words.adjectives = ["striped"]
            return words
        default: return table[family]
        }
    }

    private static let shirt = Colouring.after(["in a COLOUR shirt", "wearing a COLOUR shirt", "with a COLOUR shirt on", "dressed in COLOUR", "in a COLOUR t shirt"])

    private static let walker = EverydayWords(
        one: ["person", "man", "guy", "pedestrian", "human", "boy", "young man", "somebody"], many: [],
        doing: ["walking", "strolling", "going for a walk", "taking a walk", "wandering around", "walking along", "on foot", "out for a stroll"], colouring: shirt)

    private static let runner = EverydayWords(
        one: ["person", "man", "runner", "jogger", "guy", "boy", "athlete", "somebody"], many: [],
        doing: ["running", "jogging", "sprinting", "going for a run", "out for a jog", "racing along", "hurrying", "exercising"], colouring: shirt)

    private static let turbine = EverydayWords(
        one: ["wind turbine", "wind wheel", "turbine"], many: ["wind turbines", "wind wheels", "turbines"],
        doing: ["spinning", "turning in the wind", "rotating", "making electricity", "with turning blades"], colouring: .none, adjectives: ["tall", "modern", "big"])

    private static let dunes = EverydayWords(
        one: ["desert", "sandy desert", "sand dune", "sandy landscape"], many: ["dunes", "sand dunes", "hills of sand"],
        doing: ["in the wind", "under the sky", "with blowing sand", "with nobody around"], colouring: .none, adjectives: ["hot", "dry", "empty", "wide"])

    private static func cup(_ drink: String) -> EverydayWords {
        EverydayWords(
            one: ["cup of \(drink)", "mug of \(drink)", "mug with \(drink)", "cup full of \(drink)", "cup with hot \(drink)"], many: [],
            doing: ["steaming", "standing on a table", "on the table", "with steam rising", "giving off steam", "cooling down"], adjectives: ["warm", "hot", "big"])
    }

    private static let blossoms = ["swaying", "swaying in the wind", "waving in the breeze", "growing in a meadow", "in a field", "in the grass", "moving in the wind", "standing in the garden"]

    private static let flowers: [EverydayWords] = [
        EverydayWords(one: ["daisy", "flower", "wildflower"], many: ["daisies", "flowers", "wildflowers"], doing: blossoms, adjectives: ["pretty", "beautiful", "fresh"]),
        EverydayWords(one: ["tulip", "flower", "spring flower"], many: ["tulips", "flowers", "spring flowers"], doing: blossoms, adjectives: ["pretty", "beautiful", "tall"]),
        EverydayWords(one: ["sunflower", "flower", "tall sunflower"], many: ["sunflowers", "flowers", "tall sunflowers"], doing: blossoms, adjectives: ["big", "beautiful", "bright"]),
        EverydayWords(one: ["poppy", "flower", "poppy flower"], many: ["poppies", "flowers", "poppy flowers"], doing: blossoms, adjectives: ["pretty", "beautiful", "wild"]),
    ]

    private static let table: [String: EverydayWords] = [
        "candle": EverydayWords(
            one: ["candle", "lit candle", "wax candle"], many: ["candles", "lit candles", "wax candles"],
            doing: ["burning", "flickering", "glowing", "burning in the dark", "giving light", "standing on a table", "shining in a dark room"]),
        "campfire": EverydayWords(
            one: ["campfire", "bonfire", "camp fire", "fire", "wood fire", "open fire"], many: ["flames", "burning logs", "logs on fire"],
            doing: ["burning", "blazing", "crackling", "burning outdoors", "with flying sparks", "glowing in the dark"], colouring: .none, adjectives: ["hot", "warm"]),
        "aurora": EverydayWords(
            one: ["aurora", "polar light", "aurora borealis"], many: ["northern lights", "polar lights"],
            doing: ["dancing in the sky", "glowing at night", "over the snow", "shining above the mountains", "moving across the sky", "in the arctic"], adjectives: ["beautiful", "bright"]),
        "sailing boat": EverydayWords(
            one: ["boat", "sailboat", "sailing boat", "yacht", "sailing ship", "little boat", "ship"], many: [],
            doing: ["sailing", "sailing on a lake", "floating on the water", "crossing the lake", "gliding along", "out on the water"],
            colouring: .after(["with COLOUR sails", "with a COLOUR sail", "under COLOUR sails", "that has COLOUR sails"])),
        "sea sunset": EverydayWords(
            one: ["sunset", "sunset at sea", "setting sun", "evening sun", "sundown"], many: ["sun and waves", "sun and sea"],
            doing: ["over the sea", "over the ocean", "above the water", "going down over the water", "reflecting in the waves", "at the seaside"], colouring: .none, adjectives: ["beautiful", "calm", "golden"]),
        "aerial beach": EverydayWords(
            one: ["beach", "sandy beach", "seashore", "coast", "beach from above", "shoreline"], many: ["waves on a beach", "waves on the sand"],
            doing: ["seen from above", "from the air", "from a drone", "as a bird sees it", "viewed from the sky", "with clear water"], colouring: .after(["with COLOUR sand", "of COLOUR sand"]), adjectives: ["beautiful", "lonely"]),
        "tornado": EverydayWords(
            one: ["tornado", "twister", "whirlwind", "cyclone", "storm"], many: [],
            doing: ["spinning", "raging", "moving across the land", "twisting", "touching the ground", "whirling up dust", "coming closer"], colouring: .none, adjectives: ["big", "dangerous", "powerful", "scary"]),
        "ocean waves": EverydayWords(
            one: ["beach with waves", "wave", "surf", "sea", "ocean"], many: ["waves", "ocean waves", "sea waves"],
            doing: ["rolling in", "breaking on the beach", "coming ashore", "crashing", "washing over the sand", "hitting the shore"], colouring: .none, adjectives: ["wild", "foaming"]),
        "falling snow": EverydayWords(
            one: ["snowy forest", "winter forest", "fir tree", "pine tree", "winter landscape"], many: ["snowflakes", "fir trees", "snow covered trees", "pine trees", "christmas trees"],
            doing: ["in the snow", "in winter", "while snow is falling", "covered with snow", "on a winter day", "as snow comes down"], colouring: .none, adjectives: ["cold", "quiet", "white"]),
        "rainy street": EverydayWords(
            one: ["street in the rain", "rainy street", "wet street", "city street", "wet road", "alley in the rain"], many: ["street lamps", "street lights"],
            doing: ["at night", "in the city", "with puddles", "in heavy rain", "reflecting the lights", "while it rains"], colouring: .after(["with COLOUR lights", "in COLOUR light"])),
        "fireworks": EverydayWords(
            one: ["firework", "firework display", "fireworks show", "firework rocket"], many: ["fireworks", "fire crackers", "firework rockets"],
            doing: ["exploding", "going off", "lighting up the sky", "bursting in the sky", "in the dark sky", "at new year", "sparkling"], adjectives: ["bright", "colorful"]),
        "hot air balloon": EverydayWords(
            one: ["hot air balloon", "balloon", "air balloon"], many: ["hot air balloons", "balloons", "air balloons"],
            doing: ["flying", "floating", "in the sky", "drifting in the air", "rising into the sky", "hovering over the land", "gliding through the air"], adjectives: ["big", "striped"]),
        "bouncing ball": EverydayWords(
            one: ["ball", "rubber ball", "beach ball", "toy ball", "bouncy ball"], many: ["balls", "rubber balls", "beach balls", "toy balls", "bouncy balls"],
            doing: ["bouncing", "jumping", "hopping up and down", "bouncing up and down", "hopping", "jumping around", "hitting the ground"], adjectives: ["round"]),
        "fish": EverydayWords(
            one: ["fish", "goldfish", "little fish", "tropical fish"], many: ["fish", "fishes", "little fish", "tropical fish"],
            doing: ["swimming", "swimming around", "swimming under water", "underwater", "diving", "gliding through the water", "moving its fins"]),
        "car": EverydayWords(
            one: ["car", "automobile", "vehicle", "auto", "motor car"], many: [],
            doing: ["driving", "driving along", "on the road", "driving down the street", "going fast", "rolling along", "on a road trip", "speeding", "on a highway"], adjectives: ["small", "old", "fast", "shiny"]),
        "train": EverydayWords(
            one: ["train", "steam train", "locomotive", "steam engine", "railway train", "steam locomotive"], many: [],
            doing: ["riding", "passing by", "passing through", "rolling along", "travelling", "driving on the rails", "puffing smoke", "on its way", "moving along the track"], adjectives: ["old", "long"]),
        "windmill": EverydayWords(
            one: ["windmill", "mill", "dutch windmill"], many: [],
            doing: ["turning", "spinning", "turning in the wind", "rotating", "standing in a field", "on a hill"], adjectives: ["old", "dutch"]),
        "waterfall": EverydayWords(
            one: ["waterfall", "cascade", "fall of water", "river falling over a cliff"], many: ["falls", "water falls"],
            doing: ["rushing down", "falling", "flowing down the rocks", "pouring down", "splashing into a pool", "in nature"], colouring: .none, adjectives: ["big", "beautiful", "wild"]),
        "moon": EverydayWords(
            one: ["moon", "bright moon", "moon at night"], many: [],
            doing: ["shining", "in the night sky", "glowing", "behind clouds", "above the land", "lighting up the night"], adjectives: ["big", "bright", "round"]),
        "clouds": EverydayWords(
            one: ["cloudy sky", "sky with clouds", "cloud"], many: ["clouds", "moving clouds", "big clouds"],
            doing: ["drifting by", "moving in the sky", "passing over the land", "rolling by", "in the sky", "floating along"], colouring: .none, adjectives: ["beautiful"]),
        "birds": EverydayWords(
            one: ["bird", "seagull", "gull", "wild bird"], many: ["birds", "seagulls", "gulls", "wild birds"],
            doing: ["flying", "in flight", "flapping", "gliding through the air", "soaring", "in the air", "flying by", "beating their wings"]),
        "lighthouse": EverydayWords(
            one: ["lighthouse", "light house", "beacon", "lighthouse tower"], many: [],
            doing: ["shining", "flashing", "sending out its light", "with a turning light", "on the coast", "lighting up the sea"], adjectives: ["tall", "old"]),
        "volcano": EverydayWords(
            one: ["volcano", "erupting volcano", "mountain of fire", "volcanic eruption", "active volcano"], many: [],
            doing: ["erupting", "spitting lava", "exploding", "throwing out lava", "smoking", "with flowing lava"], colouring: .none, adjectives: ["hot", "big", "dangerous"]),
        "butterfly": EverydayWords(
            one: ["butterfly", "little butterfly", "insect"], many: ["butterflies", "little butterflies", "insects"],
            doing: ["fluttering", "flying", "over flowers", "fluttering around", "in the garden", "flapping", "flying from flower to flower"], adjectives: ["pretty", "beautiful"]),
        "planet": EverydayWords(
            one: ["planet", "world", "globe", "alien planet"], many: [],
            doing: ["turning in space", "rotating", "in outer space", "floating in space", "spinning", "among the stars", "in the universe"], adjectives: ["big", "distant"]),
        "rocket": EverydayWords(
            one: ["rocket", "space rocket", "spaceship", "rocket ship", "spacecraft"], many: [],
            doing: ["flying", "taking off", "launching", "flying to space", "blasting off", "lifting off", "shooting upwards", "on its way to the stars"], adjectives: ["fast", "big"]),
        "cat": EverydayWords(
            one: ["cat", "kitty", "kitten", "pussycat", "house cat", "tomcat"], many: [],
            doing: ["walking", "strolling", "walking around", "going for a walk", "wandering", "sneaking along", "outside", "on the prowl"], adjectives: ["cute", "little", "fluffy"]),
        "dog": EverydayWords(
            one: ["dog", "puppy", "doggy", "hound", "pup"], many: [],
            doing: ["running", "running around", "racing along", "playing outside", "sprinting", "running with its tongue out", "dashing", "chasing something", "jumping along"], adjectives: ["cute", "happy", "little", "good"]),
        "horse": EverydayWords(
            one: ["horse", "pony", "stallion", "mare"], many: [],
            doing: ["galloping", "running", "running free", "racing", "trotting", "galloping along", "running wild", "dashing by"], adjectives: ["wild", "beautiful", "strong"]),
        "dancer": EverydayWords(
            one: ["dancer", "person", "woman", "man", "girl"], many: ["dancers", "people", "friends", "persons"],
            doing: ["dancing", "dancing around", "moving to music", "having a party", "dancing together", "showing dance moves", "waving their arms"],
            colouring: .after(["in COLOUR", "dressed in COLOUR", "wearing COLOUR", "with COLOUR clothes", "in COLOUR clothes"])),
        "surfer": EverydayWords(
            one: ["surfer", "man", "person", "surfing man"], many: [],
            doing: ["surfing", "riding a wave", "on a surfboard", "surfing on a wave", "surfing the ocean", "balancing on a board", "catching a wave"],
            colouring: .after(["on a COLOUR surfboard", "on a COLOUR board", "with a COLOUR surfboard"])),
        "skier": EverydayWords(
            one: ["skier", "man", "person", "skiing man"], many: [],
            doing: ["skiing", "going downhill", "skiing down a mountain", "on skis", "skiing in the snow", "racing down the slope", "in the alps"],
            colouring: .after(["in a COLOUR jacket", "wearing a COLOUR jacket", "dressed in COLOUR", "in COLOUR"])),
        "jellyfish": EverydayWords(
            one: ["jellyfish", "jelly fish", "medusa", "sea jelly"], many: ["jellyfish", "jelly fish", "sea jellies"],
            doing: ["swimming", "floating", "drifting in the sea", "glowing", "pulsing", "under water", "in the ocean", "in deep water"]),
        "duck": EverydayWords(
            one: ["duck", "duckling", "water bird", "little duck"], many: ["ducks", "ducklings", "water birds", "little ducks"],
            doing: ["swimming", "on a pond", "swimming on a lake", "floating on the water", "paddling", "in the water", "swimming along", "on a lake"], adjectives: ["cute"]),
        "turtle": EverydayWords(
            one: ["turtle", "sea turtle", "tortoise"], many: [],
            doing: ["swimming", "diving", "swimming in the sea", "underwater", "gliding through the ocean", "swimming over corals", "in the ocean"], adjectives: ["old", "big"]),
        "blooming flower": EverydayWords(
            one: ["flower", "blossom", "rose", "flower bud"], many: [],
            doing: ["blooming", "opening", "opening up", "unfolding its petals", "blossoming", "coming into bloom"], adjectives: ["beautiful", "big"]),
        "astronaut": EverydayWords(
            one: ["astronaut", "spaceman", "cosmonaut", "space traveller"], many: [],
            doing: ["floating", "floating in space", "in outer space", "drifting through space", "waving", "on a space walk", "weightless", "flying around"],
            colouring: .after(["in a COLOUR suit", "in a COLOUR space suit", "wearing a COLOUR suit", "dressed in COLOUR"])),
        "fireplace": EverydayWords(
            one: ["fireplace", "open fireplace", "hearth", "chimney fire"], many: ["logs in a fireplace", "flames in a fireplace"],
            doing: ["burning", "at home", "crackling", "in a cozy room", "warming the room", "in winter"], colouring: .none, adjectives: ["warm", "cozy"]),
        "airplane": EverydayWords(
            one: ["airplane", "plane", "aeroplane", "jet", "aircraft", "airliner", "passenger plane"], many: [],
            doing: ["flying", "in the sky", "flying by", "in the air", "above the clouds", "flying high", "on its way", "cruising"], adjectives: ["big", "fast"]),
        "lightning": EverydayWords(
            one: ["lightning bolt", "thunderstorm", "bolt of lightning", "flash of lightning", "lightning storm"], many: ["lightning bolts", "flashes of lightning"],
            doing: ["striking", "flashing", "in the sky", "in the dark", "hitting the ground", "during a storm", "in a stormy night"], adjectives: ["bright", "dangerous"]),
        "falling leaves": EverydayWords(
            one: ["tree in autumn", "autumn tree"], many: ["leaves", "autumn leaves", "trees in autumn", "autumn trees"],
            doing: ["falling", "in the wind", "falling down", "in fall", "losing leaves", "in the park", "in october"], adjectives: ["beautiful"]),
        "river": EverydayWords(
            one: ["river", "stream", "creek", "brook", "little river"], many: [],
            doing: ["flowing", "running through the land", "flowing by", "winding along", "in nature", "with clear water", "between stones"], colouring: .none, adjectives: ["wild", "beautiful"]),
        "desert": EverydayWords(
            one: ["camel", "dromedary"], many: ["camels", "dromedaries"],
            doing: ["walking", "walking in the desert", "crossing the sand", "in the desert", "on a dune", "wandering through the sand"], colouring: .none),
        "clock": EverydayWords(
            one: ["clock", "wall clock", "round clock", "watch on the wall"], many: [],
            doing: ["ticking", "showing the time", "on the wall", "with turning hands", "running fast", "hanging on a wall"]),
        "flag": EverydayWords(
            one: ["flag", "banner", "flag on a pole"], many: [],
            doing: ["waving", "blowing in the wind", "flying in the wind", "fluttering", "on a flagpole", "flapping in the breeze", "waving in the sky"]),
        "spinning coin": EverydayWords(
            one: ["coin", "piece of money", "metal coin"], many: ["coins", "pieces of money", "metal coins"],
            doing: ["spinning", "turning", "rotating", "spinning on a table", "turning around", "whirling"], adjectives: ["shiny"]),
        "ferris wheel": EverydayWords(
            one: ["ferris wheel", "big wheel", "giant wheel", "carnival wheel"], many: [],
            doing: ["turning", "spinning", "rotating", "at the fair", "in an amusement park", "at a carnival", "going round"], adjectives: ["large", "tall"]),
        "night traffic": EverydayWords(
            one: ["busy street", "highway", "city road", "motorway"], many: ["cars", "driving cars", "lights of cars", "many cars"],
            doing: ["at night", "in the dark", "driving through the city", "in the city at night", "with bright lights", "in the evening traffic"], colouring: .none),
        "shooting stars": EverydayWords(
            one: ["shooting star", "falling star", "meteor", "starry sky"], many: ["shooting stars", "falling stars", "meteors", "comets"],
            doing: ["crossing the sky", "in the night sky", "flying through the sky", "falling", "lighting up the night", "streaking across the sky"], colouring: .none, adjectives: ["bright"]),
    ]
}

/// One drawn-up scene: what is in it was decided from a seed, and what it looks like at any moment is a
/// function of the time alone. A family of scenes is a type that conforms; a scene is a value of it.
public protocol Scene: Sendable {
    /// The family's name, one or two words.
    static var family: String { get }

    /// Draws up a scene: every attribute comes from `random`, nothing from elsewhere.
    init(random: inout SceneRandom)

    /// What was drawn, by name: `colour: red`, `count: two`, `time: night`, .... The values are words
    /// that the captions use.
    var attributes: [String: String] { get }

    /// At least four sentences that all state the attributes: lower case, plain words, no punctuation,
    /// at most 19 words.
    var captions: [String] { get }

    /// Short prompts that this scene answers without stating all its attributes; often empty.
    var prompts: [String] { get }

    /// Other ways to ask for this scene, in other words, orders and lengths: at least eight together with
    /// `prompts`, stating few attributes or none.
    var paraphrases: [String] { get }

    /// Weather that may come over this scene; empty where there is none: indoors, under water, in space.
    var weathers: [SceneWeather] { get }

    /// Weather that belongs to the family itself, where it has some.
    var ownWeather: SceneWeather? { get }

    /// Second subjects that have room in this scene's sky.
    var companions: [SceneCompanion] { get }

    /// The time of day, where it can be seen.
    var lightTime: TimeOfDay? { get }

    /// Draws the moment `time`, in seconds (0 or later, without end), over the whole canvas.
    func draw(time: Double, into canvas: Canvas)
}

extension Scene {
    public var prompts: [String] { [] }
    public var paraphrases: [String] { [] }
    public var weathers: [SceneWeather] { [] }
    public var ownWeather: SceneWeather? { nil }
    public var companions: [SceneCompanion] { [] }
    public var lightTime: TimeOfDay? { attributes["time"].flatMap(TimeOfDay.init(rawValue:)) }
}

/// A family as the catalogue lists it.
public struct SceneFamily: Sendable {
    public let name: String
    /// How often it is drawn, in proportion to the others.
    public let weight: Float
    private let build: @Sendable (inout SceneRandom) -> any Scene

    init<S: Scene>(_ scene: S.Type, weight: Float = 1) {
        name = scene.family
        self.weight = weight
        build = { scene.init(random: &$0) }
    }

    /// The scene that belongs to a seed.
    public func make(seed: UInt64) -> any Scene {
        var random = SceneRandom(seed: seed)
        return build(&random)
    }
}

/// What a clip shows, sorted: what a classifier that checks generated videos learns from.
public struct SceneLabels: Codable, Equatable, Sendable {
    public let family: String
    /// The colour of the main thing; two are joined by "and"; nil where the family has none.
    public let colour: String?
    /// How many of the main thing; nil where they are not counted.
    public let count: Int?
    /// "day", "sunset", "night" or "dawn"; nil where it cannot be seen.
    public let time: String?
    /// "clear", "rain", "snow" or "fog"; nil indoors, under water and in space.
    public let weather: String?
    /// A raw value of `Camera.Move`.
    public let camera: String
    /// A second subject in the sky, a raw value of `SceneCompanion`; nil for none.
    public let companion: String?
    /// Everything else that the family drew: place, direction, size, ....
    public let others: [String: String]

    public init(
        family: String, colour: String? = nil, count: Int? = nil, time: String? = nil, weather: String? = nil,
        camera: String = Camera.Move.still.rawValue, companion: String? = nil, others: [String: String] = [:]
    ) {
        self.family = family
        self.colour = colour
        self.count = count
        self.time = time
        self.weather = weather
        self.camera = camera
        self.companion = companion
        self.others = others
    }

    init(scene: any Scene, weather: SceneWeather, camera: Camera, companion: SceneCompanion?) {
        var others = scene.attributes.filter { $0.value != "none" }
        let count = others.removeValue(forKey: "count")
        if let count, Wording.value(count) == nil { others["amount"] = count }
        if let own = others.removeValue(forKey: "weather"), SceneWeather(rawValue: own) == nil { others["sky"] = own }
        self.init(
            family: type(of: scene).family, colour: others.removeValue(forKey: "colour"), count: count.flatMap(Wording.value),
            time: SceneLabels.time(others.removeValue(forKey: "time")) ?? scene.lightTime?.rawValue,
            weather: (weather == .clear ? scene.ownWeather ?? (scene.weathers.isEmpty ? nil : .clear) : weather)?.rawValue, camera: camera.move.rawValue, companion: companion?.rawValue,
            others: others)
    }

    private static func time(_ word: String?) -> String? {
        word.flatMap(TimeOfDay.init(rawValue:))?.rawValue ?? (word == "dark" ? TimeOfDay.night.rawValue : nil)
    }
}

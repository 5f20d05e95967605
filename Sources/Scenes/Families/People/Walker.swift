#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A person who walks or runs along.
struct Walker: Scene {
    static let family = "person"

    enum Action: String, Sendable { case walking, running }

    let colour: NamedColor
    let action: Action
    let time: TimeOfDay
    private let landscape: Landscape
    private let journey: Journey
    private let figure: Figure
    private let start: Float
    /// Strides a second.
    private let pace: Double

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .red] + NamedColor.allCases)
        action = random.chance(0.55) ? .walking : .running
        time = random.pick([.day, .day, .day, .sunset, .sunset, .dawn, .dawn, .night])
        landscape = Landscape(random.pick([.meadow, .beach, .beach, .city, .city, .snow, .forest, .desert]), time, foot: random.range(0.86, 0.9), random: &random)
        journey = Journey(speed: action == .running ? 0.42...0.52 : 0.2...0.26, random: &random)
        var figure = Figure(shirt: colour.color, height: random.range(0.58, 0.68))
        figure.skin = random.pick([.hex(0xE0A880), .hex(0xC88A5C), .hex(0x8A5636)])
        figure.hair = random.pick([.hex(0x3A2418), .hex(0x1A1416), .hex(0xC89A4C), .hex(0x8A4A24)])
        figure.trousers = random.pick([.hex(0x2E3A5C), .hex(0x3A3A40), .hex(0x6A5A48)])
        self.figure = figure
        start = random.unit()
        pace = Double(action == .running ? random.range(1.2, 1.5) : random.range(0.78, 0.98))
    }

    var attributes: [String: String] {
        [
            "colour": colour.rawValue, "action": action.rawValue, "time": time.rawValue, "place": landscape.place.rawValue,
            "direction": journey.heading.rawValue,
        ]
    }

    var captions: [String] {
        let way = journey.way, place = landscape.place.phrase
        let shirt = "in \(Wording.article(colour.rawValue)) shirt"
        return [
            "a person \(shirt) \(action.rawValue) \(way) \(place) \(time.phrase)",
            "a man \(shirt) \(action.rawValue) \(way) \(place) \(time.phrase)",
            "somebody \(shirt) is \(action.rawValue) \(way) \(place) \(time.phrase)",
            "\(time.phrase) a person \(shirt) is \(action.rawValue) \(way) \(place)",
            "\(action.rawValue) \(way) \(place) \(time.phrase) in \(Wording.article(colour.rawValue)) shirt",
        ]
    }

    var prompts: [String] {
        ["a person is \(action.rawValue)", "a man is \(action.rawValue)", "a person is \(action.rawValue) \(landscape.place.phrase)"]
    }

    var paraphrases: [String] {
        let same = [
            "a person \(action.rawValue)", "somebody \(action.rawValue) alone", "a man \(action.rawValue) \(landscape.place.phrase)",
            "a person in \(Wording.article(colour.rawValue)) shirt", "a video of a \(action.rawValue) person", "people \(action.rawValue) outside",
        ]
        return same + (action == .walking
            ? ["a man goes for a walk", "a person takes a walk", "a person walks by", "somebody strolls along", "a man walks \(landscape.place.phrase)"]
            : ["a runner", "a man goes for a run", "somebody is jogging", "a jogger \(landscape.place.phrase)", "a person runs fast"])
    }

    var weathers: [SceneWeather] { landscape.place == .desert ? [.fog] : landscape.place == .snow ? [.snow, .fog] : [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds)
        landscape.draw(seconds, travel: place.travel, into: canvas)
        landscape.shadow(place.x, half: figure.height * 0.2, into: canvas)
        let running = action == .running
        let phase = Motion.angle(seconds, hertz: pace, start: start)
        let lift = running ? 0.03 + 0.03 * sin(2 * phase + 0.6) : 0.012 * cos(2 * phase)
        let hip = landscape.foot - figure.height * (0.49 + lift)
        canvas.subject(outline: time.outline(of: colour.color)) {
            figure.draw(
                canvas, hipX: place.x, hipY: hip, side: journey.heading.sign, pose: Figure.stride(phase, effort: running ? 1 : 0), light: time.subjectLight)
        }
    }
}

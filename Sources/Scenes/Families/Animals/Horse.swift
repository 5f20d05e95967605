#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A horse that gallops.
struct Horse: Scene {
    static let family = "horse"

    let colour: Coat
    let time: TimeOfDay
    private let landscape: Landscape
    private let journey: Journey
    private let size: Float
    private let start: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.brown, .brown, .white, .black, .grey, .orange])
        time = random.pick([.day, .day, .day, .sunset, .sunset, .dawn, .dawn, .night])
        landscape = Landscape(random.pick([.meadow, .meadow, .beach, .desert, .snow] + Landscape.Place.allCases), time, foot: random.range(0.8, 0.86), random: &random)
        journey = Journey(speed: 0.5...0.7, random: &random)
        size = random.range(0.38, 0.43)
        start = random.unit()
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "time": time.rawValue, "place": landscape.place.rawValue, "direction": journey.heading.rawValue]
    }

    private var thing: String { Wording.article("\(colour.rawValue) horse") }

    var captions: [String] {
        let way = journey.way, place = landscape.place.phrase
        return [
            "\(thing) is galloping \(way) \(place) \(time.phrase)",
            "\(thing) gallops \(way) \(place) \(time.phrase)",
            "a wild \(colour.rawValue) horse running \(way) \(place) \(time.phrase)",
            "\(time.phrase) \(thing) is galloping \(way) \(place)",
            "a \(colour.rawValue) horse with a flowing mane runs \(way) \(place) \(time.phrase)"
        ]
    }

    var prompts: [String] { ["a horse is galloping", "a horse is running"] }

    var paraphrases: [String] {
        [
            "a horse galloping",
            "\(thing) galloping",
            "a horse gallops across the land",
            "a wild horse runs free",
            "a running horse",
            "\(colour.rawValue) horse",
            "a video of a horse running",
            "side view of a galloping horse",
            "a horse with a flowing mane runs fast",
            "the horse is at full gallop"
        ]
    }

    var weathers: [SceneWeather] { landscape.place == .desert ? [.fog] : landscape.place == .snow ? [.snow, .fog] : [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds)
        landscape.draw(seconds, travel: place.travel, into: canvas)
        landscape.shadow(place.x, half: size * 0.7, into: canvas)
        let animal = Quadruped(kind: .horse, gait: .run, coat: colour.color, second: colour == .black ? .hex(0x101014) : colour == .white ? .hex(0xC8C0B4) : colour.color * 0.4, size: size)
        canvas.subject(outline: time.outline(of: colour.color)) {
            animal.draw(
                canvas, x: place.x, foot: landscape.foot, side: journey.heading.sign, phase: Motion.angle(seconds, hertz: 1.5, start: start),
                tail: Motion.angle(seconds, hertz: 0.6, start: start), light: time.subjectLight)
        }
    }
}

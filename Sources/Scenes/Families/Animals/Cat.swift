#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A cat that walks over grass, snow or a street.
struct Cat: Scene {
    static let family = "cat"

    let colour: Coat
    let time: TimeOfDay
    private let landscape: Landscape
    private let journey: Journey
    private let size: Float
    private let start: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.black, .white, .grey, .orange, .orange, .brown])
        time = random.pick([.day, .day, .day, .sunset, .sunset, .dawn, .dawn, .night])
        landscape = Landscape(random.pick([.meadow, .meadow, .city, .forest, .snow, .beach] + Landscape.Place.allCases), time, foot: random.range(0.8, 0.86), random: &random)
        journey = Journey(speed: 0.2...0.28, random: &random)
        size = random.range(0.4, 0.47)
        start = random.unit()
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "time": time.rawValue, "place": landscape.place.rawValue, "direction": journey.heading.rawValue]
    }

    private var thing: String { Wording.article("\(colour.rawValue) cat") }

    var captions: [String] {
        let way = journey.way, place = landscape.place.phrase
        return [
            "\(thing) is walking \(way) \(place) \(time.phrase)",
            "\(thing) walks \(way) \(place) \(time.phrase)",
            "a cute \(colour.rawValue) cat strolling \(way) \(place) \(time.phrase)",
            "\(time.phrase) \(thing) is walking \(way) \(place)",
            "a \(colour.rawValue) kitten with its tail up walks \(way) \(place) \(time.phrase)"
        ]
    }

    var prompts: [String] { ["a cat is walking", "a cute cat is walking"] }

    var paraphrases: [String] {
        [
            "a cat walking",
            "\(thing) walking",
            "a cute little cat goes for a walk",
            "a video of a cat walking by",
            "a cat strolls along",
            "\(colour.rawValue) cat",
            "a kitten is walking on its paws",
            "side view of a walking cat",
            "a cat with a long tail walks slowly",
            "the cat takes a walk"
        ]
    }

    var weathers: [SceneWeather] { landscape.place == .desert ? [.fog] : landscape.place == .snow ? [.snow, .fog] : [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds)
        landscape.draw(seconds, travel: place.travel, into: canvas)
        landscape.shadow(place.x, half: size * 0.7, into: canvas)
        let animal = Quadruped(kind: .cat, gait: .walk, coat: colour.color, second: colour.second, size: size)
        canvas.subject(outline: time.outline(of: colour.color)) {
            animal.draw(
                canvas, x: place.x, foot: landscape.foot, side: journey.heading.sign, phase: Motion.angle(seconds, hertz: 1.0, start: start),
                tail: Motion.angle(seconds, hertz: 0.6, start: start), light: time.subjectLight)
        }
    }
}

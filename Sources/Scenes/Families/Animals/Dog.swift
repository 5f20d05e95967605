#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A dog that runs.
struct Dog: Scene {
    static let family = "dog"

    let colour: Coat
    let time: TimeOfDay
    private let landscape: Landscape
    private let journey: Journey
    private let size: Float
    private let start: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.brown, .brown, .black, .white, .orange, .grey])
        time = random.pick([.day, .day, .day, .sunset, .sunset, .dawn, .dawn, .night])
        landscape = Landscape(random.pick([.meadow, .meadow, .beach, .beach, .forest, .snow, .city] + Landscape.Place.allCases), time, foot: random.range(0.8, 0.86), random: &random)
        journey = Journey(speed: 0.45...0.6, random: &random)
        size = random.range(0.39, 0.45)
        start = random.unit()
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "time": time.rawValue, "place": landscape.place.rawValue, "direction": journey.heading.rawValue]
    }

    private var thing: String { Wording.article("\(colour.rawValue) dog") }

    var captions: [String] {
        let way = journey.way, place = landscape.place.phrase
        return [
            "\(thing) is running \(way) \(place) \(time.phrase)",
            "\(thing) runs \(way) \(place) \(time.phrase)",
            "a happy \(colour.rawValue) dog running fast \(way) \(place) \(time.phrase)",
            "\(time.phrase) \(thing) is running \(way) \(place)",
            "a \(colour.rawValue) puppy runs \(way) \(place) \(time.phrase)"
        ]
    }

    var prompts: [String] {
        ["a dog is running"] + (landscape.place == .meadow ? ["a dog is running on the grass"] : landscape.place == .beach ? ["a dog running on the beach"] : [])
    }

    var paraphrases: [String] {
        [
            "a dog running",
            "\(thing) running fast",
            "a happy dog runs along",
            "a video of a running dog",
            "a puppy is running",
            "\(colour.rawValue) dog",
            "a dog wags its tail and runs",
            "side view of a dog running",
            "the dog is out for a run",
            "a cute dog playing outside"
        ]
    }

    var weathers: [SceneWeather] { landscape.place == .desert ? [.fog] : landscape.place == .snow ? [.snow, .fog] : [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds)
        landscape.draw(seconds, travel: place.travel, into: canvas)
        landscape.shadow(place.x, half: size * 0.7, into: canvas)
        let animal = Quadruped(kind: .dog, gait: .run, coat: colour.color, second: colour.second, size: size)
        canvas.subject(outline: time.outline(of: colour.color)) {
            animal.draw(
                canvas, x: place.x, foot: landscape.foot, side: journey.heading.sign, phase: Motion.angle(seconds, hertz: 1.7, start: start),
                tail: Motion.angle(seconds, hertz: 2.2, start: start), light: time.subjectLight)
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to five people who dance, seen from the front: on a stage, in a meadow or on a beach.
struct Dancer: Scene {
    static let family = "dancer"

    enum Place: String, CaseIterable, Sendable {
        case stage, meadow, beach

        var phrase: String {
            switch self {
            case .stage: return "on a stage with coloured lights"
            case .meadow: return "in a green meadow"
            case .beach: return "on a sandy beach"
            }
        }
    }

    let colour: NamedColor
    let count: Int
    let place: Place
    let time: TimeOfDay
    private let landscape: Landscape
    private let figures: [Figure]
    private let start: Float
    /// Beats a second.
    private let pace: Double
    private let seed: UInt64

    init(random: inout SceneRandom) {
        colour = random.pick(NamedColor.allCases)
        count = random.pick([1, 1, 2, 3, 4, 5])
        place = random.pick([.stage, .stage, .meadow, .beach])
        time = random.pick([.day, .sunset])
        landscape = Landscape(place == .meadow ? .meadow : .beach, time, foot: 0.9, random: &random)
        let colour = self.colour
        let tall: Float = count == 1 ? random.range(0.7, 0.76) : [0.62, 0.52, 0.43, 0.38][count - 2]
        figures = (0..<count).map { _ in
            var figure = Figure(shirt: colour.color, height: tall)
            figure.skin = random.pick([.hex(0xE0A880), .hex(0xC88A5C), .hex(0x8A5636)])
            figure.hair = random.pick([.hex(0x3A2418), .hex(0x1A1416), .hex(0xC89A4C)])
            return figure
        }
        start = random.unit()
        pace = Double(random.range(0.72, 0.8))
        seed = random.next()
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "count": Wording.number(count), "place": place.rawValue, "time": place == .stage ? "none" : time.rawValue]
    }

    private var people: String { count == 1 ? "a dancer" : "\(Wording.number(count)) dancers" }

    var captions: [String] {
        let where_ = place == .stage ? place.phrase : "\(place.phrase) \(time.phrase)"
        let shirts = count == 1 ? "in \(Wording.article(colour.rawValue)) shirt" : "in \(colour.rawValue) shirts"
        let be = Wording.be(count), persons = count == 1 ? "a person" : "\(Wording.number(count)) people"
        return [
            "\(people) \(shirts) \(be) dancing \(where_)",
            "\(persons) \(shirts) dancing \(where_)",
            "\(people) \(shirts) \(count == 1 ? "moves" : "move") to music \(where_)",
            "a dance of \(persons) \(shirts) \(where_)",
            "\(where_) \(persons) \(shirts) \(be) dancing",
        ]
    }

    var prompts: [String] { count == 1 ? ["a person is dancing", "a dancer on a stage"].filter { place == .stage || !$0.contains("stage") } : ["people are dancing", "\(Wording.number(count)) people are dancing"] }

    var paraphrases: [String] {
        count == 1
            ? [
                "a person dancing", "somebody dances", "a dancer", "a man is dancing happily", "a dancer waving the arms", "a woman is dancing",
                "a happy dance", "a person moves to the music", "a video of somebody dancing",
            ]
            : [
                "people dancing", "a group of dancers", "dancers moving together", "friends are dancing", "a dance", "people at a party",
                "dancers waving their arms", "a group of people moves to the music", "a video of people dancing",
            ]
    }

    var weathers: [SceneWeather] { place == .stage ? [] : [.fog] }
    var companions: [SceneCompanion] { place == .stage ? [] : [.birds, .balloon] }
    var lightTime: TimeOfDay? { place == .stage ? nil : time }

    func draw(time seconds: Double, into canvas: Canvas) {
        if place == .stage { drawStage(seconds, canvas) } else { landscape.draw(seconds, travel: Double(start) * 30, into: canvas) }
        let light = place == .stage ? Color(1, 0.97, 1, 0) : time.subjectLight
        for (index, figure) in figures.enumerated() {
            let beat = Motion.angle(seconds, hertz: pace, start: start), slow = Motion.angle(seconds, hertz: pace / 4, start: start)
            let own = beat
            let spacing: Float = count == 1 ? 0 : [0.42, 0.34, 0.25, 0.2][count - 2]
            // Of many every second one stands a step further back.
            let foot: Float = count > 3 && index % 2 == 1 ? 0.83 : 0.9
            let x = 0.5 + (Float(index) - Float(count - 1) / 2) * spacing + 0.03 * sin(beat)
            // Two bars with the arms up, two with them swinging at the sides.
            let up = 0.5 + 0.5 * sin(slow)
            var pose = Figure.Pose()
            pose.lean = 0.1 * sin(own)
            let wave = sin(own)
            pose.arms = [
                (mix(0.5 + 0.35 * wave, 2.35 + 0.3 * wave, up), mix(0.9, 0.5 + 0.4 * wave, up)),
                (mix(0.5 - 0.35 * wave, 2.35 - 0.3 * wave, up), mix(0.9, 0.5 - 0.4 * wave, up)),
            ]
            // Beside others the arms fold on their way up: nobody reaches into a neighbour.
            if count > 1 { for arm in 0..<2 { pose.arms[arm].elbow += 1.7 * 4 * up * (1 - up) } }
            let right = max(0, wave), left = max(0, -wave)
            pose.legs = [(0.16 + 0.5 * right, 0.1 + 0.75 * right), (0.16 + 0.5 * left, 0.1 + 0.75 * left)]
            let hip = foot - figure.height * (0.475 - 0.02 * abs(cos(own)))
            canvas.ellipse(x, foot + 0.01, figure.height * 0.22, 0.022, .hex(0x0A0C14), softness: 0.03, opacity: 0.4)
            canvas.subject(outline: place == .stage ? .hex(0xF4F2EA) : time.outline(of: colour.color)) {
                figure.draw(canvas, hipX: x, hipY: hip, side: 1, pose: pose, front: true, light: light)
            }
        }
    }

    private func drawStage(_ seconds: Double, _ canvas: Canvas) {
        canvas.gradient([(canvas.top, .hex(0x0C0818)), (0.74, .hex(0x2A1848))])
        canvas.gradient([(0.78, .hex(0x4A2C60)), (1, .hex(0x7A4A78))], top: 0.78)
        let beams: [Color] = [.hex(0xFF3A70), .hex(0x3A8CFF), .hex(0xFFC030), .hex(0x50FF90)]
        for (i, color) in beams.enumerated() {
            let root = 0.05 + 0.3 * Float(i)
            let angle = 0.38 * sin(Motion.angle(seconds, hertz: 0.22, start: Float(i) * 0.27 + start)) + (0.5 - root) * 0.5
            canvas.paint(bottom: 0.95) { x, y, pixel in
                let along = y + 0.06
                let off = abs(x - root - along * angle) / (0.02 + 0.12 * along)
                if off < 1 { pixel += color * ((1 - off * off) * 0.34 * (1.1 - along * 0.7)) }
            }
            canvas.disc(root, 0.0, radius: 0.03, color * 1.6, softness: 0.01)
            canvas.ellipse(root + 0.95 * angle, 0.92, 0.14, 0.03, color, softness: 0.05, opacity: 0.35)
        }
    }
}

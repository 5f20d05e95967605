#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to five ducks swimming on a pond.
struct Duck: Scene {
    static let family = "duck"

    let colour: NamedColor
    let count: Int
    let time: TimeOfDay
    private let journey: Journey
    private let sky: Sky
    private let seed: UInt64
    private static let horizon: Float = 0.34

    init(random: inout SceneRandom) {
        colour = random.pick([.yellow, .yellow, .white, .white] + NamedColor.allCases)
        count = random.pick([1, 1, 2, 2, 3, 4, 5])
        time = random.pick([.day, .day, .sunset, .dawn])
        journey = Journey(speed: 0.09...0.14, loosely: count == 1 ? 0.35 : 0, random: &random)
        sky = Sky(time: time, horizon: Duck.horizon, random: &random)
        seed = random.next()
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "count": Wording.number(count), "time": time.rawValue, "direction": journey.heading.rawValue]
    }

    var captions: [String] {
        let things = Wording.some(count, "\(colour.rawValue) duck"), be = Wording.be(count), way = journey.way
        return [
            "\(things) \(be) swimming \(way) on a pond \(time.phrase)",
            "\(things) swimming \(way) on calm water \(time.phrase)",
            "\(things) \(count == 1 ? "paddles" : "paddle") \(way) across a lake \(time.phrase)",
            "\(time.phrase) \(things) \(be) gliding \(way) over a pond",
            "\(things) on the water moving \(way) \(time.phrase)",
        ]
    }

    var prompts: [String] { count == 1 ? ["a duck is swimming", "a duck on a pond"] : ["ducks are swimming", "\(Wording.number(count)) ducks are swimming"] }

    var paraphrases: [String] {
        count == 1
            ? [
                "a duck", "a duck swimming on a lake", "a swimming duck", "a duck paddles on the water", "a cute \(colour.rawValue) duck", "a bird swims on a pond",
                "a duck floating on calm water", "the duck swims along", "a video of a duck",
            ]
            : [
                "ducks", "ducks swimming on a lake", "a family of ducks", "ducks paddle on the water", "cute \(colour.rawValue) ducks", "birds swim on a pond",
                "a row of ducks on the water", "some ducks on a pond", "a video of ducks",
            ]
    }

    var weathers: [SceneWeather] { [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.birds, .rainbow, .balloon] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds)
        sky.draw(time: seconds, into: canvas)
        let light = time.light
        Hills.draw(canvas, base: Duck.horizon, height: 0.2, seed: seed, time: time, near: .hex(0x3F8A45), shift: Float(wrap(place.travel * 0.4, 200)))
        Water.at(time, horizon: Duck.horizon).draw(time: seconds, into: canvas)
        // Reeds along the near shore.
        Motion.roadside(travel: place.travel, spacing: 0.1, from: canvas.left - 0.1, to: canvas.right + 0.1) { index, x in
            guard SceneRandom.hash(seed, index / 5, 1) < 0.55 else { return }
            let tall = 0.1 + 0.12 * SceneRandom.hash(seed, index, 2)
            let lean = 0.02 * sin(Motion.angle(seconds, hertz: 0.3, start: SceneRandom.hash(seed, index, 3)))
            canvas.line(x, 1.06, x + lean, 1.04 - tall, width: 0.022, endWidth: 0.008, .hex(0x3E7A2C) * light)
            if index % 3 == 0 { canvas.line(x + lean, 1.05 - tall, x + lean * 1.2, 0.99 - tall, width: 0.032, .hex(0x6A4424) * light) }
        }
        // Each duck is wide enough to be told and counted, none lies over another.
        let places: [[(Float, Float, Float)]] = [
            [(0, 0.7, 0.27)], [(0.2, 0.6, 0.19), (-0.2, 0.8, 0.2)], [(0.28, 0.57, 0.155), (-0.02, 0.71, 0.16), (-0.3, 0.86, 0.165)],
            [(0.24, 0.56, 0.145), (-0.2, 0.58, 0.145), (0.2, 0.82, 0.155), (-0.24, 0.84, 0.155)],
            [(0.32, 0.55, 0.125), (0, 0.57, 0.125), (-0.32, 0.55, 0.125), (0.18, 0.82, 0.14), (-0.2, 0.84, 0.14)],
        ]
        for (index, at) in places[count - 1].enumerated() {
            drawDuck(index, place.x + at.0 * journey.heading.sign, at.1, at.2, seconds, canvas)
        }
    }

    private func drawDuck(_ index: Int, _ x: Float, _ line: Float, _ size: Float, _ seconds: Double, _ canvas: Canvas) {
        let side = journey.heading.sign, light = time.subjectLight
        let own = SceneRandom.hash(seed, index, 5)
        let bob = Motion.angle(seconds, hertz: 0.6 + 0.2 * Double(SceneRandom.hash(seed, index, 6)), start: own)
        let y = line + 0.006 * sin(bob)
        let body = colour.color * light
        let shade = Color.hex(0x10243C) * light
        // Reflection and wake.
        canvas.ellipse(x, line + size * 0.42, size * 1.0, size * 0.3, body * 0.7, softness: 0.03, opacity: 0.4)
        let pace = 0.5 + 0.2 * Double(own)
        for ring in 0..<2 {
            let spread = wrap(Float(wrap(seconds * pace, 1)) + Float(ring) / 2, 1)
            for way in [Float(-1), 1] {
                canvas.line(
                    x - side * size * (0.9 + spread * 1.4), line + size * (0.16 + way * 0.06 + way * spread * 0.34), x - side * size * (0.2 + spread), line + size * (0.2 + way * spread * 0.16),
                    width: 0.014, .hex(0xFFFFFF) * time.light, opacity: 0.35 * (1 - spread))
            }
        }
        func placed(_ points: Outline.Points) -> Outline.Points { Outline.place(points, x: x, y: y, scaleX: size * side, scaleY: size, angle: 0.03 * sin(bob) * side) }
        canvas.subject(outline: time.outline(of: colour.color), within: (x - 1.4 * size, x + 1.4 * size, y - 1.3 * size, y + 0.4 * size)) {
            let hull = Outline.smooth([(-1.15, -0.5), (-0.85, -0.24), (-0.4, -0.38), (0.3, -0.34), (0.74, -0.2), (0.87, 0.02), (0.6, 0.22), (-0.5, 0.22), (-0.92, 0)])
            canvas.polygon(placed(hull)) { _, py in mix(body * 1.05, body * 0.6 + shade * 0.1, smooth(-0.3, 0.22, (py - y) / size)) }
            let nod = 0.05 * sin(bob)
            let neck = placed([(0.52, -0.1), (0.6 + nod, -0.62)])
            canvas.line(neck[0].x, neck[0].y, neck[1].x, neck[1].y, width: size * 0.44, endWidth: size * 0.34, body)
            canvas.disc(neck[1].x, neck[1].y - size * 0.06, radius: size * 0.32, body)
            let bill = placed([(0.84 + nod, -0.8), (1.26 + nod, -0.62), (1.22 + nod, -0.5), (0.84 + nod, -0.5)])
            canvas.polygon(bill, (colour == .orange || colour == .red ? Color.hex(0xF6D32D) : .hex(0xF07A14)) * light)
            let eye = placed([(0.7 + nod, -0.77)])[0]
            if colour == .black { canvas.disc(eye.x, eye.y, radius: size * 0.11, .hex(0xF4F0E8) * light) }
            canvas.disc(eye.x, eye.y, radius: size * 0.075, .hex(0x121212))
            canvas.polygon(placed(Outline.smooth([(-0.78, -0.26), (-0.2, -0.28), (0.34, -0.12), (0.1, 0.08), (-0.45, 0.04)]))) { _, _ in colour == .black ? body * 2.2 : body * 0.78 }
        }
    }
}

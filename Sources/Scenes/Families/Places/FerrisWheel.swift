#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A big wheel turning at a fair.
struct FerrisWheel: Scene {
    static let family = "ferris wheel"

    let colour: NamedColor
    let time: TimeOfDay
    private let sky: Sky
    private let seed: UInt64
    private let hertz: Double
    private let cars: Int

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .red, .blue, .yellow, .green, .purple, .pink, .orange, .white])
        time = random.pick([.day, .sunset, .night, .night, .dawn])
        sky = Sky(time: time, horizon: 0.9, random: &random)
        seed = random.next()
        hertz = Double(random.range(0.04, 0.07) * random.sign())
        cars = random.pick([8, 10, 12])
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "time": time.rawValue] }

    var captions: [String] {
        let thing = Wording.article("\(colour.rawValue) ferris wheel")
        return [
            "\(thing) is turning \(time.phrase)", "\(thing) turns slowly at a fair \(time.phrase)", "\(thing) with many cabins \(time.phrase)",
            "\(time.phrase) \(thing) is turning in the park", "a view of \(thing) rotating \(time.phrase)",
        ]
    }

    var prompts: [String] { ["a ferris wheel is turning"] + (time == .night ? ["a ferris wheel at night"] : []) }

    var paraphrases: [String] {
        [
            "a ferris wheel", "a turning ferris wheel", "a big wheel at the fair", "an amusement park", "\(Wording.article(colour.rawValue)) ferris wheel", "the giant wheel turns",
            "a ride at a fun fair", "people ride a ferris wheel", "a ferris wheel against the sky", "a video of a ferris wheel",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .snow, .fog] }
    var companions: [SceneCompanion] { time == .night ? [] : [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        let light = time.subjectLight, dark = time == .night
        let offset = SceneRandom.hash(seed, 1) * 90
        canvas.ground(.hex(0x4C7A58) * time.light) { x in 0.86 - 0.05 * Noise.value(x * 6 + offset) }
        canvas.ground(.hex(0x5C9A48) * (dark ? Color(0.2, 0.22, 0.34, 0) : time.light)) { _ in 0.9 }
        for i in 0..<4 {
            let x = 0.06 + 0.29 * Float(i), color = NamedColor.vivid[Int(SceneRandom.hash(seed, i, 2) * 7)].color * light
            canvas.box(x, 0.9, halfWidth: 0.06, halfHeight: 0.045, .hex(0xE8DCC0) * light)
            canvas.polygon([(x - 0.075, 0.86), (x, 0.8), (x + 0.075, 0.86)], color)
        }
        let x: Float = 0.5, y: Float = 0.43, radius: Float = 0.34
        let paint = colour.color * light, steel = mix(Color.hex(0xE8ECF2), colour.color, 0.25) * light
        for side in [Float(-1), 1] { canvas.line(x, y, x + side * 0.2, 0.92, width: 0.026, steel * 0.75) }
        let turn = Motion.angle(seconds, hertz: hertz, start: SceneRandom.hash(seed, 3))
        canvas.paint(left: x - radius - 0.03, right: x + radius + 0.03, top: y - radius - 0.03, bottom: y + radius + 0.03) { px, py, pixel in
            let dx = px - x, dy = py - y
            let far = (dx * dx + dy * dy).squareRoot()
            let ring = max(canvas.cover(abs(far - radius) - 0.008), 0.8 * canvas.cover(abs(far - radius * 0.86) - 0.005))
            if ring > 0 { pixel = mix(pixel, paint, ring) }
        }
        for k in 0..<cars {
            let angle = turn + Float(k) / Float(cars) * 2 * .pi
            canvas.line(x, y, x + cos(angle) * radius, y + sin(angle) * radius, width: 0.009, steel)
        }
        for k in 0..<cars {
            let angle = turn + Float(k) / Float(cars) * 2 * .pi
            let cx = x + cos(angle) * radius, cy = y + sin(angle) * radius
            let tone = (k % 2 == 0 ? colour.color : Color.hex(0xF6F0E2)) * light
            canvas.line(cx, cy, cx, cy + 0.02, width: 0.008, steel * 0.7)
            canvas.box(cx, cy + 0.042, halfWidth: 0.034, halfHeight: 0.026, radius: 0.012, tone)
            canvas.box(cx, cy + 0.036, halfWidth: 0.022, halfHeight: 0.01, dark ? Color.hex(0xFFE08A) * 1.2 : mix(.hex(0x30465C), time.sky.middle, 0.4))
            if dark {
                canvas.glow(cx, cy, radius: 0.06, mix(colour.color, .hex(0xFFFFFF), 0.3) * 0.9)
                let blink = wrap(Float(wrap(seconds * 0.8, 1)) + Float(k) * 0.25, 1) < 0.5
                canvas.disc(x + cos(angle) * radius * 0.5, y + sin(angle) * radius * 0.5, radius: 0.01, (blink ? Color.hex(0xFFE890) : colour.color) * 1.6, softness: 0.008)
            }
        }
        canvas.disc(x, y, radius: 0.04, paint)
        canvas.disc(x, y, radius: 0.02, steel)
    }
}

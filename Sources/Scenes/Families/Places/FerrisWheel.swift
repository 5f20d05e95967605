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
        // A cabin takes another's place after 2.2 to 2.4 seconds: not after the 3 in which clips of 16 frames that share 4
        // come round to the same noise, which a model would learn to fall in with.
        let places = random.range(0.41, 0.46) * random.sign()
        cars = random.pick([6, 7, 8])
        hertz = Double(places) / Double(cars)
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
        let x: Float = 0.5, y: Float = 0.44, radius: Float = 0.35
        let paint = colour.color * light, steel = mix(Color.hex(0xE8ECF2), colour.color, 0.25) * light
        let turn = Motion.angle(seconds, hertz: hertz, start: SceneRandom.hash(seed, 3))
        canvas.subject(outline: time.outline(of: colour.color), width: 0.01, opacity: 0.55) {
            for side in [Float(-1), 1] { canvas.line(x, y, x + side * 0.22, 0.94, width: 0.045, steel * 0.8) }
            for k in 0..<cars {
                let angle = turn + Float(k) / Float(cars) * 2 * .pi
                canvas.line(x, y, x + cos(angle) * radius, y + sin(angle) * radius, width: 0.022, steel)
            }
            // The rim, as thick as a block of latents can carry.
            canvas.paint(left: x - radius - 0.04, right: x + radius + 0.04, top: y - radius - 0.04, bottom: y + radius + 0.04) { px, py, pixel in
                let dx = px - x, dy = py - y
                let ring = canvas.cover(abs((dx * dx + dy * dy).squareRoot() - radius) - 0.02)
                if ring > 0 { pixel = mix(pixel, paint, ring) }
            }
            canvas.disc(x, y, radius: 0.06, paint)
            canvas.disc(x, y, radius: 0.03, steel)
            // Cabins hang from the rim, each large enough to be seen.
            for k in 0..<cars {
                let angle = turn + Float(k) / Float(cars) * 2 * .pi
                let cx = x + cos(angle) * radius, cy = y + sin(angle) * radius
                let tone = (k % 2 == 0 ? colour.color : colour == .white ? Color.hex(0x9AA8BC) : .hex(0xF6F0E2)) * light
                canvas.box(cx, cy + 0.035, halfWidth: 0.07, halfHeight: 0.058, radius: 0.03, paint * 0.3)
                canvas.box(cx, cy + 0.035, halfWidth: 0.06, halfHeight: 0.048, radius: 0.024, tone)
                canvas.box(cx, cy + 0.022, halfWidth: 0.042, halfHeight: 0.02, radius: 0.008, dark ? Color.hex(0xFFE08A) * 1.2 : mix(.hex(0x30465C), time.sky.middle, 0.4))
            }
        }
        if dark {
            for k in 0..<cars {
                let angle = turn + Float(k) / Float(cars) * 2 * .pi
                canvas.glow(x + cos(angle) * radius, y + sin(angle) * radius + 0.03, radius: 0.11, mix(colour.color, .hex(0xFFFFFF), 0.3) * 0.5)
            }
        }
    }
}

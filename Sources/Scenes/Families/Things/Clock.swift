#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A round clock on a wall whose hands turn, quickly as in a time lapse, with a pendulum at times.
struct Clock: Scene {
    static let family = "clock"

    let colour: NamedColor
    let pendulum: Bool
    private let seed: UInt64
    private let wall: Color
    private let hertz: Double

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .blue, .green, .yellow, .black, .orange, .purple])
        pendulum = random.chance(0.45)
        seed = random.next()
        wall = random.pick([.hex(0xE4D4BC), .hex(0xC0D4DC), .hex(0xD4C4D0), .hex(0x9CB89C), .hex(0xB8886A)])
        hertz = Double(random.range(0.12, 0.22))
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "pendulum": pendulum ? "pendulum" : "none"] }

    var captions: [String] {
        let thing = Wording.article("\(colour.rawValue) clock") + (pendulum ? " with a pendulum" : "")
        return [
            "the hands of \(thing) are turning", "\(thing) on a wall", "\(thing) is ticking on the wall", "time passes on \(thing)", "timelapse of \(thing) with turning hands",
        ]
    }

    var prompts: [String] { ["a clock is ticking", "a clock on the wall"] }

    var paraphrases: [String] {
        [
            "a clock", "the hands of a clock turn", "time goes by", "a wall clock", "a ticking clock", "timelapse of a clock", "\(Wording.article(colour.rawValue)) clock",
            "hours pass quickly", "the clock on the wall shows the time", "close up of a clock",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        let stripe = SceneRandom.hash(seed, 1) < 0.5
        canvas.paint { x, y, pixel in
            let line: Float = stripe && wrap(x * 8, 1) < 0.5 ? 0.93 : 1
            pixel = wall * (line * (1.02 - 0.3 * y - 0.2 * (x - 0.35) * (x - 0.35)))
        }
        let y: Float = pendulum ? 0.38 : 0.5, radius: Float = pendulum ? 0.28 : 0.37
        if pendulum {
            let case_ = Color.hex(0x6A4020)
            canvas.box(0.5 + 0.02, 0.76 + 0.02, halfWidth: 0.17, halfHeight: 0.2, radius: 0.02, .hex(0x101010), opacity: 0.3)
            canvas.box(0.5, 0.76, halfWidth: 0.17, halfHeight: 0.2, radius: 0.02, case_)
            canvas.box(0.5, 0.77, halfWidth: 0.13, halfHeight: 0.16, .hex(0x2A1A10))
            let swing = 0.26 * sin(Motion.angle(seconds, hertz: 0.8))
            let bx = 0.5 + sin(swing) * 0.36, by = 0.5 + cos(swing) * 0.36
            canvas.line(0.5 + sin(swing) * 0.1, 0.6, bx, by, width: 0.022, .hex(0xD8B050))
            canvas.disc(bx, by, radius: 0.052, .hex(0xE8B830))
            canvas.disc(bx - 0.014, by - 0.016, radius: 0.018, .hex(0xFFF0B0), softness: 0.02)
        }
        canvas.disc(0.52, y + 0.025, radius: radius * 1.03, .hex(0x101010), opacity: 0.3, softness: 0.03)
        canvas.ellipse(0.5, y, radius, radius) { u, v in colour.color * (0.95 - 0.25 * u - 0.4 * v) + .grey(0.05) }
        canvas.ellipse(0.5, y, radius * 0.84, radius * 0.84) { u, v in Color.hex(0xFBF8EE) * (0.98 - 0.06 * v) }
        for hour in 0..<12 {
            let angle = Float(hour) / 12 * 2 * .pi, main = hour % 3 == 0
            let c = cos(angle), s = sin(angle)
            canvas.line(
                0.5 + s * radius * 0.78, y - c * radius * 0.78, 0.5 + s * radius * (main ? 0.6 : 0.68), y - c * radius * (main ? 0.6 : 0.68),
                width: radius * (main ? 0.1 : 0.07), .hex(0x20222A))
        }
        let turn = seconds * hertz + Double(SceneRandom.hash(seed, 2)) * 12
        let minute = Motion.angle(turn, hertz: 1), hour = Motion.angle(turn, hertz: 1.0 / 12)
        let second = Motion.angle((seconds).rounded(.down), hertz: 1.0 / 60)
        func hand(_ angle: Float, _ long: Float, _ wide: Float, _ color: Color) {
            let s = sin(angle), c = cos(angle)
            canvas.line(0.5 - s * radius * 0.1, y + c * radius * 0.1, 0.5 + s * radius * long, y - c * radius * long, width: radius * wide, endWidth: radius * wide * 0.6, color)
        }
        hand(hour, 0.42, 0.15, .hex(0x20222A))
        hand(minute, 0.68, 0.11, .hex(0x20222A))
        hand(second, 0.7, 0.05, .hex(0xD83028))
        canvas.disc(0.5, y, radius: radius * 0.09, .hex(0xD83028))
    }
}

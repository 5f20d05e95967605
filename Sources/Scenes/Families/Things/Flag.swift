#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A flag waving in the wind on its pole.
struct Flag: Scene {
    static let family = "flag"

    enum Pattern: String, CaseIterable, Sendable {
        case plain, striped, cross

        func phrase(_ first: NamedColor, _ second: NamedColor) -> String {
            switch self {
            case .plain: return "plain \(first.rawValue) flag"
            case .striped: return "striped \(first.rawValue) and \(second.rawValue) flag"
            case .cross: return "\(first.rawValue) flag with \(Wording.article(second.rawValue)) cross"
            }
        }
    }

    let first: NamedColor
    let second: NamedColor
    let pattern: Pattern
    let time: TimeOfDay
    private let side: Float
    private let sky: Sky
    private let seed: UInt64
    private let strength: Float

    init(random: inout SceneRandom) {
        first = random.pick([.red, .red, .blue, .green, .yellow, .white, .orange, .purple, .black])
        let own = first
        second = random.pick([NamedColor.white, .yellow, .red, .blue, .green].filter { $0 != own })
        pattern = random.pick(Pattern.allCases)
        time = random.pick([.day, .day, .sunset, .dawn])
        side = random.sign()
        sky = Sky(time: time, horizon: 0.9, random: &random)
        seed = random.next()
        strength = random.range(0.8, 1.2)
    }

    var attributes: [String: String] {
        ["colour": pattern == .plain ? first.rawValue : "\(first.rawValue) and \(second.rawValue)", "pattern": pattern.rawValue, "time": time.rawValue]
            .mapValues { $0 }.merging(pattern == .cross ? ["colour": first.rawValue, "mark": second.rawValue] : [:]) { _, new in new }
    }

    private var thing: String { Wording.article(pattern.phrase(first, second)) }

    var captions: [String] {
        [
            "\(thing) is waving in the wind \(time.phrase)", "\(thing) flutters on a pole \(time.phrase)", "\(thing) waving before the sky \(time.phrase)",
            "\(time.phrase) \(thing) is blowing in the wind", "the wind moves \(thing) \(time.phrase)",
        ]
    }

    var prompts: [String] { ["a flag is waving in the wind", "a flag waving"] }

    var paraphrases: [String] {
        [
            "a flag", "a waving flag", "a flag flutters in the breeze", "a flag on a pole", "\(Wording.article(first.rawValue)) flag", "a banner in the wind", "the flag is flying",
            "a flag blowing in strong wind", "a flag before the sky", "a video of a flag",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .snow, .fog] }
    var companions: [SceneCompanion] { [.birds, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        let light = time.light, cloth = time.subjectLight
        canvas.ground(height: { 0.9 + 0.03 * Noise.value($0 * 1.6 + SceneRandom.hash(seed, 1) * 90) }) { _, _, depth in Color.hex(0x58A044) * light * (1.05 - depth) }
        let poleX = 0.5 - side * 0.36
        let phase = Motion.angle(seconds, hertz: 0.95)
        let wide: Float = 0.72, tall: Float = 0.42, top: Float = 0.14
        // Ripples run from the pole outwards and grow.
        @inline(__always) func wave(_ u: Float, _ v: Float) -> Float {
            strength * 0.06 * u.squareRoot() * sin(8.2 * u - phase + 1.1 * v) + 0.02 * strength * u * sin(15 * u - phase * 2 + 2 * v)
        }
        canvas.paint(left: min(poleX, poleX + side * wide), right: max(poleX, poleX + side * wide), top: top - 0.1, bottom: top + tall + 0.16) { x, y, pixel in
            let u = (x - poleX) * side / wide
            if u < 0 || u > 1 { return }
            let sag = 0.05 * u
            let shift = wave(u, 0.5) + sag
            let v = (y - top - shift) / tall
            let amount = min(canvas.cover(-v * tall), canvas.cover((v - 1) * tall)) * canvas.cover((u - 0.99 + 0.012 * sin(phase + v * 4)) * wide)
            if amount <= 0 { return }
            let slope = (wave(u + 0.02, v) - wave(u - 0.02, v)) / 0.04
            let shade = 0.82 + 1.5 * slope
            let marked: Bool
            switch pattern {
            case .plain: marked = false
            case .striped: marked = Int(v * 5) % 2 == 1
            case .cross: marked = abs(v - 0.5) < 0.11 || abs(u - 0.36) < 0.075
            }
            pixel = mix(pixel, (marked ? second : first).color * cloth * max(0.35, min(1.25, shade)), amount)
        }
        canvas.line(poleX, 1.25, poleX, 0.08, width: 0.028, .hex(0xB8BCC4) * light)
        canvas.line(poleX - 0.006, 1.25, poleX - 0.006, 0.08, width: 0.008, .hex(0xF4F6FA) * light)
        canvas.disc(poleX, 0.07, radius: 0.026, .hex(0xE8C040) * light)
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A clear night with meteors over a dark land.
struct ShootingStars: Scene {
    static let family = "shooting stars"

    enum Place: String, CaseIterable, Sendable {
        case hills, lake, forest, mountains

        var phrase: String {
            switch self {
            case .hills: return "over dark hills"
            case .lake: return "over a lake"
            case .forest: return "over a forest"
            case .mountains: return "over the mountains"
            }
        }
    }

    let place: Place
    let many: Bool
    private let seed: UInt64
    private let range: HillRange
    private let side: Float
    private let tint: Color

    init(random: inout SceneRandom) {
        place = random.pick(Place.allCases)
        many = random.chance(0.5)
        seed = random.next()
        range = HillRange(top: 0.6, bottom: 0.84, density: 2, roughness: place == .mountains ? 0.9 : 0.2, offset: random.range(0, 200))
        side = random.sign()
        tint = random.pick([.hex(0x3A2C80), .hex(0x1C4C80), .hex(0x6A2C6A)])
    }

    var attributes: [String: String] { ["place": place.rawValue, "amount": many ? "many" : "some"] }

    var captions: [String] {
        let things = "\(many ? "many" : "some") shooting stars"
        return [
            "\(things) cross the night sky \(place.phrase)", "the night sky with \(things) \(place.phrase)", "\(things) fall \(place.phrase) at night",
            "a meteor shower with \(things) \(place.phrase)", "a starry night with \(things) \(place.phrase)",
        ]
    }

    var prompts: [String] { ["shooting stars in the night sky", "a shooting star"] }

    var paraphrases: [String] {
        [
            "shooting stars", "a meteor shower", "falling stars", "a starry night", "stars and meteors", "the milky way at night", "a sky full of stars", "meteors cross the sky",
            "bright stars \(place.phrase)", "a video of the night sky",
        ]
    }

    var ownWeather: SceneWeather? { .clear }
    var lightTime: TimeOfDay? { .night }

    func draw(time seconds: Double, into canvas: Canvas) {
        canvas.gradient([(canvas.top, .hex(0x03040F)), (0.5, .hex(0x0C1234)), (0.84, .hex(0x26305C))])
        // The band of the milky way.
        let offset = SceneRandom.hash(seed, 1) * 16
        canvas.paint(bottom: 0.85) { x, y, pixel in
            let across = ((x - 0.5) * 0.8 * side + (y - 0.36)) * 1.6
            let band = smooth(0.42, 0, abs(across + 0.2 * (Noise.fractal(x + offset, y) - 0.5)))
            if band <= 0 { return }
            let cloud = Noise.fractal(x * 1.3 + offset, y * 1.3 + offset)
            pixel += (tint * 0.9 + .grey(0.08)) * (band * cloud * cloud * 0.9)
        }
        for i in 0..<36 {
            let x = canvas.left + SceneRandom.hash(seed, i, 2) * (canvas.right - canvas.left), y = canvas.top + SceneRandom.hash(seed, i, 3) * (0.82 - canvas.top)
            let size = SceneRandom.hash(seed, i, 4)
            let twinkle = 0.75 + 0.25 * sin(Motion.angle(seconds, hertz: 0.3 + 0.3 * Double(SceneRandom.hash(seed, i, 5)), start: SceneRandom.hash(seed, i, 6)))
            canvas.disc(x, y, radius: 0.007 + 0.006 * size * size, .hex(0xEEF0FF), opacity: (0.4 + 0.6 * size) * twinkle, softness: 0.006)
        }
        Motion.stream(seconds, interval: many ? 0.3 : 0.55, life: 1.1) { index, age in
            let share = age / 1.1
            let x0 = 0.5 - side * 0.5 + side * (1.1 * SceneRandom.hash(seed, index, 7)) - side * 0.15, y0 = -0.05 + 0.42 * SceneRandom.hash(seed, index, 8)
            let way: Float = 0.55 + 0.25 * SceneRandom.hash(seed, index, 9)
            let x = x0 + side * way * share, y = y0 + way * 0.5 * share
            let glow = smooth(0, 0.15, share) * smooth(1, 0.6, share)
            let long = 0.34 * smooth(0, 0.3, share)
            canvas.line(x, y, x - side * long, y - long * 0.5, width: 0.034, endWidth: 0.008, .hex(0xD8E6FF) * 1.4, opacity: 0.85 * glow, softness: 0.006)
            canvas.disc(x, y, radius: 0.022, .hex(0xFFFFFF) * 1.8, opacity: glow, softness: 0.008)
            canvas.glow(x, y, radius: 0.1, .hex(0x9ABCFF) * (0.7 * glow))
        }
        switch place {
        case .lake:
            canvas.ground(.hex(0x0A0E22)) { x in 0.78 - 0.05 * Noise.value(x * 2.4 + offset) }
            Water(horizon: 0.78, far: .hex(0x141C40), near: .hex(0x060818), mirror: 0.85, roughness: 0.35).draw(time: seconds, into: canvas)
        case .forest:
            canvas.ground(.hex(0x070B18)) { x in 0.9 - 0.03 * Noise.value(x * 3 + offset) }
            for i in 0..<13 {
                let x = canvas.left + (Float(i) + 0.5 * SceneRandom.hash(seed, i, 10)) / 12 * (canvas.right - canvas.left)
                Pine.draw(canvas, x: x, foot: 0.95, height: 0.22 + 0.2 * SceneRandom.hash(seed, i, 11), color: .hex(0x0E1A24))
            }
        default:
            canvas.ground(.hex(0x101634)) { range.y($0) }
            canvas.ground(.hex(0x070A1A)) { x in 0.93 - 0.09 * Noise.value(x * 1.8 + offset) }
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A thunderstorm: bolts strike from dark clouds over a plain, the sea or a city.
struct Lightning: Scene {
    static let family = "lightning"

    enum Place: String, CaseIterable, Sendable {
        case plain = "field", sea, city, mountains

        var phrase: String {
            switch self {
            case .plain: return "over a dark field"
            case .sea: return "over the sea"
            case .city: return "above a city"
            case .mountains: return "over the mountains"
            }
        }
    }

    let place: Place
    let colour: NamedColor
    private let seed: UInt64
    private let hills: HillRange
    private static let horizon: Float = 0.76

    init(random: inout SceneRandom) {
        place = random.pick(Place.allCases)
        colour = random.pick([.white, .blue, .purple])
        seed = random.next()
        hills = HillRange(top: 0.52, bottom: 0.8, density: 2.2, roughness: 0.8, offset: random.range(0, 200))
    }

    var attributes: [String: String] { ["place": place.rawValue, "colour": colour.rawValue] }

    var captions: [String] {
        [
            "\(colour.rawValue) lightning strikes \(place.phrase) at night",
            "a thunderstorm with \(colour.rawValue) lightning \(place.phrase)",
            "\(colour.rawValue) lightning flashes from dark clouds \(place.phrase)",
            "a stormy night sky with \(colour.rawValue) lightning \(place.phrase)",
            "bolts of \(colour.rawValue) lightning hit the ground \(place.phrase) in a storm",
        ]
    }

    var prompts: [String] { ["a lightning storm at night", "lightning in the sky"] }

    var paraphrases: [String] {
        [
            "a thunderstorm", "lightning strikes", "a flash of lightning", "thunder and lightning", "a storm at night", "lightning bolts in dark clouds",
            "an electric storm \(place.phrase)", "the sky is lit by lightning", "dark storm clouds with lightning", "a video of a thunderstorm",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .rain, .clear] }
    var lightTime: TimeOfDay? { .night }

    func draw(time seconds: Double, into canvas: Canvas) {
        // A strike every 1.2 seconds, which flickers and dies away: 2.5 of them in the 3 seconds after which clips of 16 frames
        // that share 4 come round to the same noise.
        let period = 1.2
        let clock = seconds / period + Double(SceneRandom.hash(seed, 1))
        let turn = Int(clock.rounded(.down))
        let age = Float((clock - clock.rounded(.down)) * period)
        let lag = 0.15 * SceneRandom.hash(seed, turn, 2)
        let since = age - lag
        let flicker = since > 0.12 && since < 0.2 ? Float(0.45) : 1
        let flash = since < 0 ? 0 : flicker * max(0, 1 - since / 1.1)
        let strikeX = 0.16 + 0.68 * SceneRandom.hash(seed, turn, 3)
        let tint: Color = colour == .white ? Color(0.95, 0.97, 1.05, 0) : colour == .blue ? Color(0.5, 0.74, 1.25, 0) : Color(0.82, 0.5, 1.25, 0)

        let drift = Motion.scroll(seconds, speed: 0.16, period: 16), offset = SceneRandom.hash(seed, 4) * 16
        canvas.paint(bottom: 0.85) { x, y, pixel in
            let scale = 0.7 + 0.9 * y
            let body = Noise.fractal((x - 0.5) * scale + offset + drift, y * 1.5 + offset)
            let under = Noise.fractal((x - 0.5) * scale + offset + drift, y * 1.5 + offset + 0.1)
            let lit = clamp01(0.5 + (body - under) * 3)
            let dx = x - strikeX, dy = (y - 0.2) * 0.8
            let near = flash / (1 + 7 * (dx * dx + dy * dy))
            let base = mix(Color.hex(0x10152A), .hex(0x4A5272), lit * (0.4 + 0.6 * body)) * (1.1 - 0.5 * y)
            pixel = base + tint * (near * (0.12 + 0.5 * lit * body)) + Color(0.03, 0.035, 0.07, 0) * y
        }
        if flash > 0.02 { drawBolt(canvas, turn, strikeX, flash, tint) }
        drawLand(seconds, canvas, flash, tint, strikeX)
    }

    private func drawBolt(_ canvas: Canvas, _ turn: Int, _ strikeX: Float, _ flash: Float, _ tint: Color) {
        let pieces = 6
        var x = strikeX + 0.1 * (SceneRandom.hash(seed, turn, 5) - 0.5), y: Float = 0.14
        let foot: Float = place == .mountains ? 0.66 : 0.78
        canvas.glow(x, 0.45, radius: 0.5, tint * (0.3 * flash))
        for piece in 0..<pieces {
            let key = turn &* 32 &+ piece
            let nextY = 0.14 + (foot - 0.14) * Float(piece + 1) / Float(pieces)
            let nextX = mix(x, strikeX, 0.25) + 0.13 * (SceneRandom.hash(seed, key, 6) - 0.5)
            canvas.line(x, y, nextX, nextY, width: 0.085, tint, opacity: 0.35 * flash, softness: 0.04)
            canvas.line(x, y, nextX, nextY, width: 0.034, tint * 2.2 + .grey(0.6), opacity: min(1, flash * 1.6))
            if SceneRandom.hash(seed, key, 7) < 0.42, piece < 5 {
                var bx = nextX, by = nextY
                let way: Float = SceneRandom.hash(seed, key, 8) < 0.5 ? -1 : 1
                for twig in 0..<3 {
                    let tx = bx + way * (0.03 + 0.05 * SceneRandom.hash(seed, key &* 4 &+ twig, 9)), ty = by + 0.05
                    canvas.line(bx, by, tx, ty, width: 0.022, endWidth: 0.012, tint * 1.7 + .grey(0.3), opacity: min(1, flash * 1.3))
                    bx = tx
                    by = ty
                }
            }
            x = nextX
            y = nextY
        }
    }

    private func drawLand(_ seconds: Double, _ canvas: Canvas, _ flash: Float, _ tint: Color, _ strikeX: Float) {
        let light = Color(0.09, 0.11, 0.17, 0) + tint * (0.32 * flash)
        switch place {
        case .sea:
            Water(horizon: Lightning.horizon, far: .hex(0x1A2438) + tint * (0.1 * flash), near: .hex(0x0A1020), mirror: 0.75, roughness: 0.9).draw(time: seconds, into: canvas)
        case .plain:
            canvas.ground(height: { 0.77 + 0.02 * Noise.value($0 * 2.2) }) { x, y, _ in Color.hex(0x5A8A44) * light * (0.7 + 0.5 * Noise.value(x * 5, y * 30)) }
            for i in 0..<4 {
                let x = -0.1 + 0.33 * Float(i) + 0.2 * SceneRandom.hash(seed, i, 11)
                canvas.roundTree(x, foot: 0.8, size: 0.12 + 0.06 * SceneRandom.hash(seed, i, 12), leaf: .hex(0x3A6A34) * light, trunk: .hex(0x3A2A20) * light)
            }
        case .mountains:
            canvas.ground(height: { hills.y($0) }) { x, y, depth in Color.hex(0x6A7894) * light * (0.6 + 0.6 * Noise.value(x * 8 + depth * 4, y * 8)) }
        case .city:
            var index = Int((canvas.left / 0.1).rounded(.down)) - 1
            while Float(index) * 0.1 < canvas.right {
                let x = (Float(index) + 0.5) * 0.1, tall = 0.14 + 0.22 * SceneRandom.hash(seed, index, 13)
                canvas.box(x, 1.1 - tall / 2, halfWidth: 0.046, halfHeight: tall / 2 + 0.1, .hex(0x4A5068) * light)
                for row in 0..<9 {
                    for column in 0..<2 where SceneRandom.hash(seed, index &* 64 &+ row &* 2 &+ column, 14) < 0.5 {
                        let y = 1.035 - tall + 0.042 * Float(row)
                        canvas.box(x + (Float(column) - 0.5) * 0.045, y, halfWidth: 0.012, halfHeight: 0.012, .hex(0xFFC860))
                    }
                }
                index += 1
            }
            canvas.gradient([(1.02, .hex(0x0A0C14)), (1.2, .hex(0x0A0C14))], top: 1.05)
        }
    }
}

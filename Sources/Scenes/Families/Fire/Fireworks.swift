#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Rockets that rise and burst into falling stars, above water, a city or hills.
struct Fireworks: Scene {
    static let family = "fireworks"

    enum Place: String, CaseIterable, Sendable {
        case water, city, hills

        var phrase: String {
            switch self {
            case .water: return "over the water"
            case .city: return "above a city"
            case .hills: return "over the hills"
            }
        }
    }

    let colours: [NamedColor]
    let place: Place
    private let seed: UInt64

    init(random: inout SceneRandom) {
        let palette: [NamedColor] = [.red, .orange, .yellow, .green, .blue, .purple, .pink, .white]
        let first = random.pick(palette)
        let second = random.pick(palette.filter { $0 != first })
        colours = random.chance(0.55) ? [first] : [first, second]
        place = random.pick(Place.allCases)
        seed = random.next()
    }

    private var name: String { colours.map(\.rawValue).joined(separator: " and ") }

    var attributes: [String: String] { ["colour": name, "place": place.rawValue] }

    var captions: [String] {
        [
            "\(name) fireworks \(place.phrase) at night",
            "\(name) fireworks explode in the night sky \(place.phrase)",
            "a show of \(name) fireworks \(place.phrase) at night",
            "beautiful \(name) fireworks light up the night sky \(place.phrase)",
            "\(name) sparks of fireworks burst \(place.phrase) at night",
        ]
    }

    var prompts: [String] { ["fireworks in the night sky"] }

    private func light(_ colour: NamedColor) -> Color {
        switch colour {
        case .red: return .hex(0xFF3030)
        case .orange: return .hex(0xFF8A20)
        case .yellow: return .hex(0xFFD840)
        case .green: return .hex(0x40FF60)
        case .blue: return .hex(0x4080FF)
        case .purple: return .hex(0xB050FF)
        case .pink: return .hex(0xFF60B0)
        case .white, .black: return .hex(0xFFFAF0)
        }
    }

    private struct Shell {
        let x, y, age: Float
        let rise: Float
        let colour: Color
        let key: Int
        let size: Float
    }

    /// The shells in the air: each of the four launchers fires over and over on its own period.
    private func shells(at seconds: Double) -> [Shell] {
        (0..<4).map { launcher in
            let period = 2.7
            let clock = seconds / period + Double(launcher) / 4 + Double(SceneRandom.hash(seed, 0))
            let turn = Int(clock.rounded(.down))
            let since = Float((clock - clock.rounded(.down)) * period)
            let key = turn &* 4 &+ launcher
            let lane = Float((turn &* 4 &+ launcher) % 3)
            let rising: Float = 0.7
            return Shell(
                x: 0.2 + 0.3 * lane + 0.12 * (SceneRandom.hash(seed, key, 1) - 0.5),
                y: 0.24 + 0.16 * SceneRandom.hash(seed, key, 2),
                age: since - rising,
                rise: clamp01(since / rising),
                colour: light(colours[Int(SceneRandom.hash(seed, key, 3) * Float(colours.count))]),
                key: key,
                size: 0.26 + 0.08 * SceneRandom.hash(seed, key, 4))
        }
    }

    var paraphrases: [String] {
        [
            "fireworks",
            "fireworks bloom in the night sky",
            "fireworks explode",
            "a firework show",
            "colorful fireworks at night",
            "new year fireworks",
            "rockets burst in the sky",
            "sparks in the night sky",
            "exploding fireworks",
            "a celebration with fireworks",
            "fireworks light up the sky",
        ]
    }

    var ownWeather: SceneWeather? { .clear }
    var lightTime: TimeOfDay? { .night }

    func draw(time seconds: Double, into canvas: Canvas) {
        let shells = shells(at: seconds)
        let horizon: Float = place == .water ? 0.72 : 0.84
        canvas.gradient([(0, .hex(0x04040F)), (0.6, .hex(0x0E1030)), (1, .hex(0x1C1A40))])
        for shell in shells { drawShell(canvas, shell) }
        // The whole scene brightens for a moment with every burst.
        var flash = Color.zero
        for shell in shells where shell.age > 0 { flash += shell.colour * max(0, 1 - shell.age / 1.3) * 0.07 }
        switch place {
        case .water:
            canvas.ground(.hex(0x05060F) + flash * 0.2) { x in 0.715 - 0.035 * Noise.value(x * 3 + SceneRandom.hash(seed, 9) * 90) }
            Water(horizon: horizon, far: .hex(0x0C1028), near: .hex(0x04050F), mirror: 0.85, roughness: 0.55).draw(time: seconds, into: canvas)
        case .city:
            drawCity(canvas, flash: flash)
        case .hills:
            let offset = SceneRandom.hash(seed, 9) * 90
            canvas.ground(.hex(0x121638) + flash * 0.5) { x in 0.84 - 0.14 * Noise.value(x * 1.8 + offset) }
            canvas.ground(.hex(0x080A1C) + flash * 0.35) { x in 0.95 - 0.14 * Noise.value(x * 2.3 + offset + 50) }
        }
    }

    private func drawShell(_ canvas: Canvas, _ shell: Shell) {
        if shell.age < 0 {
            let eased = 1 - (1 - shell.rise) * (1 - shell.rise)
            let y = mix(0.9, shell.y, eased)
            canvas.line(shell.x, y, shell.x, y + 0.11 * (1.1 - shell.rise), width: 0.022, endWidth: 0.008, .hex(0xFFD890) * 1.4, opacity: 0.8, softness: 0.008)
            return
        }
        let age = shell.age
        // Drag stops the stars soon, then they sink: x = v (1 - e^-kt) / k with gravity on top.
        let spread = shell.size * (1 - exp(-3.2 * age))
        let sink = 0.055 * age * age
        let life: Float = 1.7
        let fade = smooth(life, life * 0.35, age)
        if fade <= 0 { return }
        canvas.glow(shell.x, shell.y, radius: 0.42, shell.colour * (0.22 * max(0, 1 - age / 1.4) * smooth(0, 0.1, age)))
        canvas.glow(shell.x, shell.y, radius: 0.1, Color(1, 0.95, 0.85, 0) * (1.2 * max(0, 1 - age / 0.35)))
        let stars = 16
        for i in 0..<stars {
            let ring = i % 2 == 0 ? Float(1) : 0.55
            let angle = (Float(i) + 0.35 * SceneRandom.hash(seed, shell.key &* 64 &+ i, 5)) / Float(stars) * 2 * Float.pi
            let reach = spread * ring * (0.92 + 0.16 * SceneRandom.hash(seed, shell.key &* 64 &+ i, 6))
            let back = shell.size * (1 - exp(-3.2 * max(0, age - 0.55))) * reach / max(spread, 1e-4)
            let c = cos(angle), s = sin(angle)
            let sinkBack = 0.055 * max(0, age - 0.5) * max(0, age - 0.5)
            let x = shell.x + reach * c, y = shell.y + reach * s + sink
            let bright = mix(shell.colour, Color(1, 1, 1, 0), 0.5 * max(0, 1 - age / 0.5)) * (1.5 * fade + 0.3)
            canvas.line(x, y, shell.x + back * c, shell.y + back * s + sinkBack, width: 0.032, endWidth: 0.014, bright, opacity: fade * 0.95, softness: 0.008)
        }
    }

    private func drawCity(_ canvas: Canvas, flash: Color) {
        let step: Float = 0.12
        var index = Int((canvas.left / step).rounded(.down)) - 1
        while Float(index) * step < canvas.right {
            let x = (Float(index) + 0.5) * step
            let half = step * (0.4 + 0.1 * SceneRandom.hash(seed, index, 20))
            let height = 0.12 + 0.16 * SceneRandom.hash(seed, index, 21)
            let top = 1 - height
            canvas.box(x, top + 0.3, halfWidth: half, halfHeight: 0.3, .hex(0x0A0A18) + flash * 0.25)
            var row = 0
            while top + 0.035 + 0.045 * Float(row) < 1.02 {
                for c in 0..<2 where SceneRandom.hash(seed, index &* 64 &+ row &* 2 &+ c, 22) < 0.6 {
                    canvas.box(x + (Float(c) - 0.5) * half, top + 0.035 + 0.045 * Float(row), halfWidth: half * 0.24, halfHeight: 0.012, .hex(0xFFC860))
                }
                row += 1
            }
            index += 1
        }
    }
}

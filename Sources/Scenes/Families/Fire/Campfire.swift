#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Crossed logs on fire: in a forest, on snow, on a beach or on a plain dark ground.
struct Campfire: Scene {
    static let family = "campfire"

    enum Place: String, CaseIterable, Sendable {
        case forest, snow, beach, dark

        var phrase: String {
            switch self {
            case .forest: return "in the forest"
            case .snow: return "in the snow"
            case .beach: return "on the beach"
            case .dark: return "in the dark"
            }
        }
    }

    let place: Place
    let big: Bool
    private let time: TimeOfDay
    private let seed: UInt64
    private let middle: Float
    private let ground: Float
    private let sky: Sky

    init(random: inout SceneRandom) {
        place = random.pick([.forest, .forest, .snow, .beach, .dark, .dark])
        big = random.chance(0.5)
        time = place == .dark ? .night : random.pick([.night, .night, .sunset])
        seed = random.next()
        middle = random.range(0.44, 0.56)
        ground = 0.7
        var sky = Sky(time: time, horizon: place == .beach ? 0.5 : 0.7, sun: false, random: &random)
        sky.clouds *= 0.6
        self.sky = sky
    }

    var attributes: [String: String] {
        ["place": place.rawValue, "size": big ? "big" : "small", "time": place == .dark ? place.rawValue : time.rawValue]
    }

    var captions: [String] {
        let size = big ? "big" : "small"
        let when = place == .dark ? place.phrase : "\(place.phrase) \(time.phrase)"
        return [
            "a \(size) campfire is burning \(when)",
            "wood on fire in a \(size) campfire \(when)",
            "a \(size) fire of burning logs \(when)",
            "\(size) flames rise from burning wood \(when)",
            "a \(size) bonfire with flickering flames \(when)",
        ]
    }

    var prompts: [String] { ["wood on fire", "wood on fire", "a campfire is burning"] }

    var paraphrases: [String] {
        [
            "a campfire",
            "burning wood",
            "a burning campfire",
            "a bonfire at night",
            "flames of a campfire",
            "fire",
            "logs are burning",
            "a wood fire burns",
            "sparks fly from a fire",
            "a crackling fire outside",
            "a fire is burning",
            "burning logs",
        ]
    }

    var weathers: [SceneWeather] { place == .dark ? [] : place == .snow ? [.snow, .fog] : [.fog] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let t = Noise.clock(seconds)
        let light = 0.9 + 0.25 * (Noise.value(t * 2.1, 5) - 0.5) + 0.2 * (Noise.value(t * 5.3, 8) - 0.5)
        let size: Float = big ? 1 : 0.76
        let base: Float = 0.85
        drawBackground(seconds, canvas, light: light * size)
        canvas.ellipse(middle, base + 0.035, 0.3 * size, 0.05, .hex(0x140A06), softness: 0.05, opacity: 0.8)
        drawLogs(canvas, base: base, size: size, light: light, behind: true)
        canvas.glow(middle, base - 0.2 * size, radius: 0.7 * size, .hex(0xFF6A1C) * (0.26 * light))
        Flames.draw(canvas, t: t, middle: middle, base: base, size: size, seed: seed)
        drawLogs(canvas, base: base, size: size, light: light, behind: false)
        canvas.glow(middle, base - 0.02, radius: 0.2 * size, .hex(0xFF7A20) * (0.55 * light), stretch: 1.4)
        drawSparks(seconds, canvas, base: base, size: size)
    }

    private func drawBackground(_ seconds: Double, _ canvas: Canvas, light: Float) {
        let plain = place == .dark
        if plain {
            canvas.gradient([(0, .hex(0x05040A)), (0.7, .hex(0x150C0C))])
        } else {
            sky.draw(time: seconds, into: canvas)
        }
        if place == .beach {
            let water = Water.at(time, horizon: 0.5)
            water.draw(time: seconds, into: canvas)
        }
        if place == .forest || place == .snow {
            let tone = time == .night ? Color.hex(0x13251C) + .hex(0x6A3410) * (0.22 * light) : Color.hex(0x33283A)
            for i in 0..<11 {
                let x = -0.05 + Float(i) * 0.11 + 0.05 * (SceneRandom.hash(seed, i) - 0.5)
                let height = 0.26 + 0.2 * SceneRandom.hash(seed, i, 1) + 0.15 * abs(x - 0.5)
                Pine.draw(canvas, x: x, foot: ground + 0.05, height: height, color: tone, snow: place == .snow ? time.light * 0.9 + .grey(0.08) : nil)
            }
        }
        let soil: Color
        switch place {
        case .forest: soil = .hex(0x5A4A2C)
        case .snow: soil = .hex(0xE4ECF6)
        case .beach: soil = .hex(0xD2AE78)
        case .dark: soil = .hex(0x3E2A1E)
        }
        let ambient = time.light * (place == .snow ? 1.2 : 0.8) + (plain ? Color.zero : .grey(0.05))
        canvas.ground(height: { [ground] x in ground + 0.012 * (Noise.value(x * 3 + 5) - 0.5) }) { x, y, depth in
            let dx = (x - middle), dy = (y - 0.88) * 2.4
            let warm = light / (1 + 9 * (dx * dx + dy * dy))
            let grain = 0.88 + 0.24 * Noise.value(x * 9, y * 26)
            return soil * grain * (ambient * 0.75 + Color(1.25, 0.5, 0.16, 0) * (warm * warm))
        }
    }

    private func drawLogs(_ canvas: Canvas, base: Float, size: Float, light: Float, behind: Bool) {
        let back: [(Float, Float, Float, Float)] = [(-0.2, 0.0, 0.16, -0.075), (0.2, 0.0, -0.16, -0.075)]
        let front: [(Float, Float, Float, Float)] = [(-0.25, 0.055, 0.12, -0.02), (0.25, 0.055, -0.12, -0.02), (-0.13, 0.06, 0.14, 0.05)]
        for log in behind ? back : front {
            let x0 = middle + log.0 * size, y0 = base + log.1 * size, x1 = middle + log.2 * size, y1 = base + log.3 * size
            let width = 0.062 * size
            let lit = (behind ? 0.55 : 0.4) * light
            canvas.line(x0, y0, x1, y1, width: width, .hex(0x3A1E10) * (0.7 + lit))
            canvas.line(x0, y0 - 0.012 * size, x1, y1 - 0.012 * size, width: width * 0.4, .hex(0xB0602A) * lit, softness: 0.012)
            canvas.ellipse(x0, y0, width * 0.32, width * 0.46, .hex(0xC88A50) * (0.3 + 0.3 * light))
            canvas.ellipse(x0, y0, width * 0.16, width * 0.26, .hex(0x8A5228) * (0.3 + 0.3 * light))
        }
    }

    /// A few large sparks, each rising in a wavering line and going out.
    private func drawSparks(_ seconds: Double, _ canvas: Canvas, base: Float, size: Float) {
        for i in 0..<9 {
            let period = 1.6 + 1.4 * Double(SceneRandom.hash(seed, i, 70))
            let clock = seconds / period + Double(SceneRandom.hash(seed, i, 71))
            let turn = Int(clock.rounded(.down))
            let age = Float(clock - clock.rounded(.down))
            let key = turn &* 16 &+ i
            let start = (SceneRandom.hash(seed, key, 72) - 0.5) * 0.2 * size
            let drift = (SceneRandom.hash(seed, key, 73) - 0.5) * 0.3
            let x = middle + start + drift * age + 0.02 * sin(age * 9 + start * 40)
            let y = base - (0.2 + 0.68 * age) * size
            let fade = smooth(0, 0.15, age) * smooth(1, 0.55, age)
            canvas.disc(x, y, radius: 0.008, .hex(0xFFA030) * 1.6, opacity: fade, softness: 0.006)
        }
    }
}

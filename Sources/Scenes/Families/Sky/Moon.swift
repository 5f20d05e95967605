#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A large moon in the night sky, clouds drifting past it.
struct Moon: Scene {
    static let family = "moon"

    enum Place: String, Sendable, CaseIterable {
        case sea, hills, forest, mountains

        var phrase: String {
            switch self {
            case .sea: return "over the sea"
            case .hills: return "over dark hills"
            case .forest: return "over a forest"
            case .mountains: return "over snowy mountains"
            }
        }
    }

    enum Phase: String, Sendable, CaseIterable {
        case full, crescent
    }

    let phase: Phase
    let colour: NamedColor
    let place: Place
    private let seed: UInt64
    private let x: Float
    private let y: Float
    private let radius: Float
    private let wind: Double
    private let sky: Sky

    private static let horizon: Float = 0.72

    init(random: inout SceneRandom) {
        phase = random.pick([.full, .full, .crescent])
        colour = random.pick([.white, .white, .yellow, .orange, .red])
        place = random.pick(Place.allCases)
        seed = random.next()
        x = random.range(0.34, 0.66)
        y = random.range(0.27, 0.36)
        radius = random.range(0.14, 0.18)
        wind = Double(random.range(0.1, 0.18) * random.sign())
        var sky = Sky(time: .night, horizon: Moon.horizon, sun: false, random: &random)
        sky.clouds = 0
        self.sky = sky
    }

    var attributes: [String: String] {
        ["phase": phase.rawValue, "colour": colour.rawValue, "place": place.rawValue]
    }

    var captions: [String] {
        let thing = "a \(phase.rawValue) \(colour.rawValue) moon"
        return [
            "\(thing) is shining \(place.phrase) at night",
            "\(thing) \(place.phrase) at night with drifting clouds",
            "clouds drift past \(thing) \(place.phrase)",
            "the night sky with \(thing) \(place.phrase)",
            "\(thing) behind moving clouds \(place.phrase) at night",
        ]
    }

    var prompts: [String] { phase == .full ? ["the moon at night", "a full moon in the night sky"] : ["the moon at night"] }

    private var face: Color {
        switch colour {
        case .yellow: return .hex(0xFFE48A)
        case .orange: return .hex(0xFFAA52)
        case .red: return .hex(0xF0603C)
        default: return .hex(0xF6F4EA)
        }
    }

    var paraphrases: [String] {
        [
            "the moon",
            "the moon is shining",
            "a bright moon",
            "moonlight",
            "the moon over the land",
            "the moon behind clouds",
            "a night with a moon",
            "the moon in the night sky",
            "clouds pass the moon",
            "a moonlit night",
            "a \(phase.rawValue) moon",
        ]
    }

    var ownWeather: SceneWeather? { .clear }
    var lightTime: TimeOfDay? { .night }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        drawMoon(canvas)
        drawClouds(seconds, canvas)
        drawLand(seconds, canvas)
    }

    private func drawMoon(_ canvas: Canvas) {
        canvas.glow(x, y, radius: radius * 4.2, mix(face, .hex(0x5A78D0), 0.4) * 0.2)
        canvas.glow(x, y, radius: radius * 2, face * 0.24)
        let sea = face * 0.68
        let turn = SceneRandom.hash(seed, 3) * 10
        canvas.ellipse(x, y, radius, radius) { u, v in
            let square = min(1, u * u + v * v)
            let height = (1 - square).squareRoot()
            // The dark plains of its face.
            let plain = smooth(0.5, 0.72, Noise.value(u * 1.9 + turn, v * 1.9 + 4) * 0.75 + Noise.value(u * 4.2 + 9, v * 4.2 + turn) * 0.25)
            var color = mix(face, sea, plain * 0.85) * (0.8 + 0.25 * height)
            if phase == .crescent {
                let sx = u - 0.5, sy = v + 0.18
                let shadow = smooth(1.0, 0.9, (sx * sx + sy * sy).squareRoot())
                color = mix(color * 1.15, .hex(0x0D1330), shadow)
            }
            return color
        }
    }

    private func drawClouds(_ seconds: Double, _ canvas: Canvas) {
        let drift = Motion.scroll(seconds, speed: wind, period: 16)
        let offset = SceneRandom.hash(seed, 8) * 16
        let dark = Color.hex(0x18224A), lit = mix(face, .hex(0xA8B8E8), 0.55)
        canvas.paint(bottom: Moon.horizon) { px, py, pixel in
            let u = px * 1.7 - drift + offset, v = py * 4.4 + offset
            let body = Noise.fractal(u, v)
            let amount = smooth(0.52, 0.74, body) * smooth(Moon.horizon, Moon.horizon - 0.2, py)
            if amount <= 0 { return }
            let dx = px - x, dy = py - y
            let near = (phase == .full ? 1 : 0.75) / (1 + 14 * (dx * dx + dy * dy))
            // Thin edges let the moon shine through; thick middles stay dark.
            let rim = smooth(0.8, 0.54, body)
            let color = mix(dark, lit, near * near * (0.2 + 0.75 * rim))
            pixel = mix(pixel, color, amount * 0.86)
        }
    }

    private func drawLand(_ seconds: Double, _ canvas: Canvas) {
        let horizon = Moon.horizon
        let offset = SceneRandom.hash(seed, 9) * 200
        let tint = mix(face, .hex(0x8FA4E8), 0.6)
        switch place {
        case .sea:
            var water = Water.at(.night, horizon: horizon)
            water.mirror = 0.8
            water.draw(time: seconds, into: canvas)
            drawGlitter(seconds, canvas)
        case .hills:
            for layer in 0..<3 {
                let depth = Float(layer)
                let range = HillRange(top: horizon - 0.1 + 0.1 * depth, bottom: horizon + 0.06 + 0.1 * depth, density: 1.6 - 0.2 * depth, offset: offset + 31 * depth)
                let color = mix(.hex(0x2C3C6C), .hex(0x080E1E), depth / 2)
                canvas.ground(height: { range.y($0) }) { px, _, below in
                    color + tint * (0.1 * smooth(0.05, 0, below) / (1 + 12 * (px - x) * (px - x)))
                }
            }
        case .forest:
            let range = HillRange(top: horizon - 0.02, bottom: horizon + 0.08, density: 1.4, offset: offset)
            canvas.ground(.hex(0x1C2A54)) { range.y($0) - 0.03 }
            for i in 0..<10 {
                let at = canvas.left + (Float(i) + SceneRandom.hash(seed, i, 20)) / 10 * (canvas.right - canvas.left)
                let back = i % 2 == 0
                Pine.draw(
                    canvas, x: at, foot: back ? 0.9 : 1.0, height: (back ? 0.22 : 0.3) + 0.08 * SceneRandom.hash(seed, i, 21),
                    color: back ? .hex(0x121F3C) : .hex(0x0A1424))
            }
            canvas.ground(.hex(0x0A1222)) { 0.91 + 0.03 * Noise.value($0 * 4) }
        case .mountains:
            let range = HillRange(top: horizon - 0.26, bottom: horizon + 0.16, density: 2.2, roughness: 0.9, offset: offset)
            let snow = mix(.hex(0x9CB0E4), face, 0.3) * 0.8
            canvas.mountains(range, scroll: 0, rock: .hex(0x26335E), snow: snow, haze: .hex(0x1A2448))
            let front = HillRange(top: 0.86, bottom: 0.93, density: 1.3, offset: offset + 50)
            canvas.ground(.hex(0x0A1020)) { front.y($0) }
        }
    }

    /// The road of light on the water under the moon.
    private func drawGlitter(_ seconds: Double, _ canvas: Canvas) {
        let flow = Motion.scroll(seconds, speed: 0.9)
        canvas.paint(top: Moon.horizon + canvas.pixel) { px, py, pixel in
            let depth = py - Moon.horizon
            let across = abs(px - x) / (0.07 + 0.42 * depth)
            if across > 1 { return }
            let wave = Noise.value(px * (9 - 12 * depth), 3.6 / (depth + 0.06) - flow)
            pixel += face * (smooth(0.42, 0.75, wave) * (1 - across * across) * 0.75)
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A city street at night in the rain: houses with lit windows on both sides, lamps, a wet road that
/// mirrors them, sometimes somebody with an umbrella or a car's lights.
struct RainyStreet: Scene {
    static let family = "rainy street"

    let umbrella: NamedColor?
    let heavy: Bool
    let lamps: NamedColor
    private let seed: UInt64

    init(random: inout SceneRandom) {
        umbrella = random.chance(0.55) ? random.pick([.red, .yellow, .blue, .green, .orange, .purple, .pink]) : nil
        heavy = random.chance(0.5)
        lamps = random.pick([.orange, .orange, .yellow, .blue, .purple])
        seed = random.next()
    }

    var attributes: [String: String] {
        ["umbrella": umbrella?.rawValue ?? "none", "rain": heavy ? "heavy" : "light", "colour": lamps.rawValue]
    }

    var captions: [String] {
        let rain = heavy ? "heavy rain" : "light rain"
        let glow = "\(lamps.rawValue) lights"
        let who = umbrella.map { "a person with \(Wording.article($0.rawValue)) umbrella walks" }
        if let who {
            return [
                "\(who) in \(rain) in a street with \(glow)",
                "\(who) at night in \(rain) under \(glow)",
                "\(rain) at night with \(glow) while \(who)",
                "\(who) past \(glow) in \(rain) at night",
            ]
        }
        return [
            "\(rain) is falling in a city street with \(glow) at night",
            "\(rain) at night in a city street lit by \(glow)",
            "a wet city street at night with \(glow) and \(rain)",
            "an empty street in \(rain) at night with \(glow) on the wet road",
        ]
    }

    var prompts: [String] { ["rain in a city street at night"] }

    private var glow: Color {
        switch lamps {
        case .yellow: return .hex(0xFFE070)
        case .blue: return .hex(0x60A8FF)
        case .purple: return .hex(0xC070FF)
        default: return .hex(0xFFA040)
        }
    }

    private let vanishX: Float = 0.5
    private let vanishY: Float = 0.52

    var paraphrases: [String] {
        [
            "rain at night",
            "it is raining in the city",
            "a rainy street",
            "a rainy night in a city",
            "a wet street with lights",
            "raindrops fall on the road",
            "heavy rain in town",
            "a street in the rain",
            "the rain falls on a city street",
            "city lights in the rain",
            "a rainy evening",
        ]
    }

    var ownWeather: SceneWeather? { .rain }
    var lightTime: TimeOfDay? { .night }

    func draw(time seconds: Double, into canvas: Canvas) {
        canvas.gradient([(0, .hex(0x080A18)), (0.3, .hex(0x141A34)), (vanishY, mix(.hex(0x2A3054), glow * 0.5, 0.4))])
        canvas.glow(vanishX, vanishY, radius: 0.4, glow * 0.35)
        for side in [Float(-1), 1] { drawHouses(canvas, side: side, seconds: seconds) }
        for side in [Float(-1), 1] { drawLamps(canvas, side: side) }
        drawRoad(canvas, seconds: seconds)
        if let umbrella {
            canvas.subject(outline: .hex(0xC8D0E8), width: 0.01) {
                canvas.enlarged(1.5, x: 0.5, y: 0.92) { drawWalker(canvas, color: umbrella.color, seconds: seconds) }
            }
        }
        drawRain(canvas, seconds: seconds)
    }

    /// A row of houses in perspective: a place (depth 0...1, height) on the wall goes to the screen by
    /// division, so one wall is a few polygons.
    private func at(_ side: Float, _ depth: Float, _ height: Float) -> (x: Float, y: Float) {
        let scale = 1 / (0.64 + 1.3 * depth)
        return (vanishX + side * 0.34 * scale, vanishY + 0.12 * scale - height * scale)
    }

    private func drawHouses(_ canvas: Canvas, side: Float, seconds: Double) {
        let group = side < 0 ? 0 : 500
        for house in stride(from: 7, through: 0, by: -1) {
            let key = group + house
            let from = Float(house) * 0.3 - 0.12, to = from + 0.295
            let height = 0.46 + 0.24 * SceneRandom.hash(seed, key, 1)
            let fade = clamp01(Float(house) / 7)
            let wall = mix(.hex(0x1A1A2C), mix(.hex(0x2A3054), glow * 0.5, 0.3), fade * 0.8)
            canvas.polygon([at(side, from, 0), at(side, to, 0), at(side, to, height), at(side, from, height)]) { _, y in
                wall * (0.85 + 0.5 * clamp01((y - 0.2) * 1.3)) + glow * (0.05 * clamp01((y - 0.3) * 2))
            }
            for floor in 0..<4 {
                for column in 0..<2 {
                    let window = key &* 40 &+ floor &* 4 &+ column
                    if SceneRandom.hash(seed, window, 2 &+ Int(seconds / 25 + 2 * Double(SceneRandom.hash(seed, window, 3)))) > 0.6 { continue }
                    let a = from + 0.04 + 0.13 * Float(column), b = a + 0.08
                    let low = 0.1 + 0.12 * Float(floor), high = low + 0.07
                    if high > height - 0.02 { continue }
                    let warm = SceneRandom.hash(seed, window, 4) < 0.7 ? glow : Color.hex(0xFFF0C8)
                    canvas.polygon([at(side, a, low), at(side, b, low), at(side, b, high), at(side, a, high)], warm * (0.95 - 0.35 * fade))
                }
            }
        }
    }

    private func drawLamps(_ canvas: Canvas, side: Float) {
        for lamp in [2, 1, 0] {
            let depth = 0.12 + 0.62 * Float(lamp)
            let scale = 1 / (0.64 + 1.3 * depth)
            let foot = (x: vanishX + side * 0.25 * scale, y: vanishY + 0.125 * scale)
            let top = foot.y - 0.34 * scale
            let arm = foot.x - side * 0.06 * scale
            canvas.line(foot.x, foot.y, foot.x, top, width: 0.014 * scale, .hex(0x0A0A12))
            canvas.line(foot.x, top, arm, top - 0.01 * scale, width: 0.012 * scale, .hex(0x0A0A12))
            canvas.glow(arm, top, radius: 0.17 * scale, glow * 0.5)
            canvas.disc(arm, top + 0.006 * scale, radius: 0.024 * scale, mix(glow, Color(1, 1, 1, 0), 0.55) * 1.8, softness: 0.006)
        }
    }

    /// The road: dark asphalt and a long, wavering mirror of what stands above it, with rings where
    /// drops fall.
    private func drawRoad(_ canvas: Canvas, seconds: Double) {
        let t = Noise.clock(seconds * 1.3)
        let start = vanishY + 0.036
        canvas.paint(top: start) { x, y, pixel in
            let depth = y - start
            let ripple = Noise.value(x * 7, depth * 26 - t) - 0.5
            let rough = 0.015 + 0.05 * depth
            let sourceY = start - depth * 0.95 - 0.01 + ripple * rough * 1.6
            let sourceX = x + ripple * rough
            let mirrored = canvas.sample(sourceX, sourceY)
            let wet = 0.5 + 0.25 * Noise.value(x * 3 + 40, depth * 6)
            let asphalt = Color.hex(0x14161E) + glow * (0.035 / (1 + 10 * depth))
            pixel = mix(pixel, asphalt + mirrored * wet, canvas.cover(start - y, 0.012))
        }
        let wide = canvas.right - canvas.left
        for i in 0..<(heavy ? 12 : 6) {
            let period = 0.7 + 0.5 * Double(SceneRandom.hash(seed, i, 60))
            let clock = seconds / period + Double(SceneRandom.hash(seed, i, 61))
            let turn = Int(clock.rounded(.down))
            let age = Float(clock - clock.rounded(.down))
            let key = turn &* 32 &+ i
            let y = 0.66 + 0.32 * SceneRandom.hash(seed, key, 62)
            let x = canvas.left + wide * SceneRandom.hash(seed, key, 63)
            let size = (0.015 + 0.045 * age) * (y - 0.3) * 1.6
            canvas.ellipse(x, y, size, size * 0.36, mix(glow, Color(1, 1, 1, 0), 0.6), softness: 0.01, opacity: 0.4 * (1 - age))
            canvas.ellipse(x, y, size * 0.7, size * 0.22, .hex(0x1A1C28), softness: 0.01, opacity: 0.55 * (1 - age))
        }
    }

    private func drawWalker(_ canvas: Canvas, color: Color, seconds: Double) {
        let stroll = Float(wrap(seconds * 0.9, 1)) * 2 * Float.pi
        let slow = Noise.clock(seconds * 0.08)
        let x = 0.5 + 0.2 * (Noise.value(slow, 70 + SceneRandom.hash(seed, 66) * 50) - 0.5)
        let bob = 0.006 * abs(sin(stroll))
        let foot: Float = 0.9, head = foot - 0.3 - bob
        canvas.ellipse(x, foot + 0.01, 0.1, 0.016, .hex(0x06060C), softness: 0.02, opacity: 0.7)
        canvas.ellipse(x, foot + 0.1, 0.09, 0.07, color * 0.4, softness: 0.08, opacity: 0.5)
        let coat = Color.hex(0x1E2030)
        canvas.line(x - 0.012, foot - 0.13, x - 0.014 + 0.028 * sin(stroll), foot - max(0, 0.014 * cos(stroll)), width: 0.03, endWidth: 0.022, coat)
        canvas.line(x + 0.012, foot - 0.13, x + 0.014 - 0.028 * sin(stroll), foot - max(0, -0.014 * cos(stroll)), width: 0.03, endWidth: 0.022, coat)
        canvas.polygon([(x - 0.03, head + 0.045), (x + 0.03, head + 0.045), (x + 0.055, foot - 0.1), (x - 0.055, foot - 0.1)]) { px, _ in
            coat * (1.2 + 4 * (x - px))
        }
        canvas.disc(x, head + 0.02, radius: 0.026, .hex(0x8A6450) * 0.7)
        let top = head - 0.085
        canvas.line(x + 0.01, top, x + 0.02, head + 0.09, width: 0.008, .hex(0x0A0A10))
        let radius: Float = 0.155
        var dome: [(x: Float, y: Float)] = []
        for i in 0...16 {
            let angle = Float.pi * Float(i) / 16
            dome.append((x + radius * cos(angle), top + 0.07 - 0.12 * sin(angle)))
        }
        for i in 0..<4 {
            // The hem: four shallow arcs.
            let from = -radius + radius * 0.5 * Float(i)
            for k in 1...3 {
                let f = Float(k) / 4
                dome.append((x + from + radius * 0.5 * f, top + 0.07 - 0.016 * sin(.pi * f)))
            }
            dome.append((x + from + radius * 0.5, top + 0.07))
        }
        canvas.polygon(dome) { px, py in
            let u = (px - x) / radius
            let panel = abs(u) < 0.42 ? Float(1.05) : 0.82
            return color * panel * (1.05 - 2.2 * (py - top)) + glow * (0.12 * max(0, 0.5 - u))
        }
    }

    /// Streaks: few, broad and soft.
    private func drawRain(_ canvas: Canvas, seconds: Double) {
        let tall = canvas.bottom - canvas.top + 0.3, wide = canvas.right - canvas.left + 0.1
        for i in 0..<(heavy ? 24 : 12) {
            let near = SceneRandom.hash(seed, i, 80)
            let speed = 1.1 + 0.7 * near
            let clock = seconds * Double(speed / tall) + Double(SceneRandom.hash(seed, i, 81))
            let turn = Int(clock.rounded(.down))
            let fall = Float(clock - clock.rounded(.down)) * tall
            let x = canvas.left - 0.05 + wide * SceneRandom.hash(seed, turn &* 64 &+ i, 82) - 0.06 * fall
            let y = canvas.top - 0.15 + fall
            let length = 0.12 + 0.1 * near
            canvas.line(x, y, x - 0.06 * length, y + length, width: 0.012 + 0.006 * near, .hex(0xB4C4E8), opacity: 0.3 + 0.25 * near, softness: 0.008)
        }
    }
}

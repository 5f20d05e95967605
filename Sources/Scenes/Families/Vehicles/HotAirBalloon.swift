#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to five striped hot-air balloons drifting over hills.
struct HotAirBalloon: Scene {
    static let family = "hot air balloon"

    let colour: NamedColor
    let count: Int
    let time: TimeOfDay
    private let toRight: Bool
    private let sky: Sky
    private let seed: UInt64
    private let stripe: Color

    init(random: inout SceneRandom) {
        colour = random.pick(NamedColor.vivid + NamedColor.vivid + [.white, .black])
        count = random.pick([1, 1, 1, 2, 2, 3, 4, 5])
        time = random.pick([.day, .day, .sunset, .dawn])
        toRight = random.chance(0.5)
        sky = Sky(time: time, horizon: 0.82, random: &random)
        seed = random.next()
        stripe = colour == .white ? .hex(0x9AA4B4) : random.chance(0.7) || colour == .yellow || colour == .orange ? .hex(0xF6F0E2) : .hex(0xF8D860)
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "count": Wording.number(count), "time": time.rawValue]
    }

    var captions: [String] {
        let things = Wording.some(count, "\(colour.rawValue) hot air balloon")
        let be = Wording.be(count)
        return [
            "\(things) \(be) drifting over the hills \(time.phrase)",
            "\(things) in the sky \(time.phrase)",
            "\(things) flying over green hills \(time.phrase)",
            "\(things) \(be) floating slowly through the sky \(time.phrase)",
            "a beautiful landscape with \(things) \(time.phrase)",
        ]
    }

    var prompts: [String] {
        count == 1 ? ["a hot air balloon is flying in the sky"] : ["hot air balloons are flying in the sky"]
    }

    var paraphrases: [String] {
        count == 1
            ? [
            "a hot air balloon",
            "a flying balloon",
            "a balloon in the sky",
            "\(Wording.article(colour.rawValue)) balloon floats in the air",
            "a balloon over the hills",
            "a balloon ride",
            "the balloon drifts with the wind",
            "a hot air balloon rises",
            "a big balloon in the air",
            ]
            : [
            "hot air balloons",
            "flying balloons",
            "balloons in the sky",
            "\(colour.rawValue) balloons float in the air",
            "balloons over the hills",
            "a balloon ride",
            "the balloons drift with the wind",
            "many balloons in the air",
            "some hot air balloons",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.birds, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        let drift = Noise.clock(seconds * 0.022) * (toRight ? 1 : -1)
        Hills.draw(canvas, base: 0.9, height: 0.2, seed: seed, time: time, near: .hex(0x4C8A3C), shift: drift)
        let offset = SceneRandom.hash(seed, 2) * 100
        canvas.ground(height: { x in 0.885 + 0.03 * (Noise.value((x + drift * 1.8) * 1.5 + offset) - 0.5) }) { x, y, depth in
            Color.hex(0x4E9A3E) * time.light * (0.9 + 1.2 * depth) * (0.92 + 0.16 * Noise.value((x + drift * 1.8) * 5, y * 16))
        }
        let places: [(x: Float, y: Float, size: Float)]
        switch count {
        case 1: places = [(0.5, 0.38, 1.15)]
        case 2: places = [(0.74, 0.32, 0.78), (0.28, 0.38, 0.9)]
        case 3: places = [(0.8, 0.24, 0.62), (0.2, 0.22, 0.66), (0.5, 0.46, 0.76)]
        case 4: places = [(0.76, 0.2, 0.54), (0.26, 0.18, 0.56), (0.24, 0.57, 0.58), (0.74, 0.59, 0.58)]
        default: places = [(0.82, 0.17, 0.46), (0.18, 0.17, 0.46), (0.5, 0.38, 0.5), (0.2, 0.6, 0.5), (0.8, 0.6, 0.5)]
        }
        for (i, place) in places.enumerated() {
            let slow = Noise.clock(seconds * 0.09 + Double(i) * 20 + Double(SceneRandom.hash(seed, 5)) * 200)
            let x = place.x + (count == 1 ? 0.34 : 0.1) * (Noise.value(slow, 21) - 0.5)
            let y = place.y + (count == 1 ? 0.12 : 0.06) * (Noise.value(slow * 1.3, 47) - 0.5)
            let swing = 0.05 * sin(Float(wrap(seconds * 0.22 + Double(i) * 0.37, 1)) * 2 * .pi)
            canvas.subject(outline: time.outline(of: colour.color), within: (x - 0.3 * place.size, x + 0.3 * place.size, y - 0.27 * place.size, y + 0.47 * place.size)) {
                drawBalloon(canvas, x: x, y: y, size: place.size, swing: swing, seconds: seconds + Double(i) * 1.7)
            }
        }
    }

    private func drawBalloon(_ canvas: Canvas, x: Float, y: Float, size: Float, swing: Float, seconds: Double) {
        let radius: Float = 0.215 * size
        let light = time.subjectLight
        let mouth = y + radius * 1.42, basketY = y + radius * 1.82
        let c = cos(swing), s = sin(swing)
        func at(_ px: Float, _ py: Float) -> (x: Float, y: Float) {
            let dx = px - x, dy = py - y
            return (x + dx * c - dy * s, y + dx * s + dy * c)
        }
        for side in [Float(-1), 1] {
            let upper = at(x + side * radius * 0.26, mouth - radius * 0.15), lower = at(x + side * radius * 0.15, basketY)
            canvas.line(upper.x, upper.y, lower.x, lower.y, width: 0.026 * size, .hex(0x3A2A20) * light)
        }
        // The burner fires now and then and lights the envelope from inside.
        let clock = Float(wrap(seconds, 5))
        let fire = smooth(0, 0.2, clock) * smooth(1.5, 1.1, clock)
        let burner = at(x, mouth + radius * 0.14)
        if fire > 0 {
            canvas.ellipse(burner.x, burner.y - 0.01 * size, 0.014 * size, 0.035 * size, .hex(0xFFB838) * 1.8, softness: 0.012, opacity: fire)
        }
        let color = colour.color * light, other = stripe * light
        canvas.paint(left: x - radius * 1.2, right: x + radius * 1.2, top: y - radius * 1.2, bottom: mouth + 0.03) { px, py, pixel in
            let dx = px - x, dy = py - y
            let u = (dx * c + dy * s) / radius, v = (dy * c - dx * s) / radius
            // A ball above, drawn in to the mouth below.
            let half: Float
            if v < 0 {
                half = max(0, 1 - v * v).squareRoot()
            } else {
                let f = clamp01(v / 1.42)
                half = mix((1 - 0.72 * f * f).squareRoot(), 1 - 0.72 * f, f)
            }
            let edge = v < -0.999 || v > 1.42 ? -1 : half - abs(u)
            let length = (u * u + v * v).squareRoot()
            let distance = v < 0 ? (length - 1) * radius : max(-edge * radius * 0.9, (v - 1.42) * radius)
            let amount = canvas.cover(distance)
            if amount <= 0 { return }
            let across = max(-1, min(1, u / max(half, 0.02)))
            let round = (1 - across * across).squareRoot()
            // Gores: equal angles round the axis.
            let angle = asin(across) / Float.pi * 5 + 0.5
            let odd = Int(angle.rounded(.down)) & 1 == 0
            let shade = 0.42 + 0.5 * round - 0.26 * across - 0.1 * v
            var tone = (odd ? color : other) * shade
            tone += Color.hex(0xFF9A40) * (fire * 0.35 * smooth(-0.6, 1.3, v))
            pixel = mix(pixel, tone, amount)
        }
        let basket = at(x, basketY)
        canvas.box(basket.x, basket.y, halfWidth: radius * 0.18, halfHeight: radius * 0.15, radius: radius * 0.04) { u, v in
            Color.hex(0x9A6230) * light * (0.95 - 0.3 * u - 0.15 * v)
        }
        canvas.line(basket.x - radius * 0.19, basket.y - radius * 0.14, basket.x + radius * 0.19, basket.y - radius * 0.14, width: radius * 0.07, .hex(0x5A3418) * light)
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to five butterflies fluttering over flowers that are out of focus.
struct Butterfly: Scene {
    static let family = "butterfly"

    let colour: NamedColor
    let count: Int
    let flowers: NamedColor
    let time: TimeOfDay
    private let seed: UInt64

    init(random: inout SceneRandom) {
        colour = random.pick([.orange, .orange, .blue, .blue, .yellow, .red, .purple, .pink, .white])
        count = random.pick([1, 1, 1, 2, 2, 3, 4, 5])
        var others: [NamedColor] = [.red, .yellow, .pink, .purple, .white, .orange]
        let own = colour
        others.removeAll { $0 == own }
        flowers = random.pick(others)
        time = random.pick([.day, .day, .sunset, .dawn])
        seed = random.next()
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "count": Wording.number(count), "flowers": flowers.rawValue, "time": time.rawValue]
    }

    var captions: [String] {
        let things = Wording.some(count, "\(colour.rawValue) butterfly", plural: "\(colour.rawValue) butterflies")
        let be = Wording.be(count)
        let place = "over \(flowers.rawValue) flowers"
        return [
            "\(things) \(be) fluttering \(place) \(time.phrase)",
            "\(things) fluttering \(place) in a meadow \(time.phrase)",
            "\(things) \(be) flying \(place) \(time.phrase)",
            "a close up of \(things) \(place) \(time.phrase)",
            "\(time.phrase) \(things) \(count == 1 ? "flutters" : "flutter") \(place)",
        ]
    }

    var prompts: [String] {
        count == 1 ? ["a butterfly over flowers", "a butterfly is flying"] : ["butterflies over flowers", "butterflies are flying"]
    }

    var paraphrases: [String] {
        count == 1
            ? [
            "a butterfly",
            "a flying butterfly",
            "\(Wording.article(colour.rawValue)) butterfly",
            "a butterfly flutters",
            "a butterfly in the garden",
            "a butterfly and flowers",
            "a butterfly flaps its wings",
            "an insect over flowers",
            "the butterfly flies around",
            "a beautiful butterfly",
            ]
            : [
            "butterflies",
            "flying butterflies",
            "\(colour.rawValue) butterflies",
            "butterflies flutter",
            "butterflies in the garden",
            "butterflies and flowers",
            "butterflies flap their wings",
            "insects over flowers",
            "the butterflies fly around",
            "beautiful butterflies",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        drawMeadow(seconds, canvas)
        for index in 0..<count { drawButterfly(index, seconds, canvas) }
    }

    private func drawMeadow(_ seconds: Double, _ canvas: Canvas) {
        let light = time.light
        let sky = time.sky
        canvas.gradient([
            (0, mix(sky.middle, sky.horizon, 0.3)), (0.3, mix(sky.horizon, Color.hex(0xB8E08C) * light, 0.4)), (0.5, .hex(0x8CCB5C) * light),
            (1, .hex(0x2C7A30) * light),
        ])
        let drift = Motion.scroll(seconds, speed: 0.1)
        canvas.paint { x, y, pixel in
            let blur = Noise.value(x * 3 + drift + 9, y * 3 + 4)
            pixel *= 0.84 + 0.32 * blur
        }
        // Flowers out of focus far away, clear ones near.
        for i in 0..<9 {
            let x = canvas.left + (Float(i) + SceneRandom.hash(seed, i, 1)) / 9 * (canvas.right - canvas.left)
            let y = 0.56 + 0.16 * SceneRandom.hash(seed, i, 2)
            canvas.disc(x, y, radius: 0.035 + 0.02 * SceneRandom.hash(seed, i, 3), flowers.color * light, opacity: 0.6, softness: 0.04)
        }
        for i in 0..<5 {
            let x = canvas.left + (Float(i) + 0.15 + 0.7 * SceneRandom.hash(seed, i, 11)) / 5 * (canvas.right - canvas.left)
            let y = 0.76 + 0.13 * SceneRandom.hash(seed, i, 12) + (i % 2 == 0 ? 0.04 : 0)
            let sway = 0.014 * sin(Motion.angle(seconds, hertz: 0.4, start: SceneRandom.hash(seed, i, 13)))
            let size = 0.09 + 0.02 * SceneRandom.hash(seed, i, 14)
            drawBlossom(canvas, x + sway, y, size, foot: x, turn: SceneRandom.hash(seed, i, 15) + sway * 3)
        }
    }

    private func drawBlossom(_ canvas: Canvas, _ x: Float, _ y: Float, _ size: Float, foot: Float, turn: Float) {
        let light = time.light
        canvas.line(foot, 1.05, x, y, width: 0.02, endWidth: 0.014, .hex(0x2C7030) * light)
        let main = flowers.color * light
        for petal in 0..<6 {
            let angle = turn + Float(petal) * .pi / 3
            let px = x + cos(angle) * size * 0.58, py = y + sin(angle) * size * 0.5
            canvas.ellipse(px, py, size * 0.5, size * 0.3, angle: angle) { u, v in
                main * (0.82 + 0.2 * u - 0.22 * v * v)
            }
        }
        let middle: Color = flowers == .yellow || flowers == .orange ? .hex(0x7A4418) : .hex(0xF8C830)
        canvas.disc(x, y, radius: size * 0.3, middle * light)
    }

    /// Half a butterfly's outline, in units of its wing span's half: the fore wing and the hind wing.
    private static let fore = Outline.smooth([
        (0.03, -0.06), (0.3, -0.42), (0.72, -0.72), (1.0, -0.7), (0.98, -0.42), (0.8, -0.1), (0.45, 0.04), (0.04, 0.04),
    ], steps: 5)
    private static let hind = Outline.smooth([
        (0.03, 0.0), (0.4, -0.02), (0.74, 0.14), (0.78, 0.42), (0.6, 0.68), (0.36, 0.66), (0.16, 0.4), (0.03, 0.16),
    ], steps: 5)

    private func drawButterfly(_ index: Int, _ seconds: Double, _ canvas: Canvas) {
        let own = SceneRandom.hash(seed, index, 30)
        let light = time.subjectLight
        let size: Float = count == 1 ? 0.36 : count == 2 ? 0.25 : count < 5 ? 0.2 : 0.17
        let homes: [[(Float, Float)]] = [[(0.5, 0.4)], [(0.3, 0.46), (0.7, 0.32)], [(0.24, 0.52), (0.52, 0.22), (0.78, 0.52)], [(0.27, 0.24), (0.75, 0.22), (0.24, 0.64), (0.74, 0.66)], [(0.24, 0.21), (0.76, 0.19), (0.5, 0.44), (0.23, 0.68), (0.77, 0.67)]]
        let home = homes[count - 1][index]
        let beat = Motion.angle(seconds, hertz: 1.7 + 0.3 * Double(own), start: own)
        let roam: Float = count == 1 ? 0.1 : count == 2 ? 0.06 : 0.03
        let x = home.0 + roam * sin(Motion.angle(seconds, hertz: 0.17, start: own)) + 0.02 * sin(Motion.angle(seconds, hertz: 0.53, start: own * 5))
        // Each stroke of the wings lifts it.
        let y = home.1 + roam * 0.55 * sin(Motion.angle(seconds, hertz: 0.23, start: own * 7)) - 0.018 * sin(beat + 1)
        let tilt = 0.38 * sin(Motion.angle(seconds, hertz: 0.17, start: own + 0.25)) + 0.12
        // Seen from behind and above, the wings narrow as they rise.
        let open = 0.75 + 0.25 * sin(beat)

        let main = colour.color * light, dark = (colour == .white ? Color.hex(0x5A5A66) : .hex(0x1A1418)) * light
        canvas.subject(outline: colour == .white || colour == .black || time == .sunset ? .hex(0xF8F2E0) : .hex(0x101014), width: 0.01) {
        for side in [Float(-1), 1] {
            // The wing that leans away is seen a bit narrower.
            let wide = size * side * max(0.14, open * (1 - 0.12 * side * sin(tilt)))
            drawWing(canvas, Butterfly.hind, x, y, wide, size, tilt, main * 0.82, dark, spot: (0.5, 0.36), radius: 0.13)
            drawWing(canvas, Butterfly.fore, x, y, wide, size, tilt, main, dark, spot: (0.68, -0.4), radius: 0.12)
        }
        // The body and the feelers.
        let c = cos(tilt), s = sin(tilt)
        func at(_ px: Float, _ py: Float) -> (x: Float, y: Float) { (x + (px * c - py * s) * size, y + (px * s + py * c) * size) }
        let head = at(0, -0.26), tail = at(0, 0.4), chest = at(0, -0.06)
        for side in [Float(-1), 1] {
            let knee = at(side * 0.1, -0.48), tip = at(side * 0.24, -0.6)
            canvas.line(head.x, head.y, knee.x, knee.y, width: size * 0.055, dark)
            canvas.line(knee.x, knee.y, tip.x, tip.y, width: size * 0.055, endWidth: size * 0.07, dark)
        }
        canvas.line(chest.x, chest.y, tail.x, tail.y, width: size * 0.18, endWidth: size * 0.08, dark)
        canvas.line(head.x, head.y, chest.x, chest.y, width: size * 0.12, endWidth: size * 0.16, dark * 1.3)
        canvas.disc(head.x, head.y, radius: size * 0.085, dark)
        }
    }

    /// A wing: a dark rim, the colour within, paler towards the body, and a light spot.
    private func drawWing(
        _ canvas: Canvas, _ outline: Outline.Points, _ x: Float, _ y: Float, _ wide: Float, _ tall: Float, _ tilt: Float, _ main: Color,
        _ dark: Color, spot: (x: Float, y: Float), radius: Float
    ) {
        let shape = Outline.place(outline, x: x, y: y, scaleX: wide, scaleY: tall, angle: tilt)
        canvas.polygon(shape, dark)
        // The same outline drawn in towards its own middle leaves the rim.
        let middle: (x: Float, y: Float) = (0.46, spot.y > 0 ? 0.28 : -0.3)
        let inner = outline.map { (x: middle.x + ($0.x - middle.x) * 0.8 - 0.03, y: middle.y + ($0.y - middle.y) * 0.8) }
        let c = cos(tilt), s = sin(tilt)
        let pale = mix(main, .hex(0xFFF6D0), 0.35)
        canvas.polygon(Outline.place(inner, x: x, y: y, scaleX: wide, scaleY: tall, angle: tilt)) { px, py in
            let dx = px - x, dy = py - y
            let u = (dx * c + dy * s) / wide, v = (dy * c - dx * s) / tall
            let far = (u * u + v * v).squareRoot()
            var color = mix(pale, main * 0.85, smooth(0.1, 0.75, far))
            // Veins fan out from the root.
            let vein = abs(sin(atan2(v, u + 0.05) * 5.5))
            color = mix(dark, color, 0.7 + 0.3 * smooth(0.0, 0.22, vein))
            let sx = u - spot.x, sy = v - spot.y
            return mix(color, .hex(0xFFF8E0), smooth(radius, radius * 0.65, (sx * sx + sy * sy).squareRoot()) * 0.9)
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A rocket climbing, the camera rising with it.
struct Rocket: Scene {
    static let family = "rocket"

    enum Place: String, Sendable, CaseIterable {
        case clouds, stars, earth

        var phrase: String {
            switch self {
            case .clouds: return "through white clouds"
            case .stars: return "among the stars"
            case .earth: return "high above the earth"
            }
        }
    }

    let colour: NamedColor
    let place: Place
    let time: TimeOfDay
    private let seed: UInt64
    private let lean: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .red, .blue, .green, .yellow, .orange, .purple])
        place = random.pick(Place.allCases)
        time = place == .clouds ? random.pick([.day, .day, .sunset, .dawn]) : .night
        seed = random.next()
        lean = random.range(-0.12, 0.12)
    }

    var attributes: [String: String] {
        // Far above the air it looks the same at any time of day.
        ["colour": colour.rawValue, "place": place.rawValue, "time": place == .clouds ? time.rawValue : "none"]
    }

    var captions: [String] {
        let thing = Wording.article("\(colour.rawValue) and white rocket")
        let place = place == .clouds ? "\(place.phrase) \(time.phrase)" : place.phrase
        return [
            "\(thing) is flying up \(place)",
            "\(thing) lifts off with smoke \(place)",
            "\(thing) climbs with a burning engine \(place)",
            "\(thing) rises on fire and smoke \(place)",
            "the launch of \(thing) \(place)",
        ]
    }

    var prompts: [String] { ["a rocket is flying", "a rocket launch"] }

    var paraphrases: [String] {
        [
            "a rocket",
            "a flying rocket",
            "a rocket launches",
            "a rocket flies into space",
            "a spaceship takes off",
            "a rocket lifts off",
            "a rocket in the sky",
            "a space rocket with fire",
            "the rocket rises",
            "a spacecraft",
            "a rocket with smoke and flames",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        switch place {
        case .clouds: drawClouds(seconds, canvas)
        case .stars: drawStars(seconds, canvas, fall: 0.12)
        case .earth:
            drawStars(seconds, canvas, fall: 0.03)
            drawEarth(seconds, canvas)
        }
        let x = 0.5 + 0.02 * sin(Motion.angle(seconds, hertz: 0.09, start: SceneRandom.hash(seed, 1)))
        let y = 0.45 + 0.015 * sin(Motion.angle(seconds, hertz: 0.13, start: SceneRandom.hash(seed, 2)))
        drawSmoke(seconds, canvas, x, y)
        drawFlame(seconds, canvas, x, y)
        canvas.subject(outline: place == .clouds ? time.outline(of: colour.color) : .hex(0xD8E0F4)) {
            canvas.enlarged(1.15, x: x, y: y + 0.235) { drawBody(canvas, x, y) }
        }
    }

    private func drawClouds(_ seconds: Double, _ canvas: Canvas) {
        let sky = time.sky
        canvas.gradient([(canvas.top, sky.top), (0.5, sky.middle), (1, mix(sky.middle, sky.horizon, 0.7))])
        if time != .day { canvas.glow(0.2, 1, radius: 0.8, .hex(0xFFB070) * 0.4) }
        let tint = time.cloud
        // Two layers fall behind the rocket, the nearer one faster.
        for layer in 0..<2 {
            let near = Float(layer)
            let speed: Double = layer == 0 ? 0.16 : 0.34
            Motion.roadside(travel: -seconds * speed, spacing: layer == 0 ? 0.3 : 0.62, from: canvas.top - 0.3, to: canvas.bottom + 0.3) { index, y in
                let key = index * 2 + layer
                let width = canvas.right - canvas.left
                let x = canvas.left + width * SceneRandom.hash(seed, key, 5)
                let size = 0.09 + 0.05 * SceneRandom.hash(seed, key, 6) + 0.06 * near
                for blob in 0..<5 {
                    let out = (Float(blob) - 2) * 0.62
                    let rise = (1 - abs(out) / 1.6) * 0.5 * (0.6 + 0.7 * SceneRandom.hash(seed, key * 8 + blob, 7))
                    canvas.puff(
                        x + out * size, y - rise * size, radius: size * (1.05 - 0.28 * abs(out)), lit: tint.lit, shade: mix(tint.shade, tint.lit, 0.3),
                        opacity: 0.9)
                }
            }
        }
    }

    private func drawStars(_ seconds: Double, _ canvas: Canvas, fall: Double) {
        let high = Color.hex(0x03040F), low: Color = place == .stars ? .hex(0x1A1450) : .hex(0x061030)
        canvas.gradient([(canvas.top, high), (canvas.bottom, low)])
        if place == .stars {
            let offset = SceneRandom.hash(seed, 8) * 16
            let drift = Motion.scroll(seconds, speed: fall * 0.8, period: 16)
            canvas.paint { x, y, pixel in
                let cloud = Noise.fractal(x * 1.2 + offset, y * 1.2 - drift + offset)
                pixel += Color.hex(0x6A3CA0) * (smooth(0.42, 0.95, cloud) * 0.4)
            }
        }
        Motion.roadside(travel: -seconds * fall, spacing: 0.03, from: canvas.top - 0.02, to: canvas.bottom + 0.02) { index, y in
            let x = canvas.left + SceneRandom.hash(seed, index, 10) * (canvas.right - canvas.left)
            let size = SceneRandom.hash(seed, index, 11)
            canvas.disc(x, y, radius: 0.006 + 0.006 * size * size, .hex(0xEEF0FF), opacity: 0.45 + 0.55 * size, softness: 0.006)
        }
    }

    private func drawEarth(_ seconds: Double, _ canvas: Canvas) {
        let radius: Float = 1.5, top: Float = 0.74
        let centreY = top + radius
        let drift = Motion.scroll(seconds, speed: 0.18, period: 16)
        let turn = Motion.scroll(seconds, speed: 0.14, period: 16) + SceneRandom.hash(seed, 12) * 16
        canvas.paint(top: top - 0.12) { x, y, pixel in
            let dx = x - 0.5, dy = y - centreY
            let height = (dx * dx + dy * dy).squareRoot() - radius
            if height > 0 { pixel += Color(0.22, 0.5, 1, 0) * (0.75 * exp(-height * 34)) }
            let inside = canvas.cover(height)
            if inside <= 0 { return }
            let depth = -height
            let v = 2.4 * (depth + 0.03).squareRoot(), u = dx * 2.4 / (0.5 + depth)
            let land = Noise.fractal(u * 0.6 + turn, v * 1.6 + 3)
            var color = mix(.hex(0x1450B4), .hex(0x2E86D8), smooth(0.35, 0.5, land))
            color = mix(color, mix(.hex(0x4E9A48), .hex(0xA89A5C), smooth(0.6, 0.75, land)), smooth(0.54, 0.58, land))
            let cloud = Noise.fractal(u * 0.7 + drift, v * 2.4 + 8)
            color = mix(color, .hex(0xFFFFFF), smooth(0.5, 0.72, cloud) * 0.9)
            color = mix(color, .hex(0x8CC8FF), smooth(0.07, 0, depth) * 0.7)
            pixel = mix(pixel, color * 0.9, inside)
        }
    }

    /// From the rocket's own frame (nose up, unit half lengths) to the picture.
    private func at(_ px: Float, _ py: Float, _ x: Float, _ y: Float) -> (x: Float, y: Float) {
        let c = cos(lean), s = sin(lean)
        return (x + px * c - py * s, y + px * s + py * c)
    }

    private static let hull = Outline.smooth([
        (0, -0.31), (0.045, -0.24), (0.078, -0.14), (0.088, 0), (0.082, 0.12), (0.06, 0.2), (-0.06, 0.2), (-0.082, 0.12), (-0.088, 0), (-0.078, -0.14),
        (-0.045, -0.24),
    ])

    private func drawBody(_ canvas: Canvas, _ x: Float, _ y: Float) {
        let light = place == .clouds ? time.subjectLight : Color(0.95, 0.95, 1, 0)
        let white = (colour == .white ? Color.hex(0xD83A30) : .hex(0xF4F4F6)) * light, paint = colour.color * light
        let c = cos(lean), s = sin(lean)
        func placed(_ points: Outline.Points) -> Outline.Points { Outline.place(points, x: x, y: y, scaleX: 1, scaleY: 1, angle: lean) }
        // The nozzle, the fins behind, the hull, the fin in front.
        canvas.polygon(placed([(-0.042, 0.19), (0.042, 0.19), (0.056, 0.245), (-0.056, 0.245)]), .hex(0x3A3C44) * light)
        for side in [Float(-1), 1] {
            let fin = Outline.smooth([(0.07 * side, 0.02), (0.13 * side, 0.1), (0.17 * side, 0.26), (0.1 * side, 0.2), (0.055 * side, 0.19)], steps: 4)
            canvas.polygon(placed(fin), white * (side < 0 ? 0.95 : 0.7))
        }
        canvas.polygon(placed(Rocket.hull)) { px, py in
            let dx = px - x, dy = py - y
            let u = (dx * c + dy * s) / 0.088, v = dy * c - dx * s
            // Its colour all over, a pale nose and a pale band.
            let coloured = smooth(-0.185, -0.175, v) * (1 - smooth(0.13, 0.14, v) * smooth(0.2, 0.19, v))
            let round = max(0.1, 1 - (u + 0.35) * (u + 0.35) * 0.55)
            return mix(white, paint, coloured) * (0.3 + 0.74 * round)
        }
        let port = at(0, -0.07, x, y)
        canvas.disc(port.x, port.y, radius: 0.05, white)
        canvas.ellipse(port.x, port.y, 0.033, 0.033) { u, v in mix(.hex(0x1C3C6C), .hex(0xA8DCFF), clamp01(0.45 - 0.45 * v - 0.3 * u)) * light }
        canvas.polygon(placed(Outline.smooth([(0, 0.06), (0.016, 0.12), (0.014, 0.25), (-0.014, 0.25), (-0.016, 0.12)], steps: 4)), white * 0.85)
    }

    private func drawFlame(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ y: Float) {
        let flicker = 0.9 + 0.22 * Noise.value(Motion.scroll(seconds, speed: 7), 2.5)
        let flow = Motion.scroll(seconds, speed: 5)
        let length = 0.38 * flicker, nozzle: Float = 0.235
        let middle = at(0, nozzle + 0.1, x, y)
        canvas.glow(middle.x, middle.y, radius: 0.36, .hex(0xFF8A30) * (place == .clouds ? 0.3 : 0.5))
        let c = cos(lean), s = sin(lean)
        canvas.paint(left: x - 0.25, right: x + 0.25, top: y + 0.1, bottom: y + nozzle + length + 0.08) { px, py, pixel in
            let dx = px - x, dy = py - y
            let u = dx * c + dy * s, v = dy * c - dx * s
            let down = (v - nozzle) / length
            if down < -0.02 || down > 1.1 { return }
            let wave = (Noise.value(u * 10 + 7, down * 4 - flow) - 0.5) * 0.05 * max(0, down)
            let half = (0.065 + 0.045 * sin(.pi * clamp01(down * 1.6))) * (1 - down * down * 0.92)
            let distance = abs(u + wave) - half
            let body = canvas.cover(distance, 0.022) * smooth(1.1, 0.75, down)
            if body <= 0 { return }
            let inner = clamp01(-distance / 0.05) * (1 - 0.75 * down)
            var color = mix(Color(1.3, 0.28, 0.03, 0), Color(1.8, 0.95, 0.2, 0), smooth(0, 0.4, inner))
            color = mix(color, Color(2.2, 2, 1.5, 0), smooth(0.35, 0.85, inner))
            pixel = mix(pixel, color, body)
        }
    }

    private func drawSmoke(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ y: Float) {
        let light = place == .clouds ? time.light : Color(0.42, 0.42, 0.56, 0)
        let lit = Color.hex(0xFFFFFF) * light, shade = Color.hex(0xA8A6B2) * light
        Motion.stream(seconds, interval: 0.05, life: 1.5) { index, age in
            let share = age / 1.5
            let side = (SceneRandom.hash(seed, index, 20) - 0.5) * (0.05 + 0.2 * share)
            let place = at(side, 0.42 + age * 0.52, x, y)
            if place.y > canvas.bottom + 0.2 { return }
            let fire = Color(0.9, 0.4, 0.1, 0) * smooth(0.3, 0, share)
            canvas.puff(
                place.x, place.y, radius: 0.05 + 0.11 * share, lit: lit + fire, shade: shade + fire * 0.8,
                opacity: 0.7 * smooth(0, 0.06, share) * smooth(1, 0.6, share))
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A lighthouse on the coast whose beams sweep round.
struct Lighthouse: Scene {
    static let family = "lighthouse"

    enum Place: String, Sendable, CaseIterable {
        case cliff, island, beach

        var phrase: String {
            switch self {
            case .cliff: return "on a dark cliff"
            case .island: return "on a small island"
            case .beach: return "on a sandy beach"
            }
        }
    }

    enum Weather: String, Sendable, CaseIterable {
        case starry = "stars", foggy = "fog", moonlit = "moon"

        var phrase: String {
            switch self {
            case .starry: return "under the stars"
            case .foggy: return "in the fog"
            case .moonlit: return "under the moon"
            }
        }
    }

    let colour: NamedColor
    let place: Place
    let weather: Weather
    private let seed: UInt64
    private let sky: Sky
    private let x: Float
    /// Turns of the lamp a second.
    private let hertz: Double
    private let start: Float

    private static let horizon: Float = 0.68

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .red, .blue, .white, .green, .yellow])
        place = random.pick(Place.allCases)
        weather = random.pick(Weather.allCases)
        seed = random.next()
        var sky = Sky(time: .night, horizon: Lighthouse.horizon, sun: weather == .moonlit, random: &random)
        x = random.range(0.38, 0.62)
        if weather == .moonlit { sky.light = (x > 0.5 ? 0.17 : 0.83, 0.17) }
        self.sky = sky
        hertz = Double(random.range(0.13, 0.19))
        start = random.unit()
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "place": place.rawValue, "weather": weather.rawValue]
    }

    var captions: [String] {
        let thing = colour == .white ? "a white lighthouse" : "a \(colour.rawValue) and white lighthouse"
        return [
            "\(thing) \(place.phrase) sweeps its beam \(weather.phrase)",
            "\(thing) is shining \(place.phrase) \(weather.phrase) at night",
            "the beam of \(thing) \(place.phrase) turns \(weather.phrase)",
            "at night \(thing) shines \(place.phrase) \(weather.phrase)",
            "\(thing) with a turning light \(place.phrase) \(weather.phrase)",
        ]
    }

    var prompts: [String] { ["a lighthouse at night", "a lighthouse is shining over the sea"] }

    private var foot: Float { place == .cliff ? 0.74 : place == .island ? 0.8 : 0.84 }
    /// The lamp's y in the tower's own measure, and as the enlarged tower bears it.
    private var lampInside: Float { foot - 0.52 }
    private var lamp: Float { foot + 0.02 - 0.54 * 1.2 }

    var paraphrases: [String] {
        [
            "a lighthouse",
            "a lighthouse at the sea",
            "the light of a lighthouse",
            "a lone lighthouse",
            "a shining lighthouse",
            "a lighthouse \(place.phrase)",
            "a beam of light over the sea",
            "the lighthouse guides the ships",
            "a lighthouse on the coast",
            "a tower with a light",
            "a light turns at night",
        ]
    }

    var ownWeather: SceneWeather? { weather == .foggy ? .fog : .clear }
    var lightTime: TimeOfDay? { .night }

    func draw(time seconds: Double, into canvas: Canvas) {
        drawSky(seconds, canvas)
        // The lamp's own azimuth: 0 points right, a quarter turn points at the viewer.
        let angle = Motion.angle(seconds, hertz: hertz, start: start)
        canvas.glow(x, lamp, radius: 0.3, .hex(0xFFE0A0) * 0.16)
        // Beams that point away are behind the tower and are mirrored by the sea like the sky.
        for half in 0..<2 where sin(angle + Float(half) * .pi) <= 0 { drawBeam(canvas, angle + Float(half) * .pi) }
        Water.at(.night, horizon: Lighthouse.horizon).draw(time: seconds, into: canvas)
        drawGlitter(seconds, canvas)
        drawLand(canvas)
        canvas.subject(outline: .hex(0x060914)) {
            canvas.enlarged(1.2, x: x, y: foot + 0.02) { drawTower(canvas, angle) }
        }
        for half in 0..<2 where sin(angle + Float(half) * .pi) > 0 { drawBeam(canvas, angle + Float(half) * .pi) }
        if weather == .foggy { drawFog(seconds, canvas) }
        drawFlash(canvas, angle)
    }

    private func drawSky(_ seconds: Double, _ canvas: Canvas) {
        if weather == .foggy {
            canvas.gradient([(0, .hex(0x141C34)), (0.4, .hex(0x27334F)), (Lighthouse.horizon, .hex(0x46546E))])
        } else {
            sky.draw(time: seconds, into: canvas)
        }
    }

    private func drawGlitter(_ seconds: Double, _ canvas: Canvas) {
        let flow = Motion.scroll(seconds, speed: 0.8)
        canvas.paint(top: Lighthouse.horizon) { px, py, pixel in
            let depth = py - Lighthouse.horizon
            let across = abs(px - x) / (0.1 + 0.3 * depth)
            if across > 1 { return }
            let wave = Noise.value(px * 8, 3.4 / (depth + 0.06) - flow)
            pixel += Color.hex(0xFFD890) * (smooth(0.45, 0.8, wave) * (1 - across * across) * 0.28)
        }
    }

    private func drawLand(_ canvas: Canvas) {
        let foot = self.foot
        let side: Float = x > 0.5 ? 1 : -1
        switch place {
        case .cliff:
            let rock = Color.hex(0x546084)
            canvas.ground(height: { px in
                let out = (px - x) * side
                return foot + 0.5 * smooth(-0.12, -0.3, out) + 0.03 * (Noise.value(px * 7) - 0.5) - 0.03 * clamp01(out)
            }) { px, py, depth in
                let crack = Noise.fractal(px * 3 + 3, py * 1.6)
                return mix(rock * (0.35 + 0.8 * crack), .hex(0x2E5A44), smooth(0.035, 0.01, depth)) * (1 - 1.2 * min(0.5, depth))
            }
        case .island:
            let rock = Color.hex(0x566480)
            let base = foot + 0.125
            canvas.ellipse(x, base, 0.37, 0.022, .hex(0xA8BCE4), softness: 0.02, opacity: 0.5)
            canvas.ground(height: { px in
                let out = (px - x) / 0.35
                return base - 0.135 * (1 - out * out) + 0.02 * (Noise.value(px * 9) - 0.5) + (abs(out) > 1 ? 1 : 0)
            }, bottom: base) { px, py, depth in
                let crack = smooth(0.25, 0.75, Noise.fractal(px * 3 + 3, py * 2.4))
                return mix(rock * (0.3 + 0.8 * crack), .hex(0x34684C), smooth(foot + 0.07, foot + 0.02, py + 0.03 * crack)) * (1 - 3 * min(0.2, depth))
            }
        case .beach:
            let sand = Color.hex(0x8A7E70)
            canvas.ground(height: { foot - 0.02 + 0.14 * ((($0 - x) * side) < 0 ? ($0 - x) * ($0 - x) * 1.6 : 0) + 0.012 * Noise.value($0 * 4) }) { px, py, depth in
                let grain = Noise.value(px * 6, py * 22)
                return mix(sand * (0.62 + 0.2 * grain), .hex(0xA8B8D8), smooth(0.014, 0.004, depth) * 0.6) * (1 - 0.8 * depth)
            }
        }
    }

    private func drawTower(_ canvas: Canvas, _ angle: Float) {
        let light = Color(0.66, 0.68, 0.82, 0)
        let band = (colour == .white ? Color.hex(0xD8DCE4) : colour.color) * light, white = Color.hex(0xF4F4F0) * light
        let lamp = lampInside, foot = self.foot + 0.02, top = lamp + 0.045
        let wide: Float = 0.11, narrow: Float = 0.072
        canvas.polygon([(x - wide, foot), (x - narrow, top), (x + narrow, top), (x + wide, foot)]) { px, py in
            let down = (py - top) / (foot - top)
            let u = (px - x) / mix(narrow, wide, down)
            let stripe = down * 4
            let within = stripe - stripe.rounded(.down)
            let first = Int(stripe) % 2 == 0
            let edge = smooth(0, 0.05, within) * smooth(1, 0.95, within)
            let paint = mix(mix(band, white, 0.5), first ? band : white, edge)
            let round = max(0.12, 1 - (u + 0.3) * (u + 0.3) * 0.75)
            // The lamp above lights up the upper part.
            return paint * (0.42 + 0.62 * round) + paint * Color(1, 0.8, 0.45, 0) * (0.6 * smooth(0.3, 0, down))
        }
        canvas.box(x, foot - 0.045, halfWidth: 0.032, halfHeight: 0.05, radius: 0.018, .hex(0x1C1A22))
        for step in 0..<2 {
            canvas.box(x, foot - 0.19 - 0.14 * Float(step), halfWidth: 0.02, halfHeight: 0.026, radius: 0.008, .hex(0xFFD070) * 0.9)
        }
        // Gallery, lantern and roof.
        let iron = Color.hex(0x2A2E3C)
        canvas.box(x, top, halfWidth: narrow * 1.5, halfHeight: 0.011, radius: 0.005, iron * 1.4)
        canvas.box(x, lamp, halfWidth: narrow * 0.78, halfHeight: 0.042) { u, v in
            Color.hex(0xFFE9A8) * (1.25 - 0.35 * abs(u) - 0.2 * abs(v))
        }
        for bar in [Float(-0.8), 0, 0.8] { canvas.box(x + bar * narrow * 0.78, lamp, halfWidth: 0.005, halfHeight: 0.042, iron) }
        let roof = colour == .white ? Color.hex(0x8A2A28) * light : band
        canvas.polygon([
            (x - narrow * 1.12, lamp - 0.04), (x - narrow * 0.6, lamp - 0.078), (x, lamp - 0.11), (x + narrow * 0.6, lamp - 0.078), (x + narrow * 1.12, lamp - 0.04),
        ]) { px, _ in roof * (0.75 + 0.4 * clamp01(0.5 - (px - x) / (2 * narrow))) }
        canvas.disc(x, lamp - 0.116, radius: 0.012, iron)
    }

    /// A cone of light that turns in the plane of the lamp, seen a little from below: towards the
    /// viewer it is short, wide and points down, away from the viewer it is short and narrow.
    private func drawBeam(_ canvas: Canvas, _ angle: Float) {
        let dx = cos(angle), toward = sin(angle)
        let long = 0.18 + 1.25 * abs(dx)
        let dy = 0.1 * toward
        let length = (dx * dx + dy * dy).squareRoot()
        if length < 1e-3 { return }
        let ux = dx / length, uy = dy / length
        let open: Float = 0.085 + 0.12 * max(0, toward)
        let strength = (weather == .foggy ? Float(0.9) : 0.62) * (0.75 + 0.35 * toward)
        let side: Float = ux >= 0 ? 1 : -1
        let near = abs(ux) < 0.5
        canvas.paint(
            left: side > 0 || near ? x - 0.15 : -.infinity, right: side < 0 || near ? x + 0.15 : .infinity, top: canvas.top, bottom: canvas.bottom
        ) { px, py, pixel in
            let rx = px - x, ry = py - lamp
            let along = rx * ux + ry * uy
            if along <= 0 || along > long { return }
            let width = 0.022 + open * along
            let across = abs(ry * ux - rx * uy) / width
            if across >= 1 { return }
            let core = (1 - across * across) * (1 - across * across)
            let share = along / long
            let fade = (1 - share) / (1 + 1.1 * along)
            pixel += Color(1, 0.86, 0.52, 0) * (core * fade * strength * smooth(0, 0.02, along))
        }
    }

    /// When a beam sweeps over the viewer the lamp dazzles.
    private func drawFlash(_ canvas: Canvas, _ angle: Float) {
        // Two beams: the square treats both alike.
        let facing = sin(angle) * sin(angle)
        let flash = smooth(0.86, 1, facing)
        canvas.glow(x, lamp, radius: 0.1 + 0.08 * flash, .hex(0xFFE8B0) * (0.5 + 0.9 * flash))
        canvas.glow(x, lamp, radius: 0.5, .hex(0xFFDC98) * (0.34 * flash))
    }

    private func drawFog(_ seconds: Double, _ canvas: Canvas) {
        let drift = Motion.scroll(seconds, speed: 0.12, period: 16)
        canvas.paint(top: 0.3) { px, py, pixel in
            let body = Noise.fractal(px * 1.1 - drift, py * 3 + 4)
            let amount = smooth(0.35, 0.8, body) * smooth(0.3, 0.6, py) * 0.5
            pixel = mix(pixel, .hex(0x66748E), amount)
        }
    }
}

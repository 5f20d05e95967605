#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An astronaut floating and slowly turning in space.
struct Astronaut: Scene {
    static let family = "astronaut"

    enum Place: String, CaseIterable, Sendable {
        case earth, stars, moon

        var phrase: String {
            switch self {
            case .earth: return "above the earth"
            case .stars: return "among the stars"
            case .moon: return "over the moon"
            }
        }
    }

    let colour: NamedColor
    let place: Place
    private let seed: UInt64

    init(random: inout SceneRandom) {
        colour = random.pick([.white, .white, .white, .orange] + NamedColor.allCases)
        place = random.pick(Place.allCases)
        seed = random.next()
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "place": place.rawValue] }

    var captions: [String] {
        let suit = "in \(Wording.article(colour.rawValue)) suit"
        return [
            "an astronaut \(suit) is floating in space \(place.phrase)", "an astronaut \(suit) floats \(place.phrase)", "a person \(suit) drifting in space \(place.phrase)",
            "a spaceman \(suit) waving in space \(place.phrase)", "\(place.phrase) an astronaut \(suit) turns slowly in space",
        ]
    }

    var prompts: [String] { ["an astronaut is floating in space", "an astronaut in space"] }

    var paraphrases: [String] {
        [
            "an astronaut", "a floating astronaut", "a space walk", "a spaceman drifts through space", "somebody in a space suit", "an astronaut waves",
            "an astronaut \(place.phrase)", "floating without weight in space", "a man in space", "a video of an astronaut",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        canvas.gradient([(canvas.top, .hex(0x02030C)), (1, .hex(0x0C1030))])
        let drift = Motion.scroll(seconds, speed: 0.012, period: 16)
        canvas.paint { x, y, pixel in
            let cloud = Noise.fractal(x * 0.9 + drift + SceneRandom.hash(seed, 1) * 16, y * 0.9)
            pixel += Color.hex(0x3A2C80) * (smooth(0.45, 0.95, cloud) * 0.3)
        }
        for i in 0..<26 {
            let size = SceneRandom.hash(seed, i, 2)
            let x = canvas.left + Float(wrap(Double(SceneRandom.hash(seed, i, 3)) + seconds * 0.012, 1)) * (canvas.right - canvas.left)
            canvas.disc(x, canvas.top + SceneRandom.hash(seed, i, 4) * (canvas.bottom - canvas.top), radius: 0.007 + 0.008 * size * size, .hex(0xEEF0FF), opacity: 0.4 + 0.6 * size, softness: 0.006)
        }
        if place == .earth { drawGlobe(canvas, seconds) } else if place == .moon { drawMoon(canvas, seconds) }
        let x = 0.5 + 0.05 * sin(Motion.angle(seconds, hertz: 0.05, start: SceneRandom.hash(seed, 6)))
        let y = 0.44 + 0.04 * sin(Motion.angle(seconds, hertz: 0.07, start: SceneRandom.hash(seed, 7)))
        let sway = 0.5 * sin(Motion.angle(seconds, hertz: 0.06, start: SceneRandom.hash(seed, 8)))
        canvas.subject(outline: colour == .black ? .hex(0xF4F2EA) : .hex(0x0A0C18), width: 0.012) { drawSuit(canvas, x, y, sway, seconds) }
    }

    private func drawGlobe(_ canvas: Canvas, _ seconds: Double) {
        let radius: Float = 1.1, centreY: Float = 0.8 + radius
        let turn = Motion.scroll(seconds, speed: 0.1, period: 16) + SceneRandom.hash(seed, 10) * 16
        canvas.paint(top: 0.68) { x, y, pixel in
            let dx = x - 0.5, dy = y - centreY
            let height = (dx * dx + dy * dy).squareRoot() - radius
            if height > 0 { pixel += Color(0.22, 0.5, 1, 0) * (0.7 * exp(-height * 34)) }
            let inside = canvas.cover(height)
            if inside <= 0 { return }
            let land = Noise.fractal(dx * 0.9 + turn, height * 1.6 + 3)
            var color = mix(.hex(0x1450B4), .hex(0x2E86D8), smooth(0.35, 0.5, land))
            color = mix(color, .hex(0x5A9A4C), smooth(0.54, 0.6, land))
            color = mix(color, .hex(0xFFFFFF), smooth(0.5, 0.72, Noise.fractal(dx * 1.2 + turn * 2, height * 3 + 8)) * 0.85)
            pixel = mix(pixel, color, inside)
        }
    }

    private func drawMoon(_ canvas: Canvas, _ seconds: Double) {
        canvas.ground(height: { x in 0.84 + 0.22 * (x - 0.5) * (x - 0.5) + 0.02 * Noise.value(x * 4 + 7) }) { x, y, depth in
            let crater = Noise.value(x * 7 + 20, y * 18 + 4)
            return Color.hex(0xB4B4BC) * (0.5 + 0.5 * smooth(0.2, 0.7, crater) - 0.4 * min(0.5, depth)) 
        }
    }

    private func drawSuit(_ canvas: Canvas, _ x: Float, _ y: Float, _ tilt: Float, _ seconds: Double) {
        let suit = colour == .white ? Color.hex(0xEEF0F4) : colour == .black ? .hex(0x34343C) : mix(colour.color, .hex(0xFFFFFF), 0.06)
        let trim = colour == .white ? Color.hex(0xD84A30) : Color.hex(0xF0F0F2)
        let c = cos(tilt), s = sin(tilt), h: Float = 0.72
        func at(_ px: Float, _ py: Float) -> (x: Float, y: Float) { (x + (px * c - py * s) * h, y + (px * s + py * c) * h) }
        func limb(_ ax: Float, _ ay: Float, _ bx: Float, _ by: Float, _ width: Float, _ color: Color) {
            let a = at(ax, ay), b = at(bx, by)
            canvas.line(a.x, a.y, b.x, b.y, width: width * h, color)
        }
        let swing = sin(Motion.angle(seconds, hertz: 0.14, start: SceneRandom.hash(seed, 11))), wave = sin(Motion.angle(seconds, hertz: 0.55))
        // The pack, then limbs and trunk.
        let pack = at(0, -0.02)
        canvas.line(pack.x - 0.09 * h * c, pack.y - 0.09 * h * s, pack.x + 0.09 * h * c, pack.y + 0.09 * h * s, width: 0.34 * h, .hex(0x9AA0AC))
        for side in [Float(-1), 1] {
            let kneeX = side * (0.13 + 0.03 * swing), footX = side * (0.12 + 0.05 * swing * side)
            limb(side * 0.085, 0.18, kneeX, 0.36, 0.145, suit * (side < 0 ? 1 : 0.82))
            limb(kneeX, 0.36, footX, 0.52, 0.13, suit * (side < 0 ? 0.95 : 0.78))
            limb(footX, 0.53, footX + side * 0.03, 0.545, 0.14, trim * 0.75)
        }
        let raised = 0.2 + 0.07 * wave
        limb(0.15, -0.12, 0.3, -0.2, 0.12, suit * 0.85)
        limb(0.3, -0.2, 0.3 + raised * 0.45, -0.38, 0.11, suit * 0.85)
        let glove = at(0.3 + raised * 0.45, -0.4)
        canvas.disc(glove.x, glove.y, radius: 0.065 * h, trim * 0.85)
        limb(-0.15, -0.12, -0.28, 0.03 + 0.03 * swing, 0.12, suit)
        limb(-0.28, 0.03 + 0.03 * swing, -0.33, 0.17, 0.11, suit)
        let other = at(-0.335, 0.19)
        canvas.disc(other.x, other.y, radius: 0.065 * h, trim)
        limb(0, -0.1, 0, 0.16, 0.31, suit * 0.94)
        let chest = at(0, 0.0)
        canvas.box(chest.x, chest.y, halfWidth: 0.075 * h, halfHeight: 0.05 * h, radius: 0.01, .hex(0x5A606C))
        canvas.disc(chest.x - 0.03 * h, chest.y, radius: 0.014 * h, .hex(0xFF4030) * 1.3)
        canvas.disc(chest.x + 0.03 * h, chest.y, radius: 0.014 * h, .hex(0x40E070) * 1.3)
        let head = at(0, -0.33)
        canvas.ellipse(head.x, head.y, 0.17 * h, 0.17 * h) { u, v in suit * (0.95 - 0.3 * v - 0.15 * u) }
        let visor = at(0, -0.325)
        canvas.ellipse(visor.x, visor.y, 0.13 * h, 0.105 * h, angle: tilt) { u, v in
            mix(Color.hex(0xE8A028), .hex(0x2A1E40), clamp01(0.55 + 0.5 * v + 0.35 * u)) + .grey(0.9 * smooth(0.3, 0.05, ((u + 0.4) * (u + 0.4) + (v + 0.4) * (v + 0.4)).squareRoot()))
        }
    }
}

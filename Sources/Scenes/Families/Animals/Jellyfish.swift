#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to three jellyfish that pulse and drift in dark water.
struct Jellyfish: Scene {
    static let family = "jellyfish"

    let colour: NamedColor
    let count: Int
    private let seed: UInt64

    init(random: inout SceneRandom) {
        colour = random.pick([.pink, .pink, .white] + NamedColor.vivid)
        count = random.pick([1, 1, 1, 2, 2, 3, 4, 5])
        seed = random.next()
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "count": Wording.number(count)] }

    var captions: [String] {
        let things = Wording.some(count, "\(colour.rawValue) jellyfish", plural: "\(colour.rawValue) jellyfish"), be = Wording.be(count)
        return [
            "\(things) \(be) swimming in the deep sea",
            "\(things) drifting in dark blue water",
            "\(things) glowing in the deep ocean",
            "an underwater view of \(things) floating in the sea",
            "\(things) with long tentacles \(count == 1 ? "pulses" : "pulse") in dark water",
        ]
    }

    var prompts: [String] { count == 1 ? ["a jellyfish is swimming", "a glowing jellyfish"] : ["jellyfish are swimming"] }

    var paraphrases: [String] {
        [
            "jellyfish", "jellyfish in the deep sea", "glowing jellyfish underwater", "jellyfish floating in the ocean", "jellyfish drift in dark water",
            "\(colour.rawValue) jellyfish", "deep sea creatures with long tentacles", "a medusa in the sea", "jellyfish pulse in the water", "a video of jellyfish",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        canvas.gradient([(canvas.top, .hex(0x0E4A8C)), (0.4, .hex(0x082A60)), (1, .hex(0x030A24))])
        let sway = Motion.scroll(seconds, speed: 0.2)
        canvas.paint(bottom: 0.9) { x, y, pixel in
            let fan = (x - 0.4) / (y + 0.8)
            pixel += Color(0.12, 0.36, 0.6, 0) * (smooth(0.5, 0.95, Noise.value(fan * 6 + sway, sway)) * (0.9 - y) * 0.5)
        }
        for i in 0..<14 {
            let y = canvas.bottom - Float(wrap(seconds * 0.03 + Double(SceneRandom.hash(seed, i, 20)), 1)) * (canvas.bottom - canvas.top)
            canvas.disc(canvas.left + SceneRandom.hash(seed, i, 21) * (canvas.right - canvas.left), y, radius: 0.006, .hex(0x9AD0F0), opacity: 0.4, softness: 0.006)
        }
        let places: [[(Float, Float, Float)]] = [[(0.5, 0.34, 0.27)], [(0.28, 0.28, 0.19), (0.73, 0.42, 0.18)], [(0.2, 0.42, 0.15), (0.52, 0.22, 0.155), (0.82, 0.5, 0.145)],
            [(0.26, 0.18, 0.13), (0.74, 0.2, 0.13), (0.25, 0.6, 0.13), (0.76, 0.62, 0.13)],
            [(0.2, 0.18, 0.115), (0.8, 0.18, 0.115), (0.5, 0.38, 0.12), (0.2, 0.62, 0.115), (0.8, 0.62, 0.115)]]
        for (index, place) in places[count - 1].enumerated() { drawOne(index, place.0, place.1, place.2, seconds, canvas) }
    }

    private func drawOne(_ index: Int, _ homeX: Float, _ homeY: Float, _ size: Float, _ seconds: Double, _ canvas: Canvas) {
        let own = SceneRandom.hash(seed, index, 1)
        let hertz = 0.5 + 0.12 * Double(SceneRandom.hash(seed, index, 2))
        let pulse = Motion.angle(seconds, hertz: hertz, start: own)
        let squeeze = 0.5 + 0.5 * sin(pulse)
        let x = homeX + (count > 2 ? 0.025 : 0.05) * sin(Motion.angle(seconds, hertz: 0.07, start: own))
        let y = homeY + 0.1 * size * sin(pulse - 1.4) + (count > 2 ? 0.02 : 0.06) * sin(Motion.angle(seconds, hertz: 0.05, start: own * 5))
        let wide = size * (1.08 - 0.24 * squeeze), tall = size * (0.78 + 0.2 * squeeze)
        let main = colour.color
        canvas.glow(x, y, radius: size * 2.2, main * 0.22)
        // Tentacles: chains that lag behind the bell.
        let strands = 5
        for strand in 0..<strands {
            let share = (Float(strand) + 0.5) / Float(strands) * 2 - 1
            var px = x + share * wide * 0.86, py = y + tall * 0.15
            let pieces = 8, thick = size * (abs(share) < 0.3 ? 0.26 : 0.17)
            let long = size * (count > 3 ? 0.65 : 1) * (abs(share) < 0.3 ? 1.5 : 1.9) / Float(pieces)
            for piece in 0..<pieces {
                let along = Float(piece + 1) / Float(pieces)
                let lag = sin(pulse - along * 4 + share * 1.5) * 0.32 + 0.3 * sin(Motion.angle(seconds, hertz: 0.13, start: own + share)) * along
                let qx = px + long * sin(lag) - share * long * 0.12 * squeeze, qy = py + long * cos(lag) * (1.06 - 0.16 * squeeze)
                canvas.line(px, py, qx, qy, width: thick * (1.1 - 0.7 * along), mix(main, .hex(0xFFFFFF), 0.25) * 0.85, opacity: 0.85 * (1.1 - 0.6 * along))
                px = qx
                py = qy
            }
        }
        // The bell: bright rim, see-through middle.
        canvas.paint(left: x - wide * 1.1, right: x + wide * 1.1, top: y - tall * 1.1, bottom: y + tall * 0.4) { px, py, pixel in
            let u = (px - x) / wide, v = (py - y) / tall
            let scallop = 0.18 + 0.06 * abs(sin(u * 9))
            let edge = v < 0 ? (u * u + v * v).squareRoot() - 1 : max((u * u).squareRoot() - 1 + v * v * 0.8, v - scallop)
            let amount = canvas.cover(edge * tall, 0.012)
            if amount <= 0 { return }
            let rim = smooth(-0.5, 0, edge)
            let ribs = 0.85 + 0.15 * cos(u / max(0.3, (1 - v * v * 0.9).squareRoot()) * 12)
            let color = mix(main * 0.9, mix(main, .hex(0xFFFFFF), 0.45) * 1.15, rim) * ribs
            pixel = mix(pixel, color, amount * (0.85 + 0.15 * rim))
        }
        canvas.ellipse(x - wide * 0.25, y - tall * 0.45, wide * 0.32, tall * 0.2, mix(main, .hex(0xFFFFFF), 0.6) * 1.1, angle: -0.4, softness: 0.03, opacity: 0.7)
    }
}

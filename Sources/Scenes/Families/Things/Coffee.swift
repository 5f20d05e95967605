#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A cup with a hot drink, steam rising.
struct Coffee: Scene {
    static let family = "cup of coffee"

    enum Drink: String, CaseIterable, Sendable { case coffee, tea, milk }

    let colour: NamedColor
    let drink: Drink
    private let seed: UInt64
    private let table: Color
    private let side: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.white, .white] + NamedColor.allCases)
        drink = random.pick([.coffee, .coffee, .tea, .milk])
        seed = random.next()
        table = random.pick([.hex(0x8A5228), .hex(0x6A4428), .hex(0xA87848)])
        side = random.sign()
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "drink": drink.rawValue] }

    var captions: [String] {
        let cup = "\(Wording.article(colour.rawValue)) cup", drink = self.drink.rawValue
        return [
            "steam rises from hot \(drink) in \(cup)", "\(cup) of hot \(drink) on a table", "hot \(drink) steaming in \(cup)", "a close up of \(cup) of steaming \(drink)",
            "\(cup) with hot \(drink) and rising steam",
        ]
    }

    var prompts: [String] { ["a cup of \(drink.rawValue)", "a cup of hot \(drink.rawValue)"] }

    var paraphrases: [String] {
        [
            "steaming \(drink.rawValue)", "hot \(drink.rawValue)", "a hot drink", "a mug of \(drink.rawValue)", "steam over a cup", "a steaming cup on the table", "\(Wording.article(colour.rawValue)) mug",
            "a warm drink with steam", "breakfast with \(drink.rawValue)", "a video of a cup with steam",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        canvas.paint { x, y, pixel in
            let dx = x - 0.3, dy = y - 0.2
            if y < 0.66 {
                let blob = Noise.fractal(x * 0.6 + SceneRandom.hash(seed, 1) * 16, y * 0.6)
                pixel = mix(Color.hex(0x2A1E1A), .hex(0x6A4A38), blob) * (1.1 - 0.9 * (dx * dx + dy * dy))
            } else {
                let grain = 0.8 + 0.36 * Noise.value(x * 3 + 5, y * 55)
                pixel = table * grain * (1.15 - 0.8 * abs(x - 0.4))
            }
        }
        let x: Float = 0.5, top: Float = 0.5, foot: Float = 0.83, half: Float = 0.22
        canvas.ellipse(x + 0.03, foot + 0.03, 0.34, 0.055, .hex(0x0A0604), softness: 0.04, opacity: 0.5)
        canvas.ellipse(x, foot + 0.015, 0.33, 0.055) { u, v in Color.hex(0xECE8E0) * (0.72 + 0.2 * v - 0.15 * u) }
        canvas.ellipse(x, foot + 0.008, 0.22, 0.03, .hex(0xB8B2A8), softness: 0.02)
        let cup = colour == .black ? Color.hex(0x2C2C32) : colour.color
        let handle = x + side * (half + 0.035)
        canvas.paint(left: handle - 0.12, right: handle + 0.12, top: top, bottom: foot) { px, py, pixel in
            let dx = (px - handle) / 0.75, dy = py - 0.64
            let amount = canvas.cover(abs((dx * dx + dy * dy).squareRoot() - 0.085) - 0.021)
            if amount > 0 { pixel = mix(pixel, cup * (0.75 - 1.2 * dy), amount) }
        }
        canvas.ground(height: { px in
            let u = (px - x) / half
            return abs(u) < 1 ? top : 9
        }, bottom: foot + 0.02) { px, py, _ in cup }
        canvas.paint(left: x - half, right: x + half, top: top, bottom: foot + 0.03) { px, py, pixel in
            let v = (py - top) / (foot - top)
            let width = half * (1 - 0.28 * v * v * v)
            let u = (px - x) / width
            _ = u
            let round = max(0, 1 - u * u).squareRoot()
            let inside = canvas.cover(abs(px - x) - width) * canvas.cover(py - foot - 0.02 * round)
            let light = 0.3 + 0.62 * round - 0.32 * u * 1
            let shine = smooth(0.12, 0, abs(u + 0.55)) * 0.2
            if inside > 0.01 { pixel = mix(pixel, cup * light + .grey(shine), inside) }
        }
        canvas.ellipse(x, top, half, 0.062) { u, v in cup * (0.95 + 0.15 * v) }
        let liquid: Color = drink == .coffee ? .hex(0x3A1E0E) : drink == .tea ? .hex(0xA8501A) : .hex(0xF4F0E4)
        let swirl = Motion.scroll(seconds, speed: 0.25)
        canvas.ellipse(x, top + 0.004, half * 0.9, 0.05) { u, v in
            let foam = smooth(0.55, 0.8, Noise.value(u * 2.5 + swirl, v * 2.5 - swirl))
            return mix(liquid, mix(liquid, .hex(0xF0D8B0), 0.6), foam * 0.5) * (1.05 - 0.25 * v)
        }
        drawSteam(seconds, canvas, x, top)
    }

    private func drawSteam(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ top: Float) {
        let rise = Motion.scroll(seconds, speed: 1.3)
        let drift = Motion.scroll(seconds, speed: 0.35)
        canvas.paint(left: x - 0.3, right: x + 0.3, top: top - 0.5, bottom: top + 0.02) { px, py, pixel in
            let up = (top - py) / 0.48
            if up < -0.02 { return }
            let bend = (Noise.value(up * 2 - rise, drift + 4) - 0.5) * 0.22 * (0.3 + up)
            let u = (px - x - bend) / (0.13 + 0.09 * up)
            let wisp = Noise.value(u * 2.2 + 30 + drift, up * 3 - rise * 2)
            let strand = smooth(0.42, 0.75, wisp) * smooth(1.15, 0.3, abs(u))
            let amount = strand * smooth(-0.02, 0.14, up) * smooth(1, 0.3, up)
            if amount > 0 { pixel = mix(pixel, .hex(0xF2EFEA), amount * 0.62) }
        }
    }
}

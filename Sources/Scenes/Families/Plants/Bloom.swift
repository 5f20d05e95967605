#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A flower that opens from its bud, as in a time lapse, and closes again.
struct Bloom: Scene {
    static let family = "blooming flower"

    let colour: NamedColor
    let dark: Bool
    private let seed: UInt64
    private let petals: Int
    /// Seconds from one bud to the next.
    private let period: Double
    private let sky: Sky

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .pink] + NamedColor.allCases.filter { $0 != .green && $0 != .black })
        dark = random.chance(0.4)
        seed = random.next()
        petals = random.pick([6, 7, 8])
        period = Double(random.range(5.8, 7))
        sky = Sky(time: .day, horizon: 0.95, random: &random)
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "place": dark ? "dark" : "garden"] }

    var captions: [String] {
        let thing = Wording.article("\(colour.rawValue) flower"), place = dark ? "before a dark background" : "in a garden"
        return [
            "\(thing) is opening \(place)", "timelapse of \(thing) blooming \(place)", "\(thing) opens its petals \(place)",
            "a close up of \(thing) blooming \(place)", "the bud of \(thing) opens \(place)",
        ]
    }

    var prompts: [String] { ["a flower is blooming", "timelapse of a flower opening"] }

    var paraphrases: [String] {
        [
            "a blooming flower", "a flower opens", "a bud opens into a flower", "flower blooming timelapse", "\(Wording.article(colour.rawValue)) flower", "petals unfold",
            "a blossom opening", "a big \(colour.rawValue) blossom", "close up of a flower", "a video of a flower that blooms",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        if dark {
            canvas.gradient([(canvas.top, .hex(0x0C1012)), (1, .hex(0x1C2A20))])
        } else {
            // A garden out of focus.
            let offset = SceneRandom.hash(seed, 1) * 16
            canvas.paint { x, y, pixel in
                let patch = Noise.fractal(x * 0.7 + offset, y * 0.7 + offset)
                pixel = mix(.hex(0x2E6A34), .hex(0xA8D068), smooth(0.25, 0.8, patch)) * (1.1 - 0.4 * y)
            }
            for i in 0..<9 {
                let soft = 0.05 + 0.04 * SceneRandom.hash(seed, i, 2)
                canvas.disc(
                    SceneRandom.hash(seed, i, 3) * 1.2 - 0.1, SceneRandom.hash(seed, i, 4) * 0.9, radius: soft, mix(colour.color, .hex(0xFFFFFF), 0.3), opacity: 0.3, softness: 0.05)
            }
        }
        // Opens from a bud within some three seconds, stays, and closes; the next one begins.
        let cycle = Float(wrap(seconds / period + Double(SceneRandom.hash(seed, 5)), 1))
        let open = cycle < 0.75 ? 0.2 + 0.8 * smooth(0, 0.55, cycle) : 0.2 + 0.8 * smooth(1, 0.75, cycle)
        let sway = 0.012 * sin(Motion.angle(seconds, hertz: 0.2, start: SceneRandom.hash(seed, 6)))
        let x = 0.5 + sway, y: Float = 0.46
        let green = Color.hex(0x4A9A3C) * (dark ? 0.8 : 1)
        canvas.line(0.5, 1.25, x, y, width: 0.045, endWidth: 0.035, green * 0.8)
        for side in [Float(-1), 1] {
            let leaf = Outline.smooth([(0, 0), (0.4, -0.16), (0.8, -0.12), (1, 0), (0.7, 0.1), (0.35, 0.1)], steps: 4)
            canvas.polygon(Outline.place(leaf, x: 0.5, y: 0.9, scaleX: 0.3 * side, scaleY: 0.3, angle: -0.5 * side)) { px, _ in green * (0.7 + 0.8 * min(0.4, abs(px - 0.5))) }
        }
        let main = colour.color * (colour == .white ? 0.95 : 1.05)
        canvas.subject(outline: dark ? .hex(0x04060A) : .hex(0x14301C)) {
        // Three whorls of petals, the inner ones opening later. Seen from the side and above: a petal's
        // lean goes from upright (in the bud) to spread out.
        for whorl in 0..<3 {
            let late = clamp01(open * 1.35 - 0.16 * Float(whorl))
            let long = (0.42 - 0.085 * Float(whorl)) * (0.78 + 0.22 * late)
            let wide = (0.15 - 0.02 * Float(whorl)) * (0.65 + 0.5 * late)
            for k in 0..<petals {
                let turn = (Float(k) + 0.5 * Float(whorl % 2)) / Float(petals) * 2 * .pi + SceneRandom.hash(seed, 7) * 0.6
                // In the bud all petals point up; open they stand all round.
                let fullX = sin(turn), fullY = -cos(turn) * 0.9
                let dx = fullX * late + (1 - late) * fullX * 0.12, dy = fullY * late - (1 - late)
                let angle = atan2(dx, -dy)
                let reach = long * max(0.35, (dx * dx + dy * dy).squareRoot())
                let shape = Outline.smooth([(0, 0), (0.7, -0.35), (0.95, -0.75), (0.35, -1), (0, -0.97), (-0.35, -1), (-0.95, -0.75), (-0.7, -0.35)], steps: 4)
                let shade = 0.66 + 0.1 * Float(whorl) + 0.16 * cos(turn + 0.7)
                canvas.polygon(Outline.place(shape, x: x, y: y + 0.05 * (1 - late), scaleX: wide, scaleY: reach, angle: angle)) { px, py in
                    let far = ((px - x) * (px - x) + (py - y) * (py - y)).squareRoot() / max(long, 0.01)
                    return main * (shade * (0.62 + 0.5 * far))
                }
            }
        }
        let heart = smooth(0.45, 0.95, open)
        if heart > 0 {
            canvas.ellipse(x, y, 0.075 * heart, 0.07 * heart) { u, v in
                mix(Color.hex(0xF8D040), .hex(0xB87A1C), (u * u + v * v)) * (0.85 + 0.3 * Noise.value(u * 9, v * 9))
            }
        }
        // What holds the bud goes as it opens.
        let cup = smooth(0.55, 0.85, 1 - open)
        if cup > 0 {
            for side in [Float(-1), 1] {
                canvas.polygon(Outline.place(Outline.smooth([(0, 0.2), (0.8, -0.1), (0.7, -0.7), (0.15, -1), (0, -0.4)], steps: 4), x: x, y: y + 0.07, scaleX: 0.09 * side * cup, scaleY: 0.15 * cup), green * (side < 0 ? 0.95 : 0.75))
            }
        }
        }
    }
}

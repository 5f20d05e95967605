#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A sea turtle swimming over a reef.
struct Turtle: Scene {
    static let family = "turtle"

    let colour: NamedColor
    private let journey: Journey
    private let seed: UInt64
    private let size: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.green, .green, .green, .orange, .yellow, .blue])
        journey = Journey(speed: 0.13...0.2, loosely: 0.3, random: &random)
        seed = random.next()
        size = random.range(0.24, 0.3)
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "direction": journey.heading.rawValue] }

    var captions: [String] {
        let thing = Wording.article("\(colour.rawValue) turtle"), way = journey.way
        return [
            "\(thing) is swimming \(way) in the blue sea",
            "\(thing) swims \(way) over a coral reef",
            "\(thing) swimming slowly \(way) underwater",
            "an underwater view of \(thing) gliding \(way)",
            "a sea turtle with \(Wording.article(colour.rawValue)) shell swims \(way)",
        ]
    }

    var prompts: [String] { ["a turtle is swimming", "a turtle is swimming in the sea"] }

    var paraphrases: [String] {
        [
            "a turtle", "a sea turtle underwater", "a turtle swims in the ocean", "a swimming turtle", "a turtle glides over the reef", "a big \(colour.rawValue) turtle",
            "a turtle with four flippers", "the turtle swims through blue water", "a video of a sea turtle", "underwater life with a turtle",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds)
        canvas.gradient([(canvas.top, .hex(0x7FE0F4)), (0.4, .hex(0x2A9CDC)), (1, .hex(0x0C4C9C))])
        let sway = Motion.scroll(seconds, speed: 0.22)
        canvas.paint(bottom: 0.9) { x, y, pixel in
            let fan = (x - 0.7) / (y + 0.9)
            pixel += Color(0.55, 0.95, 1, 0) * (smooth(0.45, 0.95, Noise.value(fan * 7 + sway, sway)) * (0.9 - y) * 0.3)
        }
        let shift = Motion.scroll(place.travel * 2, speed: 1)
        canvas.ground(height: { 0.84 + 0.04 * Noise.value($0 * 2 + shift) }) { x, y, depth in
            Color.hex(0xDCC88E) * Color(0.75, 0.95, 1, 0) * (0.6 + 0.2 * Noise.value(x * 6 + shift * 3, y * 24) - depth)
        }
        let corals: [Color] = [.hex(0xF0607A), .hex(0xF08A3A), .hex(0xB060D0), .hex(0xF0C84A)]
        Motion.roadside(travel: place.travel, spacing: 0.24, from: canvas.left - 0.2, to: canvas.right + 0.2) { index, x in
            let color = corals[Int(SceneRandom.hash(seed, index, 1) * 4)] * Color(0.7, 0.85, 1, 0)
            let tall = 0.1 + 0.12 * SceneRandom.hash(seed, index, 2)
            if SceneRandom.hash(seed, index, 3) < 0.5 {
                for k in 0..<5 {
                    let angle = (Float(k) - 2) * 0.3
                    canvas.line(x, 0.92, x + sin(angle) * tall, 0.92 - cos(angle) * tall, width: 0.03, endWidth: 0.022, color * (0.8 + 0.1 * Float(k % 2)))
                }
            } else {
                canvas.ellipse(x, 0.92, 0.07, tall * 0.7) { u, v in mix(color * 0.5, color, clamp01(0.4 - 0.6 * v - 0.2 * u)) }
            }
        }
        let y = 0.46 + 0.05 * sin(Motion.angle(seconds, hertz: 0.09, start: SceneRandom.hash(seed, 5)))
        canvas.subject(outline: .hex(0x0C1C34)) { canvas.enlarged(1.1, x: place.x, y: y) { drawTurtle(canvas, place.x, y, seconds) } }
        Motion.stream(seconds, interval: 0.8, life: 4) { index, age in
            canvas.disc(SceneRandom.hash(seed, index, 8), 0.85 - age * 0.24, radius: 0.012, .hex(0xE4FCFF), opacity: 0.5)
        }
    }

    private func drawTurtle(_ canvas: Canvas, _ x: Float, _ y: Float, _ seconds: Double) {
        let side = journey.heading.sign
        let beat = Motion.angle(seconds, hertz: 0.55, start: SceneRandom.hash(seed, 6))
        let skin: Color = colour == .green ? .hex(0x8CA85C) : mix(colour.color, .hex(0xB8B08A), 0.6), shell = colour == .green ? Color.hex(0x3C7A3A) : colour.color * 0.9
        let tilt = -0.12 + 0.06 * sin(beat)
        func placed(_ points: Outline.Points) -> Outline.Points { Outline.place(points, x: x, y: y, scaleX: size * side, scaleY: size, angle: tilt * side) }
        func flipper(_ rootX: Float, _ rootY: Float, _ angle: Float, _ long: Float, _ tone: Color) {
            let c = cos(angle), s = sin(angle)
            let shape: Outline.Points = [(0.1, -0.1), (long * 0.45, -0.19), (long, 0.02), (long * 0.55, 0.1), (0, 0.13)]
            canvas.polygon(placed(Outline.smooth(shape).map { (rootX + $0.x * c - $0.y * s, rootY + $0.x * s + $0.y * c) })) { _, _ in tone }
        }
        let stroke = sin(beat)
        flipper(0.42, -0.12, -2.0 + 0.55 * stroke, 0.75, skin * 0.6)
        flipper(-0.75, 0.05, 2.7 + 0.25 * stroke, 0.45, skin * 0.6)
        let neck = placed([(0.7, -0.05), (1.08, -0.12 + 0.03 * sin(beat * 1))])
        canvas.line(neck[0].x, neck[0].y, neck[1].x, neck[1].y, width: size * 0.34, endWidth: size * 0.32, skin)
        canvas.ellipse(neck[1].x + side * size * 0.08, neck[1].y, size * 0.26, size * 0.2) { _, v in skin * (1.05 - 0.25 * v) }
        let eye = placed([(1.24, -0.2)])[0]
        canvas.disc(eye.x, eye.y, radius: size * 0.06, .hex(0x101010))
        canvas.polygon(placed(Outline.smooth([(-0.9, 0.02), (-0.4, 0.28), (0.4, 0.28), (0.85, 0.02)])), mix(skin, .hex(0xF0E4B0), 0.6))
        let dome = Outline.smooth([(-0.98, 0.06), (-0.7, -0.28), (-0.1, -0.52), (0.5, -0.36), (0.86, 0), (0.6, 0.12), (-0.6, 0.14)])
        let c = cos(tilt * side), s = sin(tilt * side)
        canvas.polygon(placed(dome)) { px, py in
            let dx = px - x, dy = py - y
            let u = (dx * c + dy * s) / size, v = (dy * c - dx * s) / size
            // Plates of the shell.
            let row = v * 4.6, cell = u * 3 + ((row.rounded(.down)).truncatingRemainder(dividingBy: 2) == 0 ? 0.5 : 0)
            let fx = abs(cell - cell.rounded()), fy = abs(row - row.rounded())
            let seam = max(smooth(0.4, 0.48, fx) , smooth(0.1, 0.03, fy))
            return mix(shell * 1.15, shell * 0.45, seam) * (0.75 - 0.75 * v)
        }
        flipper(0.42, 0.1, 1.95 - 0.6 * stroke, 0.9, skin * 0.95)
        flipper(-0.72, 0.12, 2.5 + 0.3 * sin(beat + 1), 0.5, skin * 0.9)
    }
}

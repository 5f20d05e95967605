#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Flowers swaying in a meadow.
struct Flowers: Scene {
    static let family = "flowers"

    enum Kind: String, Sendable, CaseIterable {
        case daisy, tulip, sunflower, poppy

        var plural: String {
            switch self {
            case .daisy: return "daisies"
            case .poppy: return "poppies"
            default: return rawValue + "s"
            }
        }
    }

    let kind: Kind
    let colour: NamedColor
    let count: Int
    let time: TimeOfDay
    private let seed: UInt64
    private let sky: Sky
    private let hills: HillRange
    private let heads: [Stem]

    private struct Stem {
        let foot, height, lean, size: Float
    }

    private static let horizon: Float = 0.6

    init(random: inout SceneRandom) {
        kind = random.pick(Kind.allCases)
        switch kind {
        case .daisy: colour = random.pick([.white, .white] + NamedColor.vivid.filter { $0 != .green })
        case .tulip: colour = random.pick([.red, .yellow, .pink, .purple, .orange, .white, .blue])
        case .sunflower: colour = .yellow
        case .poppy: colour = random.pick([.red, .red, .orange, .pink, .yellow, .blue])
        }
        count = random.pick([1, 1, 2, 2, 3, 4, 5])
        time = random.pick([.day, .day, .sunset, .dawn])
        seed = random.next()
        sky = Sky(time: time, horizon: Flowers.horizon, random: &random)
        hills = HillRange(top: 0.5, bottom: 0.64, density: 1.7, offset: random.range(0, 200))
        let slots: [Float]
        switch count {
        case 1: slots = [0.5]
        case 2: slots = [0.3, 0.68]
        case 3: slots = [0.2, 0.5, 0.78]
        case 4: slots = [0.15, 0.38, 0.62, 0.85]
        default: slots = [0.14, 0.32, 0.5, 0.68, 0.86]
        }
        let size: Float = count == 1 ? 0.27 : count == 2 ? 0.19 : count == 3 ? 0.145 : 0.115
        var heads: [Stem] = []
        for (index, slot) in slots.enumerated() {
            let base: Float = count == 1 ? 0.6 : count < 4 ? 0.58 : index % 2 == 0 ? 0.42 : 0.68
            heads.append(Stem(
                foot: slot + random.range(-0.02, 0.02), height: base + random.range(-0.05, 0.05), lean: random.range(-0.02, 0.02),
                size: size * random.range(0.92, 1.06)))
        }
        self.heads = heads
    }

    var attributes: [String: String] {
        ["kind": count == 1 ? kind.rawValue : kind.plural, "colour": colour.rawValue, "count": Wording.number(count), "time": time.rawValue]
    }

    var captions: [String] {
        let things = Wording.some(count, "\(colour.rawValue) \(kind.rawValue)", plural: "\(colour.rawValue) \(kind.plural)")
        let be = Wording.be(count)
        return [
            "\(things) \(be) swaying in a meadow \(time.phrase)",
            "\(things) swaying in the wind in a green meadow \(time.phrase)",
            "a close up of \(things) moving in the wind \(time.phrase)",
            "\(time.phrase) \(things) \(count == 1 ? "sways" : "sway") in the grass",
            "the wind moves \(things) in a meadow \(time.phrase)",
        ]
    }

    var prompts: [String] {
        count == 1
            ? ["a flower swaying in the wind", "a \(kind.rawValue) in a meadow"] : ["flowers swaying in a meadow", "\(kind.plural) in a meadow"]
    }

    var paraphrases: [String] {
        count == 1
            ? [
            "a flower",
            "a flower in the wind",
            "a swaying flower",
            "\(Wording.article(colour.rawValue)) flower",
            "\(Wording.article(colour.rawValue)) \(kind.rawValue)",
            "a \(kind.rawValue)",
            "a flower moves in the breeze",
            "a flower in the grass",
            "a flower on a meadow",
            "\(Wording.article(colour.rawValue)) flower swings in wind",
            ]
            : [
            "flowers",
            "flowers in the wind",
            "swaying flowers",
            "\(colour.rawValue) flowers",
            "\(colour.rawValue) \(kind.plural)",
            "\(kind.plural)",
            "flowers move in the breeze",
            "flowers in the grass",
            "a flower meadow",
            "\(colour.rawValue) flowers swing in wind",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog] }
    var companions: [SceneCompanion] { [.birds, .balloon] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let light = time.light
        sky.draw(time: seconds, into: canvas)
        canvas.ground(mix(.hex(0x6FA884) * light, time.haze, 0.45)) { hills.y($0) }
        drawMeadow(seconds, canvas)
        canvas.subject(outline: time.outline(of: .hex(0x80A040)), width: 0.011) {
            for (index, head) in heads.enumerated() { drawFlower(head, index, seconds, canvas) }
        }
        drawGrass(seconds, canvas)
    }

    /// The push of the wind at a place: gusts that travel over the meadow to the right, and a quick
    /// trembling where they blow.
    private func push(_ seconds: Double, _ x: Float) -> Float {
        let gust = Noise.value(x * 1.1 - Motion.scroll(seconds, speed: 0.55), 5.5)
        let tremble = sin(Motion.angle(seconds, hertz: 0.62, start: -x * 0.5))
        return (gust - 0.4) * 0.9 + tremble * (0.22 + 0.4 * gust)
    }

    private func drawMeadow(_ seconds: Double, _ canvas: Canvas) {
        let light = time.light
        let far = Color.hex(0x8CCB62) * light, near = Color.hex(0x2F8434) * light
        let gust = Motion.scroll(seconds, speed: 1.1)
        canvas.ground(height: { 0.61 + 0.025 * Noise.value($0 * 2.2 + 50) }) { x, y, depth in
            let wave = Noise.value(x * 2.2 - gust, y * 12)
            return mix(far, near, clamp01(depth * 2.7)) * (0.86 + 0.28 * wave)
        }
        // Small flowers of the same colour far away.
        let dot = colour.color * light
        for i in 0..<5 {
            let y = 0.66 + 0.17 * SceneRandom.hash(seed, i, 11)
            let size = 0.016 + 0.07 * (y - 0.66)
            let x = canvas.left + SceneRandom.hash(seed, i, 10) * (canvas.right - canvas.left)
            canvas.ellipse(x + push(seconds, x) * size * 0.6, y, size, size * 0.8, dot)
        }
    }

    private func drawGrass(_ seconds: Double, _ canvas: Canvas) {
        let light = time.light
        let count = Int((canvas.right - canvas.left) * 16)
        for i in 0..<count {
            let x = canvas.left + (Float(i) + SceneRandom.hash(seed, i, 1)) / 16
            let tall = 0.1 + 0.12 * SceneRandom.hash(seed, i, 2)
            let bend = (push(seconds, x) * 0.045 + 0.05 * (SceneRandom.hash(seed, i, 3) - 0.5)) * (0.6 + tall * 4)
            let green = mix(.hex(0x2C7A2C), .hex(0x58B044), SceneRandom.hash(seed, i, 4)) * light
            canvas.line(x, 1.03, x + bend * 0.35, 1.03 - tall * 0.6, width: 0.044, endWidth: 0.034, green * 0.75)
            canvas.line(x + bend * 0.35, 1.03 - tall * 0.6, x + bend, 1.03 - tall, width: 0.034, endWidth: 0.008, green)
        }
    }

    private func drawFlower(_ stem: Stem, _ index: Int, _ seconds: Double, _ canvas: Canvas) {
        let light = time.subjectLight
        let push = self.push(seconds, stem.foot) + 0.15 * sin(Motion.angle(seconds, hertz: 0.9, start: SceneRandom.hash(seed, index, 20)))
        let sway = push * 0.075 * (0.5 + stem.height) + stem.lean
        let green = Color.hex(0x3C8C34) * light
        let wide: Float = kind == .sunflower ? 0.046 : 0.036
        // The stem bends like a beam held at its foot: with the square of the height.
        let pieces = 6
        var x = stem.foot, y: Float = 1.02
        for piece in 1...pieces {
            let up = Float(piece) / Float(pieces)
            let nextX = stem.foot + sway * up * up, nextY = 1.02 - stem.height * (up - 0.06 * abs(sway) * up)
            canvas.line(x, y, nextX, nextY, width: wide * (1.1 - 0.35 * up), green * (0.7 + 0.35 * up))
            x = nextX
            y = nextY
        }
        drawLeaves(stem, sway, canvas, green)
        let tilt = sway * 2.4
        switch kind {
        case .daisy: drawRays(canvas, x, y, stem.size, tilt, petals: 9, inner: 0.3, middle: .hex(0xF4B820) * light)
        case .sunflower: drawRays(canvas, x, y, stem.size * 1.08, tilt, petals: 12, inner: 0.44, middle: .hex(0x5A3216) * light)
        case .tulip: drawTulip(canvas, x, y, stem.size, tilt)
        case .poppy: drawPoppy(canvas, x, y, stem.size, tilt)
        }
    }

    private func drawLeaves(_ stem: Stem, _ sway: Float, _ canvas: Canvas, _ green: Color) {
        let long = stem.size * (kind == .tulip ? 1.5 : 0.95)
        for side in [Float(-1), 1] {
            let up: Float = kind == .tulip ? 0.12 : side < 0 ? 0.4 : 0.52
            let x = stem.foot + sway * up * up, y = 1.02 - stem.height * up
            let leaf = Outline.smooth([(0, 0), (0.4, -0.14), (0.75, -0.1), (1, 0), (0.7, 0.09), (0.35, 0.08)], steps: 4)
            let angle = (kind == .tulip ? Float(1.2) : 0.62) + sway * side * 0.8
            let shape = Outline.place(leaf, x: x, y: y, scaleX: long, scaleY: long, angle: -angle)
            let turned = side > 0 ? shape : shape.map { (x: 2 * x - $0.x, y: $0.y) }
            canvas.polygon(turned) { px, _ in green * (0.8 + 0.45 * clamp01(abs(px - x) / long)) }
        }
    }

    /// A daisy or a sunflower: rays round a disc.
    private func drawRays(_ canvas: Canvas, _ x: Float, _ y: Float, _ size: Float, _ tilt: Float, petals: Int, inner: Float, middle: Color) {
        let main = colour.color * time.subjectLight
        let count = Float(petals)
        let reach = size + canvas.pixel
        for layer in 0..<2 {
            let shift = layer == 0 ? Float(0.5) : 0
            let radius = layer == 0 ? size : size * 0.94
            let tone = main * (layer == 0 ? 0.72 : 1)
            canvas.paint(left: x - reach, right: x + reach, top: y - reach, bottom: y + reach) { px, py, pixel in
                let dx = px - x, dy = (py - y) * 1.06
                let far = (dx * dx + dy * dy).squareRoot()
                if far > reach { return }
                let turn = (atan2(dy, dx) + tilt) / (2 * .pi) * count + shift
                let within = (turn - turn.rounded()) * 2
                // Each petal is as wide as its share of the circle, rounded at its end.
                let edge = radius * (1 - 0.3 * within * within * within * within - 0.1 * within * within)
                let side = abs(within) * far * .pi / count
                let gap = far * .pi / count - 0.1 * size * (1 - inner)
                let amount = canvas.cover(far - edge) * (gap > 0 ? canvas.cover(side - far * .pi / count * 0.93) : 1)
                if amount <= 0 { return }
                let shade = 0.74 + 0.3 * clamp01(far / size) - 0.16 * abs(within)
                pixel = mix(pixel, tone * shade, amount)
            }
        }
        canvas.ellipse(x, y, size * inner, size * inner * 0.95) { u, v in
            let far = (u * u + v * v).squareRoot()
            return mix(middle * 1.25, middle * 0.6, smooth(0.2, 1, far)) * (1 - 0.2 * v)
        }
    }

    private func drawTulip(_ canvas: Canvas, _ x: Float, _ y: Float, _ size: Float, _ tilt: Float) {
        let main = colour.color * time.subjectLight
        let side: Outline.Points = [(0, 0.75), (-0.5, 0.5), (-0.68, -0.1), (-0.56, -0.95), (-0.2, -0.4), (0.05, 0.1)]
        let left = Outline.smooth(side), right = Outline.smooth(side.map { (-$0.x, $0.y) })
        let back = Outline.smooth([(-0.35, 0.3), (-0.38, -0.4), (0, -1.0), (0.38, -0.4), (0.35, 0.3)])
        let front = Outline.smooth([(0, 0.8), (-0.36, 0.45), (-0.42, -0.15), (0, -0.78), (0.42, -0.15), (0.36, 0.45)])
        let cy = y - size * 0.5
        func draw(_ points: Outline.Points, _ low: Float, _ high: Float) {
            canvas.polygon(Outline.place(points, x: x, y: cy, scaleX: size, scaleY: size, angle: tilt)) { _, py in
                main * mix(high, low, clamp01((py - cy + size * 0.9) / (size * 1.7)))
            }
        }
        draw(back, 0.4, 0.62)
        draw(left, 0.55, 0.95)
        draw(right, 0.45, 0.78)
        draw(front, 0.7, 1.12)
    }

    private func drawPoppy(_ canvas: Canvas, _ x: Float, _ y: Float, _ size: Float, _ tilt: Float) {
        let main = colour.color * time.subjectLight
        let petals: [(angle: Float, tone: Float)] = [(-.pi / 2, 0.72), (.pi, 0.9), (0, 0.85), (.pi / 2, 1.08)]
        for petal in petals {
            let angle = petal.angle + tilt
            let px = x + cos(angle) * size * 0.42, py = y + sin(angle) * size * 0.36
            canvas.ellipse(px, py, size * 0.64, size * 0.54, angle: angle + .pi / 2) { u, v in
                let far = ((u * size * 0.62) * (u * size * 0.62) + v * v * size * size * 0.3).squareRoot() / size
                return main * (petal.tone * (0.82 + 0.4 * far - 0.1 * u))
            }
        }
        canvas.disc(x, y, radius: size * 0.24, .hex(0x1A1418) * time.subjectLight, softness: size * 0.1)
        canvas.disc(x, y, radius: size * 0.11, .hex(0x8CA858) * time.subjectLight)
    }
}

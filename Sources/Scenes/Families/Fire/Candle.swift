#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to three candles burning on a table in a dark room, before a wall or a window.
struct Candle: Scene {
    static let family = "candle"

    enum Place: String, Sendable, CaseIterable {
        case wall, window
    }

    private static let walls: [Color] = [.hex(0x8A4A22), .hex(0x7A4A2C), .hex(0x6A3C40), .hex(0x54503C)]

    let colour: NamedColor
    let count: Int
    let place: Place
    private let seed: UInt64
    private let wall: Color
    private let middle: Float
    private let heights: [Float]
    private let halfWidth: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.white, .white] + NamedColor.vivid)
        count = random.pick([1, 1, 1, 2, 2, 3, 4, 5])
        place = random.chance(0.35) ? .window : .wall
        seed = random.next()
        wall = random.pick(Candle.walls)
        middle = count > 3 ? 0.5 : random.range(0.42, 0.58)
        let base = random.range(0.26, 0.4)
        var heights: [Float] = []
        for _ in 0..<count { heights.append(base + random.range(-0.04, 0.04)) }
        self.heights = heights
        halfWidth = count == 1 ? random.range(0.09, 0.11) : count < 4 ? random.range(0.068, 0.078) : random.range(0.054, 0.06)
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "count": Wording.number(count), "place": place == .wall ? "room" : "window"]
    }

    var captions: [String] {
        let things = Wording.some(count, "\(colour.rawValue) candle")
        let be = Wording.be(count)
        let place = place == .window ? "in front of a window" : "in a dark room"
        let flame = count == 1 ? "with a flickering flame" : "with flickering flames"
        return [
            "\(things) \(be) burning \(place)",
            "\(things) burning \(place) \(flame)",
            "a close up of \(things) burning \(place)",
            "\(things) \(be) glowing warmly \(place)",
            "\(things) \(flame) \(place)",
        ]
    }

    var prompts: [String] {
        count == 1 ? ["a candle is burning"] : ["candles are burning", "\(Wording.number(count)) candles are burning"]
    }

    var paraphrases: [String] {
        count == 1
            ? [
            "a burning candle",
            "candlelight flickering",
            "the flame of a candle",
            "a lit candle",
            "\(Wording.article(colour.rawValue)) candle",
            "a candle in a dark room",
            "a candle gives warm light",
            "close up of a candle flame",
            "the candle burns slowly",
            "a flickering candle flame",
            ]
            : [
            "burning candles",
            "candlelight flickering",
            "the flames of candles",
            "lit candles",
            "\(colour.rawValue) candles",
            "some candles in a dark room",
            "candles give warm light",
            "close up of candle flames",
            "the candles burn slowly",
            "flickering candles",
        ]
    }

    func draw(time: Double, into canvas: Canvas) {
        let spacing: Float = count == 2 ? 0.34 : count == 3 ? 0.28 : count == 4 ? 0.225 : 0.18
        let tableTop: Float = 0.86
        let t = Noise.clock(time)
        let flames = (0..<count).map { index -> (x: Float, y: Float, power: Float, lean: Float) in
            let x = middle + (Float(index) - Float(count - 1) / 2) * spacing
            let own = Float(index) * 31 + SceneRandom.hash(seed, 7) * 200
            // A slow swell with quick small flutter, as air moves in a room.
            let power = 1 + 0.22 * (Noise.value(t * 1.7 + own) - 0.5) + 0.16 * (Noise.value(t * 5 + own, 3.3) - 0.5)
            let lean = 0.05 * (Noise.value(t * 0.9 + own, 9.1) - 0.5) + 0.03 * (Noise.value(t * 3.1 + own, 17.7) - 0.5)
            return (x, tableTop - heights[index] - 0.012, power, lean)
        }
        let light = flames.reduce(0) { $0 + $1.power } / Float(count)
        let centreY = flames.reduce(0) { $0 + $1.y } / Float(count) - 0.06

        drawRoom(canvas, light: light, y: centreY, tableTop: tableTop)
        for index in 0..<count {
            drawBody(canvas, flame: flames[index], tableTop: tableTop)
        }
        for flame in flames {
            drawFlame(canvas, x: flame.x, y: flame.y, power: flame.power, lean: flame.lean, flutter: Float(wrap(time * 7, 2 * .pi)))
        }
    }

    private func drawRoom(_ canvas: Canvas, light: Float, y: Float, tableTop: Float) {
        let spread: Float = 0.62 + 0.05 * Float(count)
        canvas.paint(bottom: tableTop) { px, py, pixel in
            let dx = (px - middle) / (spread * (1 + 0.12 * Float(count - 1))), dy = (py - y) / spread
            let fall = 1 / (1 + 5.5 * (dx * dx + dy * dy))
            pixel = wall * (0.025 + 0.95 * light * fall * fall)
        }
        if place == .window { drawWindow(canvas) }
        let wood = Color.hex(0x8A4E22)
        canvas.paint(top: tableTop) { px, py, pixel in
            let dx = (px - middle) / spread
            let fall = 1 / (1 + 4 * dx * dx + 14 * (py - tableTop))
            let grain = 0.85 + 0.3 * Noise.value(px * 3 + 9, py * 60)
            pixel = wood * (grain * (0.05 + 0.75 * light * fall))
        }
        canvas.paint(top: tableTop, bottom: tableTop + 0.012) { px, _, pixel in
            pixel += Color.hex(0xC0783A) * (0.25 / (1 + 6 * (px - middle) * (px - middle)))
        }
    }

    private func drawWindow(_ canvas: Canvas) {
        let x: Float = middle > 0.5 ? middle - 0.3 : middle + 0.3
        let y: Float = 0.28
        canvas.box(x, y, halfWidth: 0.2, halfHeight: 0.23, .hex(0x4A2C18) * 0.6)
        canvas.box(x, y, halfWidth: 0.175, halfHeight: 0.205) { _, v in mix(.hex(0x0D1740), .hex(0x2B3F80), 0.5 + 0.5 * v) }
        for i in 0..<5 {
            let sx = x + (SceneRandom.hash(seed, i, 40) - 0.5) * 0.32
            let sy = y + (SceneRandom.hash(seed, i, 41) - 0.5) * 0.36
            canvas.disc(sx, sy, radius: 0.008, .hex(0xE8ECFF), opacity: 0.8, softness: 0.006)
        }
        canvas.box(x, y, halfWidth: 0.01, halfHeight: 0.21, .hex(0x4A2C18) * 0.6)
        canvas.box(x, y, halfWidth: 0.18, halfHeight: 0.01, .hex(0x4A2C18) * 0.6)
    }

    private func drawBody(_ canvas: Canvas, flame: (x: Float, y: Float, power: Float, lean: Float), tableTop: Float) {
        let wax = colour.color
        let top = flame.y + 0.012, foot = tableTop + 0.035
        let rim = halfWidth * 0.24
        // The shadow and the warm pool of light round the foot.
        canvas.ellipse(flame.x, foot, halfWidth * 1.5, rim * 1.5, .hex(0x0A0502), softness: 0.04, opacity: 0.6)
        let half = halfWidth
        let shade: (Float, Float) -> Color = { u, y in
            // A cylinder lit from above by its own flame; wax lets light through near the top.
            let round = max(0, 1 - u * u).squareRoot()
            let depth = (y - top) / (foot - top)
            let through = 0.85 * max(0, 1 - depth * 2.1)
            let lit = 0.3 + 0.5 * round * (1 - 0.55 * depth) + 0.16 * max(0, -u)
            return wax * lit * Color(1, 0.9, 0.78, 0) + (wax * 0.8 + .hex(0x804010) * 0.5) * (through * through * flame.power)
        }
        canvas.ellipse(flame.x, foot, half, rim) { u, _ in shade(u, foot) }
        canvas.box(flame.x, (top + foot) / 2, halfWidth: half, halfHeight: (foot - top) / 2) { u, v in
            shade(u, (top + foot) / 2 + v * (foot - top) / 2)
        }
        canvas.ellipse(flame.x, top, half, rim) { u, v in
            let near = max(0, 1 - (u * u + v * v))
            return wax * 0.75 + .hex(0xFFC070) * (0.25 + 0.6 * near * flame.power)
        }
        canvas.line(flame.x, top + 0.004, flame.x + flame.lean * 0.2, top - 0.035, width: 0.018, .hex(0x1A0F08))
    }

    private func drawFlame(_ canvas: Canvas, x: Float, y: Float, power: Float, lean: Float, flutter: Float) {
        let height: Float = 0.23 * (0.4 + 0.6 * power), width: Float = count < 4 ? 0.05 : 0.042
        canvas.glow(x + lean * 0.5, y - 0.07, radius: 0.42, .hex(0xFF8A30) * (0.22 * power))
        canvas.glow(x + lean * 0.5, y - 0.07, radius: 0.16, .hex(0xFFB050) * (0.4 * power))
        let foot = y - 0.012
        canvas.paint(left: x - 0.1, right: x + 0.1, top: foot - height - 0.02, bottom: foot + 0.02) { px, py, pixel in
            let up = (foot - py) / height
            if up < -0.08 || up > 1.04 { return }
            let bend = lean * up * up + 0.008 * up * sin(6 * up - flutter)
            // A drop: round at the foot, drawn out to a point.
            let rise = clamp01(up + 0.06)
            let outline = width * 2.35 * rise.squareRoot() * (1 - rise) * (1.02 - 0.32 * rise) + 0.0005
            let distance = abs(px - x - bend) - outline
            let body = canvas.cover(distance, 0.014)
            if body <= 0 { return }
            let inner = clamp01(-distance / width * 1.6)
            var color = mix(.hex(0xFF7A14) * 1.3, .hex(0xFFC648) * 1.9, smooth(0, 0.4, inner))
            color = mix(color, .hex(0xFFF0C0) * 2.2, smooth(0.3, 0.9, inner) * smooth(0.05, 0.3, up))
            color = mix(color, .hex(0x3A5CE0) * 0.9, smooth(0.2, 0.0, up) * 0.75)
            pixel = mix(pixel, color, body * smooth(1.02, 0.82, up))
        }
    }
}

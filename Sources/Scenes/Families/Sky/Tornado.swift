#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A tornado reaching down from storm clouds: above a field, a desert, the sea, or a city at night.
struct Tornado: Scene {
    static let family = "tornado"

    enum Place: String, CaseIterable, Sendable {
        case city, field, desert, sea

        var phrase: String {
            switch self {
            case .city: return "above a glowing city at night"
            case .field: return "over a green field"
            case .desert: return "in the desert"
            case .sea: return "over the sea"
            }
        }
    }

    let place: Place
    let huge: Bool
    let toRight: Bool
    private let seed: UInt64
    private let start: Float
    private let speed: Float

    init(random: inout SceneRandom) {
        place = random.pick([.city, .city, .city, .field, .field, .desert, .sea])
        huge = random.chance(0.5)
        toRight = random.chance(0.5)
        seed = random.next()
        start = random.unit()
        speed = random.range(0.7, 1.2)
    }

    var attributes: [String: String] { ["place": place.rawValue, "size": huge ? "huge" : "thin"] }

    var captions: [String] {
        let kind = huge ? "huge" : "thin"
        return [
            "a \(kind) tornado is spinning \(place.phrase)",
            "a \(kind) tornado \(place.phrase) under dark storm clouds",
            "an epic \(kind) tornado moves \(place.phrase)",
            "a \(kind) dark tornado attacking \(place.phrase)",
            "a \(kind) twister swirls \(place.phrase) in a storm",
        ]
    }

    var prompts: [String] {
        place == .city
            ? ["an epic tornado attacking above a glowing city at night", "an epic tornado attacking above a glowing city at night", "a tornado above a city"]
            : ["a tornado \(place.phrase)"]
    }

    private struct Palette {
        let top, low, cloudLit, cloudDark, funnelLit, funnelDark, dust: Color
    }

    private var palette: Palette {
        switch place {
        case .city:
            return Palette(top: .hex(0x161426), low: .hex(0x8A4A3C), cloudLit: .hex(0x5A4654), cloudDark: .hex(0x14121E),
                           funnelLit: .hex(0xB08A80), funnelDark: .hex(0x262030), dust: .hex(0x8A6A58))
        case .field:
            return Palette(top: .hex(0x5A6670), low: .hex(0xC8CEB8), cloudLit: .hex(0x98A2A4), cloudDark: .hex(0x39424C),
                           funnelLit: .hex(0x84888A), funnelDark: .hex(0x20262E), dust: .hex(0x8C8670))
        case .desert:
            return Palette(top: .hex(0x7A4A34), low: .hex(0xF0B878), cloudLit: .hex(0xC08A60), cloudDark: .hex(0x4A2C24),
                           funnelLit: .hex(0xA87848), funnelDark: .hex(0x3A2018), dust: .hex(0xD0A068))
        case .sea:
            return Palette(top: .hex(0x34465A), low: .hex(0xA8C0C8), cloudLit: .hex(0x8296A2), cloudDark: .hex(0x26323E),
                           funnelLit: .hex(0x82909A), funnelDark: .hex(0x1C2630), dust: .hex(0xDCE8EC))
        }
    }

    var paraphrases: [String] {
        [
            "a tornado",
            "a twister",
            "a huge tornado",
            "a tornado is spinning",
            "a dangerous storm with a tornado",
            "a whirlwind",
            "a dark tornado moves over the land",
            "a tornado destroys everything",
            "an epic storm",
            "a spinning funnel of wind",
            "a tornado under dark clouds",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .clear] }
    var lightTime: TimeOfDay? { place == .city ? .night : nil }

    func draw(time seconds: Double, into canvas: Canvas) {
        let t = Noise.clock(seconds)
        let colors = palette
        let horizon: Float = place == .city ? 0.9 : 0.84
        canvas.gradient([(0, colors.top), (0.45, mix(colors.top, colors.low, 0.45)), (horizon, colors.low)])
        drawClouds(canvas, seconds: seconds, t: t, colors)
        drawLand(canvas, t: t, horizon: horizon)
        // It wanders over the picture and back, never quite leaving it.
        let roam = 0.5 + 0.18 * sin(Float(wrap(Double(start) + seconds * 0.035 * Double(speed), 1)) * 2 * .pi)
        let x = toRight ? roam : 1 - roam
        drawFunnel(canvas, t: t, x: x, foot: place == .city ? 0.9 : horizon + 0.045, colors)
        if place == .city { drawCity(canvas, seconds: seconds) }
    }

    private func drawClouds(_ canvas: Canvas, seconds: Double, t: Float, _ colors: Palette) {
        let drift = t * 0.05, offset = SceneRandom.hash(seed, 4) * 16
        // Rarely, lightning lights the clouds up from inside.
        let turn = Int((seconds / 3.7).rounded(.down))
        let into = Float(seconds - Double(turn) * 3.7)
        let flash = SceneRandom.hash(seed, turn, 90) < 0.35 ? smooth(0, 0.15, into) * smooth(0.9, 0.15, into) : 0
        let flashX = SceneRandom.hash(seed, turn, 91)
        canvas.paint(bottom: 0.72) { x, y, pixel in
            let u = (x - 0.5) * (1.3 - y) * 1.6 + drift + offset
            let body = Noise.fractal(u, y * 4.2 + offset)
            let amount = smooth(0.52, 0.08, y + 0.32 * (body - 0.5))
            if amount <= 0 { return }
            let lump = clamp01(0.5 + 2.6 * (body - Noise.fractal(u + 0.05, y * 4.2 + offset + 0.22)))
            var color = mix(colors.cloudDark, colors.cloudLit, lump * min(1, 0.35 + 0.65 * y / 0.4))
            let dx = x - flashX
            color += Color(0.28, 0.28, 0.42, 0) * (flash * max(0, 1 - dx * dx * 6) * (0.4 + body))
            pixel = mix(pixel, color, amount)
        }
    }

    private func drawLand(_ canvas: Canvas, t: Float, horizon: Float) {
        let offset = SceneRandom.hash(seed, 6) * 100
        switch place {
        case .city:
            canvas.glow(0.5, 1, radius: 0.7, .hex(0xFF9040) * 0.5, stretch: 1.6)
        case .field, .desert:
            let green = place == .field
            let far: Color = green ? .hex(0x6E8A3A) : .hex(0xC88A4A)
            let near: Color = green ? .hex(0x3C6A22) : .hex(0xA0622E)
            canvas.ground(height: { x in horizon + 0.02 * (Noise.value(x * 2.2 + offset) - 0.5) }) { x, y, depth in
                mix(far, near, clamp01(depth * 7)) * (0.85 + 0.3 * Noise.value(x * 7, y * 30))
            }
        case .sea:
            canvas.paint(top: horizon) { x, y, pixel in
                let distance = 1 / (y - horizon + 0.04)
                let wave = Noise.value((x - 0.5) * (3 + distance * 0.4) + t * 0.5, distance * 2.4 - t)
                pixel = mix(.hex(0x1E3C50), .hex(0x7896A4), 0.15 + 0.6 * smooth(0.4, 0.9, wave))
            }
        }
    }

    /// The funnel is a surface of turning streaks: noise wound round an axis that bends as it goes up.
    private func drawFunnel(_ canvas: Canvas, t: Float, x: Float, foot: Float, _ colors: Palette) {
        let top: Float = 0.1
        let size: Float = huge ? 1.7 : 1.15
        let offset = SceneRandom.hash(seed, 8) * 60
        func axis(_ up: Float) -> Float {
            x + 0.13 * (Noise.value(up * 1.5 - t * 0.35, offset) - 0.5) * (0.4 + up)
                + 0.05 * (Noise.value(up * 3.4 - t * 0.8, offset + 20) - 0.5) + 0.05 * up * (toRight ? 1 : -1)
        }
        for row in canvas.rows(top - 0.1, foot) {
            let y = canvas.y(row: row)
            let up = (foot - y) / (foot - top)
            let centre = axis(up)
            let flare = max(0, up)
            let wide = size * (0.03 + 0.055 * flare + 0.19 * flare * flare * flare)
            let edgeSoft = 0.02 + 0.05 * flare
            let fade = smooth(1.12, 0.72, up) * smooth(-0.005, 0.03, up)
            let line = canvas.pixels + row * canvas.width
            for column in canvas.columns(centre - wide * 1.5, centre + wide * 1.5) {
                let off = (canvas.x(column: column) - centre) / wide
                let ragged = 0.22 * (Noise.value(up * 6 - t * 0.9 + (off > 0 ? 30 : 0), t * 1.4 + offset) - 0.5)
                let amount = canvas.cover((abs(off) - 1 - ragged) * wide, edgeSoft) * fade
                if amount <= 0 { continue }
                // The angle round the funnel, from what a cylinder shows of itself; streaks wind up it.
                let side = max(-1, min(1, off))
                let angle = side * (1 + 0.25 * side * side)
                let streak = Noise.value(angle * 1.7 - t * 2.9 - up * 3.2 + offset, up * 5.5 + angle * 0.8 - t * 0.5)
                let fine = Noise.value(angle * 3.2 - t * 4.4 - up * 5 + offset, up * 12 + angle * 1.6)
                let round = max(0, 1 - side * side).squareRoot()
                let light = clamp01(0.12 + 0.38 * round - 0.28 * side + 0.75 * (streak - 0.5) + 0.3 * (fine - 0.5))
                line[column] = mix(line[column], mix(colors.funnelDark, colors.funnelLit, light), amount * 0.96)
            }
        }
        // Dust thrown up round the foot.
        canvas.paint(left: axis(0) - 0.26 * size, right: axis(0) + 0.26 * size, top: foot - 0.16, bottom: foot + 0.08) { px, py, pixel in
            let dx = (px - axis(0)) / (0.2 * size), dy = (py - foot + 0.02) / 0.09
            let puff = Noise.value(px * 9 - t * 2.1, py * 12 + t * 0.9 + offset)
            let amount = smooth(0.1, 0.9, 1.15 - dx * dx - dy * dy + 1.1 * (puff - 0.5)) * 0.8 * smooth(0.07, 0.03, py - foot) * smooth(1.28, 0.9, abs(dx))
            if amount > 0 { pixel = mix(pixel, colors.dust * (0.55 + 0.6 * puff), amount) }
        }
    }

    /// Blocks with lit windows along the foot of the picture, a nearer row before a farther one.
    private func drawCity(_ canvas: Canvas, seconds: Double) {
        for layer in 0..<2 {
            let near = layer == 1
            let step: Float = near ? 0.13 : 0.1
            let color: Color = near ? .hex(0x0C0A16) : .hex(0x221824)
            var index = Int((canvas.left / step).rounded(.down)) - 1
            while Float(index) * step < canvas.right {
                let key = index &+ layer &* 1000
                let x = (Float(index) + 0.5) * step
                let half = step * (0.38 + 0.12 * SceneRandom.hash(seed, key, 20))
                let height = (near ? 0.09 : 0.14) + (near ? 0.16 : 0.15) * SceneRandom.hash(seed, key, 21)
                let top = 1 - height
                canvas.box(x, 1.2 - height / 2, halfWidth: half, halfHeight: 0.2 + height / 2, color)
                let columns = near ? 3 : 2
                let pitch = 2 * half / Float(columns)
                var y = top + 0.03
                var row = 0
                while y < 1.02 {
                    for c in 0..<columns {
                        let window = key &* 97 &+ row &* 7 &+ c
                        // A window is lit or not for many seconds at a time.
                        if SceneRandom.hash(seed, window, 22 &+ Int(seconds / 20 + 3 * Double(SceneRandom.hash(seed, window, 23)))) < 0.62 {
                            let warm: Color = SceneRandom.hash(seed, window, 24) < 0.75 ? .hex(0xFFC45A) : .hex(0xFFE8B8)
                            canvas.box(x - half + pitch * (Float(c) + 0.5), y, halfWidth: pitch * 0.26, halfHeight: 0.0105, warm * (near ? 1.25 : 0.8))
                        }
                    }
                    y += 0.04
                    row += 1
                }
                index += 1
            }
            if !near { canvas.glow(0.5, 1.02, radius: 0.35, .hex(0xFF8A38) * 0.35, stretch: 2.4) }
        }
    }
}

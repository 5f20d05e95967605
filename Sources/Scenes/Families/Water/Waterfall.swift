#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A waterfall that drops over a cliff into a pool.
struct Waterfall: Scene {
    static let family = "waterfall"

    enum Place: String, Sendable, CaseIterable {
        case rocks, jungle, autumn, snow

        var phrase: String {
            switch self {
            case .rocks: return "between grey rocks"
            case .jungle: return "in a green jungle"
            case .autumn: return "in an autumn forest"
            case .snow: return "in a snowy land"
            }
        }
    }

    let wide: Bool
    let time: TimeOfDay
    let place: Place
    private let seed: UInt64
    private let sky: Sky
    private let middle: Float
    private let half: Float
    private let offset: Float

    private static let lip: Float = 0.24, pool: Float = 0.78

    init(random: inout SceneRandom) {
        wide = random.chance(0.5)
        time = random.pick([.day, .day, .sunset, .night])
        place = random.pick(Place.allCases)
        seed = random.next()
        sky = Sky(time: time, horizon: 0.45, random: &random)
        middle = random.range(0.42, 0.58)
        half = wide ? random.range(0.24, 0.28) : random.range(0.1, 0.13)
        offset = random.range(0, 15)
    }

    var attributes: [String: String] {
        ["width": wide ? "wide" : "narrow", "time": time.rawValue, "place": place.rawValue]
    }

    var captions: [String] {
        let thing = "a \(wide ? "wide" : "narrow") waterfall"
        return [
            "\(thing) is falling into a pool \(place.phrase) \(time.phrase)",
            "\(thing) \(place.phrase) \(time.phrase)",
            "water pours down \(thing) \(place.phrase) \(time.phrase)",
            "\(thing) splashes into a pool \(place.phrase) \(time.phrase)",
            "\(time.phrase) \(thing) flows over a cliff \(place.phrase)",
        ]
    }

    var prompts: [String] { ["a waterfall", "a waterfall is falling into a pool"] }

    var paraphrases: [String] {
        [
            "a beautiful waterfall",
            "falling water",
            "water falls down a cliff",
            "a waterfall \(place.phrase)",
            "a waterfall in nature",
            "water pours into a pool",
            "a cascade",
            "a river falls over rocks",
            "the water rushes down",
            "a flowing waterfall",
            "nature with a waterfall",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { time == .night ? [] : [.birds] }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        drawBehind(canvas)
        drawCliff(canvas)
        drawPool(seconds, canvas)
        drawFall(seconds, canvas)
        drawBanks(canvas)
        drawMist(seconds, canvas)
    }

    private var light: Color { time == .night ? Color(0.2, 0.25, 0.42, 0) : time.light }

    private func drawBehind(_ canvas: Canvas) {
        let range = HillRange(top: 0.02, bottom: 0.3, density: 2, roughness: 0.6, offset: offset * 7)
        let color: Color
        switch place {
        case .rocks: color = .hex(0x7C8CA4)
        case .jungle: color = .hex(0x3E8A5A)
        case .autumn: color = .hex(0xB4743C)
        case .snow: color = .hex(0xC8D6EA)
        }
        canvas.ground(mix(color * light, time.haze, 0.45)) { range.y($0) }
    }

    /// The cliff's edge, with a notch where the water runs over it.
    private func edge(_ x: Float) -> Float {
        let out = max(0, abs(x - middle) - half)
        return Waterfall.lip - 0.13 * smooth(0, 0.16, out) - 0.1 * Noise.value(x * 5 + offset) * smooth(0, 0.1, out)
    }

    private func drawCliff(_ canvas: Canvas) {
        let stone: Color, cover: Color
        switch place {
        case .rocks:
            stone = .hex(0x8A8480)
            cover = .hex(0x9C968E)
        case .jungle:
            stone = .hex(0x5E5A48)
            cover = .hex(0x3E9A3C)
        case .autumn:
            stone = .hex(0x7A6858)
            cover = .hex(0xD8822C)
        case .snow:
            stone = .hex(0x6C7890)
            cover = .hex(0xF4F8FF)
        }
        let light = self.light
        canvas.ground(height: { edge($0) }, bottom: Waterfall.pool + 0.04) { x, y, depth in
            // Upright cracks and ledges.
            let grain = smooth(0.2, 0.8, Noise.fractal(x * 4 + offset, y * 1.3))
            let ledge = Noise.value(x * 6, y * 11 + offset)
            var rock = stone * (0.2 + 0.85 * grain + 0.35 * ledge)
            let side = abs(x - middle) - half
            rock *= 0.45 + 0.55 * smooth(-0.02, 0.09, side)
            let growth = place == .rocks ? 0.05 : 0.1
            let clump = smooth(0.15, 0.85, Noise.fractal(x * 2.6 + 7, y * 2.6 + offset))
            let leaves = place == .jungle || place == .autumn ? smooth(0.42, 0.62, clump) * smooth(0.0, 0.05, side) * smooth(0.75, 0.3, depth) : 0
            let top = max(leaves, smooth(Float(growth) + 0.05 * clump, Float(growth) * 0.4, depth) * smooth(-0.005, 0.02, side))
            return mix(rock, cover * (0.4 + 0.75 * clump), top) * light
        }
    }

    private func drawFall(_ seconds: Double, _ canvas: Canvas) {
        let foam = Color.hex(0xFFFFFF) * (time == .night ? Color(0.5, 0.58, 0.8, 0) : time.light * 1.02)
        let blue = Color.hex(0x7CC4E4) * (time == .night ? Color(0.3, 0.36, 0.55, 0) : time.light)
        let lip = Waterfall.lip - 0.02, pool = Waterfall.pool
        let flow = Motion.scroll(seconds, speed: 4.2)
        let slow = Motion.scroll(seconds, speed: 2.1)
        canvas.paint(left: middle - half - 0.06, right: middle + half + 0.06, top: lip, bottom: pool + 0.05) { x, y, pixel in
            let drop = max(0, y - lip)
            // Water that falls freely was at the lip this long ago, so the pattern stretches as it speeds up.
            let ago = ((0.04 + 4 * drop).squareRoot() - 0.2) / 1.05
            let spread = half * (0.93 + 0.14 * drop) + 0.012 * (Noise.value(x > middle ? 3 : 9, ago * 4.2 - flow) - 0.5)
            let inside = canvas.cover(abs(x - middle) - spread, 0.016)
            if inside <= 0 { return }
            let u = (x - middle) / spread * half
            let strand = Noise.value(u * 30 + offset, ago * 4.2 - flow)
            let broad = Noise.value(u * 12 + 40 + offset, ago * 2.1 - slow)
            let white = clamp01(0.14 + 0.62 * strand + 0.55 * (broad - 0.35))
            var water = mix(blue, foam, white)
            water *= 0.84 + 0.2 * smooth(0, 0.1, drop)
            water = mix(water, foam, smooth(pool - 0.12, pool, y) * 0.75)
            pixel = mix(pixel, water, inside)
        }
    }

    private func drawPool(_ seconds: Double, _ canvas: Canvas) {
        let deep: Color, shallow: Color
        switch time {
        case .night:
            deep = .hex(0x081430)
            shallow = .hex(0x24406A)
        case .sunset:
            deep = .hex(0x3A3A60)
            shallow = .hex(0xC08A80)
        default:
            deep = .hex(0x14708C)
            shallow = .hex(0x5CC4CC)
        }
        let pool = Waterfall.pool
        let foam = Color.hex(0xFFFFFF) * (time == .night ? Color(0.45, 0.52, 0.75, 0) : time.light)
        let out = Motion.scroll(seconds, speed: 1.6)
        let drift = Motion.scroll(seconds, speed: 0.5)
        canvas.paint(top: pool) { x, y, pixel in
            let depth = (y - pool) / (canvas.bottom - pool)
            let dx = (x - middle) / (half + 0.12), dy = (y - pool) * 6.5
            let far = (dx * dx + dy * dy).squareRoot()
            // Rings run outwards from where the water strikes and die away.
            let ring = Noise.value(far * 7 - out, dx * 3)
            let ripple = Noise.value(x * 7 + drift, y * 26 - drift)
            var water = mix(shallow, deep, depth.squareRoot())
            water *= 0.82 + 0.36 * ripple
            let white = max(smooth(0.5, 0.95, ring) * smooth(1.7, 0.5, far) * 0.55, smooth(0.85, 0.35, far))
            water = mix(water, foam, white * 0.85)
            pixel = mix(pixel, water, canvas.cover(pool - y))
        }
    }

    private func drawBanks(_ canvas: Canvas) {
        let stone: Color = place == .snow ? .hex(0x8C98AE) : place == .rocks ? .hex(0x86807A) : .hex(0x6A6454)
        for i in 0..<8 {
            let side: Float = i % 2 == 0 ? -1 : 1
            let step = Float(i / 2)
            let x = middle + side * (half + 0.06 + 0.11 * step + 0.05 * SceneRandom.hash(seed, i, 1))
            let y = Waterfall.pool + 0.012 + 0.05 * step * step * 0.28
            let size = 0.04 + 0.03 * SceneRandom.hash(seed, i, 2) + 0.012 * step
            canvas.ellipse(x, y, size * 1.35, size) { u, v in
                let rock = mix(stone * 0.3, stone * 1.15, clamp01(0.5 - 0.5 * v - 0.25 * u))
                let top = smooth(-0.25, -0.55, v)
                let moss: Color = place == .snow ? .hex(0xF6FAFF) : .hex(0x4E9A44)
                return mix(rock, moss, place == .rocks || place == .autumn ? 0 : top * 0.85) * light
            }
        }
    }

    private func drawMist(_ seconds: Double, _ canvas: Canvas) {
        let lit = Color.hex(0xFFFFFF) * (time == .night ? Color(0.42, 0.5, 0.74, 0) : time.light)
        // Spray that leaps up where the water strikes, and mist that hangs above it.
        Motion.stream(seconds, interval: 0.035, life: 0.8) { index, age in
            let share = age / 0.8
            let x = middle + half * 2 * (SceneRandom.hash(seed, index, 13) - 0.5)
            let leap = 0.04 + 0.05 * SceneRandom.hash(seed, index, 14)
            let y = Waterfall.pool + 0.02 - 4 * leap * share * (1 - share)
            canvas.puff(x, y, radius: 0.026 + 0.02 * share, lit: lit, shade: lit * 0.92, opacity: 0.7 * smooth(0, 0.1, share) * smooth(1, 0.5, share))
        }
        Motion.stream(seconds, interval: 0.16, life: 2.6) { index, age in
            let share = age / 2.6
            let x = middle + half * 1.7 * (SceneRandom.hash(seed, index, 10) - 0.5) * (1 + 0.2 * share)
            let y = Waterfall.pool + 0.01 - (0.05 + 0.1 * SceneRandom.hash(seed, index, 11)) * share
            canvas.puff(
                x, y, radius: (0.06 + 0.08 * share) * (wide ? 1 : 0.8), lit: lit, shade: lit * 0.95,
                opacity: 0.15 * smooth(0, 0.15, share) * smooth(1, 0.3, share))
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A river that winds towards the viewer through a valley.
struct River: Scene {
    static let family = "river"

    enum Place: String, CaseIterable, Sendable {
        case meadow, forest, mountains, autumn

        var phrase: String {
            switch self {
            case .meadow: return "through a green meadow"
            case .forest: return "through a pine forest"
            case .mountains: return "down from snowy mountains"
            case .autumn: return "through an autumn land"
            }
        }
    }

    let place: Place
    let time: TimeOfDay
    let fast: Bool
    private let sky: Sky
    private let seed: UInt64
    private let range: HillRange
    private let side: Float
    private static let horizon: Float = 0.44

    init(random: inout SceneRandom) {
        place = random.pick(Place.allCases)
        time = random.pick([.day, .day, .sunset, .dawn])
        fast = random.chance(0.5)
        sky = Sky(time: time, horizon: River.horizon, random: &random)
        seed = random.next()
        let high = place == .mountains
        range = HillRange(top: high ? 0.1 : 0.28, bottom: 0.5, density: high ? 2.4 : 1.7, roughness: high ? 0.9 : 0.25, offset: random.range(0, 200))
        side = random.sign()
    }

    var attributes: [String: String] { ["place": place.rawValue, "time": time.rawValue, "speed": fast ? "fast" : "calm"] }

    var captions: [String] {
        let thing = "a \(fast ? "fast" : "calm") river"
        return [
            "\(thing) is flowing \(place.phrase) \(time.phrase)",
            "\(thing) flows \(place.phrase) \(time.phrase)",
            "a landscape with \(thing) running \(place.phrase) \(time.phrase)",
            "\(time.phrase) \(thing) winds \(place.phrase)",
            "the water of \(thing) streams \(place.phrase) \(time.phrase)",
        ]
    }

    var prompts: [String] { ["a river is flowing", "a river flows through a valley"] }

    var paraphrases: [String] {
        [
            "a river", "a flowing river", "a stream in nature", "water flows down the river", "a winding river", "a river \(place.phrase)", "a creek runs through the land",
            "a beautiful river landscape", "the beauty of nature", "a video of a river",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.birds, .balloon, .rainbow, .airplane] }

    /// The middle of the river and half its width at a height below the horizon, 0...1.
    private func bed(_ depth: Float) -> (x: Float, half: Float) {
        let bend = 0.5 + side * (0.22 * sin(depth * 5.2 + 0.4) * (1 - depth * 0.35))
        return (bend, 0.02 + 0.3 * depth * depth + 0.05 * depth)
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        let light = time.light, haze = time.haze
        sky.draw(time: seconds, into: canvas)
        if place == .mountains {
            canvas.mountains(range, scroll: 0, rock: mix(.hex(0x66748C) * light, haze, 0.25), snow: mix(Color.hex(0xFFFFFF) * light, haze, 0.1), haze: haze)
        } else {
            let tone: Color = place == .autumn ? .hex(0xB8803C) : place == .forest ? .hex(0x3E6E56) : .hex(0x74A880)
            canvas.ground(mix(tone * light, haze, 0.4)) { range.y($0) }
        }
        let grass: Color = place == .autumn ? .hex(0xC09A3C) : place == .forest ? .hex(0x4A8A3E) : .hex(0x62B048)
        let flow = Motion.scroll(seconds, speed: fast ? 3.2 : 1.4)
        let span = canvas.bottom - River.horizon
        let clear = mix(Color.hex(0x3E92CC) * light, time.sky.middle, 0.3), deep = Color.hex(0x1E5E9C) * light
        let white = mix(Color.hex(0xFFFFFF) * light, .grey(0.8), 0.2), bank = Color.hex(0x9A8458) * light
        canvas.ground(height: { _ in River.horizon + 0.02 }) { x, y, _ in
            let depth = clamp01((y - River.horizon) / span)
            let bed = self.bed(depth)
            let off = abs(x - bed.x) / bed.half
            let field = grass * light * (0.8 + 0.3 * Noise.value(x * 4 / (0.3 + depth), y * 26) + 0.1 * depth)
            if off > 1.25 { return field }
            let far = 1 / (depth + 0.14)
            let u = (x - bed.x) / bed.half
            let ripple = Noise.value(u * 3, far * 2.6 + flow), small = Noise.value(u * 7 + 40, far * 6 + flow * 2)
            var water = mix(clear, deep, 0.3 + 0.5 * depth) * (0.75 + 0.5 * ripple)
            let foam = smooth(fast ? 0.62 : 0.78, fast ? 0.78 : 0.9, small * 0.6 + ripple * 0.4 + 0.1 * off)
            water = mix(water, white, foam * (fast ? 0.85 : 0.5))
            let shore = smooth(0.94, 1.04, off + 0.06 * (Noise.value(y * 20, 3) - 0.5))
            return mix(mix(water, bank, shore), field, smooth(1.08, 1.2, off))
        }
        drawBanks(canvas, span, light)
    }

    private func drawBanks(_ canvas: Canvas, _ span: Float, _ light: Color) {
        // Rocks and trees along both banks, far ones first.
        for i in 0..<14 {
            let depth = 0.05 + 0.62 * Float(i) / 13
            let bed = self.bed(depth), y = River.horizon + depth * span
            let way: Float = i % 2 == 0 ? -1 : 1
            let x = bed.x + way * (bed.half * 1.35 + 0.06 + (0.12 + 0.2 * depth) * SceneRandom.hash(seed, i, 1))
            let size = (0.1 + 0.42 * depth) * (0.75 + 0.4 * SceneRandom.hash(seed, i, 2))
            switch place {
            case .forest, .mountains: Pine.draw(canvas, x: x, foot: y, height: size * 1.25, color: .hex(0x2A6A44) * light)
            case .autumn: canvas.roundTree(x, foot: y, size: size, leaf: (i % 3 == 0 ? Color.hex(0xC83A22) : .hex(0xEC8A24)) * light, trunk: .hex(0x5A3A24) * light)
            case .meadow:
                if i % 3 == 0 { canvas.roundTree(x, foot: y, size: size, leaf: .hex(0x4A9A3C) * light, trunk: .hex(0x6A4A30) * light) }
            }
            let stone = bed.x - way * bed.half * (0.9 + 0.1 * SceneRandom.hash(seed, i, 3))
            canvas.ellipse(stone, y, 0.014 + 0.05 * depth, 0.01 + 0.034 * depth) { u, v in Color.hex(0x8A8C92) * light * (0.8 - 0.4 * v - 0.2 * u) }
        }
    }
}

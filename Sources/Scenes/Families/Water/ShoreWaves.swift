#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Ocean waves rolling in on a beach, seen from low above the sand: crests rise far out, grow, break and
/// run up.
struct ShoreWaves: Scene {
    static let family = "ocean waves"

    /// A wave arrives every so many seconds.
    private static let period = 4.4

    let time: TimeOfDay
    let big: Bool
    private let sky: Sky
    private let seed: UInt64
    private let rocks: Bool
    private let horizon: Float = 0.36

    init(random: inout SceneRandom) {
        time = random.pick([.day, .day, .sunset, .dawn, .night])
        big = random.chance(0.5)
        sky = Sky(time: time, horizon: 0.36, random: &random)
        seed = random.next()
        rocks = random.chance(0.4)
    }

    var attributes: [String: String] {
        ["size": big ? "big" : "small", "time": time.rawValue, "rocks": rocks ? "rocks" : "none"]
    }

    var captions: [String] {
        let size = big ? "big" : "small"
        let place = rocks ? "a beach with rocks" : "a sandy beach"
        return [
            "\(size) ocean waves roll onto \(place) \(time.phrase)",
            "\(size) waves of the sea break on \(place) \(time.phrase)",
            "\(size) foamy waves wash over the sand of \(place) \(time.phrase)",
            "the ocean with \(size) rolling waves at \(place) \(time.phrase)",
            "a beautiful view of \(size) sea waves coming to \(place) \(time.phrase)",
        ]
    }

    var prompts: [String] { ["ocean waves rolling on the shore", "waves on a beach"] }

    var paraphrases: [String] {
        [
            "ocean waves",
            "waves roll in",
            "sea waves on the sand",
            "waves crash on the shore",
            "the surf at the beach",
            "a beach with waves",
            "the sea",
            "waves at the beach",
            "waves break on the coast",
            "water washes over the sand",
            "the ocean shore",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog] }
    var companions: [SceneCompanion] { [.birds, .airplane, .rainbow] }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        let light = time == .night ? time.light * 2.2 : time.light
        drawSea(canvas, seconds: seconds, light: light)
        drawSand(canvas, seconds: seconds, light: light)
        if rocks { drawRocks(canvas, light: light) }
    }

    /// Crests come in with a fixed period; their place from the horizon (0) to the beach (1) gives
    /// height, foam and speed.
    private func drawSea(_ canvas: Canvas, seconds: Double, light: Color) {
        let t = Noise.clock(seconds)
        let deep = Color.hex(0x0E4C80) * light, far = mix(.hex(0x3E8AC0) * light, time.sky.horizon, 0.35)
        let clear = Color.hex(0x2FB0A8) * light, white = Color.hex(0xF4FAFC) * light
        let count = 4
        let offset = SceneRandom.hash(seed, 1) * 100
        let swell: Float = big ? 1 : 0.55
        canvas.paint(top: horizon, bottom: 0.86) { x, y, pixel in
            let depth = y - horizon
            let distance = 1 / (depth + 0.05)
            let u = (x - 0.5) * (1.6 + distance * 0.3)
            let chop = Noise.value(u * 2.6 + t * 0.3, distance * 2.8 - t * 0.7)
            let sparkle = smooth(0.6, 0.9, chop)
            var color = mix(far, deep, smooth(0, 0.3, depth))
            color = mix(color, mix(deep, clear, 0.6), smooth(0.22, 0.46, depth))
            color = color * (0.78 + 0.44 * chop) + time.sky.horizon * (0.10 * sparkle)
            pixel = mix(pixel, color, canvas.cover(-depth))
        }
        // From far to near, each wave a strip with a lit face, a bright lip and foam behind.
        let beat = seconds / Self.period
        let turn = Int(beat.rounded(.down))
        let since = Float(beat - beat.rounded(.down))
        for k in 0..<count {
            let age = (Float(k) + since) / Float(count)
            let key = turn - k
            let grow = SceneRandom.hash(seed, key, 5)
            let place = horizon + 0.03 + 0.45 * age * age + 0.02 * (grow - 0.5)
            let height = swell * (0.012 + 0.11 * smooth(0.15, 0.72, age) * (0.75 + 0.5 * grow)) * smooth(1.02, 0.78, age)
            let strength = smooth(0.0, 0.2, age) * smooth(1.0, 0.93, age)
            let breaking = smooth(0.42, 0.75, age)
            if strength <= 0 { continue }
            let shape = offset + Float(key % 64) * 7.3
            for column in 0..<canvas.width {
                let x = canvas.x(column: column)
                let swing = Noise.value(x * 2.2 / (0.5 + age) + shape) - 0.5
                let crest = place + 0.05 * swing * age
                let tall = height * (0.65 + 0.7 * Noise.value(x * 3 + shape + 40))
                let lip = breaking * smooth(0.25, 0.6, Noise.value(x * 4.2 + shape + 80) + 0.5 * breaking)
                let rows = canvas.rows(crest - tall - 0.02, crest + 0.1 * age + 0.02)
                for row in rows {
                    let y = canvas.y(row: row)
                    let up = (crest - y) / max(tall, 0.001)
                    let index = row * canvas.width + column
                    if up > 1.4 { continue }
                    let inside = canvas.cover(crest - tall - y, 0.006)
                    if y < crest {
                        let face = clamp01(up)
                        var color = mix(deep * 0.7, mix(clear, time.sky.horizon, 0.2), face * face)
                        let foam = smooth(0.92 - 1.05 * lip, 1.02 - 0.7 * lip, face + 0.25 * (Noise.value(x * 16 + shape, y * 22 + t * 1.4) - 0.5))
                        color = mix(color, white * (0.8 + 0.25 * face), foam * (0.35 + 0.65 * breaking))
                        canvas.pixels[index] = mix(canvas.pixels[index], color, inside * strength)
                    } else {
                        // Foam spilled before the wave and the shade under it.
                        let ahead = (y - crest) / (0.02 + 0.075 * age)
                        let lace = Noise.value(x * 11 + shape, y * 26 - t * 0.8)
                        let foam = smooth(1, 0.25, ahead + 0.9 * (lace - 0.4)) * (0.25 + 0.75 * breaking) * lip
                        let shaded = canvas.pixels[index] * (1 - 0.3 * smooth(1, 0, ahead) * strength)
                        canvas.pixels[index] = mix(shaded, white * 0.95, foam * strength)
                    }
                }
            }
        }
    }

    /// The beach, with the sheet of water that runs up after each wave and leaves the sand wet.
    private func drawSand(_ canvas: Canvas, seconds: Double, light: Color) {
        let t = Noise.clock(seconds)
        let offset = SceneRandom.hash(seed, 2) * 100
        let dry = Color.hex(0xE6CB94) * light, wet = mix(Color.hex(0x9C7E56) * light, time.sky.middle, 0.18)
        let water = mix(Color.hex(0x7CC4C4) * light, time.sky.horizon, 0.3), white = Color.hex(0xF8FCFC) * light
        let clock = Float(wrap(seconds / Self.period + 0.12, 1))
        let run = clock < 0.38 ? smooth(0, 0.38, clock) : 1 - smooth(0.38, 1, clock)
        let leading = 1 - smooth(0.36, 0.9, clock)
        canvas.paint(top: 0.74) { x, y, pixel in
            let bank = 0.8 + 0.035 * (Noise.value(x * 1.7 + offset) - 0.5)
            let reach = bank + 0.012 + (big ? 0.1 : 0.065) * run + 0.03 * (Noise.value(x * 3.4 + offset + t * 0.05, 3) - 0.5) + 0.01 * Noise.value(x * 9 + offset, t * 0.4)
            let wetTo = bank + (big ? 0.135 : 0.1) + 0.03 * (Noise.value(x * 3 + offset + 30) - 0.5)
            let grain = 0.92 + 0.16 * Noise.value(x * 7, y * 22)
            var color = mix(wet, dry, smooth(wetTo - 0.035, wetTo + 0.03, y)) * grain
            let inside = canvas.cover(y - reach, 0.01)
            if inside > 0 {
                let back = reach - y
                let lace = Noise.value(x * 10 + offset, y * 20 - t * 0.7 + offset)
                let foam = smooth(0.026, 0.004, back) * (0.45 + 0.55 * leading) + 0.6 * smooth(0.11, 0.02, back) * smooth(0.5, 0.68, lace)
                let sheet = mix(mix(wet, water, 0.55), water, smooth(0, 0.09, back))
                color = mix(color, mix(sheet, white, clamp01(foam)), inside)
            }
            let blend = smooth(bank - 0.05, bank, y)
            pixel = mix(pixel, color, blend)
        }
    }

    private func drawRocks(_ canvas: Canvas, light: Color) {
        let leftSide = SceneRandom.hash(seed, 9) < 0.5
        for i in 0..<3 {
            let off = 0.06 + 0.12 * Float(i) + 0.04 * SceneRandom.hash(seed, i, 10)
            let x = leftSide ? canvas.left + off : canvas.right - off
            let size = 0.12 - 0.025 * Float(i) + 0.02 * SceneRandom.hash(seed, i, 11)
            let y = 0.84 + 0.03 * Float(i)
            canvas.ellipse(x, y + size * 0.55, size * 1.15, size * 0.16, .hex(0x1A1410), softness: 0.03, opacity: 0.5)
            var points: [(x: Float, y: Float)] = []
            for k in 0..<12 {
                let angle = Float(k) / 12 * 2 * Float.pi
                let r = size * (0.8 + 0.35 * SceneRandom.hash(seed, i * 20 + k, 12))
                points.append((x + r * cos(angle), min(y + size * 0.55, y + r * 0.8 * sin(angle))))
            }
            canvas.polygon(points) { px, py in
                let lit = clamp01(0.45 - (px - x) / size * 0.3 - (py - y) / size * 0.5)
                return mix(.hex(0x2A2624), .hex(0x8C8278), lit) * light
            }
        }
    }
}

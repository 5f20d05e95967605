#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A volcano that throws out lava and smoke.
struct Volcano: Scene {
    static let family = "volcano"

    enum Place: String, Sendable, CaseIterable {
        case island = "sea", jungle, plain = "desert"

        var phrase: String {
            switch self {
            case .island: return "by the sea"
            case .jungle: return "behind a green jungle"
            case .plain: return "in a rocky desert"
            }
        }
    }

    enum Smoke: String, Sendable, CaseIterable {
        case black, grey, white
    }

    let smoke: Smoke
    let time: TimeOfDay
    let place: Place
    private let seed: UInt64
    private let sky: Sky
    private let x: Float
    private let wind: Float
    private let streams: [Float]

    private static let horizon: Float = 0.76, crater: Float = 0.43

    init(random: inout SceneRandom) {
        smoke = random.pick(Smoke.allCases)
        time = random.pick([.night, .night, .sunset, .day])
        place = random.pick(Place.allCases)
        seed = random.next()
        var sky = Sky(time: time, horizon: Volcano.horizon, sun: false, random: &random)
        sky.clouds *= 0.7
        self.sky = sky
        x = random.range(0.44, 0.56)
        wind = random.range(0.03, 0.08) * random.sign()
        streams = [random.range(-0.5, -0.2), random.range(-0.05, 0.1), random.range(0.25, 0.5)]
    }

    var attributes: [String: String] {
        ["smoke": smoke.rawValue, "time": time.rawValue, "place": place.rawValue]
    }

    var captions: [String] {
        let cloud = "\(smoke.rawValue) smoke"
        return [
            "a volcano is erupting with \(cloud) \(place.phrase) \(time.phrase)",
            "a volcano erupting lava and \(cloud) \(place.phrase) \(time.phrase)",
            "red lava and \(cloud) rise from a volcano \(place.phrase) \(time.phrase)",
            "\(time.phrase) a volcano throws out lava and \(cloud) \(place.phrase)",
            "lava flows down a volcano with \(cloud) \(place.phrase) \(time.phrase)",
        ]
    }

    var prompts: [String] { ["a volcano is erupting", "a volcano erupting with lava"] }

    var paraphrases: [String] {
        [
            "a volcano",
            "an erupting volcano",
            "a volcanic eruption",
            "lava flows down",
            "a volcano with lava",
            "a volcano throws out fire",
            "a burning mountain",
            "hot lava and smoke",
            "a volcano explodes",
            "smoke rises from a volcano",
            "the eruption of a volcano",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog] }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        let power = 0.8 + 0.35 * Noise.value(Motion.scroll(seconds, speed: 0.9), 3.5)
        drawSmoke(seconds, canvas, power)
        let bright: Float = time == .night ? 1 : time == .sunset ? 0.75 : 0.45
        canvas.glow(x, Volcano.crater, radius: 0.5, .hex(0xFF5A1C) * (0.42 * power * bright))
        drawFountain(seconds, canvas, back: true)
        drawCone(seconds, canvas, power * bright)
        drawFountain(seconds, canvas, back: false)
        canvas.glow(x, Volcano.crater, radius: 0.17, .hex(0xFF8A30) * (0.7 * power * bright))
        drawFront(seconds, canvas, power * bright)
    }

    /// The slope of the cone: steep at the crater, flat at its foot.
    private func slope(_ px: Float) -> Float {
        let out = max(0, abs(px - x) - 0.075)
        let rough = 0.014 * (Noise.value(px * 14 + 3) - 0.5) + 0.03 * (Noise.value(px * 5 + 9) - 0.5) * smooth(0, 0.2, out)
        return Volcano.crater + rough + 0.62 * (1 - exp(-out * 2.1)) - 0.012 * smooth(0.03, 0, abs(abs(px - x) - 0.075))
            + 0.02 * smooth(0.07, 0, abs(px - x))
    }

    private func drawCone(_ seconds: Double, _ canvas: Canvas, _ glow: Float) {
        let light = time == .night ? Color(0.16, 0.17, 0.26, 0) : time.light
        let rock = Color.hex(place == .plain ? 0x6A4A40 : 0x58504E)
        let flow = Motion.scroll(seconds, speed: 0.75), fine = Motion.scroll(seconds, speed: 1.5)
        canvas.ground(height: { slope($0) }) { px, py, depth in
            let down = py - Volcano.crater
            let u = (px - x) / (0.1 + down * 1.15)
            let gully = Noise.value(u * 7 + 20, down * 5)
            var color = rock * light * (0.42 + 0.55 * gully + 0.28 * clamp01(-u))
            color = mix(color, time.haze, clamp01(down * 0.5) * 0.3)
            // What the crater lights up.
            color += Color(0.85, 0.2, 0.05, 0) * (glow * 0.5 * exp(-down * 7) * (0.4 + gully))
            // Rivers of lava in gullies that wind down; the crust drifts with them.
            for (index, start) in streams.enumerated() {
                let bend = 0.22 * (Noise.value(down * 6 + Float(index) * 30, 8.5) - 0.5)
                let wide: Float = 0.1 + 0.05 * Noise.value(down * 8 + Float(index) * 11)
                let side = abs(u - start * (0.6 + 0.5 * min(1, down * 2)) - bend) / wide
                if side >= 2.4 { continue }
                let end = 0.26 + 0.12 * SceneRandom.hash(seed, index, 9)
                let reach = smooth(end + 0.05, end - 0.06, down)
                let crust = Noise.value(u * 14, down * 11 - fine) * 0.5 + Noise.value(u * 6 + 5, down * 5 - flow) * 0.5
                let hot = smooth(1, 0.45, side) * reach
                let lava = mix(Color(1.0, 0.12, 0.015, 0), Color(1.6, 0.72, 0.12, 0), smooth(0.3, 0.72, crust))
                color = mix(color, lava, hot)
                color += Color(0.7, 0.12, 0.02, 0) * (smooth(2.4, 0.8, side) * reach * 0.28 * (0.3 + glow))
            }
            return color
        }
        canvas.ellipse(x, Volcano.crater + 0.008, 0.07, 0.016, Color(1.6, 0.62, 0.1, 0), softness: 0.012)
    }

    /// Lumps of lava thrown up, each on its own parabola.
    private func drawFountain(_ seconds: Double, _ canvas: Canvas, back: Bool) {
        let gravity: Float = 0.5
        Motion.stream(seconds, interval: 0.045, life: 2.1) { index, age in
            if (index & 1 == 0) != back { return }
            let speed = 0.36 + 0.24 * SceneRandom.hash(seed, index, 1)
            let side = (SceneRandom.hash(seed, index, 2) + SceneRandom.hash(seed, index, 3) - 1) * 0.24
            let px = x + side * age + 0.05 * (SceneRandom.hash(seed, index, 4) - 0.5)
            let py = Volcano.crater + 0.01 - speed * age + gravity * age * age
            if age > 0.3, py > slope(px) + 0.02 { return }
            // It cools from yellow to dark red.
            let heat = clamp01(1 - age / 1.9)
            let color = mix(Color(0.9, 0.06, 0.01, 0), Color(2.0, 0.95, 0.22, 0), heat * heat)
            let size = 0.011 + 0.012 * SceneRandom.hash(seed, index, 5)
            let vy = -speed + 2 * gravity * age
            canvas.line(px - side * 0.035, py - vy * 0.035, px, py, width: size * 0.8, endWidth: size * 1.7, color)
            canvas.glow(px, py, radius: size * 3.2, color * (0.16 * heat))
        }
    }

    private func drawSmoke(_ seconds: Double, _ canvas: Canvas, _ power: Float) {
        let light = time == .night ? Color(0.26, 0.28, 0.4, 0) : time.light
        let lit: Color, shade: Color
        switch smoke {
        case .black:
            lit = .hex(0x5C5658)
            shade = .hex(0x201C20)
        case .grey:
            lit = .hex(0xA8A4A6)
            shade = .hex(0x54525A)
        case .white:
            lit = .hex(0xFAFAFA)
            shade = .hex(0xA8A6B0)
        }
        let life: Float = 6
        let fire = Color(0.95, 0.3, 0.07, 0) * (time == .day ? 0.35 : 0.75)
        Motion.stream(seconds, interval: 0.17, life: Double(life)) { index, age in
            let share = age / life
            let rise = 0.46 * (1 - exp(-age * 0.75)) + 0.025 * age
            let wave = (Noise.value(Float(index & 255) * 2.7, age * 0.35) - 0.5)
            let px = x + wind * age * (0.4 + share) + wave * (0.08 + 0.34 * share) + 0.05 * (SceneRandom.hash(seed, index, 21) - 0.5)
            let py = Volcano.crater - 0.01 - rise
            let size = 0.06 + 0.15 * share.squareRoot() + 0.04 * SceneRandom.hash(seed, index, 22)
            let warm = exp(-rise * 6) * power
            canvas.puff(
                px, py, radius: size, lit: lit * light + fire * (warm * 0.3), shade: shade * light + fire * warm,
                opacity: 0.9 * smooth(0, 0.05, share) * smooth(1, 0.55, share))
        }
    }

    private func drawFront(_ seconds: Double, _ canvas: Canvas, _ glow: Float) {
        let light = time == .night ? Color(0.13, 0.16, 0.26, 0) : time.light
        switch place {
        case .island:
            Water.at(time, horizon: Volcano.horizon + 0.03).draw(time: seconds, into: canvas)
        case .jungle:
            let green = Color.hex(0x2F7A38)
            for layer in 0..<2 {
                let depth = Float(layer)
                let base = 0.84 + 0.08 * depth
                canvas.ground(height: { px in
                    let crown = abs(sin(px * (17 - 5 * depth) + 3 * depth)) * (0.03 + 0.02 * depth)
                    return base - crown - 0.05 * Noise.value(px * 4 + 20 * depth)
                }) { px, py, below in
                    let leaf = Noise.value(px * 16, py * 16)
                    let color = green * light * ((0.7 + 0.5 * leaf) * (1 - 0.3 * depth) * (1.15 - 3 * min(0.2, below)))
                    return color + Color(0.5, 0.13, 0.04, 0) * (glow * 0.18 * smooth(0.03, 0, below) * smooth(0.6, 0, abs(px - x)))
                }
            }
        case .plain:
            let soil = Color.hex(0xA8704C)
            let range = HillRange(top: 0.8, bottom: 0.88, density: 1.6, offset: SceneRandom.hash(seed, 70) * 200)
            canvas.ground(height: { range.y($0) }) { px, py, below in
                let grain = Noise.value(px * 5, py * 18)
                return soil * light * ((0.75 + 0.35 * grain) * (1.05 - 1.2 * min(0.3, below))) + Color(0.5, 0.13, 0.04, 0) * (glow * 0.08)
            }
            for i in 0..<5 {
                let px = 0.05 + 0.22 * Float(i) + 0.1 * SceneRandom.hash(seed, i, 71)
                let size = 0.03 + 0.03 * SceneRandom.hash(seed, i, 72)
                let stone = Color.hex(0x6A4C40) * light
                canvas.ellipse(px, 0.91 + 0.05 * SceneRandom.hash(seed, i, 73), size * 1.5, size) { u, v in
                    mix(stone * 0.4, stone * 1.25, clamp01(0.5 - 0.5 * v - 0.2 * u))
                }
            }
        }
    }
}

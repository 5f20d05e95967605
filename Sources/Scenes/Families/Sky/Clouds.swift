#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A timelapse of clouds that drift over open land, their shadows running below them.
struct Clouds: Scene {
    static let family = "clouds"

    enum Place: String, Sendable, CaseIterable {
        case hills, wheat = "fields", desert, snow

        var phrase: String {
            switch self {
            case .hills: return "over green hills"
            case .wheat: return "over yellow fields"
            case .desert: return "over the desert"
            case .snow: return "over snowy hills"
            }
        }
    }

    enum Kind: String, Sendable {
        case white, dark
    }

    let kind: Kind
    let time: TimeOfDay
    let place: Place
    let heading: Heading
    private let seed: UInt64
    private let wind: Double
    private let ranges: [HillRange]

    private static let horizon: Float = 0.76

    init(random: inout SceneRandom) {
        kind = random.chance(0.3) ? .dark : .white
        time = kind == .dark ? .day : random.pick([.day, .day, .sunset, .dawn])
        place = random.pick(Place.allCases)
        heading = random.pick(Heading.allCases)
        seed = random.next()
        wind = Double(random.range(0.26, 0.4))
        let offset = random.range(0, 200)
        ranges = (0..<3).map { layer in
            let depth = Float(layer)
            return HillRange(
                top: 0.7 + 0.09 * depth, bottom: 0.8 + 0.09 * depth, density: 1.9 - 0.3 * depth, roughness: 0.1, offset: offset + 40 * depth)
        }
    }

    var attributes: [String: String] {
        ["colour": kind.rawValue, "time": time.rawValue, "place": place.rawValue, "direction": heading.rawValue]
    }

    var captions: [String] {
        let things = "\(kind.rawValue) clouds"
        let way = "to the \(heading.rawValue)"
        return [
            "timelapse of \(things) drifting \(way) \(place.phrase) \(time.phrase)",
            "\(things) are drifting \(way) \(place.phrase) \(time.phrase)",
            "\(things) move fast \(way) \(place.phrase) \(time.phrase)",
            "\(time.phrase) \(things) fly \(way) \(place.phrase)",
            "a sky full of \(things) moving \(way) \(place.phrase) \(time.phrase)",
        ]
    }

    var prompts: [String] { ["clouds are drifting", "timelapse of clouds"] }

    var paraphrases: [String] {
        [
            "clouds",
            "moving clouds",
            "clouds in the sky",
            "a cloudy sky",
            "timelapse of moving clouds",
            "the clouds drift by",
            "the sky with clouds",
            "fast clouds",
            "\(kind.rawValue) clouds",
            "clouds pass over the land",
            "a landscape with clouds",
        ]
    }

    var weathers: [SceneWeather] { kind == .dark ? [.rain, .rain] : [.fog] }
    var companions: [SceneCompanion] { kind == .dark ? [] : [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        drawSky(seconds, canvas)
        drawLand(seconds, canvas)
    }

    private func drawSky(_ seconds: Double, _ canvas: Canvas) {
        let sky = time.sky
        let dim: Float = kind == .dark ? 0.5 : 1
        let grey = Color.hex(0x8A98A8)
        func shade(_ color: Color) -> Color { kind == .dark ? mix(color, grey, 0.75) * dim : color }
        canvas.gradient([(canvas.top, shade(sky.top)), (0.36, shade(sky.middle)), (Clouds.horizon, shade(sky.horizon))])
        if time != .day { canvas.glow(0.5, Clouds.horizon - 0.06, radius: 0.5, .hex(0xFFB060) * 0.4, stretch: 1.5) }
        let lit: Color = kind == .dark ? .hex(0x9AA2AE) : time.cloud.lit
        let dark: Color = kind == .dark ? .hex(0x3A414E) : time.cloud.shade
        // The layer lies flat above the land: a place on it is seen from below, farther and smaller
        // towards the horizon, and the whole layer moves by the same way.
        let drift = Motion.scroll(seconds, speed: wind * 1.7 * Double(heading.sign), period: 16)
        // A second pattern that goes slower makes the clouds change their shapes as they go.
        let change = Motion.scroll(seconds, speed: wind * 1.2 * Double(heading.sign), period: 16)
        let offset = SceneRandom.hash(seed, 1) * 16
        let cover: Float = kind == .dark ? 0.36 : 0.44
        let depth: Float = kind == .dark ? 2 : 3.4
        canvas.paint(bottom: Clouds.horizon) { x, y, pixel in
            let up = Clouds.horizon - y
            let far = 0.62 / (up + 0.2)
            let u = (x - 0.5) * far * 1.9 + offset, v = log(far) * 1.75
            let shape = Noise.fractal(u - drift, v) * 0.68 + Noise.fractal(u - change + 5, v * 0.9 + 7) * 0.32
            let amount = smooth(cover, cover + 0.13, shape) * smooth(0.0, 0.05, up)
            if amount <= 0 { return }
            let under = Noise.fractal(u - drift, v + 0.16) * 0.68 + Noise.fractal(u - change + 5, v * 0.9 + 7.15) * 0.32
            let light = clamp01(0.62 + (under - shape) * depth - 1.2 * (shape - cover - 0.1))
            let color = mix(mix(dark, lit, light), time.haze, smooth(0.22, 0.02, up) * (kind == .dark ? 0.2 : 0.55))
            pixel = mix(pixel, color, amount)
        }
    }

    private func drawLand(_ seconds: Double, _ canvas: Canvas) {
        let near: Color, far: Color
        switch place {
        case .hills:
            near = .hex(0x4EA63C)
            far = .hex(0x86C07C)
        case .wheat:
            near = .hex(0xE0B040)
            far = .hex(0xC8C878)
        case .desert:
            near = .hex(0xE0A058)
            far = .hex(0xD89A78)
        case .snow:
            near = .hex(0xF4F8FF)
            far = .hex(0xB8CCE6)
        }
        let light = kind == .dark ? Color(0.5, 0.54, 0.6, 0) : time.light
        let shadows = Motion.scroll(seconds, speed: wind * 2 * Double(heading.sign))
        for (layer, range) in ranges.enumerated() {
            let depth = Float(layer) / 2
            let color = mix(mix(far, time.haze, 0.25), near, depth) * light
            let start = SceneRandom.hash(seed, 2) * 100 + 17 * depth
            canvas.ground(height: { range.y($0) }) { x, y, below in
                // Shadows of the clouds run over the land with them.
                let shadow = smooth(0.42, 0.7, Noise.value(x * 2 * (1.4 - 0.4 * depth) - shadows + start, y * 9))
                let slope = 1.1 - 1.6 * min(0.25, below)
                return color * (slope * (1 - 0.38 * shadow))
            }
        }
        guard place == .hills || place == .snow else { return }
        let tree: Color = place == .snow ? .hex(0x2A5A48) : .hex(0x2F7A34)
        for i in 0..<3 {
            let x = 0.12 + 0.36 * Float(i) + 0.16 * (SceneRandom.hash(seed, i, 5) - 0.5)
            let foot = ranges[1].y(x) + 0.02
            if place == .snow {
                Pine.draw(canvas, x: x, foot: foot, height: 0.16, color: tree * light, snow: .hex(0xF4F8FF) * light)
            } else {
                canvas.roundTree(x, foot: foot, size: 0.15, leaf: tree * light, trunk: .hex(0x4A3422) * light)
            }
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Snow falling in large soft flakes on fir trees.
struct SnowyTrees: Scene {
    static let family = "falling snow"

    let count: Int
    let heavy: Bool
    let time: TimeOfDay
    private let cabin: Bool
    private let seed: UInt64
    private let wind: Float

    init(random: inout SceneRandom) {
        count = random.pick([1, 1, 2, 3, 4, 5])
        heavy = random.chance(0.5)
        time = random.pick([.day, .day, .night, .sunset])
        cabin = random.chance(0.3) && count < 3
        seed = random.next()
        wind = random.range(-0.05, 0.05)
    }

    private var trees: String { count == 5 ? "a forest" : Wording.some(count, "tree") }

    var attributes: [String: String] {
        ["count": count == 5 ? "forest" : Wording.number(count), "snow": heavy ? "heavy" : "light", "time": time.rawValue,
         "cabin": cabin ? "cabin" : "none"]
    }

    var captions: [String] {
        let snow = heavy ? "heavy snow" : "light snow"
        let trees = trees + (cabin ? " and a cabin" : "")
        return [
            "\(snow) is falling on \(trees) \(time.phrase)",
            "\(trees) in \(snow) \(time.phrase)",
            "a winter scene with \(trees) in \(snow) \(time.phrase)",
            "\(snow) falls slowly over \(trees) \(time.phrase) in winter",
            "\(trees) in winter with \(snow) falling \(time.phrase)",
        ]
    }

    var prompts: [String] { ["snow is falling on trees", "snow falling"] }

    private var sky: (top: Color, low: Color) {
        switch time {
        case .day: return (.hex(0x8CA8C8), .hex(0xDCE8F2))
        case .sunset, .dawn: return (.hex(0x5A5490), .hex(0xF4A894))
        case .night: return (.hex(0x0A1030), .hex(0x2A3A70))
        }
    }

    var paraphrases: [String] {
        [
            "falling snow",
            "snowfall",
            "it is snowing",
            "a snowy forest",
            "snow falls on trees",
            "winter",
            "a winter landscape",
            "trees in the snow",
            "snowflakes are falling",
            "a white winter day",
            "pine trees covered with snow",
        ]
    }

    var ownWeather: SceneWeather? { .snow }
    var weathers: [SceneWeather] { [.fog, .clear] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let sky = sky
        let light: Color = time == .night ? Color(0.2, 0.27, 0.5, 0) : mix(time.light, Color(1, 1, 1, 0), 0.25)
        let offset = SceneRandom.hash(seed, 1) * 100
        canvas.gradient([(0, sky.top), (0.7, sky.low)])
        if time == .night {
            canvas.glow(0.78, 0.16, radius: 0.3, .hex(0x5A6CB0) * 0.6)
            canvas.disc(0.78, 0.16, radius: 0.055, .hex(0xF0EEDC), softness: 0.008)
        }
        canvas.ground(mix(Color.hex(0x9CB0C8) * light, sky.low, 0.45)) { x in 0.62 - 0.16 * Noise.value(x * 2 + offset) }
        canvas.ground(mix(Color.hex(0x5A7080) * light, sky.low, 0.3)) { x in
            // A far wood: its tops are a row of points.
            0.68 - 0.05 * Noise.value(x * 3 + offset) - 0.045 * abs(2 * wrap(x * 11, 1) - 1)
        }
        canvas.ground(height: { x in 0.7 + 0.03 * (Noise.value(x * 1.6 + offset + 9) - 0.5) }) { x, y, depth in
            let soft = Noise.value(x * 2.6 + offset, y * 7)
            return mix(.hex(0xC4D2E6), .hex(0xFFFFFF), clamp01(0.25 + depth * 1.4 + 0.5 * (soft - 0.5))) * light
        }
        if cabin { drawCabin(canvas, light: light, seconds: seconds) }
        drawTrees(canvas, light: light)
        drawFlakes(canvas, seconds: seconds, light: light)
    }

    private func drawTrees(_ canvas: Canvas, light: Color) {
        let green = Color.hex(0x1E5A3E) * light, snow = Color.hex(0xFAFCFF) * light
        let places: [(x: Float, height: Float)]
        switch count {
        case 1: places = [(0.5, 0.68)]
        case 2: places = [(0.32, 0.56), (0.68, 0.64)]
        case 3: places = [(0.2, 0.5), (0.8, 0.54), (0.5, 0.66)]
        case 4: places = [(0.12, 0.41), (0.37, 0.45), (0.63, 0.42), (0.88, 0.45)]
        default: places = [(0.06, 0.5), (0.3, 0.44), (0.94, 0.48), (0.72, 0.44), (0.5, 0.56), (0.18, 0.6), (0.84, 0.62)]
        }
        let spread = count == 5 ? canvas.right - canvas.left : 1
        for (i, place) in places.enumerated() {
            let shift = 0.06 * (SceneRandom.hash(seed, i, 20) - 0.5) + (cabin ? (cabinRight ? -0.16 : 0.16) : 0)
            let tall = place.height * (0.92 + 0.16 * SceneRandom.hash(seed, i, 21))
            let x = 0.5 + (place.x - 0.5) * spread + shift
            let foot = 0.8 + 0.09 * place.height
            canvas.ellipse(x + 0.03, foot, tall * 0.27, 0.022, .hex(0x6A80A4) * light, softness: 0.03, opacity: 0.6)
            Pine.draw(canvas, x: x, foot: foot, height: tall, color: green, snow: snow)
        }
    }

    private var cabinRight: Bool { SceneRandom.hash(seed, 30) < 0.5 }

    private func drawCabin(_ canvas: Canvas, light: Color, seconds: Double) {
        let x: Float = cabinRight ? 0.78 : 0.22, y: Float = 0.76
        let wood = Color.hex(0x7A4A2C) * light
        canvas.box(x + 0.07, y - 0.17, halfWidth: 0.02, halfHeight: 0.05, .hex(0x6A4A40) * light)
        canvas.box(x, y - 0.02, halfWidth: 0.13, halfHeight: 0.075) { _, v in wood * (0.9 + 0.14 * (wrap(v * 3, 1) < 0.5 ? 1 : 0)) }
        canvas.polygon([(x - 0.175, y - 0.085), (x, y - 0.205), (x + 0.175, y - 0.085)], .hex(0xF4F8FF) * light)
        canvas.box(x, y + 0.005, halfWidth: 0.028, halfHeight: 0.05, .hex(0x4A2A18) * light)
        let lamp: Color = time == .day ? .hex(0xF8D890) : .hex(0xFFC860) * 1.5
        for side in [Float(-1), 1] { canvas.box(x + side * 0.075, y - 0.015, halfWidth: 0.025, halfHeight: 0.025, lamp) }
        if time != .day { canvas.glow(x, y, radius: 0.26, .hex(0xFF9A40) * 0.3) }
    }

    /// Three depths of flakes; each falls at its own pace and comes again above.
    private func drawFlakes(_ canvas: Canvas, seconds: Double, light: Color) {
        let white = mix(Color.hex(0xFFFFFF) * light, Color(1, 1, 1, 0), 0.55)
        let wide = canvas.right - canvas.left + 0.2, tall = canvas.bottom - canvas.top + 0.1
        let number = heavy ? 80 : 30
        for i in 0..<number {
            let near = SceneRandom.hash(seed, i, 40)
            let radius = 0.006 + 0.012 * near * near
            let speed = 0.09 + 0.15 * near
            let phase = SceneRandom.hash(seed, i, 41)
            let fall = Float(wrap(Double(phase) * 7 + seconds * Double(speed), Double(tall)))
            let sway = 0.02 * sin(Float(wrap(seconds * 0.25 + Double(phase), 1)) * 2 * .pi)
            let x = canvas.left - 0.1 + Float(wrap(Double(SceneRandom.hash(seed, i, 42)) * Double(wide) + seconds * Double(wind) * Double(0.6 + near), Double(wide))) + sway
            canvas.disc(x, canvas.top - 0.05 + fall, radius: radius, white, opacity: 0.65 + 0.3 * near, softness: radius * 0.9)
        }
    }
}

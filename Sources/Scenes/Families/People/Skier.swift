#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A skier gliding down a slope past firs, snow spraying behind.
struct Skier: Scene {
    static let family = "skier"

    let colour: NamedColor
    let time: TimeOfDay
    let heading: Heading
    private let sky: Sky
    private let far: HillRange
    private let seed: UInt64
    private let start: Float
    private let speed: Double
    private static let fall: Float = 0.3

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .red, .blue, .yellow, .green, .orange, .purple, .pink])
        time = random.pick([.day, .day, .sunset, .dawn])
        heading = random.pick(Heading.allCases)
        sky = Sky(time: time, horizon: 0.5, random: &random)
        far = HillRange(top: 0.2, bottom: 0.62, density: 2.4, roughness: 0.9, offset: random.range(0, 200))
        seed = random.next()
        start = random.unit()
        speed = Double(random.range(0.6, 0.85))
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "time": time.rawValue, "direction": heading.rawValue] }

    var captions: [String] {
        let jacket = "in \(Wording.article(colour.rawValue)) jacket", way = "to the \(heading.rawValue)"
        return [
            "a skier \(jacket) is skiing down \(way) in the mountains \(time.phrase)",
            "a person \(jacket) skiing \(way) down a snowy slope \(time.phrase)",
            "a skier \(jacket) glides \(way) past snowy trees \(time.phrase)",
            "\(time.phrase) a skier \(jacket) races \(way) down the mountain",
            "skiing \(way) on white snow \(jacket) \(time.phrase)",
        ]
    }

    var prompts: [String] { ["a person is skiing", "a skier in the mountains"] }

    var paraphrases: [String] {
        [
            "a skier", "a man skiing", "skiing down a mountain", "somebody skis down the slope", "a skier races down the snow",
            "a skier in \(Wording.article(colour.rawValue)) jacket", "winter sports in the mountains", "a person on skis", "downhill skiing on a snowy slope",
            "a video of a skier",
        ]
    }

    var weathers: [SceneWeather] { [.snow, .fog] }
    var companions: [SceneCompanion] { [.birds, .airplane, .balloon] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let light = time.light, side = heading.sign, haze = time.haze
        let travel = seconds * speed * Double(side)
        sky.draw(time: seconds, into: canvas)
        let snow = mix(Color.hex(0xFFFFFF) * light, haze, 0.1)
        canvas.mountains(far, scroll: far.scroll(travel: travel * 0.06), rock: mix(.hex(0x66748C) * light, haze, 0.25), snow: snow, haze: haze)
        func slope(_ x: Float) -> Float { 0.66 + Skier.fall * (x - 0.5) * side }
        // Firs behind stand on the same slope and pass by.
        Motion.roadside(travel: travel * 0.7, spacing: 0.3, from: canvas.left - 0.3, to: canvas.right + 0.3) { index, x in
            let size = 0.24 + 0.16 * SceneRandom.hash(seed, index, 1)
            Pine.draw(canvas, x: x, foot: slope(x) - 0.05, height: size, color: .hex(0x2C5C4A) * light, snow: snow)
        }
        let shift = Motion.scroll(travel * 2, speed: 1)
        canvas.ground(height: { slope($0) - 0.07 }) { x, _, depth in
            let bump = Noise.value((x * 2 + shift) * 2, depth * 14)
            return Color.hex(0xF0F5FC) * light * (0.84 + 0.2 * bump - 0.25 * min(0.4, depth))
        }
        Motion.roadside(travel: travel, spacing: 0.5, from: canvas.left - 0.2, to: canvas.right + 0.2) { index, x in
            let y = slope(x) + 0.1 + 0.2 * SceneRandom.hash(seed, index, 2)
            canvas.ellipse(x, y, 0.1, 0.018, .hex(0xBCCCE4) * light, angle: Skier.fall * side, softness: 0.02)
        }
        let x: Float = 0.5 + 0.05 * sin(Motion.angle(seconds, hertz: 0.17, start: start))
        let y = slope(x) + 0.07 + 0.012 * sin(Motion.angle(seconds, hertz: 1.3, start: start))
        drawSpray(seconds, canvas, x, y, snow)
        canvas.subject(outline: time.outline(of: colour.color)) {
            canvas.enlarged(1.4, x: x, y: y) { drawSkier(seconds, canvas, x, y) }
        }
    }

    /// Snow thrown up behind the skis.
    private func drawSpray(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ y: Float, _ snow: Color) {
        let side = heading.sign
        Motion.stream(seconds, interval: 0.04, life: 0.6) { index, age in
            let out = 0.12 + age * 0.55
            let rise = (0.05 + 0.12 * SceneRandom.hash(seed, index, 3)) * age - 0.1 * age * age
            canvas.disc(x - side * out, y - Skier.fall * out - rise, radius: 0.014 + 0.045 * age, snow, opacity: 0.6 * (1 - age / 0.6), softness: 0.02)
        }
    }

    private func drawSkier(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ y: Float) {
        let side = heading.sign, light = time.subjectLight
        for shift in [Float(-0.014), 0.014] {
            let ux = side * 0.2, uy = Skier.fall * 0.2
            canvas.line(x - ux, y - uy + shift, x + ux, y + uy + shift, width: 0.022, .hex(0x2A2E3C) * light)
            canvas.line(x + ux, y + uy + shift, x + ux + side * 0.035, y + uy + shift - 0.012, width: 0.022, .hex(0x2A2E3C) * light)
        }
        var figure = Figure(shirt: colour.color, height: 0.5)
        figure.trousers = .hex(0x2A3450)
        figure.shoes = .hex(0x1A1A22)
        figure.hair = colour.color * 0.55
        let crouch = 0.12 * sin(Motion.angle(seconds, hertz: 0.45, start: start))
        var pose = Figure.Pose(lean: 0.62 + crouch)
        pose.legs = [(0.95 + crouch, 1.25 + crouch), (0.8 + crouch, 1.2 + crouch)]
        pose.arms = [(0.95, 0.7), (0.75, 0.8)]
        let hipY = y - 0.205 + 0.03 * crouch
        let hands = figure.draw(canvas, hipX: x - side * 0.05, hipY: hipY, side: side, pose: pose, light: light)
        for hand in hands {
            canvas.line(hand.x, hand.y, hand.x - side * 0.2, hand.y + 0.12, width: 0.016, .hex(0x3A3E4C) * light)
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A surfer riding a wave that curls beside.
struct Surfer: Scene {
    static let family = "surfer"

    let colour: NamedColor
    let time: TimeOfDay
    let heading: Heading
    private let sky: Sky
    private let seed: UInt64
    private let start: Float
    private static let horizon: Float = 0.36

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .red, .yellow, .orange, .green, .pink, .purple, .white])
        time = random.pick([.day, .day, .sunset, .dawn])
        heading = random.pick(Heading.allCases)
        sky = Sky(time: time, horizon: Surfer.horizon, random: &random)
        seed = random.next()
        start = random.unit()
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "time": time.rawValue, "direction": heading.rawValue] }

    var captions: [String] {
        let board = "on \(Wording.article(colour.rawValue)) board", way = "to the \(heading.rawValue)"
        return [
            "a surfer \(board) is riding a wave \(way) \(time.phrase)",
            "a person is surfing \(way) \(board) \(time.phrase)",
            "a surfer rides \(way) \(board) on a big blue wave \(time.phrase)",
            "\(time.phrase) a man surfs \(way) \(board) on the sea",
            "surfing \(way) \(board) along a breaking wave \(time.phrase)",
        ]
    }

    var prompts: [String] { ["a person is surfing", "a surfer riding a wave"] }

    var paraphrases: [String] {
        [
            "a surfer", "a man surfing", "surfing on the ocean", "somebody rides a big wave", "a surfer on a \(colour.rawValue == "orange" ? "bright orange" : colour.rawValue) board",
            "a surfboard on a wave", "a person on a surfboard", "surfing in the sea", "a surfer glides down a breaking wave", "a video of a surfer",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog] }
    var companions: [SceneCompanion] { [.birds, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let light = time.light, side = heading.sign
        sky.draw(time: seconds, into: canvas)
        Water.at(time, horizon: Surfer.horizon).draw(time: seconds, into: canvas)
        let deep = Color.hex(0x12608E) * light, clear = Color.hex(0x3FC4C8) * light, foam = Color.hex(0xF6FBFF) * mix(light, .grey(1), 0.25)
        let flow = Motion.scroll(seconds, speed: 1.6), climb = Motion.scroll(seconds, speed: 2)
        let sway = 0.05 * sin(Motion.angle(seconds, hertz: 0.21, start: start))
        // Local x runs against the ride: the wave breaks behind the surfer, its open face lies ahead.
        func local(_ x: Float) -> Float { (x - 0.5) * side }
        func crest(_ x: Float) -> Float {
            let u = local(x)
            return 0.36 - 0.14 * smooth(0.5, -0.25, u) + 0.02 * (Noise.value(u * 3 - flow * 0.2, 3) - 0.5) + 0.12 * smooth(0.25, 0.8, u)
        }
        canvas.ground(height: { crest($0) }) { x, y, depth in
            let u = local(x)
            // Streaks of water drawn up the hollow face.
            let streak = Noise.value((u + depth * 0.7) * 9 - flow * 1.5, depth * 3 - climb)
            let face = mix(clear, deep, smooth(0, 0.42, depth))
            var color = face * (0.78 + 0.4 * streak)
            let line = smooth(0.72, 0.86, Noise.value((u + depth) * 6 - flow, depth * 16 - climb * 2))
            color = mix(color, foam, line * 0.4)
            // The broken part behind.
            let broken = smooth(-0.12, -0.34, u + 0.16 * (Noise.value(y * 6 - climb, u * 4 + flow) - 0.5) - depth * 0.12)
            if broken > 0 {
                let cloud = Noise.fractal(u * 1.6 + flow * 0.25, y * 1.6 - climb * 0.125)
                color = mix(color, foam * (0.72 + 0.4 * cloud), broken * 0.95)
            }
            let lip = smooth(0.035, 0, depth) * smooth(0.3, -0.1, u)
            return mix(color, foam, lip)
        }
        // Spray torn off the lip.
        Motion.stream(seconds, interval: 0.045, life: 0.7) { index, age in
            let u = -0.42 + 0.5 * SceneRandom.hash(seed, index, 1)
            let x = 0.5 + side * (u - age * 0.25), y = crest(0.5 + side * u) - 0.04 - age * 0.12 + age * age * 0.26
            canvas.disc(x, y, radius: 0.012 + 0.03 * age, foam, opacity: 0.5 * (1 - age / 0.7), softness: 0.02)
        }
        let x = 0.52 + side * (0.04 + sway), y = 0.62 + 0.05 * sin(Motion.angle(seconds, hertz: 0.27, start: start * 3))
        let tilt: Float = 0.2 + 0.1 * sin(Motion.angle(seconds, hertz: 0.33, start: start))
        drawWake(seconds, canvas, x, y, foam)
        canvas.subject(outline: time.outline(of: colour.color)) {
            canvas.enlarged(1.35, x: x, y: y + 0.1) { drawRider(seconds, canvas, x, y, tilt) }
        }
    }

    /// The wake behind the board.
    private func drawWake(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ y: Float, _ foam: Color) {
        let side = heading.sign
        for i in 0..<9 {
            let far = Float(i) * 0.055
            let wob = Noise.value(Motion.scroll(seconds, speed: 5) + Float(i), 4) - 0.5
            canvas.disc(x - side * (0.12 + far), y + 0.035 - far * 0.32 + 0.02 * wob, radius: 0.022 + far * 0.08, foam, opacity: 0.75 - far, softness: 0.02)
        }
    }

    private func drawRider(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ y: Float, _ tilt: Float) {
        let side = heading.sign, light = time.subjectLight
        canvas.ellipse(x, y + 0.03, 0.22, 0.042, angle: tilt * side) { _, v in colour.color * light * (0.95 - 0.35 * v) }
        var figure = Figure(shirt: .hex(0x22304A), height: 0.42)
        figure.trousers = .hex(0x22304A)
        figure.shoes = figure.skin
        var pose = Figure.Pose(lean: 0.5)
        let balance = 0.3 * sin(Motion.angle(seconds, hertz: 0.5, start: start))
        pose.arms = [(1.35 + balance, 0.25), (-1.2 + balance, 0.2)]
        pose.legs = [(1.0, 1.2), (-0.15, 0.75)]
        figure.draw(canvas, hipX: x - side * 0.035, hipY: y - 0.135, side: side, pose: pose, light: light)
    }
}

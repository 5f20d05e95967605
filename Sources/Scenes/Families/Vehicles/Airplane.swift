#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A passenger airplane flying, the clouds passing by.
struct Airplane: Scene {
    static let family = "airplane"

    /// What it flies through.
    enum Sight: String, Sendable {
        case sky, clouds
    }

    let colour: NamedColor
    let sight: Sight
    let time: TimeOfDay
    private let journey: Journey
    private let sky: Sky
    private let seed: UInt64
    private let size: Float
    private let start: Float
    private let sway: Double

    init(random: inout SceneRandom) {
        colour = random.pick([.white, .white, .red, .blue] + NamedColor.allCases)
        sight = random.pick([.sky, .sky, .clouds])
        time = random.pick([.day, .day, .sunset, .dawn, .night])
        journey = Journey(speed: 0.4...0.6, random: &random)
        var sky = Sky(time: time, horizon: 0.95, random: &random)
        sky.clouds = 0.25
        self.sky = sky
        seed = random.next()
        size = random.range(0.39, 0.44)
        start = random.unit()
        sway = Double(random.range(0.15, 0.25))
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "time": time.rawValue, "direction": journey.heading.rawValue, "sight": sight.rawValue]
    }

    var captions: [String] {
        let thing = Wording.article("\(colour.rawValue) airplane"), plane = Wording.article("\(colour.rawValue) plane"), way = journey.way
        if sight == .clouds {
            return [
                "\(thing) is flying \(way) through thick clouds \(time.phrase)",
                "\(plane) flies \(way) through big clouds \(time.phrase)",
                "\(time.phrase) \(thing) is flying \(way) among the clouds",
                "\(plane) cruising \(way) between white clouds \(time.phrase)",
                "clouds all around \(thing) in flight \(way) \(time.phrase)",
            ]
        }
        return [
            "\(thing) is flying \(way) in the sky above the clouds \(time.phrase)",
            "\(plane) flies \(way) through the sky \(time.phrase)",
            "\(time.phrase) \(thing) is flying \(way) in the sky",
            "\(plane) crossing the sky \(way) \(time.phrase)",
            "side view of \(thing) in the sky heading \(way) \(time.phrase)",
        ]
    }

    var prompts: [String] { ["an airplane is flying in the sky", "a plane is flying"] + (sight == .clouds ? ["an airplane is flying through the clouds"] : []) }

    var paraphrases: [String] {
        let c = colour.rawValue
        return [
            "an airplane", "a plane in the sky", "an aircraft flies above the clouds", "a jet is flying", "a passenger plane in flight", "flying airplane",
            "\(Wording.article(c)) plane", "an airliner high in the sky", "a plane flies past", "a video of an airplane flying", "\(Wording.article(c)) jet in the air",
            "an aeroplane on its way", "a big \(c) airliner is flying",
        ] + (sight == .clouds ? ["a plane in the clouds", "a jet flies through a cloudy sky", "\(Wording.article(c)) plane among clouds"] : [])
    }

    var weathers: [SceneWeather] { [.rain, .fog, .snow] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds)
        let side = journey.heading.sign
        sky.draw(time: seconds, into: canvas)
        drawClouds(place.travel, canvas, front: false)
        let y = 0.44 + 0.03 * sin(Motion.angle(seconds, hertz: sway * 0.8, start: start))
        canvas.subject(outline: time.outline(of: colour.color)) { drawPlane(canvas, place.x, y, side, seconds) }
        drawClouds(place.travel, canvas, front: true)
    }

    private func drawClouds(_ travel: Double, _ canvas: Canvas, front: Bool) {
        let tint = time.cloud
        let thick = sight == .clouds
        var rows: [(y: Float, size: Float, pace: Double, spacing: Double)] = front ? [(0.97, 0.17, 1.1, 0.5)] : [(0.7, 0.1, 0.3, 0.62), (0.84, 0.13, 0.6, 0.5)]
        if thick, !front { rows += [(0.22, 0.11, 0.25, 0.7), (0.44, 0.12, 0.45, 0.85)] }
        for (layer, row) in rows.enumerated() {
            Motion.roadside(travel: travel * row.pace, spacing: row.spacing, from: canvas.left - 0.6, to: canvas.right + 0.6) { index, x in
                let key = index &* 4 &+ layer &+ (front ? 2000 : 0)
                let at = x + 0.3 * Float(row.spacing) * (SceneRandom.hash(seed, key, 5) - 0.5)
                for blob in 0..<4 {
                    let out = (Float(blob) - 1.5) * 0.72
                    let rise = (1 - abs(out) / 1.7) * 0.5 * (0.6 + 0.7 * SceneRandom.hash(seed, key &* 8 &+ blob, 7))
                    canvas.puff(
                        at + out * row.size, row.y + 0.07 * SceneRandom.hash(seed, key, 6) - rise * row.size, radius: row.size * (1.05 - 0.26 * abs(out)),
                        lit: tint.lit, shade: mix(tint.shade, tint.lit, 0.25), opacity: 0.92)
                }
            }
        }
    }

    private func drawPlane(_ canvas: Canvas, _ x: Float, _ y: Float, _ side: Float, _ seconds: Double) {
        let light = time.subjectLight
        let paint = colour.color * light
        // A second colour on wings and belly, so that they stand out from the hull.
        let white = (colour == .white ? Color.hex(0x8FA4C0) : .hex(0xF6F7FA)) * light
        let angle = -0.07 + 0.02 * sin(Motion.angle(seconds, hertz: sway, start: start))
        func placed(_ points: Outline.Points) -> Outline.Points {
            Outline.place(points, x: x, y: y, scaleX: size * side, scaleY: size, angle: angle * side)
        }
        // The far wing, the tail, the hull, the near wing before it.
        canvas.polygon(placed([(0.24, -0.08), (-0.06, -0.42), (-0.24, -0.42), (-0.14, -0.06)]), white * 0.66)
        canvas.polygon(placed([(-0.6, -0.08), (-0.86, -0.52), (-1.08, -0.52), (-0.98, -0.04)]), paint)
        let hull = Outline.smooth([(1.0, 0.02), (0.88, -0.12), (0.6, -0.19), (-0.5, -0.18), (-0.98, -0.1), (-1.0, -0.04), (-0.6, 0.13), (0.6, 0.19), (0.92, 0.14)])
        canvas.polygon(placed(hull)) { px, py in
            let v = (py - y - (px - x) * angle) / (size * 0.19)
            return mix(paint, white, smooth(0.35, 0.45, v)) * (1.05 - 0.3 * smooth(-0.4, 1, v))
        }
        for i in 0..<6 {
            let at = placed([(0.5 - 0.19 * Float(i), -0.05)])[0]
            let glass = time == .night ? Color.hex(0xFFE08A) * 1.2 : Color.hex(0x2A4468) * light
            canvas.disc(at.x, at.y, radius: size * 0.055, glass)
        }
        canvas.polygon(placed([(0.8, -0.14), (0.95, -0.04), (0.76, -0.02), (0.68, -0.15)]), .hex(0x2A4468) * light)
        canvas.polygon(placed([(-0.62, -0.02), (-0.96, 0.18), (-1.12, 0.18), (-0.9, -0.04)]), white * 0.8)
        let engine = placed([(-0.02, 0.24), (0.2, 0.24)])
        canvas.line(engine[0].x, engine[0].y, engine[1].x, engine[1].y, width: size * 0.17, paint * 0.8)
        canvas.polygon(placed([(0.26, 0.05), (-0.3, 0.56), (-0.52, 0.56), (-0.24, 0.05)])) { _, py in white * (0.92 - 0.35 * clamp01((py - y) / (size * 0.4))) }
        if time == .night {
            let lamp = placed([(-0.41, 0.56)])[0]
            let blink: Float = wrap(seconds, 1) < 0.5 ? 1 : 0.25
            canvas.glow(lamp.x, lamp.y, radius: 0.08, .hex(0xFF3020) * (1.2 * blink))
        }
    }
}

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

    let colour: NamedColor
    let time: TimeOfDay
    private let journey: Journey
    private let sky: Sky
    private let seed: UInt64
    private let size: Float
    private let start: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .blue, .blue, .green, .orange, .yellow, .purple])
        time = random.pick([.day, .day, .sunset, .dawn, .night])
        journey = Journey(speed: 0.4...0.6, random: &random)
        var sky = Sky(time: time, horizon: 0.95, random: &random)
        sky.clouds = 0.25
        self.sky = sky
        seed = random.next()
        size = random.range(0.34, 0.42)
        start = random.unit()
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "time": time.rawValue, "direction": journey.heading.rawValue] }

    var captions: [String] {
        let thing = "a white and \(colour.rawValue) airplane", way = journey.way
        return [
            "\(thing) is flying \(way) above the clouds \(time.phrase)",
            "\(thing) flies \(way) through the sky \(time.phrase)",
            "\(time.phrase) \(thing) is flying \(way)",
            "\(thing) cruising \(way) over white clouds \(time.phrase)",
            "side view of \(thing) in flight \(way) \(time.phrase)",
        ]
    }

    var prompts: [String] { ["an airplane is flying in the sky", "a plane is flying"] }

    var paraphrases: [String] {
        [
            "an airplane", "a plane in the sky", "an aircraft flies above the clouds", "a jet is flying", "a passenger plane in flight", "flying airplane",
            "a \(colour.rawValue) and white plane", "an airliner high in the sky", "a plane flies past", "a video of an airplane flying",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog, .snow] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds, margin: 0.42)
        let side = journey.heading.sign
        sky.draw(time: seconds, into: canvas)
        drawClouds(place.travel, canvas, front: false)
        let y = 0.44 + 0.03 * sin(Motion.angle(seconds, hertz: 0.16, start: start))
        drawPlane(canvas, place.x, y, side, seconds)
        drawClouds(place.travel, canvas, front: true)
    }

    private func drawClouds(_ travel: Double, _ canvas: Canvas, front: Bool) {
        let tint = time.cloud
        let rows: [(y: Float, size: Float, pace: Double)] = front ? [(0.93, 0.17, 1.1)] : [(0.66, 0.07, 0.3), (0.78, 0.11, 0.6), (0.16, 0.06, 0.25)]
        for (layer, row) in rows.enumerated() {
            let spacing = Double(row.size) * (front ? 3.2 : 4.2)
            Motion.roadside(travel: travel * row.pace, spacing: spacing, from: canvas.left - 0.6, to: canvas.right + 0.6) { index, x in
                let key = index &* 4 &+ layer &+ (front ? 2000 : 0)
                for blob in 0..<5 {
                    let out = (Float(blob) - 2) * 0.68
                    let rise = (1 - abs(out) / 1.7) * 0.5 * (0.6 + 0.7 * SceneRandom.hash(seed, key &* 8 &+ blob, 7))
                    canvas.puff(
                        x + out * row.size, row.y + 0.05 * SceneRandom.hash(seed, key, 6) - rise * row.size, radius: row.size * (1.05 - 0.26 * abs(out)),
                        lit: tint.lit, shade: mix(tint.shade, tint.lit, 0.35), opacity: 0.92)
                }
            }
        }
    }

    private func drawPlane(_ canvas: Canvas, _ x: Float, _ y: Float, _ side: Float, _ seconds: Double) {
        let light = time.subjectLight
        let white = Color.hex(0xF6F7FA) * light, paint = colour.color * light
        let angle = -0.07 + 0.02 * sin(Motion.angle(seconds, hertz: 0.2, start: start))
        func placed(_ points: Outline.Points) -> Outline.Points {
            Outline.place(points, x: x, y: y, scaleX: size * side, scaleY: size, angle: angle * side)
        }
        // The far wing, the tail, the hull, the near wing before it.
        canvas.polygon(placed([(0.16, -0.05), (-0.1, -0.3), (-0.2, -0.3), (-0.1, -0.04)]), white * 0.66)
        canvas.polygon(placed([(-0.68, -0.06), (-0.86, -0.4), (-1.0, -0.4), (-0.96, -0.04)]), paint)
        let hull = Outline.smooth([(0.98, 0.02), (0.86, -0.09), (0.6, -0.135), (-0.5, -0.13), (-0.98, -0.07), (-1.0, -0.03), (-0.6, 0.09), (0.6, 0.13), (0.9, 0.1)])
        canvas.polygon(placed(hull)) { px, py in
            let v = (py - y - (px - x) * angle) / (size * 0.13)
            let band = smooth(0.2, 0.3, v) * smooth(0.62, 0.52, v)
            return mix(white, paint, band) * (1 - 0.32 * smooth(-0.2, 1, v))
        }
        for i in 0..<9 {
            let at = placed([(0.56 - 0.125 * Float(i), -0.045)])[0]
            let glass = time == .night ? Color.hex(0xFFE08A) * 1.2 : Color.hex(0x2A4468) * light
            canvas.disc(at.x, at.y, radius: size * 0.03, glass)
        }
        canvas.polygon(placed([(0.82, -0.09), (0.93, -0.03), (0.8, -0.02), (0.72, -0.1)]), .hex(0x2A4468) * light)
        canvas.polygon(placed([(-0.66, -0.02), (-0.94, 0.12), (-1.04, 0.12), (-0.9, -0.02)]), white * 0.8)
        let engine = placed([(0.02, 0.16), (0.2, 0.16)])
        canvas.line(engine[0].x, engine[0].y, engine[1].x, engine[1].y, width: size * 0.12, paint * 0.8)
        canvas.polygon(placed([(0.22, 0.04), (-0.26, 0.42), (-0.4, 0.42), (-0.18, 0.04)])) { _, py in white * (0.92 - 0.35 * clamp01((py - y) / (size * 0.4))) }
        if time == .night {
            let lamp = placed([(-0.34, 0.42)])[0]
            let blink: Float = wrap(seconds, 1) < 0.5 ? 1 : 0.25
            canvas.glow(lamp.x, lamp.y, radius: 0.08, .hex(0xFF3020) * (1.2 * blink))
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A sailing boat on a lake with hills behind it, rocking gently over its own reflection. The picture
/// goes along with it, so the shore passes by and the boat is always to be seen.
struct SailingBoat: Scene {
    static let family = "sailing boat"

    let colour: NamedColor
    let time: TimeOfDay
    let toRight: Bool
    private let sky: Sky
    private let seed: UInt64
    private let speed: Float
    private let size: Float
    private let horizon: Float = 0.56

    init(random: inout SceneRandom) {
        colour = random.pick([.white, .white] + NamedColor.allCases)
        time = random.pick([.day, .day, .sunset, .night, .dawn])
        toRight = random.chance(0.5)
        sky = Sky(time: time, horizon: 0.56, random: &random)
        seed = random.next()
        speed = random.range(0.03, 0.06)
        size = random.range(1.2, 1.4)
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "time": time.rawValue, "direction": toRight ? "right" : "left"]
    }

    var captions: [String] {
        let way = toRight ? "to the right" : "to the left"
        let name = colour.rawValue
        return [
            "a boat with \(name) sails is sailing \(way) in a lake \(time.phrase)",
            "a sailboat with \(name) sails moves \(way) on a lake \(time.phrase)",
            "a boat with \(name) sails glides \(way) on calm water \(time.phrase)",
            "sailing \(way) on a lake \(time.phrase) in a boat with \(name) sails",
            "a beautiful sailboat with \(name) sails on a lake \(time.phrase) going \(way)",
        ]
    }

    var prompts: [String] { ["a boat is sailing in a lake"] }

    var paraphrases: [String] {
        [
            "a sailing boat",
            "a sailboat",
            "a boat on a lake",
            "sailing on the water",
            "a boat with \(colour.rawValue) sails",
            "a sailboat glides over calm water",
            "a yacht is sailing",
            "a boat sails past the hills",
            "a boat moves over the water",
            "a ship with sails on a lake",
            "a boat trip",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        // The boat wanders a little over the picture while the picture follows it along the shore.
        let slow = Noise.clock(seconds * 0.11 + Double(SceneRandom.hash(seed, 1)) * 200)
        let x = 0.5 + 0.34 * (Noise.value(slow, 11) - 0.5)
        let way = Noise.clock(seconds * Double(speed) * (toRight ? 1 : -1))
        sky.draw(time: seconds, into: canvas)
        Hills.draw(canvas, base: horizon, height: 0.15, seed: seed, time: time, near: .hex(0x3F7A45), shift: way)
        let swing = Float(wrap(seconds * 0.32, 1)) * 2 * Float.pi
        let rock = 0.035 * sin(swing) + (toRight ? 0.03 : -0.03)
        let waterline: Float = 0.77 + 0.004 * sin(swing * 2)

        // The water mirrors what lies above the horizon; the boat stands before that, so its own
        // reflection is drawn by hand.
        Water.at(time, horizon: horizon).draw(time: seconds, into: canvas)
        drawReflection(canvas, x: x, y: waterline, rock: rock, seconds: seconds)
        canvas.subject(outline: time.outline(of: colour.color)) { drawBoat(canvas, x: x, y: waterline, rock: rock) }
    }

    private func drawReflection(_ canvas: Canvas, x: Float, y: Float, rock: Float, seconds: Double) {
        let t = Noise.clock(seconds * 0.9)
        let light = lamp
        let sail = colour.color * light * 0.75, hull = Color.hex(0x5A2E18) * light * 0.6
        canvas.paint(left: x - 0.24 * size, right: x + 0.24 * size, top: y, bottom: y + 0.28 * size) { px, py, pixel in
            let depth = (py - y) / size
            let ripple = (Noise.value(px * 4, depth * 34 - t * 2.2) - 0.5) * (0.02 + depth * 0.12)
            let dx = ((px - x) / size + ripple) * (toRight ? 1 : -1) - rock * depth * (toRight ? 1 : -1)
            let height = depth * 1.75
            let inside: Float
            let color: Color
            if height < 0.06 {
                inside = canvas.cover(abs(dx) - (0.15 - height * 0.6), 0.012)
                color = hull
            } else {
                let up = (height - 0.06) / 0.4
                let right = Float(0.012), left = -0.16 * (1 - up)
                let front = 0.13 * (1 - up * 1.08)
                inside = up < 1 ? max(canvas.cover(max(dx - right, left - dx), 0.014), canvas.cover(max(-dx + 0.02, dx - front), 0.014)) : 0
                color = sail
            }
            let fade = 0.62 * (1 - depth / 0.28)
            if inside > 0, fade > 0 { pixel = mix(pixel, color, inside * fade) }
        }
    }

    /// Things on the water catch more light than the hills do, or they would not be seen at night.
    private var lamp: Color { time.subjectLight }

    private func drawBoat(_ canvas: Canvas, x: Float, y: Float, rock: Float) {
        let c = cos(rock), s = sin(rock)
        let way: Float = toRight ? 1 : -1
        func at(_ u: Float, _ v: Float) -> (x: Float, y: Float) {
            let px = u * way * size, py = -v * size
            return (x + px * c - py * s, y + px * s + py * c)
        }
        let light = lamp
        let sail = colour.color * light, wood = Color.hex(0x7A3E1C) * light
        let foot = at(0.012, 0.05), head = at(0.012, 0.475)
        canvas.line(foot.x, foot.y, head.x, head.y, width: 0.02 * size, .hex(0x4A2A18) * light)
        func cloth(_ a: (Float, Float), _ b: (Float, Float), _ c: (Float, Float), belly: Float, shade: Float) {
            var points = [at(a.0, a.1)]
            for i in 0...8 {
                // The open edge is a curve: wind fills the cloth.
                let f = Float(i) / 8
                let bulge = belly * 4 * f * (1 - f)
                points.append(at(mix(b.0, c.0, f) + bulge, mix(b.1, c.1, f) + abs(bulge) * 0.3))
            }
            let span = 0.17 * size
            canvas.polygon(points) { px, _ in
                let across = clamp01(abs(px - foot.x) / span)
                return sail * (shade - 0.32 * across)
            }
        }
        cloth((0.0, 0.075), (0.0, 0.46), (-0.165, 0.085), belly: -0.022, shade: 1.02)
        cloth((0.026, 0.085), (0.022, 0.42), (0.145, 0.075), belly: 0.018, shade: 0.82)
        var hull: [(x: Float, y: Float)] = [at(-0.165, 0.058), at(0.19, 0.064)]
        for i in 0...6 {
            let f = Float(i) / 6
            hull.append(at(0.165 - 0.31 * f, 0.052 - 0.062 * (1 - (2 * f - 1) * (2 * f - 1) * 0.6)))
        }
        canvas.polygon(hull) { _, py in wood * (1.15 - 5 * max(0, py - y + 0.05 * size) / size) }
        let stern = at(-0.16, 0.057), bow = at(0.185, 0.063)
        canvas.line(stern.x, stern.y, bow.x, bow.y, width: 0.02 * size, .hex(0xF0E2C8) * light)
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Balls bouncing on a floor, a meadow or a beach: each follows a parabola, loses nothing, is squashed
/// a little as it lands, rolls as it goes and turns back at the sides.
struct BouncingBall: Scene {
    static let family = "bouncing ball"

    enum Place: String, CaseIterable, Sendable {
        case floor, grass, beach

        var phrase: String {
            switch self {
            case .floor: return "on a wooden floor"
            case .grass: return "on green grass"
            case .beach: return "on a sandy beach"
            }
        }
    }

    let colour: NamedColor
    let count: Int
    let place: Place
    private let seed: UInt64
    private let sky: Sky
    private let wall: Color

    init(random: inout SceneRandom) {
        colour = random.pick(NamedColor.allCases)
        count = random.pick([1, 1, 1, 2, 2, 3, 4, 5])
        place = random.pick(Place.allCases)
        seed = random.next()
        sky = Sky(time: .day, horizon: 0.62, random: &random)
        wall = random.pick([.hex(0xD8CAB4), .hex(0xB8CCD4), .hex(0xD4C0CC), .hex(0xC4D0B8)])
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "count": Wording.number(count), "place": place.rawValue]
    }

    var captions: [String] {
        let things = Wording.some(count, "\(colour.rawValue) ball")
        let be = Wording.be(count)
        let verb = count == 1 ? "bounces" : "bounce"
        return [
            "\(things) \(be) bouncing \(place.phrase)",
            "\(things) bouncing up and down \(place.phrase)",
            "\(things) \(verb) \(place.phrase)",
            "\(things) \(be) jumping up and down \(place.phrase)",
            "a video of \(things) bouncing \(place.phrase)",
        ]
    }

    var prompts: [String] { count == 1 ? ["a bouncing ball", "a ball is bouncing"] : ["bouncing balls"] }

    var paraphrases: [String] {
        count == 1
            ? [
            "a ball",
            "\(Wording.article(colour.rawValue)) ball bounces",
            "a jumping ball",
            "a ball bounces up and down",
            "a ball hits the ground",
            "a rubber ball is bouncing",
            "the ball jumps",
            "a toy ball",
            "a round ball bounces",
            "a ball falls and jumps up",
            ]
            : [
            "balls",
            "\(colour.rawValue) balls bounce",
            "jumping balls",
            "balls bounce up and down",
            "balls hit the ground",
            "rubber balls are bouncing",
            "the balls jump",
            "toy balls",
            "round balls bounce",
            "some balls are bouncing",
        ]
    }

    var weathers: [SceneWeather] { place == .floor ? [] : [.rain, .snow] }
    var lightTime: TimeOfDay? { place == .floor ? nil : .day }

    func draw(time seconds: Double, into canvas: Canvas) {
        drawPlace(canvas, seconds: seconds)
        let radius: Float = count == 1 ? 0.19 : count == 2 ? 0.15 : count == 3 ? 0.12 : 0.09
        for i in 0..<count {
            let floor: Float = 0.9 + (count > 1 ? 0.012 * Float(i % 3) : 0)
            drawBall(canvas, seconds: seconds, index: i, radius: radius, floor: min(0.93, floor))
        }
    }

    private func drawPlace(_ canvas: Canvas, seconds: Double) {
        switch place {
        case .floor:
            canvas.paint(bottom: 0.7) { x, y, pixel in
                pixel = wall * (0.72 + 0.32 * y - 0.12 * (x - 0.3) * (x - 0.3))
            }
            canvas.box(0.5, 0.7, halfWidth: canvas.right - canvas.left, halfHeight: 0.018, .hex(0xF2ECE0) * 0.85)
            canvas.paint(top: 0.715) { x, y, pixel in
                let depth = (y - 0.5) * 2
                let board = ((x - 0.5) / depth * 5 + 20)
                let tone = 0.82 + 0.3 * SceneRandom.hash(7, Int(board))
                let seam = abs(board - board.rounded()) * depth
                pixel = Color.hex(0xB4743C) * (tone * (0.55 + 0.6 * (y - 0.6)) * (seam < 0.03 ? 0.75 : 1))
            }
        case .grass:
            sky.draw(time: seconds, into: canvas)
            canvas.ground(mix(.hex(0x6FA860), TimeOfDay.day.haze, 0.3)) { x in 0.62 - 0.08 * Noise.value(x * 2 + SceneRandom.hash(seed, 1) * 90) }
            canvas.paint(top: 0.62) { x, y, pixel in
                let grain = Noise.value(x * 14, y * 26) * 0.6 + Noise.value(x * 4, y * 9) * 0.4
                pixel = mix(.hex(0x3F8A34), .hex(0x7CC24C), clamp01(1.35 * (y - 0.6) + 0.45 * grain))
            }
        case .beach:
            sky.draw(time: seconds, into: canvas)
            let t = Noise.clock(seconds * 0.8)
            canvas.paint(top: 0.52) { x, y, pixel in
                let depth = y - 0.52
                let wave = Noise.value((x - 0.5) * 14, depth * 60 - t)
                pixel = mix(.hex(0x2E86C8), .hex(0x6CC8DC), clamp01(depth * 5 + 0.4 * (wave - 0.4)))
            }
            canvas.ground(height: { x in 0.69 + 0.012 * (Noise.value(x * 3 + t * 0.4) - 0.5) }) { x, y, depth in
                let grain = 0.93 + 0.14 * Noise.value(x * 8, y * 22)
                return mix(Color(1, 1, 1, 0), Color.hex(0xEBCF94) * grain, smooth(0.0, 0.022, depth))
            }
        }
    }

    private func drawBall(_ canvas: Canvas, seconds: Double, index: Int, radius: Float, floor: Float) {
        // Up and down: free fall between bounces of one height, gravity the same for all.
        let top = 0.24 + 0.12 * SceneRandom.hash(seed, index, 10)
        let drop = floor - radius - top
        let gravity: Float = 2.1
        let half = (2 * drop / gravity).squareRoot()
        let clock = Float(wrap(seconds + Double(SceneRandom.hash(seed, index, 11)) * 3, Double(2 * half)))
        let fromTop = clock - half
        let y = top + 0.5 * gravity * fromTop * fromTop
        let squash = 0.16 * smooth(0.07, 0, min(clock, 2 * half - clock))
        // To and fro, each within a lane of its own, so that none hides another.
        let lanes = (0.92 - 2 * radius * Float(count)) / Float(count)
        let middle = 0.04 + (Float(index) + 0.5) * 0.92 / Float(count)
        let x = middle + 0.5 * max(0, lanes) * sin(Motion.angle(seconds, hertz: 0.12 + 0.1 * Double(SceneRandom.hash(seed, index, 12)), start: SceneRandom.hash(seed, index, 14)))
        let spin = (x - 0.5) / radius * 0.8

        let near = 1 - clamp01((floor - radius - y) / 0.5)
        canvas.ellipse(x + 0.03 * (1 - near), floor, radius * (0.75 + 0.3 * (1 - near)), radius * 0.2, .hex(0x140E08), softness: 0.03 + 0.03 * (1 - near), opacity: 0.2 + 0.42 * near)
        let wide = radius * (1 + squash * 0.6), tall = radius * (1 - squash)
        let centre = y + radius - tall
        let color = colour.color
        let band: Color = colour == .white ? .hex(0xD8202A) : .hex(0xF6F2E8)
        let c = cos(spin), s = sin(spin)
        canvas.subject(outline: TimeOfDay.day.outline(of: color), within: (x - 1.3 * radius, x + 1.3 * radius, y - 1.3 * radius, y + 1.3 * radius)) { canvas.ellipse(x, centre, wide, tall) { u, v in
            let square = u * u + v * v
            let depth = max(0, 1 - square).squareRoot()
            // A band round the ball, turned with it.
            let along = -u * s + v * c
            let onBand = smooth(0.2, 0.15, abs(along + 0.25 * (1 - depth) * (along > 0 ? -1 : 1)))
            let light = clamp01(-0.42 * u - 0.52 * v + 0.74 * depth)
            let shine = smooth(0.93, 1, light)
            return mix(color, band, onBand) * (0.3 + 0.8 * light) + .grey(0.4 * shine)
        } }
    }
}

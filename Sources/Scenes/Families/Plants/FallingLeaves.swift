#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Leaves falling from autumn trees.
struct FallingLeaves: Scene {
    static let family = "falling leaves"

    let colour: NamedColor
    let count: Int
    let time: TimeOfDay
    private let sky: Sky
    private let seed: UInt64
    private let wind: Float
    private static let ground: Float = 0.76

    init(random: inout SceneRandom) {
        colour = random.pick([.orange, .orange, .red, .yellow])
        count = random.pick([1, 1, 2, 3, 4, 5])
        time = random.pick([.day, .day, .sunset, .dawn])
        sky = Sky(time: time, horizon: FallingLeaves.ground, random: &random)
        seed = random.next()
        wind = random.range(0.04, 0.14) * random.sign()
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "count": Wording.number(count), "time": time.rawValue] }

    var captions: [String] {
        let leaves = "\(colour.rawValue) leaves", trees = Wording.some(count, "tree")
        return [
            "\(leaves) are falling from \(trees) in autumn \(time.phrase)",
            "autumn with \(leaves) falling from \(trees) \(time.phrase)",
            "\(trees) with \(leaves) in the wind \(time.phrase)",
            "\(time.phrase) \(leaves) fall slowly from \(trees)",
            "the wind blows \(leaves) from \(trees) in a park \(time.phrase)",
        ]
    }

    var prompts: [String] { ["leaves are falling", "autumn leaves are falling"] }

    var paraphrases: [String] {
        [
            "falling leaves", "leaves fall from the trees", "an autumn day in the park", "autumn", "\(colour.rawValue) leaves in the wind", "trees in autumn",
            "the trees lose their leaves", "dry leaves dance in the wind", "fall foliage", "a video of falling leaves",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog] }
    var companions: [SceneCompanion] { [.birds, .balloon] }

    private var leaf: Color { (colour == .red ? Color.hex(0xC8301E) : colour == .yellow ? .hex(0xF2C22A) : .hex(0xEE8420)) }

    func draw(time seconds: Double, into canvas: Canvas) {
        let light = time.light
        sky.draw(time: seconds, into: canvas)
        Hills.draw(canvas, base: FallingLeaves.ground, height: 0.2, seed: seed, time: time, near: mix(leaf, .hex(0x6A7A3A), 0.5))
        canvas.ground(height: { FallingLeaves.ground + 0.015 * Noise.value($0 * 3) }) { x, y, depth in
            let litter = smooth(0.45, 0.7, Noise.value(x * 8 / (0.5 + depth * 2), y * 22))
            return mix(Color.hex(0x7A8A3A), leaf * 0.9, litter * 0.85) * light * (0.95 - 0.6 * min(0.3, depth))
        }
        let slots: [[Float]] = [[0.5], [0.24, 0.78], [0.15, 0.5, 0.85], [0.13, 0.38, 0.62, 0.87], [0.1, 0.3, 0.5, 0.7, 0.9]]
        // Many are smaller and narrower, so that their crowns do not run into each other.
        let tall: [Float] = [0.78, 0.64, 0.56, 0.5, 0.44], wide: [Float] = [1, 0.95, 0.75, 0.6, 0.52]
        for (i, x) in slots[count - 1].enumerated() {
            drawTree(canvas, x + (count > 3 ? 0.01 : 0.04) * (SceneRandom.hash(seed, i, 1) - 0.5), tall[count - 1] - 0.04 * Float(i % 2), wide[count - 1], i, seconds, light)
        }
        drawLeaves(seconds, canvas, time.subjectLight)
    }

    private func drawTree(_ canvas: Canvas, _ x: Float, _ size: Float, _ wide: Float, _ index: Int, _ seconds: Double, _ light: Color) {
        let foot: Float = 0.84, trunk = Color.hex(0x5A3A24) * light
        let sway = 0.008 * sin(Motion.angle(seconds, hertz: 0.25, start: SceneRandom.hash(seed, index, 2)))
        canvas.line(x, foot, x + sway, foot - size * 0.55, width: size * 0.1, endWidth: size * 0.06, trunk)
        for way in [Float(-1), 1] { canvas.line(x, foot - size * 0.36, x + way * size * wide * 0.17, foot - size * 0.62, width: size * 0.05, endWidth: size * 0.02, trunk) }
        let blobs: [(Float, Float, Float)] = [(-0.23, 0.58, 0.17), (0.23, 0.6, 0.17), (0, 0.56, 0.19), (-0.14, 0.76, 0.19), (0.15, 0.77, 0.18), (0, 0.88, 0.16)]
        for (i, blob) in blobs.enumerated() {
            let bx = x + blob.0 * size * wide + sway * (1 + Float(i % 3)), by = foot - blob.1 * size
            canvas.ellipse(bx, by, blob.2 * size * wide, blob.2 * size * 0.94, softness: 0.02) { u, v in
                let spots = Noise.value(u * 4 + Float(i) * 9, v * 4 + 3)
                return leaf * light * (0.62 + 0.5 * spots - 0.26 * v - 0.12 * u)
            }
        }
    }

    private func drawLeaves(_ seconds: Double, _ canvas: Canvas, _ light: Color) {
        let width = canvas.right - canvas.left + 0.2
        for i in 0..<Int(16 * width) {
            let near = SceneRandom.hash(seed, i, 20)
            let fall = 0.13 + 0.12 * Double(near)
            let clock = seconds * fall + Double(SceneRandom.hash(seed, i, 21))
            let share = Float(wrap(clock, 1))
            let swing = Motion.angle(seconds, hertz: 0.4 + 0.3 * Double(SceneRandom.hash(seed, i, 22)), start: SceneRandom.hash(seed, i, 23))
            let x = canvas.left - 0.1 + wrap(SceneRandom.hash(seed, i, 24) * width + wind * share * 3, width) + 0.035 * sin(swing)
            let y = canvas.top + 0.12 + share * (canvas.bottom - canvas.top)
            let size = 0.03 + 0.018 * near
            let tone = leaf * light * (0.75 + 0.45 * SceneRandom.hash(seed, i, 25))
            canvas.ellipse(x, y, size, size * (0.45 + 0.25 * abs(cos(swing))), angle: 0.9 * sin(swing + 1)) { u, _ in tone * (1 - 0.2 * u) }
        }
    }
}

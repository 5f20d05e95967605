#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A wood fire in a brick or stone fireplace.
struct Fireplace: Scene {
    static let family = "fireplace"

    enum Wall: String, CaseIterable, Sendable { case brick, stone }

    let wall: Wall
    let big: Bool
    private let seed: UInt64

    init(random: inout SceneRandom) {
        wall = random.pick(Wall.allCases)
        big = random.chance(0.5)
        seed = random.next()
    }

    var attributes: [String: String] { ["place": wall.rawValue, "size": big ? "big" : "small"] }

    var captions: [String] {
        let size = big ? "big" : "small"
        return [
            "a \(size) fire is burning in a \(wall.rawValue) fireplace",
            "a \(wall.rawValue) fireplace with a \(size) wood fire",
            "\(size) flames flicker in a \(wall.rawValue) fireplace",
            "logs burning with \(size) flames in a warm \(wall.rawValue) fireplace",
            "a cozy room with a \(size) fire in a \(wall.rawValue) fireplace",
        ]
    }

    var prompts: [String] { ["a fireplace", "a fire is burning in a fireplace"] }

    var paraphrases: [String] {
        [
            "fire in the fireplace", "a cozy fireplace", "wood burning in a fireplace", "logs on fire in a fireplace", "a crackling fire at home",
            "the hearth is burning", "a warm fire in the living room", "flames in the hearth", "burning logs in the fireplace", "a video of a fireplace",
        ]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        let t = Noise.clock(seconds)
        let light = 0.9 + 0.3 * (Noise.value(t * 2.1, 5) - 0.5) + 0.22 * (Noise.value(t * 5.3, 8) - 0.5)
        let bricks: [Color] = wall == .brick ? [.hex(0xA8502E), .hex(0x8E3E24), .hex(0xB86440)] : [.hex(0x8C8478), .hex(0x746E68), .hex(0xA09888)]
        let mortar: Color = wall == .brick ? .hex(0x5A4438) : .hex(0x4A4640)
        let rows: Float = wall == .brick ? 15 : 8, wide: Float = wall == .brick ? 7.5 : 5
        canvas.paint { x, y, pixel in
            let row = (y * rows).rounded(.down)
            let u = x * wide + (Int(row) & 1 == 0 ? 0.5 : 0)
            let fx = u - u.rounded(.down), fy = y * rows - row
            let key = SceneRandom.hash(seed, Int(u.rounded(.down)) &* 97 &+ Int(row), 1)
            let tone = bricks[min(2, Int(key * 3))] * (0.85 + 0.3 * SceneRandom.hash(seed, Int(u.rounded(.down)) &+ Int(row) &* 31, 2))
            let joint = max(smooth(0.07, 0.03, min(fx, 1 - fx)), smooth(0.16, 0.07, min(fy, 1 - fy)))
            let dx = x - 0.5, dy = (y - 0.65)
            let glow = light / (1 + 7 * (dx * dx + dy * dy))
            pixel = mix(tone, mortar, joint) * (Color(0.12, 0.1, 0.1, 0) + Color(0.95, 0.56, 0.3, 0) * (glow * 0.75))
        }
        // The opening with its dark inside, an arch above.
        let half: Float = 0.33, top: Float = 0.34, floor: Float = 0.88
        canvas.ellipse(0.5, top + 0.12, half + 0.05, 0.2) { _, _ in bricks[0] * Color(0.6, 0.36, 0.22, 0) * light }
        canvas.box(0.5, (top + floor) / 2 + 0.06, halfWidth: half + 0.05, halfHeight: (floor - top) / 2 - 0.06, bricks[0] * Color(0.6, 0.36, 0.22, 0) * light)
        let inside: (Float, Float) -> Color = { [seed] u, v in
            let grain = 0.8 + 0.4 * Noise.value(u * 6 + SceneRandom.hash(seed, 3) * 50, v * 6)
            return Color(0.13, 0.055, 0.025, 0) * grain * light * (1.25 - 0.4 * abs(u))
        }
        canvas.ellipse(0.5, top + 0.12, half, 0.16, color: inside)
        canvas.box(0.5, (top + 0.12 + floor) / 2, halfWidth: half, halfHeight: (floor - top - 0.12) / 2, color: inside)
        canvas.box(0.5, 0.17, halfWidth: 0.47, halfHeight: 0.028, .hex(0x6A3E1E) * (0.4 + 0.4 * light))
        canvas.box(0.5, 0.2, halfWidth: 0.44, halfHeight: 0.012, .hex(0x4A2A14) * (0.4 + 0.4 * light))
        canvas.gradient([(floor, .hex(0x6A5040) * (0.35 + 0.5 * light)), (1.05, .hex(0x2A1C14) * light)], top: floor)
        let size: Float = big ? 0.85 : 0.6
        canvas.glow(0.5, 0.7, radius: 0.5, .hex(0xFF6A1C) * (0.3 * light))
        drawLogs(canvas, floor, light, behind: true)
        Flames.draw(canvas, t: t, middle: 0.5, base: floor - 0.06, size: size, spread: 1.15, seed: seed)
        drawLogs(canvas, floor, light, behind: false)
        canvas.glow(0.5, floor - 0.04, radius: 0.24, .hex(0xFF7A20) * (0.5 * light), stretch: 1.5)
        Motion.stream(seconds, interval: 0.35, life: 1.3) { index, age in
            let x = 0.5 + 0.3 * (SceneRandom.hash(seed, index, 5) - 0.5) + 0.02 * sin(age * 8)
            canvas.disc(x, floor - 0.15 - age * 0.3, radius: 0.008, .hex(0xFFA030) * 1.6, opacity: smooth(1.3, 0.5, age), softness: 0.006)
        }
    }

    private func drawLogs(_ canvas: Canvas, _ floor: Float, _ light: Float, behind: Bool) {
        let logs: [(Float, Float, Float, Float)] = behind ? [(-0.2, -0.06, 0.19, -0.09)] : [(-0.24, -0.02, 0.22, -0.03), (-0.17, -0.075, 0.13, -0.02)]
        for log in logs {
            let x0 = 0.5 + log.0, y0 = floor + log.1, x1 = 0.5 + log.2, y1 = floor + log.3
            canvas.line(x0, y0, x1, y1, width: 0.07, .hex(0x3A1E10) * (0.6 + 0.4 * light))
            canvas.line(x0, y0 - 0.016, x1, y1 - 0.016, width: 0.025, .hex(0xC0602A) * (0.45 * light), softness: 0.012)
            canvas.ellipse(x0, y0, 0.026, 0.035, .hex(0xC88A50) * (0.3 + 0.3 * light))
        }
    }
}

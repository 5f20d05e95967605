#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to five coins that spin on a table.
struct Coin: Scene {
    static let family = "spinning coin"

    enum Metal: String, CaseIterable, Sendable {
        case golden, silver, copper

        fileprivate var color: Color {
            switch self {
            case .golden: return .hex(0xF2BE32)
            case .silver: return .hex(0xC8CCD4)
            case .copper: return .hex(0xC8743C)
            }
        }
    }

    let metal: Metal
    let count: Int
    let place: String
    private let seed: UInt64
    private let hertz: Double

    init(random: inout SceneRandom) {
        metal = random.pick([.golden, .golden, .silver, .copper])
        count = random.pick([1, 1, 2, 2, 3, 4, 5])
        place = random.pick(["blue", "green", "red", "wooden"])
        seed = random.next()
        hertz = Double(random.range(0.55, 0.8))
    }

    var attributes: [String: String] { ["colour": metal.rawValue, "count": Wording.number(count), "place": place] }

    var captions: [String] {
        let things = Wording.some(count, "\(metal.rawValue) coin"), be = Wording.be(count), table = "on a \(place) table"
        return [
            "\(things) \(be) spinning \(table)", "\(things) spinning \(table)", "\(things) \(count == 1 ? "turns" : "turn") around \(table)",
            "a close up of \(things) rotating \(table)", "\(things) \(count == 1 ? "spins" : "spin") and \(count == 1 ? "shines" : "shine") \(table)",
        ]
    }

    var prompts: [String] { count == 1 ? ["a coin is spinning"] : ["coins are spinning", "\(Wording.number(count)) coins are spinning"] }

    var paraphrases: [String] {
        count == 1
            ? ["a spinning coin", "a coin", "a coin rotates", "\(Wording.article(metal.rawValue)) coin", "a coin turning on its edge", "a shiny coin spins", "money is spinning", "a piece of \(metal == .golden ? "gold" : metal.rawValue)", "a video of a coin"]
            : ["spinning coins", "some coins", "coins rotate on a table", "\(metal.rawValue) coins", "coins turning on their edges", "shiny coins spin", "money is spinning", "a video of coins"]
    }

    func draw(time seconds: Double, into canvas: Canvas) {
        let table: Color
        switch place {
        case "blue": table = .hex(0x2A5AA8)
        case "green": table = .hex(0x2A7A4A)
        case "red": table = .hex(0x9A2A34)
        default: table = .hex(0x9A6434)
        }
        let wooden = place == "wooden"
        canvas.paint { x, y, pixel in
            let back = y < 0.56
            let grain: Float = wooden && !back ? 0.8 + 0.36 * Noise.value(x * 3, y * 50) : 1
            let dx = x - 0.45, dy = y - 0.55
            let lamp = 1.12 - 1.0 * (dx * dx + dy * dy)
            pixel = back ? mix(table, .hex(0xE8DCC8), 0.25) * (0.22 + 0.5 * lamp * y) : table * grain * (lamp * 0.95)
        }
        let slots: [[(Float, Float)]] = [[(0.5, 0.31)], [(0.29, 0.2), (0.71, 0.2)], [(0.18, 0.155), (0.5, 0.155), (0.82, 0.155)], [(0.14, 0.115), (0.38, 0.115), (0.62, 0.115), (0.86, 0.115)], [0.12, 0.31, 0.5, 0.69, 0.88].map { ($0, 0.09) }]
        for (index, slot) in slots[count - 1].enumerated() {
            let own = SceneRandom.hash(seed, index, 1)
            let turn = Motion.angle(seconds, hertz: hertz * (1 + 0.15 * Double(index)), start: own)
            let x = slot.0 + (count > 2 ? 0.005 : 0.02) * sin(Motion.angle(seconds, hertz: 0.3, start: own)), radius = slot.1
            canvas.ellipse(x, 0.8 + 0.02 * Float(index % 2), radius * (0.2 + 0.9 * abs(cos(turn))), 0.025, .hex(0x08080C), softness: 0.03, opacity: 0.5)
            canvas.subject(outline: .hex(0x14100C)) { drawCoin(canvas, x, 0.8 + 0.02 * Float(index % 2) - radius, radius, turn) }
        }
    }

    private func drawCoin(_ canvas: Canvas, _ x: Float, _ y: Float, _ radius: Float, _ turn: Float) {
        let main = metal.color
        let c = cos(turn), s = sin(turn)
        let half = max(abs(c), 0.16) * radius, thick = 0.14 * radius * s
        // The edge: the far face, and what lies between the faces.
        for step in 0..<5 {
            canvas.ellipse(x - thick * (Float(step) / 2.5 - 1), y, half, radius) { _, v in main * (0.42 + 0.16 * sin(v * 24) - 0.1 * v) }
        }
        let front: Float = c * s >= 0 ? 1 : -1
        canvas.ellipse(x + front * abs(thick), y, half, radius) { u, v in
            let far = (u * u + v * v).squareRoot()
            let rim = smooth(0.8, 0.84, far) * smooth(1, 0.97, far)
            // A star in the middle as a stamp.
            let angle = atan2(v, u)
            let star = canvasStar(angle, far)
            // Light sweeps over the face as it turns.
            let sheen = max(0, 1 - abs(u * 0.6 + v * 0.4 + 1.6 * s)) 
            return main * (0.62 + 0.28 * rim + 0.24 * star - 0.16 * v) + Color(1, 0.96, 0.85, 0) * (0.55 * sheen * sheen)
        }
    }

    @inline(__always) private func canvasStar(_ angle: Float, _ far: Float) -> Float {
        let fold = abs(wrap(angle + .pi / 2, 2 * .pi / 5) - .pi / 5)
        let edge = 0.24 + 0.3 * smooth(0.1, 0.62, fold)
        return smooth(edge + 0.04, edge - 0.04, far)
    }
}

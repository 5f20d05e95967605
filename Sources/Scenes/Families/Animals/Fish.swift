#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to five fish swimming to and fro, in the sea or in an aquarium.
struct Fish: Scene {
    static let family = "fish"

    enum Place: String, Sendable {
        case sea, aquarium
    }

    private struct Swimmer {
        let x, y, reach, size: Float
        /// Turns to and fro a second, and where it begins.
        let hertz: Double
        let start: Float
    }

    let colour: NamedColor
    let count: Int
    let place: Place
    let striped: Bool
    private let seed: UInt64
    private let swimmers: [Swimmer]

    init(random: inout SceneRandom) {
        colour = random.pick([.orange, .orange] + NamedColor.allCases)
        count = random.pick([1, 1, 2, 2, 3, 4, 5])
        place = random.chance(0.5) ? .sea : .aquarium
        striped = random.chance(0.4)
        seed = random.next()
        var swimmers: [Swimmer] = []
        for index in 0..<count {
            let size = count == 1 ? random.range(0.62, 0.7) : count == 2 ? random.range(0.46, 0.52) : count == 3 ? random.range(0.38, 0.42) : random.range(0.3, 0.33)
            let row = count < 4 ? index : index / 2
            // Four and five swim in pairs, each fish on its own side.
            let aside: Float = count < 4 || index == 4 ? 0 : index % 2 == 0 ? -0.25 : 0.25
            let lane: Float = count == 1 ? 0.46 : count == 2 ? 0.31 + 0.32 * Float(index) : count == 4 ? 0.32 + 0.33 * Float(row) : 0.24 + 0.245 * Float(row)
            let reach = count < 4 || index == 4 ? random.range(0.14, 0.2) : random.range(0.05, 0.07)
            swimmers.append(Swimmer(
                x: 0.5 + aside + random.range(-0.03, 0.03), y: lane + random.range(-0.02, 0.02), reach: reach, size: size,
                hertz: Double(random.range(0.17, 0.21) / (2 * .pi * max(0.14, reach))), start: random.unit()))
        }
        self.swimmers = swimmers
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "count": Wording.number(count), "place": place.rawValue, "pattern": striped ? "striped" : "none"]
    }

    private var things: String {
        let name = (striped ? "striped " : "") + "\(colour.rawValue) fish"
        return Wording.some(count, name, plural: name)
    }

    var captions: [String] {
        let be = Wording.be(count)
        let place = place == .sea ? "in the blue sea" : "in an aquarium"
        return [
            "\(things) \(be) swimming \(place)",
            "\(things) swimming slowly \(place)",
            "an underwater view of \(things) swimming \(place)",
            "\(things) swimming among plants and bubbles \(place)",
            "a close up of \(things) gliding through the water \(place)",
        ]
    }

    var prompts: [String] {
        count == 1 ? ["a fish is swimming", "a fish swimming underwater"] : ["fish are swimming", "fish swimming underwater"]
    }

    var paraphrases: [String] {
        count == 1
            ? [
            "a fish",
            "a swimming fish",
            "a fish in the water",
            "\(Wording.article(colour.rawValue)) fish",
            "a fish in \(place == .sea ? "the sea" : "an aquarium")",
            "underwater view of a fish",
            "a tropical fish",
            "the fish swims around",
            "a fish glides through the water",
            "a colorful fish",
            ]
            : [
            "fish",
            "swimming fish",
            "fish in the water",
            "\(colour.rawValue) fish",
            "a school of fish",
            "underwater view of fish",
            "tropical fish",
            "the fish swim around",
            "some fish swim together",
            "colorful fish",
        ]
    }

    func draw(time: Double, into canvas: Canvas) {
        switch place {
        case .sea: drawSea(time, canvas)
        case .aquarium: drawTank(time, canvas)
        }
        drawPlants(time, canvas, front: false)
        for swimmer in swimmers {
            let reach = 0.6 * swimmer.size + swimmer.reach
            canvas.subject(outline: .hex(0x0C1C34), within: (swimmer.x - reach, swimmer.x + reach, swimmer.y - 0.5 * swimmer.size, swimmer.y + 0.5 * swimmer.size)) {
                drawFish(swimmer, time, canvas)
            }
        }
        drawPlants(time, canvas, front: true)
        drawBubbles(time, canvas)
        if place == .aquarium { drawLid(time, canvas) }
    }

    private var floor: Float { place == .sea ? 0.87 : 0.86 }

    private func drawSea(_ time: Double, _ canvas: Canvas) {
        let surface = Color.hex(0x8FE6F8), middle = Color.hex(0x2A94DC), deep = Color.hex(0x0A3A90)
        canvas.gradient([(canvas.top, surface), (0.4, middle), (1, deep)])
        let sway = Motion.scroll(time, speed: 0.22), turn = Motion.scroll(time, speed: 0.16)
        canvas.paint(bottom: floor + 0.02) { x, y, pixel in
            // Shafts of light fan out from far above the picture.
            let fan = (x - 0.75) / (y + 0.9)
            let shaft = Noise.value(fan * 7 + sway, turn)
            let strength = smooth(0.45, 0.95, shaft) * (0.95 - y) * 0.34
            pixel += Color(0.55, 0.95, 1, 0) * strength
        }
        let sand = Color.hex(0xD8C48A)
        let bed = HillRange(top: floor - 0.02, bottom: floor + 0.04, density: 2.2, offset: SceneRandom.hash(seed, 50) * 200)
        canvas.ground(height: { bed.y($0) }) { x, y, depth in
            let ripple = 0.9 + 0.2 * Noise.value(x * 9, y * 34 + Noise.value(x * 4) * 3)
            return sand * (ripple * (0.62 - 1.3 * depth)) * Color(0.75, 0.95, 1, 0)
        }
        for i in 0..<3 {
            let x = 0.08 + 0.4 * Float(i) + 0.2 * (SceneRandom.hash(seed, i, 60) - 0.5)
            let size = 0.05 + 0.05 * SceneRandom.hash(seed, i, 61)
            let rock = mix(.hex(0x4C5C78), .hex(0x7A5470), SceneRandom.hash(seed, i, 62))
            canvas.ellipse(x, floor + 0.03, size * 1.5, size) { u, v in
                mix(rock * 0.35, rock * 1.15, clamp01(0.45 - 0.5 * v - 0.3 * u))
            }
        }
    }

    private func drawTank(_ time: Double, _ canvas: Canvas) {
        let upper = Color.hex(0xB4F0E8), lower = Color.hex(0x2C8FB0)
        canvas.gradient([(0.08, upper), (0.5, mix(upper, lower, 0.55)), (0.9, lower)])
        let shimmer = Motion.scroll(time, speed: 0.5)
        canvas.paint(top: 0.08, bottom: floor) { x, y, pixel in
            let light = Noise.value(x * 5 + shimmer, y * 1.5 - shimmer)
            pixel += Color(0.7, 1, 0.9, 0) * (0.16 * light * (1 - y))
        }
        // An arch of stone to swim by, its foot in the gravel.
        let x: Float = SceneRandom.hash(seed, 75) > 0.5 ? 0.8 : 0.2
        let stone = Color.hex(0x8C8494)
        canvas.ellipse(x, floor + 0.02, 0.16, 0.21) { u, v in mix(stone * 0.4, stone * 1.1, clamp01(0.5 - 0.4 * v - 0.4 * u)) }
        canvas.ellipse(x, floor + 0.03, 0.08, 0.13) { _, v in Color.hex(0x164858) * (0.9 - 0.3 * v) }
        let gravel: [Color] = [.hex(0xE8C070), .hex(0xD88858), .hex(0xF0E0B8), .hex(0xB07850)]
        canvas.ground(height: { floor + 0.012 * Noise.value($0 * 5 + 3) }) { x, y, depth in
            mix(gravel[3], gravel[2], Noise.value(x * 20 + 5, y * 26)) * (0.85 - 1.8 * depth)
        }
        for i in 0..<10 {
            let x = canvas.left + (Float(i) + 0.3 + 0.5 * SceneRandom.hash(seed, i, 70)) / 10 * (canvas.right - canvas.left)
            let y = floor + 0.03 + 0.07 * SceneRandom.hash(seed, i, 71)
            let stone = gravel[i % 3]
            canvas.ellipse(x, y, 0.034, 0.024) { u, v in stone * (0.75 - 0.35 * v - 0.12 * u) }
        }
    }

    /// The water's surface and the lid with its lamp.
    private func drawLid(_ time: Double, _ canvas: Canvas) {
        let angle = Motion.angle(time, hertz: 0.5)
        canvas.paint(bottom: 0.14) { x, y, pixel in
            let surface = 0.095 + 0.004 * sin(x * 16 + angle) + 0.003 * sin(x * 27 - angle * 2)
            let above = canvas.cover(y - surface)
            if above > 0 { pixel = mix(pixel, .hex(0xE4FBF4) * 1.1, above) }
            let edge = abs(y - surface - 0.006)
            pixel += Color.grey(0.5) * max(0, 1 - edge / 0.01)
        }
        canvas.paint(bottom: 0.066) { _, y, pixel in
            pixel = mix(.hex(0x30343C), .hex(0x14161C), clamp01(y / 0.066))
        }
    }

    private func drawPlants(_ time: Double, _ canvas: Canvas, front: Bool) {
        let greens: [Color] = place == .sea ? [.hex(0x1E7A50), .hex(0x2C9A4C)] : [.hex(0x2FA04A), .hex(0x5CC050)]
        for i in 0..<8 where (i % 4 == 0) == front {
            let foot = canvas.left + (Float(i) + 0.2 + 0.6 * SceneRandom.hash(seed, i, 20)) / 8 * (canvas.right - canvas.left)
            let tall = (front ? 0.15 : 0.26) + (front ? 0.08 : 0.3) * SceneRandom.hash(seed, i, 21)
            let start = SceneRandom.hash(seed, i, 22)
            let angle = Motion.angle(time, hertz: 0.22, start: start)
            let wide = place == .sea ? Float(0.036) : 0.046
            let pieces = 7
            var x = foot, y = floor + 0.06
            for piece in 0..<pieces {
                let up = Float(piece + 1) / Float(pieces)
                let nextX = foot + up * 0.055 * sin(angle - up * 3.4) + 0.012 * sin(up * 9 + start * 6)
                let nextY = floor + 0.06 - up * tall
                let from = wide * (1 - 0.75 * Float(piece) / Float(pieces)), to = wide * (1 - 0.75 * up)
                let tone = greens[i % 2] * (0.45 + 0.55 * up)
                canvas.line(x, y, nextX, nextY, width: from, endWidth: to, tone)
                x = nextX
                y = nextY
            }
        }
    }

    private func drawBubbles(_ time: Double, _ canvas: Canvas) {
        let column: Float = SceneRandom.hash(seed, 75) > 0.5 ? 0.16 : 0.84
        let top: Float = place == .sea ? canvas.top - 0.05 : 0.1
        Motion.stream(time, interval: 0.55, life: 5) { index, age in
            let size = 0.011 + 0.011 * SceneRandom.hash(seed, index, 30)
            let x = place == .sea ? SceneRandom.hash(seed, index, 31) : column + 0.06 * (SceneRandom.hash(seed, index, 31) - 0.5)
            let y = floor - age * (0.16 + 4 * size)
            if y < top { return }
            let sway = 0.012 * sin(age * 4 + 6 * SceneRandom.hash(seed, index, 32))
            canvas.disc(x + sway, y, radius: size, .hex(0xD8FAFF), opacity: 0.4)
            canvas.disc(x + sway - size * 0.3, y - size * 0.35, radius: size * 0.35, .hex(0xFFFFFF), opacity: 0.9)
        }
    }

    private func drawFish(_ swimmer: Swimmer, _ time: Double, _ canvas: Canvas) {
        let swing = Motion.angle(time, hertz: swimmer.hertz, start: swimmer.start)
        let beat = Motion.angle(time, hertz: 1.15, start: swimmer.start * 7)
        let x = swimmer.x + swimmer.reach * sin(swing)
        let y = swimmer.y + 0.02 * sin(Motion.angle(time, hertz: 0.13, start: swimmer.start * 3))
        // It slows down at the ends of its way and turns there, seen from the front for a moment.
        let facing = max(-1, min(1, cos(swing) * 3))
        let squeeze: Float = (facing < 0 ? -1 : 1) * max(0.6, abs(facing))
        let half = swimmer.size / 2
        let main = colour.color, dark = main * 0.55
        let belly = mix(main, .hex(0xFFF2D8), 0.6)
        let reach = half * abs(squeeze) * 1.12
        let inverse = 1 / (half * squeeze), scale = 1 / half
        canvas.paint(left: x - reach, right: x + reach, top: y - half * 0.75, bottom: y + half * 0.75) { px, py, pixel in
            let lx = (px - x) * inverse
            let back = max(0, 0.75 - lx)
            let ly = (py - y) * scale - 0.05 * back * back * sin(beat + lx * 2.6)
            // Fins first, the body over them.
            let fin = Fish.fins(lx, ly)
            if fin < 0.05 {
                let ray = 0.82 + 0.18 * sin((ly * 3 + lx * 1.2) * 14)
                pixel = mix(pixel, mix(dark, main, 0.5) * ray, canvas.cover(fin * half) * 0.94)
            }
            let height = Fish.profile(lx)
            if height <= 0 { return }
            let amount = canvas.cover((abs(ly) - height) * half)
            if amount <= 0 { return }
            let v = ly / height
            let round = max(0, 1 - v * v).squareRoot()
            var skin = mix(main, belly, smooth(0.1, 0.9, v))
            if striped {
                let band = max(Fish.band(lx, 0.36, v), max(Fish.band(lx, -0.05, v), Fish.band(lx, -0.42, v)))
                skin = mix(skin, colour == .white ? .hex(0x6A7890) : .hex(0xFAFAF4), band)
            }
            let gill = abs((lx - 0.44) + 0.1 * v * v)
            skin *= 1 - 0.3 * smooth(0.035, 0, gill) * smooth(0.9, 0.5, abs(v))
            skin *= 0.5 + 0.5 * round - 0.24 * v
            pixel = mix(pixel, skin, amount)
            Fish.eye(lx, ly, &pixel)
        }
        // The side fin, which rows slowly.
        let row = 0.5 + 0.35 * sin(beat)
        canvas.ellipse(
            x + half * squeeze * 0.1, y + half * 0.12, half * 0.19 * abs(squeeze), half * 0.1,
            angle: row * (squeeze > 0 ? -1 : 1), opacity: 0.9
        ) { u, v in dark * (1.1 - 0.3 * v) }
    }

    /// Half the height of the body along it, from the root of the tail at -0.66 to the mouth at 1.
    @inline(__always) private static func profile(_ lx: Float) -> Float {
        let s = (lx + 0.66) / 1.66
        if s <= 0 || s >= 1 { return 0 }
        let middle: Float = 0.58
        if s < middle { return 0.07 + 0.37 * (0.5 - 0.5 * cos(.pi * s / middle)) }
        let q = (s - middle) / (1 - middle)
        return 0.44 * (1 - q * q).squareRoot() * (1 - 0.18 * q)
    }

    /// The distance to the tail, back and belly fins, in half lengths; negative inside.
    @inline(__always) private static func fins(_ lx: Float, _ ly: Float) -> Float {
        let s = (-0.52 - lx) / 0.48
        var distance: Float = 1
        if s > -0.1, s < 1.1 {
            let spread = 0.05 + 0.4 * s.magnitude
            let notch = lx + 1 - 0.2 * (1 - abs(ly) / max(spread, 0.01))
            distance = max(abs(ly) - spread, -notch, lx + 0.5)
        }
        let b = (lx + 0.5) / 1.05
        if b > 0, b < 1 {
            let crest = 0.2 * (1 - b) * min(1, b * 6).squareRoot() + 0.04
            distance = min(distance, max(-ly - profile(lx) - crest, ly))
        }
        let k = (lx + 0.42) / 0.5
        if k > 0, k < 1 {
            distance = min(distance, max(ly - profile(lx) - 0.16 * (1 - k) * min(1, k * 5).squareRoot(), -ly))
        }
        return distance
    }

    @inline(__always) private static func band(_ lx: Float, _ middle: Float, _ v: Float) -> Float {
        smooth(0.11, 0.07, abs(lx - middle + 0.05 * v * v))
    }

    @inline(__always) private static func eye(_ lx: Float, _ ly: Float, _ pixel: inout Color) {
        let dx = lx - 0.66, dy = ly + 0.07
        let distance = (dx * dx + dy * dy).squareRoot()
        if distance > 0.15 { return }
        pixel = mix(pixel, .hex(0xFFFFFF), smooth(0.135, 0.1, distance))
        pixel = mix(pixel, .hex(0x0A0A10), smooth(0.085, 0.055, distance))
        let gx = dx + 0.025, gy = dy + 0.035
        pixel = mix(pixel, .hex(0xFFFFFF), smooth(0.035, 0.015, (gx * gx + gy * gy).squareRoot()))
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A landscape for things that walk: sky, distance, ground and what stands by the way, which may pass by.
struct Landscape: Sendable {
    enum Place: String, CaseIterable, Sendable {
        case meadow, beach, snow, city, desert, forest

        var phrase: String {
            switch self {
            case .meadow: return "in a green meadow"
            case .beach: return "on a sandy beach"
            case .snow: return "on white snow"
            case .city: return "in a city street"
            case .desert: return "in the desert"
            case .forest: return "in the forest"
            }
        }
    }

    let place: Place
    let time: TimeOfDay
    /// The y of the line that feet stand on.
    let foot: Float
    private let horizon: Float
    private let seed: UInt64
    private let sky: Sky
    private let far: HillRange

    init(_ place: Place, _ time: TimeOfDay, foot: Float = 0.82, random: inout SceneRandom) {
        self.place = place
        self.time = time
        self.foot = foot
        horizon = foot - 0.24
        seed = random.next()
        var sky = Sky(time: time, horizon: foot - 0.24, random: &random)
        if place == .city || place == .forest, time == .day { sky.light = nil }
        self.sky = sky
        far = HillRange(top: foot - 0.42, bottom: foot - 0.2, density: 1.8, roughness: place == .snow ? 0.6 : 0.2, offset: random.range(0, 200))
    }

    private var soil: Color {
        switch place {
        case .meadow: return .hex(0x5DB046)
        case .beach: return .hex(0xE8CF9A)
        case .snow: return .hex(0xEEF3FA)
        case .city: return .hex(0x8C8C92)
        case .desert: return .hex(0xDDA866)
        case .forest: return .hex(0x6A7A38)
        }
    }

    /// Draws it all; `travel` is how far the camera has gone to the right.
    func draw(_ seconds: Double, travel: Double, into canvas: Canvas) {
        let light = time == .night ? Color(0.2, 0.24, 0.4, 0) : time.light, haze = time.haze
        sky.draw(time: seconds, into: canvas)
        switch place {
        case .beach:
            Water.at(time, horizon: horizon).draw(time: seconds, into: canvas)
        case .city:
            drawHouses(travel * 0.4, light, canvas)
        case .forest:
            canvas.ground(mix(.hex(0x35603C) * light, haze, 0.3)) { far.y($0, scroll: far.scroll(travel: travel * 0.15)) - 0.06 }
            drawTrees(travel * 0.4, light, canvas)
        default:
            let tone: Color = place == .desert ? .hex(0xB87848) : place == .snow ? .hex(0xB4C6DC) : .hex(0x6A9E80)
            let scroll = far.scroll(travel: travel * 0.15)
            canvas.ground(mix(tone * light, haze, 0.4)) { far.y($0, scroll: scroll) }
        }
        let edge = place == .beach ? foot - 0.1 : foot - 0.17
        let base = soil * light
        let shift = Motion.scroll(travel * 3, speed: 1)
        canvas.ground(height: { edge + (place == .city ? 0 : 0.012 * Noise.value($0 * 3 + shift)) }) { x, y, depth in
            let grain = Noise.value(x * 3 + shift, y * 15)
            return base * ((place == .city ? 0.96 : 0.86) + 0.22 * grain * (place == .city ? 0.3 : 1)) * (1.06 - 0.5 * min(0.4, depth))
        }
        drawTufts(travel, edge, light, canvas)
    }

    private func drawHouses(_ travel: Double, _ light: Color, _ canvas: Canvas) {
        let walls: [Color] = [.hex(0xC88A6A), .hex(0xD8C49A), .hex(0x9AA8B8), .hex(0xB8705C), .hex(0xA8B08C)]
        let lamp = time == .night ? Color.hex(0xFFC860) : mix(.hex(0x3A4C60) * light, time.sky.middle, 0.3)
        Motion.roadside(travel: travel, spacing: 0.26, from: canvas.left - 0.2, to: canvas.right + 0.2) { index, x in
            let tall = 0.3 + 0.26 * SceneRandom.hash(seed, index, 1)
            let top = foot - 0.16 - tall
            canvas.box(x, top + tall / 2, halfWidth: 0.132, halfHeight: tall / 2, walls[Int(SceneRandom.hash(seed, index, 2) * 5)] * light)
            canvas.box(x, top + 0.012, halfWidth: 0.136, halfHeight: 0.012, .hex(0x4A3A36) * light)
            for row in 0..<max(1, Int(tall / 0.12)) {
                for column in 0..<2 {
                    let lit = time != .night || SceneRandom.hash(seed, index &* 16 &+ row &* 2 &+ column, 3) < 0.6
                    canvas.box(
                        x + (Float(column) - 0.5) * 0.125, top + 0.075 + 0.12 * Float(row), halfWidth: 0.034, halfHeight: 0.038, lit ? lamp : lamp * 0.12)
                }
            }
        }
        canvas.gradient([(0, .hex(0xB4B0A8) * light)], top: foot - 0.19, bottom: foot - 0.165)
    }

    private func drawTrees(_ travel: Double, _ light: Color, _ canvas: Canvas) {
        Motion.roadside(travel: travel, spacing: 0.2, from: canvas.left - 0.3, to: canvas.right + 0.3) { index, x in
            let size = 0.4 + 0.22 * SceneRandom.hash(seed, index, 4)
            let leaf = mix(Color.hex(0x2E7A3A), .hex(0x5C9A34), SceneRandom.hash(seed, index, 5)) * light
            if SceneRandom.hash(seed, index, 6) < 0.5 {
                Pine.draw(canvas, x: x, foot: foot - 0.14, height: size * 1.05, color: leaf * 0.8)
            } else {
                canvas.roundTree(x, foot: foot - 0.14, size: size, leaf: leaf, trunk: .hex(0x6A4A30) * light)
            }
        }
    }

    private func drawTufts(_ travel: Double, _ edge: Float, _ light: Color, _ canvas: Canvas) {
        if place == .city {
            Motion.roadside(travel: travel, spacing: 0.4, from: canvas.left - 0.2, to: canvas.right + 0.2) { _, x in
                canvas.polygon([(x, edge + 0.02), (x + 0.012, edge + 0.02), (x - 0.09, 1.1), (x - 0.11, 1.1)], .hex(0x6E6E74) * light)
            }
            return
        }
        Motion.roadside(travel: travel, spacing: 0.17, from: canvas.left - 0.2, to: canvas.right + 0.2) { index, x in
            let y = edge + 0.03 + 0.3 * SceneRandom.hash(seed, index, 7) * SceneRandom.hash(seed, index, 7)
            let size = 0.03 + 0.08 * (y - edge)
            switch place {
            case .meadow, .forest:
                for blade in 0..<3 {
                    let lean = (Float(blade) - 1) * size * 0.5
                    canvas.line(x + lean * 0.4, y, x + lean, y - size, width: size * 0.3, endWidth: size * 0.06, .hex(0x2F8434) * light)
                }
                if index % 3 == 0, place == .meadow { canvas.disc(x, y - size, radius: size * 0.34, (index % 2 == 0 ? Color.hex(0xF6E04A) : .hex(0xF4F0F0)) * light) }
            case .beach, .desert:
                canvas.ellipse(x, y, size * 0.7, size * 0.3, (place == .beach ? Color.hex(0xC8A878) : .hex(0xA87848)) * light)
            default:
                canvas.ellipse(x, y, size * 1.3, size * 0.26, .hex(0xC4D2E6) * light, softness: size * 0.2)
            }
        }
    }

    /// The soft shadow of something that stands at `x`.
    func shadow(_ x: Float, half: Float, into canvas: Canvas) {
        canvas.ellipse(x, foot + 0.01, half, half * 0.14, .hex(0x0A0C14), softness: 0.03, opacity: place == .snow ? 0.55 : 0.45)
    }
}

/// How a thing goes its way, the camera going along with it: closely, or so loosely that the thing comes forward
/// and falls back on the picture. It never leaves the picture, so that what a caption tells of is there to see.
struct Journey: Sendable {
    let heading: Heading
    /// Scene units a second over the ground.
    let speed: Double
    /// How far it comes from the middle of the picture, and how often a second.
    private let roam: Float
    private let pace: Double
    private let start: Float

    init(speed: ClosedRange<Float>, loosely: Float = 0.35, random: inout SceneRandom) {
        heading = random.pick(Heading.allCases)
        let loose = random.chance(loosely)
        self.speed = Double(random.range(speed.lowerBound, speed.upperBound))
        start = random.unit()
        roam = loose ? random.range(0.1, 0.14) : 0.04
        // At most half as fast to and fro as it goes over the ground: it never seems to go backwards.
        pace = loose ? self.speed * Double(random.range(0.35, 0.5)) / Double(2 * .pi * roam) : Double(random.range(0.05, 0.08))
    }

    /// Where the thing is on the picture and how far the camera has gone.
    func place(_ seconds: Double) -> (x: Float, travel: Double) {
        let swing = roam * sin(Motion.angle(seconds, hertz: pace, start: start))
        return (0.5 + swing, seconds * speed * Double(heading.sign) - Double(swing))
    }

    /// "to the left": for captions.
    var way: String { "to the \(heading.rawValue)" }
}

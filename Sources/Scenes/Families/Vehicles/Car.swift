#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A car on a road, seen from the side by a camera that drives along.
struct Car: Scene {
    static let family = "car"

    enum Place: String, Sendable, CaseIterable {
        case hills, desert, sea, forest, snow

        var phrase: String {
            switch self {
            case .hills: return "past green hills"
            case .desert: return "through the desert"
            case .sea: return "along the sea"
            case .forest: return "through a forest"
            case .snow: return "through a snowy land"
            }
        }
    }

    let colour: NamedColor
    let time: TimeOfDay
    let place: Place
    var heading: Heading { journey.heading }
    private let seed: UInt64
    private let sky: Sky
    private let far: HillRange
    private let near: HillRange
    private let journey: Journey

    /// The y of the horizon, of the road's far edge and of the ground under the wheels.
    private static let horizon: Float = 0.5, verge: Float = 0.7, foot: Float = 0.875
    private static let wheel: Float = 0.078, scale: Float = 1.15

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .red, .blue, .yellow, .green, .white, .orange, .purple, .pink, .black])
        time = random.pick([.day, .day, .sunset, .night])
        place = random.pick(Place.allCases)
        seed = random.next()
        sky = Sky(time: time, horizon: Car.horizon, random: &random)
        far = HillRange(top: 0.3, bottom: 0.47, density: 2.2, roughness: 0.5, offset: random.range(0, 200))
        near = HillRange(top: 0.45, bottom: 0.58, density: 1.7, offset: random.range(0, 200))
        journey = Journey(speed: 0.43...0.49, loosely: 0.25, random: &random)
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "time": time.rawValue, "place": place.rawValue, "direction": heading.rawValue]
    }

    var captions: [String] {
        let thing = Wording.article("\(colour.rawValue) car")
        let way = "to the \(heading.rawValue)"
        return [
            "\(thing) is driving \(way) \(place.phrase) \(time.phrase)",
            "\(thing) driving \(way) on a road \(place.phrase) \(time.phrase)",
            "side view of \(thing) driving \(way) \(place.phrase) \(time.phrase)",
            "\(thing) moves \(way) on the road \(place.phrase) \(time.phrase)",
            "\(time.phrase) \(thing) drives \(way) \(place.phrase)",
        ]
    }

    var prompts: [String] { ["a car is driving on a road", "\(Wording.article(colour.rawValue + " car")) is driving"] }

    var paraphrases: [String] {
        [
            "a car",
            "a driving car",
            "a car drives along the road",
            "\(Wording.article(colour.rawValue)) car",
            "a car on the road",
            "a car is driving",
            "an automobile",
            "a car drives by",
            "a vehicle drives along",
            "a road trip",
            "a fast car",
            "the car goes \(place.phrase)",
        ]
    }

    var weathers: [SceneWeather] { place == .desert ? [.fog] : [.rain, .rain, .snow, .fog] }
    var companions: [SceneCompanion] { [.birds, .balloon, .rainbow, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let place = journey.place(seconds), travel = place.travel
        sky.draw(time: seconds, into: canvas)
        drawLand(seconds, travel, canvas)
        drawRoadside(travel, canvas)
        drawRoad(travel, canvas)
        drawCar(seconds, place.x, canvas)
    }

    private func drawLand(_ seconds: Double, _ travel: Double, _ canvas: Canvas) {
        let light = time.light, haze = time.haze
        let farScroll = far.scroll(travel: travel * 0.06), nearScroll = near.scroll(travel: travel * 0.22)
        if place == .sea {
            Water.at(time, horizon: Car.horizon).draw(time: seconds, into: canvas)
            let beach = Color.hex(0xE6CF98) * light
            canvas.ground(height: { 0.63 + 0.02 * Noise.value($0 * 3 + nearScroll * 2) }) { _, _, depth in beach * (1 - depth) }
            return
        }
        let range: Color, ground: Color
        switch place {
        case .desert:
            range = .hex(0xB0623E)
            ground = .hex(0xDDA866)
        case .snow:
            range = .hex(0x93A6C4)
            ground = .hex(0xEEF3FA)
        case .forest:
            range = .hex(0x4E7F74)
            ground = .hex(0x3F7A36)
        default:
            range = .hex(0x6F93A8)
            ground = .hex(0x5DAE46)
        }
        let farColor = mix(range * light, haze, 0.45)
        canvas.ground(farColor) { far.y($0, scroll: farScroll) }
        canvas.ground(height: { near.y($0, scroll: nearScroll) }) { x, y, depth in
            let field = 0.9 + 0.2 * Noise.value(x * 3 + nearScroll * 2, y * 14)
            return ground * light * (field * (1.12 - 1.4 * min(0.4, depth)))
        }
    }

    /// What stands beside the road and passes by.
    private func drawRoadside(_ travel: Double, _ canvas: Canvas) {
        let light = time.light
        let leaf = Color.hex(0x3E9A3A) * light, trunk = Color.hex(0x5A3A24) * light
        let spacing: Double = place == .forest ? 0.24 : 0.62
        Motion.roadside(travel: travel * 0.62, spacing: spacing, from: canvas.left - 0.3, to: canvas.right + 0.3) { index, x in
            let at = x + 0.12 * (SceneRandom.hash(seed, index, 1) - 0.5)
            let size = 0.24 + 0.12 * SceneRandom.hash(seed, index, 2)
            switch place {
            case .hills: canvas.roundTree(at, foot: Car.verge - 0.01, size: size, leaf: leaf, trunk: trunk)
            case .forest: Pine.draw(canvas, x: at, foot: Car.verge - 0.01, height: size * 1.45, color: .hex(0x1F6A3C) * light)
            case .snow: Pine.draw(canvas, x: at, foot: Car.verge - 0.01, height: size * 1.3, color: .hex(0x24653C) * light, snow: .hex(0xF4F8FF) * light)
            case .desert: Car.cactus(canvas, at, Car.verge, size * 0.8, .hex(0x3F8A4A) * light)
            case .sea: Car.palm(canvas, at, Car.verge, size * 1.5, leaf: .hex(0x379248) * light, trunk: .hex(0x8A6440) * light)
            }
        }
    }

    private static func cactus(_ canvas: Canvas, _ x: Float, _ foot: Float, _ size: Float, _ color: Color) {
        let wide = size * 0.2
        canvas.line(x, foot, x, foot - size, width: wide, color)
        for side in [Float(-1), 1] {
            let y = foot - size * (side < 0 ? 0.42 : 0.55), out = x + side * size * 0.3
            canvas.line(x, y, out, y, width: wide * 0.8, color * 0.85)
            canvas.line(out, y, out, y - size * 0.26, width: wide * 0.8, color * 0.85)
        }
        canvas.line(x - wide * 0.2, foot, x - wide * 0.2, foot - size, width: wide * 0.3, color * 1.3)
    }

    private static func palm(_ canvas: Canvas, _ x: Float, _ foot: Float, _ size: Float, leaf: Color, trunk: Color) {
        let top = foot - size * 0.72, lean = size * 0.1
        canvas.line(x, foot, x + lean * 0.4, (foot + top) / 2, width: size * 0.07, endWidth: size * 0.055, trunk)
        canvas.line(x + lean * 0.4, (foot + top) / 2, x + lean, top, width: size * 0.055, endWidth: size * 0.045, trunk)
        for k in 0..<6 {
            let angle = Float.pi * (1.08 + 0.168 * Float(k))
            let reach = size * 0.22
            let mx = x + lean + cos(angle) * reach, my = top + sin(angle) * reach * 0.75 - size * 0.02
            let ex = x + lean + cos(angle) * reach * 1.75, ey = my + size * 0.14
            let tone = leaf * (k % 2 == 0 ? 1 : 0.75)
            canvas.line(x + lean, top, mx, my, width: size * 0.05, endWidth: size * 0.075, tone)
            canvas.line(mx, my, ex, ey, width: size * 0.075, endWidth: size * 0.015, tone)
        }
    }

    private func drawRoad(_ travel: Double, _ canvas: Canvas) {
        let light = time == .night ? Color(0.3, 0.33, 0.46, 0) : time.light
        let asphalt = Color.hex(0x55575E) * light, line = Color.hex(0xF2E6B0) * light
        canvas.gradient([(Car.verge, asphalt * 1.15), (1, asphalt * 0.75)], top: Car.verge)
        canvas.box(0.5, Car.verge + 0.012, halfWidth: 4, halfHeight: 0.011, .hex(0xE8E8E4) * light)
        Motion.roadside(travel: travel * 1.25, spacing: 0.5, from: canvas.left - 0.3, to: canvas.right + 0.3) { _, x in
            canvas.polygon([(x - 0.11, 0.93), (x + 0.11, 0.93), (x + 0.12, 0.965), (x - 0.12, 0.965)], line)
        }
    }

    // MARK: The car itself, drawn heading right around (0, 0) on the ground; placed mirrored for left.

    private static let hull = Outline.smooth([
        (-0.355, -0.075), (-0.36, -0.15), (-0.335, -0.205), (-0.24, -0.222), (-0.05, -0.222), (0.15, -0.215),
        (0.29, -0.19), (0.352, -0.145), (0.362, -0.085), (0.33, -0.058), (0, -0.055), (-0.325, -0.058),
    ])
    private static let cabin = Outline.smooth([
        (-0.27, -0.205), (-0.215, -0.285), (-0.15, -0.328), (-0.03, -0.335), (0.06, -0.315), (0.125, -0.262), (0.185, -0.2), (0, -0.19),
    ])
    private static let windows: [Outline.Points] = [
        [(-0.222, -0.218), (-0.178, -0.285), (-0.135, -0.31), (-0.055, -0.314), (-0.055, -0.218)],
        [(-0.03, -0.218), (-0.03, -0.314), (0.04, -0.302), (0.085, -0.272), (0.132, -0.218)],
    ]

    private func drawCar(_ seconds: Double, _ x: Float, _ canvas: Canvas) {
        let side = heading.sign
        // Springs: a small bounce of the body, none of the wheels.
        let bounce = 0.006 * (Noise.value(Motion.scroll(seconds, speed: 2.5)) - 0.5)
        let y = Car.foot + bounce, k = Car.scale
        let light = time.subjectLight
        let paint = colour.color * light
        let shine = time.sky.middle * 0.25

        canvas.ellipse(x, Car.foot + 0.012, 0.38 * k, 0.03, .hex(0x08080C), softness: 0.03, opacity: 0.6)
        let turn = Motion.angle(seconds, hertz: journey.speed / Double(2 * .pi * Car.wheel * k)) * side
        canvas.subject(outline: time.outline(of: colour.color)) {
            func placed(_ points: Outline.Points) -> Outline.Points {
                Outline.place(points, x: x, y: y, scaleX: side * k, scaleY: k)
            }
            canvas.polygon(placed(Car.cabin)) { _, py in paint * (0.7 + 0.5 * clamp01((y - 0.2 * k - py) / 0.13)) }
            canvas.polygon(placed(Car.hull)) { _, py in
                let up = clamp01((y - 0.055 * k - py) / (0.165 * k))
                let belt = smooth(0.22, 0.0, abs(up - 0.8))
                return paint * (0.5 + 0.55 * up) + shine * belt
            }
            let glass = time == .night ? Color.hex(0x6A86B0) : mix(.hex(0x24384C), time.sky.middle, 0.55)
            for window in Car.windows {
                canvas.polygon(placed(window)) { px, py in
                    let streak = smooth(0.04, 0.0, abs((px - x) * side * 0.6 + (py - y) + 0.29 * k))
                    return glass * (0.7 + 0.9 * clamp01((y - 0.2 * k - py) / 0.13)) + Color.grey(0.12) * streak
                }
            }
            canvas.line(x - side * 0.042 * k, y - 0.21 * k, x - side * 0.042 * k, y - 0.08 * k, width: 0.012, paint * 0.45)
            canvas.line(x - side * 0.005 * k, y - 0.17 * k, x + side * 0.035 * k, y - 0.17 * k, width: 0.018, paint * 0.35)
            canvas.box(x, y - 0.066 * k, halfWidth: 0.33 * k, halfHeight: 0.014 * k, radius: 0.01, .hex(0x202226) * (light * 0.8))
            for offset in [Float(-0.212), 0.215] {
                drawWheel(canvas, x + side * offset * k, turn, arch: y, light: light)
            }
        }
        drawLamps(canvas, x, y, side)
    }

    private func drawWheel(_ canvas: Canvas, _ x: Float, _ turn: Float, arch: Float, light: Color) {
        let radius = Car.wheel * Car.scale
        let y = Car.foot - radius + 0.008
        canvas.disc(x, arch - radius + 0.006, radius: radius * 1.16, .hex(0x0A0A0C))
        canvas.disc(x, y, radius: radius, .hex(0x26262A) * (light * 0.9))
        canvas.disc(x, y, radius: radius * 0.6, .hex(0xB8BEC8) * light)
        for spoke in 0..<3 {
            let angle = turn + Float(spoke) * 2 * .pi / 3
            let dx = cos(angle) * radius * 0.5, dy = sin(angle) * radius * 0.5
            canvas.line(x, y, x + dx, y + dy, width: 0.026, .hex(0x4A4E58) * light)
        }
    }

    private func drawLamps(_ canvas: Canvas, _ x: Float, _ y: Float, _ side: Float) {
        let front = x + side * 0.34 * Car.scale, back = x - side * 0.345 * Car.scale, lamp = y - 0.15 * Car.scale
        let on = time != .day
        canvas.ellipse(front, lamp, 0.026, 0.032, on ? Color.hex(0xFFF2C0) * 1.8 : .hex(0xF6F4E4))
        canvas.ellipse(back, lamp - 0.01, 0.022, 0.032, on ? Color.hex(0xFF2A1C) * 1.5 : .hex(0xB01A18))
        guard on else { return }
        let power: Float = time == .night ? 1 : 0.45
        canvas.glow(back, lamp, radius: 0.09, .hex(0xFF2010) * (0.5 * power))
        canvas.glow(front, lamp, radius: 0.12, .hex(0xFFE8A0) * (0.6 * power))
        // The beam widens and fades ahead of the car and lights up the road.
        canvas.paint(left: side > 0 ? front : -.infinity, right: side > 0 ? .infinity : front, top: lamp - 0.1, bottom: 1) { px, py, pixel in
            let ahead = (px - front) * side
            let across = abs(py - lamp - ahead * 0.18) / (0.018 + ahead * 0.3)
            let beam = max(0, 1 - across * across) / (1 + 7 * ahead)
            pixel += (Color.hex(0xFFE6A0) * 0.3 + pixel * 1.6) * (beam * power * 0.8)
        }
    }
}

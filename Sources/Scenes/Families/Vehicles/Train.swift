#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A steam train crossing a landscape, the camera keeping up with the engine.
struct Train: Scene {
    static let family = "train"

    enum Place: String, Sendable, CaseIterable {
        case mountains, hills, snow, desert, forest

        var phrase: String {
            switch self {
            case .mountains: return "through the mountains"
            case .hills: return "through green hills"
            case .snow: return "through the snow"
            case .desert: return "through the desert"
            case .forest: return "through a forest"
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

    private static let horizon: Float = 0.6, rail: Float = 0.86, scale: Float = 1.3

    init(random: inout SceneRandom) {
        colour = random.pick([.red, .red] + NamedColor.allCases)
        time = random.pick([.day, .day, .sunset, .dawn, .night])
        place = random.pick(Place.allCases)
        seed = random.next()
        sky = Sky(time: time, horizon: Train.horizon, random: &random)
        let rugged = place == .mountains || place == .snow
        far = HillRange(
            top: rugged ? 0.16 : 0.36, bottom: rugged ? 0.62 : 0.55, density: rugged ? 2.4 : 1.8, roughness: rugged ? 0.9 : 0.2,
            offset: random.range(0, 200))
        near = HillRange(top: 0.56, bottom: 0.72, density: 1.5, offset: random.range(0, 200))
        journey = Journey(speed: 0.34...0.44, loosely: 0.25, random: &random)
    }

    var attributes: [String: String] {
        ["colour": colour.rawValue, "time": time.rawValue, "place": place.rawValue, "direction": heading.rawValue]
    }

    var captions: [String] {
        let thing = Wording.article("\(colour.rawValue) steam train")
        let way = "to the \(heading.rawValue)"
        return [
            "\(thing) is riding \(way) \(place.phrase) \(time.phrase)",
            "\(thing) rides \(way) \(place.phrase) \(time.phrase)",
            "\(thing) travels \(way) \(place.phrase) \(time.phrase)",
            "\(thing) going \(way) \(place.phrase) \(time.phrase)",
            "\(time.phrase) \(thing) is rolling \(way) \(place.phrase)",
        ]
    }

    var prompts: [String] { ["a train is crossing the land", "a steam train is riding"] }

    var paraphrases: [String] {
        [
            "a train",
            "a steam train",
            "a locomotive with smoke",
            "\(Wording.article(colour.rawValue)) train",
            "an old train rides along",
            "a railway",
            "a train travels \(place.phrase)",
            "the train is moving",
            "a steam engine pulls a train",
            "a train ride",
            "a steam locomotive",
        ]
    }

    var weathers: [SceneWeather] { place == .desert ? [.fog] : [.snow, .rain, .fog] }
    var companions: [SceneCompanion] { [.birds, .balloon, .rainbow, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        let side = heading.sign
        let way = journey.place(seconds), travel = way.travel
        sky.draw(time: seconds, into: canvas)
        drawLand(travel, canvas)
        drawTrack(travel, canvas)
        // The engine stands ahead of the middle, so that a coach behind it is seen as well.
        let x = way.x + side * 0.14
        canvas.subject(outline: time.outline(of: colour.color)) {
            canvas.enlarged(Train.scale, x: x, y: Train.rail) {
                drawCoaches(seconds, canvas, engine: x, side)
                drawEngine(seconds, canvas, x, side)
            }
        }
        drawSmoke(seconds, canvas, x + side * 0.125 * Train.scale, side)
    }

    private func drawLand(_ travel: Double, _ canvas: Canvas) {
        let light = time.light, haze = time.haze
        let farScroll = far.scroll(travel: travel * 0.07), nearScroll = near.scroll(travel: travel * 0.3)
        let range: Color, ground: Color
        switch place {
        case .mountains:
            range = .hex(0x66748C)
            ground = .hex(0x5A9A48)
        case .hills:
            range = .hex(0x5C9C70)
            ground = .hex(0x72B848)
        case .snow:
            range = .hex(0x93A6C4)
            ground = .hex(0xEEF3FA)
        case .forest:
            range = .hex(0x4E7F74)
            ground = .hex(0x4C8A3C)
        case .desert:
            range = .hex(0xBE6A44)
            ground = .hex(0xE0AC6C)
        }
        let rock = mix(range * light, haze, 0.3)
        if place == .mountains || place == .snow {
            canvas.mountains(far, scroll: farScroll, rock: rock, snow: mix(Color.hex(0xFFFFFF) * light, haze, 0.15), haze: haze)
        } else {
            canvas.ground(height: { far.y($0, scroll: farScroll) }) { _, _, depth in mix(rock, haze, min(0.6, depth * 1.4)) }
        }
        let grass = ground * light
        canvas.ground(height: { near.y($0, scroll: nearScroll) }) { x, y, depth in
            let field = 0.9 + 0.2 * Noise.value(x * 3 + nearScroll * 2, y * 14)
            return grass * (field * (1.08 - 0.9 * min(0.4, depth)))
        }
        let tree = Color.hex(0x24653C) * light
        Motion.roadside(travel: travel * 0.55, spacing: place == .forest ? 0.2 : place == .snow ? 0.28 : 0.36, from: canvas.left - 0.2, to: canvas.right + 0.2) { index, x in
            let at = x + 0.16 * (SceneRandom.hash(seed, index, 1) - 0.5)
            let size = (place == .forest ? 0.3 : place == .snow ? 0.24 : 0.17) + 0.1 * SceneRandom.hash(seed, index, 2)
            let foot = Train.rail - 0.06
            switch place {
            case .mountains, .forest: Pine.draw(canvas, x: at, foot: foot, height: size * 1.3, color: tree)
            case .snow: Pine.draw(canvas, x: at, foot: foot, height: size * 1.3, color: tree, snow: .hex(0xF4F8FF) * light)
            case .hills: canvas.roundTree(at, foot: foot, size: size * 1.1, leaf: .hex(0x3E9A3A) * light, trunk: .hex(0x5A3A24) * light)
            case .desert:
                let stone = Color.hex(0x9C5A3A) * light
                canvas.ellipse(at, foot + 0.01, size * 0.4, size * 0.3) { u, v in mix(stone * 0.5, stone * 1.2, clamp01(0.5 - 0.5 * v - 0.3 * u)) }
            }
        }
    }

    private func drawTrack(_ travel: Double, _ canvas: Canvas) {
        let light = time.light
        let bed = Color.hex(0x8A8078) * light, steel = Color.hex(0xC4C8D0) * light
        let grass = (place == .snow ? Color.hex(0xE6ECF6) : place == .desert ? .hex(0xD09C60) : .hex(0x4F9440)) * light
        canvas.gradient([(0.88, bed), (0.95, bed * 0.7), (0.96, grass), (1, grass * 0.8)], top: Train.rail - 0.012)
        Motion.roadside(travel: travel, spacing: 0.16, from: canvas.left - 0.1, to: canvas.right + 0.1) { _, x in
            canvas.box(x, Train.rail + 0.024, halfWidth: 0.032, halfHeight: 0.011, radius: 0.004, .hex(0x4A3526) * light)
        }
        canvas.box(0.5, Train.rail + 0.006, halfWidth: 4, halfHeight: 0.007, steel)
    }

    private func drawWheel(_ canvas: Canvas, _ x: Float, _ radius: Float, _ turn: Float, _ color: Color) {
        let y = Train.rail - radius
        canvas.disc(x, y, radius: radius, color * 0.35)
        canvas.disc(x, y, radius: radius * 0.72, color)
        for spoke in 0..<3 {
            let angle = turn + Float(spoke) * 2 * .pi / 3
            canvas.line(x, y, x + cos(angle) * radius * 0.7, y + sin(angle) * radius * 0.7, width: radius * 0.26, color * 0.3)
        }
    }

    private func drawCoaches(_ seconds: Double, _ canvas: Canvas, engine: Float, _ side: Float) {
        let light = time.subjectLight
        let paint = (colour == .black ? Color.hex(0x3A3A44) : colour.color) * light
        let turn = Motion.angle(seconds, hertz: journey.speed / Double(2 * .pi * 0.036)) * side
        let length: Float = 0.4, gap: Float = 0.03
        let floor = Train.rail - 0.05, height: Float = 0.185
        for coach in 0..<5 {
            let x = engine - side * (0.24 + gap + length / 2 + Float(coach) * (length + gap))
            if x + length < canvas.left || x - length > canvas.right { continue }
            let rock = 0.004 * (Noise.value(Motion.scroll(seconds, speed: 1.6) + Float(coach) * 7) - 0.5)
            let y = floor - height / 2 + rock
            for offset in [Float(-0.135), 0.135] { drawWheel(canvas, x + offset, 0.036, turn, .hex(0x5A5E66) * light) }
            canvas.line(x + side * length / 2, floor, x + side * (length / 2 + gap), floor, width: 0.016, .hex(0x1A1A1E))
            canvas.box(x, y, halfWidth: length / 2, halfHeight: height / 2, radius: 0.014) { _, v in
                paint * (0.85 - 0.3 * v) + Color.grey(0.1) * smooth(0.3, 0, abs(v + 0.75))
            }
            canvas.box(x, y - height / 2, halfWidth: length / 2 + 0.006, halfHeight: 0.016, radius: 0.012, .hex(0x3A3C44) * light)
            canvas.box(x, y + height * 0.24, halfWidth: length / 2, halfHeight: 0.008, .hex(0xF2DFA6) * light)
            for window in 0..<2 {
                let at = x + (Float(window) - 0.5) * 0.18
                canvas.box(at, y - height * 0.14, halfWidth: 0.06, halfHeight: 0.04, radius: 0.01) { u, v in
                    mix(.hex(0xFFE9B0), .hex(0xE8A850), 0.5 + 0.4 * v) * 0.9 * (1 - 0.1 * u)
                }
            }
        }
    }

    private func drawEngine(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ side: Float) {
        let light = time.subjectLight
        let paint = colour.color * light, iron = Color.hex(0x2C2E34) * light, brass = Color.hex(0xE8B84A) * light
        let base = Train.rail - 0.068
        func box(_ dx: Float, _ dy: Float, _ w: Float, _ h: Float, _ radius: Float, _ color: Color) {
            canvas.box(x + side * dx, base + dy, halfWidth: w, halfHeight: h, radius: radius) { u, v in
                color * (0.9 - 0.35 * v) + color * (0.25 * smooth(0.45, 0, abs(v + 0.5)))
            }
        }
        // Boiler, dome, chimney, cab, from back to front.
        box(0.005, -0.002, 0.225, 0.022, 0.008, iron)
        box(0.045, -0.082, 0.165, 0.062, 0.045, colour == .black ? iron * 1.3 : paint)
        for ring in 0..<3 { canvas.box(x + side * (-0.02 + 0.07 * Float(ring)), base - 0.082, halfWidth: 0.009, halfHeight: 0.061, brass) }
        canvas.ellipse(x + side * 0.03, base - 0.145, 0.03, 0.034) { _, v in brass * (0.8 - 0.35 * v) }
        canvas.polygon([
            (x + side * 0.105, base - 0.135), (x + side * 0.085, base - 0.235), (x + side * 0.165, base - 0.235), (x + side * 0.145, base - 0.135),
        ], iron)
        canvas.box(x + side * 0.125, base - 0.235, halfWidth: 0.045, halfHeight: 0.012, radius: 0.008, paint * 0.8)
        box(-0.155, -0.115, 0.082, 0.105, 0.01, paint)
        canvas.box(x - side * 0.15, base - 0.15, halfWidth: 0.045, halfHeight: 0.038, radius: 0.01, .hex(0xFFE2A0) * 0.9)
        canvas.box(x - side * 0.155, base - 0.222, halfWidth: 0.102, halfHeight: 0.014, radius: 0.01, iron)
        canvas.ellipse(x + side * 0.208, base - 0.082, 0.016, 0.055, iron * 1.2)
        canvas.disc(x + side * 0.222, base - 0.13, radius: 0.017, .hex(0xFFF0B8) * 1.3)
        canvas.polygon([
            (x + side * 0.2, base + 0.01), (x + side * 0.235, base + 0.01), (x + side * 0.285, Train.rail), (x + side * 0.2, Train.rail),
        ], colour == .black ? .hex(0xA82A24) * light : paint * 0.75)

        let large: Float = 0.062, small: Float = 0.038
        let turn = Motion.angle(seconds, hertz: journey.speed / Double(2 * .pi * large)) * side
        let rim = mix(colour.color, .hex(0xD8D8DE), colour == .black ? 0.8 : 0.35) * light
        let smallTurn = Motion.angle(seconds, hertz: journey.speed / Double(2 * .pi * small)) * side
        drawWheel(canvas, x + side * 0.17, small, smallTurn, rim)
        let drivers: [Float] = [-0.16, -0.025, 0.09]
        for offset in drivers { drawWheel(canvas, x + side * offset, large * 0.92, turn, rim) }
        // The rod that couples the driving wheels goes round with them.
        let rx = cos(turn) * large * 0.5, ry = Train.rail - large + sin(turn) * large * 0.5
        canvas.line(x + side * drivers[0] + rx, ry, x + side * drivers[2] + rx, ry, width: 0.016, .hex(0xD4D8E0) * light)
    }

    private func drawSmoke(_ seconds: Double, _ canvas: Canvas, _ x: Float, _ side: Float) {
        let light = time.light
        let lit = Color.hex(0xFFFFFF) * (light * 0.95), shade = Color.hex(0x9AA0AE) * (light * 0.8)
        let chimney = Train.rail - 0.318 * Train.scale
        Motion.stream(seconds, interval: 0.24, life: 3.6) { index, age in
            let share = age / 3.6
            let back = Float(journey.speed) * 0.62 * age * (0.6 + 0.4 * share)
            let rise = 0.25 * (1 - exp(-age * 1.1)) + 0.02 * age
            let swirl = 0.05 * (Noise.value(Float(index & 255) * 3.7, age * 0.8) - 0.5) * min(1, age)
            let radius = 0.045 + 0.11 * share.squareRoot()
            canvas.puff(
                x - side * back, chimney - rise + swirl, radius: radius, lit: lit, shade: shade,
                opacity: 0.75 * smooth(0, 0.04, share) * smooth(1, 0.3, share))
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One to five birds flying, the camera going with them while the land passes below.
struct Birds: Scene {
    static let family = "birds"

    enum Place: String, Sendable, CaseIterable {
        case sea, hills, mountains

        var phrase: String {
            switch self {
            case .sea: return "over the sea"
            case .hills: return "over green hills"
            case .mountains: return "over the mountains"
            }
        }
    }

    let colour: NamedColor
    let count: Int
    let time: TimeOfDay
    let place: Place
    let heading: Heading
    private let seed: UInt64
    private let sky: Sky
    private let land: HillRange
    private let front: HillRange

    private static let horizon: Float = 0.74

    init(random: inout SceneRandom) {
        colour = random.pick([.white, .white, .white, .black, .black] + NamedColor.allCases)
        count = random.pick([1, 1, 2, 2, 3, 4, 5])
        time = random.pick([.day, .day, .sunset, .dawn])
        place = random.pick(Place.allCases)
        heading = random.pick(Heading.allCases)
        seed = random.next()
        var sky = Sky(time: time, horizon: Birds.horizon, random: &random)
        // The camera overtakes the clouds.
        sky.wind = -0.03 * heading.sign
        self.sky = sky
        let rugged = place == .mountains
        land = HillRange(
            top: rugged ? 0.5 : 0.62, bottom: rugged ? 0.84 : 0.76, density: rugged ? 2.6 : 1.8, roughness: rugged ? 0.9 : 0.2,
            offset: random.range(0, 200))
        front = HillRange(top: 0.78, bottom: 0.88, density: 1.4, offset: random.range(0, 200))
    }

    var attributes: [String: String] {
        [
            "colour": colour.rawValue, "count": Wording.number(count), "time": time.rawValue, "place": place.rawValue,
            "direction": heading.rawValue,
        ]
    }

    var captions: [String] {
        let things = Wording.some(count, "\(colour.rawValue) bird")
        let be = Wording.be(count)
        let way = "to the \(heading.rawValue)"
        return [
            "\(things) \(be) flying \(way) \(place.phrase) \(time.phrase)",
            "\(things) flying \(way) \(place.phrase) \(time.phrase)",
            "\(things) \(count == 1 ? "crosses" : "cross") the sky \(way) \(place.phrase) \(time.phrase)",
            "\(time.phrase) \(things) \(count == 1 ? "flies" : "fly") \(way) \(place.phrase)",
            "\(things) with beating wings \(way) \(place.phrase) \(time.phrase)",
        ]
    }

    var prompts: [String] { count == 1 ? ["a bird is flying", "a bird flying in the sky"] : ["birds are flying", "birds flying in the sky"] }

    var paraphrases: [String] {
        count == 1
            ? [
            "a bird",
            "a flying bird",
            "a bird in the sky",
            "\(Wording.article(colour.rawValue)) bird",
            "a bird in flight",
            "a bird flaps its wings",
            "the bird flies by",
            "a bird soars through the air",
            "a seagull",
            "a bird \(place.phrase)",
            ]
            : [
            "birds",
            "flying birds",
            "birds in the sky",
            "\(colour.rawValue) birds",
            "a flock of birds",
            "birds flap their wings",
            "the birds fly by",
            "birds in flight",
            "some birds soar through the air",
            "birds \(place.phrase)",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .fog, .snow] }
    var companions: [SceneCompanion] { [.balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        drawLand(seconds, canvas)
        // Far ones first.
        for index in (0..<count).reversed() { drawBird(index, seconds, canvas) }
    }

    private func drawLand(_ seconds: Double, _ canvas: Canvas) {
        let light = time.light
        let travel = seconds * 0.3 * Double(heading.sign)
        if place == .sea {
            let islands = HillRange(top: 0.66, bottom: 0.8, density: 1.5, offset: land.offset)
            let scroll = islands.scroll(travel: travel * 0.2)
            canvas.ground(mix(.hex(0x4A7A70) * light, time.haze, 0.4)) { islands.y($0, scroll: scroll) }
            Water.at(time, horizon: Birds.horizon).draw(time: seconds, into: canvas)
            return
        }
        let landScroll = land.scroll(travel: travel * 0.2), frontScroll = front.scroll(travel: travel * 0.5)
        let haze = time.haze
        if place == .mountains {
            let snow = mix(Color.hex(0xFFFFFF) * light, haze, 0.15)
            canvas.mountains(land, scroll: landScroll, rock: mix(.hex(0x66748C) * light, haze, 0.25), snow: snow, haze: haze)
        } else {
            let color = mix(.hex(0x6AA078) * light, haze, 0.35)
            canvas.ground(height: { land.y($0, scroll: landScroll) }) { _, _, depth in mix(color, haze, min(0.5, depth * 1.6)) }
        }
        let grass = Color.hex(0x4E9A40) * light
        canvas.ground(height: { front.y($0, scroll: frontScroll) }) { _, _, depth in grass * (1.1 - 1.8 * min(0.3, depth)) }
    }

    /// Where a bird flies and how large it is: alone in the middle, two side by side, else in a wedge.
    private func post(_ index: Int) -> (x: Float, y: Float, size: Float) {
        let side = heading.sign
        switch count {
        case 1: return (0.5, 0.4, 0.8)
        case 2: return index == 0 ? (0.5 + side * 0.19, 0.26, 0.48) : (0.5 - side * 0.18, 0.56, 0.48)
        case 3:
            let places: [(Float, Float)] = [(0.24, 0.4), (-0.2, 0.2), (-0.2, 0.6)]
            return (0.5 + side * places[index].0, places[index].1, 0.44)
        case 4:
            let places: [(Float, Float)] = [(0.24, 0.2), (-0.24, 0.2), (0.22, 0.58), (-0.24, 0.6)]
            return (0.5 + side * places[index].0, places[index].1, 0.4)
        default:
            let places: [(Float, Float)] = [(0.3, 0.4), (0, 0.2), (0, 0.6), (-0.31, 0.16), (-0.31, 0.64)]
            return (0.5 + side * places[index].0, places[index].1, 0.34)
        }
    }

    private static let body = Outline.smooth([
        (0.33, -0.005), (0.27, -0.055), (0.2, -0.068), (0.1, -0.065), (-0.1, -0.055), (-0.24, -0.025), (-0.36, -0.045), (-0.42, 0.03),
        (-0.33, 0.05), (-0.2, 0.05), (0, 0.08), (0.16, 0.072), (0.26, 0.04),
    ])

    private func drawBird(_ index: Int, _ seconds: Double, _ canvas: Canvas) {
        let post = self.post(index)
        let side = heading.sign, size = post.size
        let own = SceneRandom.hash(seed, index, 1)
        let pace = 1.25 + 0.2 * Double(SceneRandom.hash(seed, index, 2)) + (count > 2 ? 0.2 : 0)
        let beat = Motion.angle(seconds, hertz: pace, start: own)
        let x = post.x + 0.03 * sin(Motion.angle(seconds, hertz: 0.11, start: own))
        // The body rises as the wings go down.
        let y = post.y + 0.025 * sin(Motion.angle(seconds, hertz: 0.17, start: own * 3)) - size * 0.03 * sin(beat)
        let light = time.subjectLight
        let main = colour.color * light
        let wing = colour == .white ? Color.hex(0xC4CCD8) * light : colour == .black ? .hex(0x3A3C44) * light : main * 0.72
        let tip = colour == .black ? main : colour == .white ? Color.hex(0x6A707C) * light : main * 0.5

        canvas.subject(outline: time.outline(of: colour.color), within: (x - 0.56 * size, x + 0.56 * size, y - 0.65 * size, y + 0.65 * size)) {
        drawWing(canvas, x - side * size * 0.02, y, size, beat, side, far: true, color: wing * 0.72, tip: tip * 0.8)
        canvas.polygon(Outline.place(Birds.body, x: x, y: y, scaleX: size * side, scaleY: size)) { _, py in
            let v = (py - y) / (size * 0.07)
            return mix(main * 1.05, main * 0.68, clamp01(0.5 + 0.45 * v))
        }
        let headX = x + side * size * 0.29, headY = y - size * 0.012
        canvas.disc(headX, headY, radius: size * 0.075, main)
        canvas.polygon([
            (headX + side * size * 0.05, headY - size * 0.035), (headX + side * size * 0.17, headY + size * 0.012), (headX + side * size * 0.05, headY + size * 0.045),
        ], .hex(0xF2A230) * light)
        canvas.disc(headX + side * size * 0.02, headY - size * 0.012, radius: size * 0.02, colour == .black ? .hex(0xF0E8C8) : .hex(0x101014))
        drawWing(canvas, x + side * size * 0.02, y, size, beat, side, far: false, color: wing, tip: tip)
        }
    }

    /// A wing of two parts; the outer part follows the inner one a little later.
    private func drawWing(
        _ canvas: Canvas, _ x: Float, _ y: Float, _ size: Float, _ beat: Float, _ side: Float, far: Bool, color: Color, tip: Color
    ) {
        let inner = 0.8 * sin(beat) + 0.2, outer = 0.95 * sin(beat - 0.75) + 0.1
        let reach = size * 0.24, lean: Float = far ? 0.1 : -0.06
        // Seen a little from above: the near wing comes towards the viewer, which is down on the
        // picture, and the far one goes away, so that both show in the middle of a stroke.
        let slant: Float = far ? -0.4 : 0.4
        let elbowX = x + side * size * (lean * 0.6), elbowY = y + reach * (slant * cos(inner) - sin(inner))
        let tipX = elbowX + side * size * (lean - 0.16), tipY = elbowY + reach * 1.25 * (slant * cos(outer) - sin(outer))
        let front = size * 0.15, rear = size * 0.17
        let shape = Outline.smooth([
            (x + side * front, y - size * 0.01), (elbowX + side * front * 1.05, elbowY), (tipX + side * front * 0.3, tipY),
            (tipX - side * rear * 0.3, tipY), (elbowX - side * rear * 1.1, elbowY + size * 0.02),
            (x - side * rear, y + size * 0.012),
        ], steps: 4)
        let span = tipY - y
        canvas.polygon(shape) { _, py in
            let out = abs(span) < size * 0.04 ? 0 : clamp01((py - y) / span)
            return mix(color * (inner > 0 ? 1.05 : 0.9), tip, smooth(0.6, 0.95, out))
        }
    }
}

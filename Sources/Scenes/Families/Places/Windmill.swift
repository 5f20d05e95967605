#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An old windmill, or one to five wind turbines, turning in the wind.
struct Windmill: Scene {
    static let family = "windmill"

    enum Place: String, Sendable, CaseIterable {
        case hill, tulips, wheat

        var phrase: String {
            switch self {
            case .hill: return "on a green hill"
            case .tulips: return "among red tulips"
            case .wheat: return "in a wheat field"
            }
        }
    }

    /// 0 for the old windmill, else how many turbines.
    let turbines: Int
    let colour: NamedColor
    let time: TimeOfDay
    let place: Place
    private let seed: UInt64
    private let sky: Sky
    private let hills: HillRange
    private let meadow: HillRange
    /// Turns a second.
    private let hertz: Double
    private let middle: Float

    private static let horizon: Float = 0.74

    init(random: inout SceneRandom) {
        turbines = random.chance(0.55) ? 0 : random.pick([1, 2, 3, 4, 5])
        colour = turbines > 0 ? .white : random.pick([.white, .red, .blue, .green, .yellow])
        time = random.pick([.day, .day, .sunset, .dawn])
        place = random.pick(Place.allCases)
        seed = random.next()
        sky = Sky(time: time, horizon: Windmill.horizon, random: &random)
        hills = HillRange(top: 0.6, bottom: 0.76, density: 1.6, offset: random.range(0, 200))
        meadow = HillRange(top: 0.78, bottom: 0.86, density: 1.1, offset: random.range(0, 200))
        hertz = Double(random.range(0.1, 0.17)) * (turbines > 0 ? 1.2 : 1)
        middle = random.range(0.42, 0.58)
    }

    var attributes: [String: String] {
        [
            "kind": turbines == 0 ? "windmill" : "turbine", "count": Wording.number(max(1, turbines)), "colour": colour.rawValue,
            "time": time.rawValue, "place": place.rawValue,
        ]
    }

    var captions: [String] {
        let count = max(1, turbines)
        let thing = turbines == 0 ? Wording.article("\(colour.rawValue) windmill") : Wording.some(turbines, "white wind turbine")
        let be = Wording.be(count)
        let one = count == 1
        return [
            "\(thing) \(be) turning \(place.phrase) \(time.phrase)",
            "\(thing) turning slowly in the wind \(place.phrase) \(time.phrase)",
            "\(thing) \(one ? "stands and turns" : "stand and turn") \(place.phrase) \(time.phrase)",
            "\(time.phrase) \(thing) \(one ? "spins" : "spin") in the wind \(place.phrase)",
            "the wind turns \(thing) \(place.phrase) \(time.phrase)",
        ]
    }

    var prompts: [String] {
        turbines == 0 ? ["a windmill is turning", "an old windmill"] : turbines == 1 ? ["a wind turbine is turning"] : ["wind turbines are turning"]
    }

    var paraphrases: [String] {
        turbines == 0
            ? [
            "a windmill",
            "a turning windmill",
            "a windmill in the wind",
            "the sails of a windmill turn",
            "\(Wording.article(colour.rawValue)) windmill",
            "an old mill",
            "a dutch windmill",
            "a mill \(place.phrase)",
            "the windmill spins",
            ]
            : turbines == 1
            ? [
            "wind power",
            "a turning wind turbine",
            "a white wind turbine",
            "clean energy from wind",
            "a modern wind wheel",
            "a rotor turns in the wind",
            "a tall wind turbine in the wind",
            "a turbine \(place.phrase)",
            ]
            : [
            "wind power",
            "turning wind turbines",
            "a wind farm",
            "clean energy from wind",
            "white wind turbines",
            "wind turbines spin",
            "modern wind wheels",
            "rotors turn in the wind",
            "turbines \(place.phrase)",
        ]
    }

    var weathers: [SceneWeather] { [.rain, .snow, .fog] }
    var companions: [SceneCompanion] { [.birds, .balloon, .airplane] }

    func draw(time seconds: Double, into canvas: Canvas) {
        sky.draw(time: seconds, into: canvas)
        let light = time.light
        canvas.ground(mix(.hex(0x6FA884) * light, time.haze, 0.4)) { hills.y($0) }
        let outline = time.outline(of: turbines > 0 ? .hex(0xFAFBFC) : colour.color)
        drawMeadow(seconds, canvas)
        if turbines > 0 {
            for (index, post) in posts.enumerated() {
                canvas.subject(outline: outline) { drawTurbine(canvas, seconds, post, index) }
            }
        } else {
            canvas.subject(outline: outline) { drawMill(canvas, seconds) }
        }
        drawFront(seconds, canvas)
    }

    /// Where the turbines stand: how far from the middle, how high their hubs are, and how long their blades, which never
    /// reach into those of a neighbour, so that they can be counted.
    private var posts: [(x: Float, hub: Float, blade: Float)] {
        switch turbines {
        case 1: return [(0, 0.28, 0.33)]
        case 2: return [(-0.25, 0.3, 0.24), (0.26, 0.36, 0.24)]
        case 3: return [(-0.33, 0.42, 0.18), (0, 0.24, 0.18), (0.33, 0.42, 0.18)]
        case 4: return [(-0.31, 0.22, 0.16), (-0.12, 0.55, 0.16), (0.12, 0.22, 0.16), (0.31, 0.55, 0.16)]
        default: return [(-0.33, 0.2, 0.145), (-0.165, 0.54, 0.145), (0, 0.2, 0.145), (0.165, 0.54, 0.145), (0.33, 0.2, 0.145)]
        }
    }

    private func top(_ x: Float) -> Float {
        let mound = (x - middle) * 1.6
        return meadow.y(x) - (place == .hill ? 0.05 * max(0, 1 - mound * mound) : 0)
    }

    private func drawMeadow(_ seconds: Double, _ canvas: Canvas) {
        let light = time.light
        let color: Color
        switch place {
        case .hill: color = .hex(0x5DB044)
        case .tulips: color = .hex(0x4E9A40)
        case .wheat: color = .hex(0xE2B84A)
        }
        let gust = Motion.scroll(seconds, speed: 0.5)
        canvas.ground(height: { top($0) }) { x, y, depth in
            let wave = Noise.value(x * 3 - gust, y * 9)
            return color * light * (0.86 + 0.26 * wave - 0.7 * min(0.3, depth))
        }
    }

    /// Flowers or ears of wheat before everything, in rows that get larger towards the viewer.
    private func drawFront(_ seconds: Double, _ canvas: Canvas) {
        guard place != .hill else { return }
        let light = time.light
        for row in 0..<4 {
            let near = Float(row) / 3
            let spacing = mix(0.045, 0.085, near), size = mix(0.011, 0.024, near)
            let y = mix(0.86, 0.985, near)
            let count = Int((canvas.right - canvas.left) / spacing) + 3
            for i in 0..<count {
                let key = row * 100 + i
                let sway = 0.25 * size * sin(Motion.angle(seconds, hertz: 0.4, start: SceneRandom.hash(seed, key, 3) * 0.3 - Float(i) * 0.06))
                let x = canvas.left + (Float(i) - 0.5 + 0.5 * SceneRandom.hash(seed, key, 4)) * spacing
                let at = y + size * (SceneRandom.hash(seed, key, 5) - 0.5)
                if place == .tulips {
                    let red = mix(.hex(0xE0202C), .hex(0xF04848), SceneRandom.hash(seed, key, 6)) * light
                    canvas.ellipse(x + sway, at, size * 0.72, size) { u, v in red * (0.95 - 0.35 * v - 0.2 * u) }
                } else {
                    let gold = mix(.hex(0xF4D070), .hex(0xD09A34), SceneRandom.hash(seed, key, 6)) * light
                    canvas.ellipse(x + sway, at, size * 0.5, size * 1.5, gold, angle: 0.3 + sway * 8)
                }
            }
        }
    }

    private func drawTurbine(_ canvas: Canvas, _ seconds: Double, _ post: (x: Float, hub: Float, blade: Float), _ index: Int) {
        // Many stand close to the middle, so that none is beyond the side.
        let x = mix(0.5, middle, turbines > 2 ? 0.3 : 1) + post.x, hub = post.hub, length = post.blade
        let foot: Float = 0.88, size = length / 0.42
        let light = time.subjectLight
        let white = Color.hex(0xFAFBFC) * light
        canvas.polygon([
            (x - size * 0.04, foot), (x - size * 0.024, hub), (x + size * 0.024, hub), (x + size * 0.04, foot),
        ]) { px, _ in white * (0.72 + 0.26 * smooth(size * 0.03, -size * 0.03, px - x)) }
        let turn = Motion.angle(seconds, hertz: hertz * (index == 0 ? 1 : index == 1 ? 0.9 : 1.12), start: SceneRandom.hash(seed, index, 1))
        for blade in 0..<3 {
            let shape: Outline.Points = [(0, -0.05), (0.16, -0.13), (0.4, -0.11), (1, -0.03), (1, 0.03), (0.2, 0.06), (0, 0.06)]
            let angle = turn + Float(blade) * 2 * .pi / 3
            let shade = 0.82 + 0.16 * sin(angle)
            canvas.polygon(Outline.place(shape, x: x, y: hub, scaleX: length, scaleY: max(length, 0.22), angle: angle), white * shade)
        }
        canvas.ball(x, hub, radius: size * 0.055, white)
    }

    private func drawMill(_ canvas: Canvas, _ seconds: Double) {
        let light = time.subjectLight
        let wall = colour.color * light, roof = (colour == .red ? Color.hex(0x5A4A48) : .hex(0x9A4030)) * light
        let foot = top(middle) + 0.06, neck: Float = 0.4
        let wide: Float = 0.16, narrow: Float = 0.1
        let dark = Color.hex(0x3A2A22) * light
        canvas.ellipse(middle, foot, wide * 1.3, 0.022, .hex(0x102010), softness: 0.03, opacity: 0.4)
        canvas.polygon([(middle - wide, foot), (middle - narrow, neck), (middle + narrow, neck), (middle + wide, foot)]) { px, py in
            let half = mix(narrow, wide, (py - neck) / (foot - neck))
            let u = (px - middle) / half
            return wall * (0.5 + 0.5 * max(0, 1 - (u + 0.35) * (u + 0.35) * 0.6))
        }
        canvas.box(middle, foot - 0.055, halfWidth: 0.03, halfHeight: 0.055, radius: 0.012, dark)
        for (dx, dy) in [(Float(-0.055), Float(-0.19)), (0.055, -0.19), (0, -0.3)] {
            canvas.box(middle + dx, foot + dy, halfWidth: 0.021, halfHeight: 0.027, radius: 0.006, .hex(0xF6E6BC) * light)
            canvas.box(middle + dx, foot + dy, halfWidth: 0.015, halfHeight: 0.021, radius: 0.004, .hex(0x2C4460) * light)
        }
        canvas.box(middle, foot - 0.13, halfWidth: wide * 1.22, halfHeight: 0.009, radius: 0.004, dark * 1.4)
        canvas.polygon(Outline.smooth([
            (middle - narrow * 1.2, neck + 0.008), (middle - narrow * 0.95, neck - 0.07), (middle, neck - 0.115),
            (middle + narrow * 0.95, neck - 0.07), (middle + narrow * 1.2, neck + 0.008), (middle, neck + 0.014),
        ])) { px, _ in roof * (0.8 + 0.4 * clamp01(0.5 - (px - middle) / (2 * narrow))) }

        let hub = neck - 0.02, length: Float = 0.37
        let turn = Motion.angle(seconds, hertz: hertz, start: SceneRandom.hash(seed, 1))
        let cloth = Color.hex(0xF6EBD2) * light, wood = Color.hex(0x5A3A22) * light
        for sail in 0..<4 {
            let angle = turn + Float(sail) * .pi / 2
            func placed(_ points: Outline.Points) -> Outline.Points {
                Outline.place(points, x: middle, y: hub, scaleX: length, scaleY: length, angle: angle)
            }
            let shade = 0.82 + 0.15 * sin(angle + 0.8)
            canvas.polygon(placed([(0.22, -0.02), (0.99, -0.02), (0.99, 0.3), (0.22, 0.26)]), cloth * shade)
            for bar in 0..<3 {
                let at = 0.22 + 0.385 * Float(bar), deep = 0.26 + 0.02 * Float(bar)
                let ends = placed([(at, 0), (at, deep)])
                canvas.line(ends[0].x, ends[0].y, ends[1].x, ends[1].y, width: 0.016, wood)
            }
            let long = placed([(0, 0), (1.02, 0)])
            canvas.line(long[0].x, long[0].y, long[1].x, long[1].y, width: 0.03, endWidth: 0.024, wood)
        }
        canvas.ball(middle, hub, radius: 0.026, .hex(0x8A5A34) * light)
    }
}

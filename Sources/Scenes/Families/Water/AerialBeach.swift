/// A beach seen from straight above: deep and shallow water, waves running up the sand with their foam.
struct AerialBeach: Scene {
    static let family = "aerial beach"

    enum Side: String, CaseIterable, Sendable {
        case left, right, bottom
    }

    let sand: NamedColor
    let side: Side
    let umbrella: NamedColor?
    private let seed: UInt64
    private let shore: Float

    init(random: inout SceneRandom) {
        sand = random.pick([.white, .white, .white, .yellow, .black, .pink])
        side = random.pick(Side.allCases)
        umbrella = random.chance(0.35) ? random.pick([.red, .orange, .blue, .green, .purple]) : nil
        seed = random.next()
        shore = random.range(0.42, 0.54)
    }

    var attributes: [String: String] {
        ["colour": sandName, "place": side.rawValue, "umbrella": umbrella?.rawValue ?? "none"]
    }

    private var sandName: String { sand == .yellow ? "golden" : sand.rawValue }

    var captions: [String] {
        let name = "\(sandName) sandy beach"
        let where_ = side == .bottom ? "at the bottom" : "on the \(side.rawValue)"
        let extra = umbrella.map { " with \(Wording.article($0.rawValue)) umbrella" } ?? ""
        return [
            "aerial view of \(Wording.article(name)) \(where_)\(extra)",
            "drone shot of \(Wording.article(name)) \(where_)\(extra)",
            "\(Wording.article(name)) \(where_) seen from above\(extra)",
            "top view of \(Wording.article(name)) \(where_)\(extra)",
        ]
    }

    var prompts: [String] {
        sand == .white
            ? ["aerial view of a white sandy beach on the shores of a beautiful sea"]
            : ["aerial view of a sandy beach"]
    }

    private var sandColors: (dry: Color, wet: Color) {
        switch sand {
        case .black: return (.hex(0x4A464A), .hex(0x2C2A30))
        case .yellow: return (.hex(0xEBC578), .hex(0xC0924E))
        case .pink: return (.hex(0xF6CFC6), .hex(0xD8A09A))
        default: return (.hex(0xF8F0DE), .hex(0xDCC9A6))
        }
    }

    /// How far the picture, slowly swaying along the shore, is from where it began; at most 0.15.
    private func pan(_ seconds: Double) -> Float {
        0.3 * (Noise.value(Noise.clock(seconds * 0.12) + SceneRandom.hash(seed, 13) * 250) - 0.5)
    }

    var paraphrases: [String] {
        [
            "a beach from above",
            "drone view of a beach",
            "top view of the sea and a beach",
            "aerial shot of a coast",
            "waves on a sandy beach seen from above",
            "flying over a beach",
            "a bird view of the shore",
            "turquoise water and a beach",
            "the coast from the air",
            "aerial view of the sea",
            "a tropical beach from above",
        ]
    }

    var ownWeather: SceneWeather? { .clear }
    var lightTime: TimeOfDay? { .day }

    func draw(time seconds: Double, into canvas: Canvas) {
        let (dry, wet) = sandColors
        let t = Noise.clock(seconds)
        let move = pan(seconds)
        let slow = Noise.clock(seconds * 0.1)
        let offset = SceneRandom.hash(seed, 3) * 100
        let deep = Color.hex(0x0A5FA8), middle = Color.hex(0x1FA8C8), shallow = Color.hex(0x7FE0DA)
        let beat = Float(wrap(seconds / 5.2, 1))
        // Two sets of waves run up and back, half a period apart.
        let swash = [Float(0), 0.5].map { phase -> (reach: Float, foam: Float) in
            let clock = wrap(beat + phase, 1)
            let run = clock < 0.42 ? smooth(0, 0.42, clock) : 1 - smooth(0.42, 1, clock)
            return (run, clock < 0.42 ? 1 : 1 - smooth(0.42, 0.95, clock))
        }
        // Places are measured along the shore (a) and from the land out to the sea (s).
        canvas.paint { x, y, pixel in
            let a: Float, s: Float
            switch side {
            case .left: (a, s) = (y + move, x - shore)
            case .right: (a, s) = (y + move, 1 - x - shore)
            case .bottom: (a, s) = (x + move, 1 - y - shore)
            }
            let coast = 0.13 * (Noise.value(a * 1.5 + offset, 3) - 0.5) + 0.045 * (Noise.value(a * 4 + offset, 9) - 0.5)
            let out = s - coast
            let wobble = 0.022 * (Noise.value(a * 7 + offset, t * 0.5) - 0.5)
            let reach0 = -0.085 * swash[0].reach + 0.02 + wobble
            let reach1 = -0.085 * swash[1].reach + 0.02 - wobble
            let edge = min(reach0, reach1)
            if out < edge - 0.02 {
                let ripple = 0.94 + 0.12 * Noise.value(a * 6, s * 16 + offset)
                let damp = smooth(-0.16, -0.06, out + wobble)
                pixel = mix(dry, wet, damp) * ripple
                return
            }
            // Water: its colour by depth, patches of reef, a net of light in the shallows.
            var color = mix(shallow, middle, smooth(0, 0.2, out))
            color = mix(color, deep, smooth(0.14, 0.48, out + 0.12 * (Noise.fractal(a * 1.4 + slow * 0.2, s * 1.4) - 0.5)))
            let net = Noise.value(a * 9 + t * 0.25, s * 9 - t * 0.2) - Noise.value(a * 9 - t * 0.2 + 40, s * 9 + t * 0.25 + 11)
            color += Color(0.10, 0.16, 0.15, 0) * (smooth(0.16, 0, abs(net)) * smooth(0.42, 0.02, out))
            // Thin sheets of water let the sand through.
            color = mix(mix(wet, shallow, 0.35), color, smooth(edge, edge + 0.09, out))
            // The swell further out, lines of white that come in and break.
            for line in 0..<2 {
                let phase = wrap(beat + Float(line) * 0.5, 1)
                let place = 0.34 - 0.32 * phase + 0.05 * (Noise.value(a * 2.4 + offset + Float(line) * 17, t * 0.1) - 0.5)
                let d = out - place
                let strength = smooth(0, 0.25, phase) * smooth(1.0, 0.85, phase)
                let broken = 0.35 + 0.65 * smooth(0.35, 0.6, Noise.value(a * 5 + offset, t * 0.3 + Float(line) * 9))
                let crest = d < 0 ? smooth(-0.014, 0, d) : smooth(0.045 * (0.4 + phase), 0, d)
                color = mix(color, Color(1, 1, 1, 0), crest * strength * broken * (0.35 + 0.6 * phase))
                color *= 1 - 0.12 * smooth(-0.05, -0.014, d) * smooth(0.0, -0.014, d) * strength
            }
            // Foam along the edge, lacy behind it.
            let lace = Noise.value(a * 13 + offset, s * 13 - t * 0.4)
            let foam = smooth(0.035, 0.0, out - edge) + 0.6 * smooth(0.10, 0.02, out - edge) * smooth(0.45, 0.7, lace)
            color = mix(color, Color(1, 1, 1, 0), clamp01(foam) * 0.9)
            let cover = canvas.cover(edge - out, 0.012)
            if cover < 1 { color = mix(wet * 0.95, color, cover) }
            pixel = color
        }
        if let umbrella { drawUmbrella(canvas, umbrella.color, seconds: seconds) }
    }

    private func drawUmbrella(_ canvas: Canvas, _ color: Color, seconds: Double) {
        // It stands still on the sand, so it moves over the picture as the picture pans.
        let along = 0.5 + 0.3 * (SceneRandom.hash(seed, 12) - 0.5) - pan(seconds)
        let x: Float, y: Float
        switch side {
        case .left: (x, y) = (0.2, along)
        case .right: (x, y) = (0.8, along)
        case .bottom: (x, y) = (along, 0.8)
        }
        canvas.disc(x + 0.03, y + 0.035, radius: 0.085, .hex(0x3A2A18), opacity: 0.4, softness: 0.03)
        canvas.ellipse(x, y, 0.085, 0.085) { u, v in
            // Eight panels, every other one white.
            let diagonal = abs(u) > abs(v)
            let odd = (u * v > 0) != diagonal
            let light = 1.0 - 0.25 * clamp01(0.5 * (u + v))
            return (odd ? color : Color(0.95, 0.94, 0.9, 0)) * light
        }
        canvas.disc(x, y, radius: 0.009, Color(0.9, 0.9, 0.9, 0))
    }
}

/// The sun going down (or standing low) over the open sea, its path glittering on the waves.
struct SeaSunset: Scene {
    static let family = "sea sunset"

    let hue: NamedColor
    let birds: Bool
    let toRight: Bool
    private let seed: UInt64
    private let sunX: Float
    private let sunY: Float
    private let horizon: Float = 0.58
    private let clouds: Float

    init(random: inout SceneRandom) {
        hue = random.pick([.orange, .orange, .red, .pink, .purple, .yellow])
        birds = random.chance(0.35)
        toRight = random.chance(0.5)
        seed = random.next()
        sunX = random.range(0.34, 0.66)
        sunY = random.range(0.36, 0.56)
        clouds = random.range(0.2, 0.6)
    }

    var attributes: [String: String] { ["colour": hue.rawValue, "birds": birds ? "birds" : "none"] }

    var captions: [String] {
        let sky = Wording.article("\(hue.rawValue) sky")
        let extra = birds ? " and flying birds" : ""
        return [
            "sunset over the sea with \(sky)\(extra)",
            "the sun sets over the ocean with waves under \(sky)\(extra)",
            "a beautiful sunset at the sea with \(sky)\(extra)",
            "waves of the sea glitter at sunset with \(sky)\(extra)",
            "a calm ocean at sunset with \(sky)\(extra)",
        ]
    }

    var prompts: [String] { ["sunset over the sea", "a beautiful sunset over the sea"] }

    private var colors: (top: Color, middle: Color, low: Color, sun: Color, sea: Color) {
        switch hue {
        case .red: return (.hex(0x5A1838), .hex(0xC23A32), .hex(0xFF9048), .hex(0xFF6030), .hex(0x3A1428))
        case .pink: return (.hex(0x7A5AA8), .hex(0xE888B0), .hex(0xFFC8B0), .hex(0xFF90A0), .hex(0x4A3468))
        case .purple: return (.hex(0x241A58), .hex(0x7A3EA0), .hex(0xE88AA8), .hex(0xE070C0), .hex(0x221848))
        case .yellow: return (.hex(0xC08A4A), .hex(0xF4BC4E), .hex(0xFFE68A), .hex(0xFFD850), .hex(0x6A4A2A))
        default: return (.hex(0x503A78), .hex(0xE8743A), .hex(0xFFC050), .hex(0xFF9028), .hex(0x4A2A3A))
        }
    }

    var paraphrases: [String] {
        [
            "a sunset",
            "sunset at sea",
            "the sun goes down over the ocean",
            "the sun is setting",
            "evening at the sea",
            "the sea at sunset",
            "a romantic sunset",
            "sunset at the beach",
            "orange light on the sea",
            "the sun sinks into the sea",
            "an evening sky over the water",
        ]
    }

    var weathers: [SceneWeather] { [.fog, .rain] }
    var companions: [SceneCompanion] { birds ? [] : [.airplane, .balloon] }
    var lightTime: TimeOfDay? { .sunset }

    func draw(time seconds: Double, into canvas: Canvas) {
        let colors = colors
        canvas.gradient([(0, colors.top), (horizon * 0.6, colors.middle), (horizon, colors.low)])
        canvas.glow(sunX, sunY, radius: 0.6, colors.sun * 0.5, stretch: 1.5)
        canvas.glow(sunX, sunY, radius: 0.24, .hex(0xFFE0A0) * 0.6)
        canvas.disc(sunX, sunY, radius: 0.088, .hex(0xFFF2C0) * 1.5, softness: 0.008)
        drawClouds(seconds, canvas)
        if birds { drawBirds(seconds, canvas) }
        drawSea(seconds, canvas)
    }

    private func drawClouds(_ seconds: Double, _ canvas: Canvas) {
        let colors = colors
        let offset = SceneRandom.hash(seed, 5) * 16
        let drift = Float(wrap(seconds * (toRight ? -0.016 : 0.016), 16))
        let threshold = 0.7 - 0.32 * clouds
        let lit = mix(colors.low, .hex(0xFFE0C0), 0.35), shade = mix(colors.top, colors.middle, 0.45) * 0.8
        canvas.paint(bottom: horizon) { x, y, pixel in
            let scale = 0.8 + y * 1.4
            let u = (x - 0.5) * scale * 1.9 + drift + offset, v = y * 4.6 * scale + offset
            let amount = smooth(threshold, threshold + 0.22, Noise.fractal(u, v)) * smooth(horizon, horizon * 0.6, y)
            if amount <= 0 { return }
            let under = Noise.fractal(u, v + 0.2)
            pixel = mix(pixel, mix(lit, shade, smooth(0.35, 0.75, under)), amount * 0.8)
        }
    }

    private func drawBirds(_ seconds: Double, _ canvas: Canvas) {
        let length = canvas.right - canvas.left + 0.5
        for i in 0..<4 {
            let way = Float(wrap(seconds * 0.07 + Double(SceneRandom.hash(seed, 30)) * 2 + Double(i) * 0.16, Double(length)))
            let x = toRight ? canvas.left - 0.25 + way : canvas.right + 0.25 - way
            let y = 0.2 + 0.05 * Float((i * 7) % 4) + 0.02 * Noise.value(Noise.clock(seconds * 0.5), Float(i) * 9)
            let beat = Float(wrap(seconds * 1.1 + Double(i) * 0.3, 1)) * 2 * Float.pi
            Bird.draw(canvas, x: x, y: y, span: 0.1, beat: beat, color: .hex(0x1A1020))
        }
    }

    /// Rows of swell, small far away and broad near the viewer, with the sun's path broken up on them.
    private func drawSea(_ seconds: Double, _ canvas: Canvas) {
        let colors = colors
        let t = Noise.clock(seconds * 0.8)
        let sunLight = mix(colors.low, .hex(0xFFE8B0), 0.5) * 1.5
        canvas.paint(top: horizon) { x, y, pixel in
            let depth = y - horizon
            let near = clamp01(depth / 0.42)
            let distance = 1 / (depth + 0.045)
            let u = (x - 0.5) * (1.2 + distance * 0.34), v = distance * 2.1
            let wave = Noise.value(u * 2.4 + t * 0.4, v * 1.3 - t) * 0.65 + Noise.value(u * 5.5 - t * 0.5 + 50, v * 2.8 - t * 1.7) * 0.35
            let crest = smooth(0.35, 0.75, wave)
            let base = mix(mix(colors.low, colors.sea, 0.35 + 0.4 * near.squareRoot()), colors.middle * 0.9, crest * 0.42)
            var color = mix(base, colors.sea * 0.75, smooth(0.5, 0.15, wave) * (0.25 + 0.4 * near))
            let spread = 0.05 + 0.22 * near
            let off = (x - sunX) / spread
            let path = 1 / (1 + off * off * (2 + 3 * abs(off)))
            color += sunLight * (path * (smooth(0.42, 0.68, wave) * 0.95 + 0.16))
            let blend = canvas.cover(-depth)
            pixel = mix(pixel, color, blend)
        }
    }
}

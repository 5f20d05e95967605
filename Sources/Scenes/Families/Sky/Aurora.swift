/// Curtains of northern lights over a snowy land with mountains and fir trees, the sky passing quickly
/// as in a time lapse.
struct Aurora: Scene {
    static let family = "aurora"

    enum Land: String, CaseIterable, Sendable {
        case mountains, trees, lake

        var phrase: String {
            switch self {
            case .mountains: return "over snowy mountains"
            case .trees: return "over snowy trees"
            case .lake: return "over a frozen lake"
            }
        }
    }

    let colour: NamedColor
    let land: Land
    private let seed: UInt64
    private let base: Float
    private let speed: Float

    init(random: inout SceneRandom) {
        colour = random.pick([.green, .green, .green, .purple, .pink, .blue])
        land = random.pick(Land.allCases)
        seed = random.next()
        base = random.range(0.46, 0.52)
        speed = random.range(0.8, 1.2) * random.sign()
    }

    var attributes: [String: String] { ["colour": colour.rawValue, "land": land.rawValue] }

    var captions: [String] {
        [
            "\(Wording.article(colour.rawValue)) aurora \(land.phrase) at night",
            "timelapse of \(Wording.article(colour.rawValue)) aurora \(land.phrase)",
            "\(colour.rawValue) northern lights dance in the night sky \(land.phrase)",
            "\(colour.rawValue) aurora light in the sky \(land.phrase) timelapse",
            "the night sky with beautiful \(colour.rawValue) northern lights \(land.phrase)",
        ]
    }

    var prompts: [String] {
        ["timelapse at the snow land with aurora in the sky", "timelapse at the snow land with aurora in the sky", "aurora in the sky"]
    }

    /// The foot of the curtain and its upper fringe.
    private var light: (low: Color, high: Color) {
        switch colour {
        case .purple: return (.hex(0xB050FF), .hex(0x5A28D0))
        case .pink: return (.hex(0xFF5AB4), .hex(0x8A2CC8))
        case .blue: return (.hex(0x38B0FF), .hex(0x3040E0))
        default: return (.hex(0x30FF90), .hex(0x1090A0))
        }
    }

    var paraphrases: [String] {
        [
            "northern lights",
            "an aurora",
            "aurora borealis",
            "the northern lights over snow",
            "\(colour.rawValue) lights dance in the sky",
            "polar lights at night",
            "aurora over a snowy land",
            "a winter night with aurora",
            "timelapse of the northern lights",
            "the sky glows \(colour.rawValue)",
            "snow land with aurora",
        ]
    }

    var weathers: [SceneWeather] { [.snow, .clear] }
    var lightTime: TimeOfDay? { .night }

    func draw(time: Double, into canvas: Canvas) {
        canvas.gradient([(0, .hex(0x050820)), (0.45, .hex(0x0D1A40)), (0.75, .hex(0x1B2F60))])
        for i in 0..<26 {
            let drift = Float(wrap(time * 0.004 * Double(speed) + Double(SceneRandom.hash(seed, i)), 1))
            let x = canvas.left - 0.02 + drift * (canvas.right - canvas.left + 0.04)
            let size = SceneRandom.hash(seed, i, 2)
            canvas.disc(x, SceneRandom.hash(seed, i, 1) * 0.5, radius: 0.005 + 0.005 * size, .hex(0xE8ECFF), opacity: 0.4 + 0.5 * size, softness: 0.006)
        }
        drawCurtain(time, canvas, layer: 1, base: base - 0.1, tall: 0.3, strength: 0.5)
        drawCurtain(time, canvas, layer: 0, base: base, tall: 0.42, strength: 1)
        drawLand(time, canvas)
    }

    /// One curtain: a wavering foot line, bright just above it, fading upwards in slow vertical rays.
    /// All that varies varies along x only, so it is computed once per column.
    private func drawCurtain(_ time: Double, _ canvas: Canvas, layer: Int, base: Float, tall: Float, strength: Float) {
        let t = Noise.clock(time * 0.34)
        let drift = Noise.clock(time * 0.16 * Double(speed))
        let offset = SceneRandom.hash(seed, 50 + layer) * 200
        let light = light
        for column in 0..<canvas.width {
            let x = canvas.x(column: column)
            let fold = Noise.value(x * 2.1 + drift + offset, t * 0.6) - 0.5
            let ripple = Noise.value(x * 5 - drift * 1.4 + offset, t + 7) - 0.5
            let foot = base + 0.2 * fold + 0.06 * ripple
            let rays = Noise.value(x * 13 + 6 * fold + drift * 2 + offset, t * 1.2 + 20)
            let broad = Noise.value(x * 2.6 - drift * 1.2 + offset + 60, t * 0.7 + 40)
            let power = strength * (0.25 + 0.9 * rays * rays + 0.2 * rays) * (0.35 + 1.1 * smooth(0.2, 0.75, broad))
            let reach = tall * (0.6 + 0.7 * rays)
            let rows = canvas.rows(foot - reach * 1.6, foot + 0.05)
            var cell = canvas.pixels + rows.lowerBound * canvas.width + column
            for row in rows {
                let up = (foot - canvas.y(row: row)) / reach
                let glow: Float
                if up < 0 {
                    glow = smooth(-0.05 / reach, 0, up)
                } else {
                    let left = max(0, 1 - up / 1.6)
                    glow = left * left * left * 0.8 + 0.2 * left
                }
                cell.pointee += mix(light.low, light.high, smooth(0, 0.75, up)) * (glow * power)
                cell += canvas.width
            }
        }
    }

    private func drawLand(_ time: Double, _ canvas: Canvas) {
        let shine = light.low * 0.16
        let tone = Noise.clock(time * 0.3)
        let pulse = 0.85 + 0.3 * Noise.value(tone, 3)
        let offset = SceneRandom.hash(seed, 80) * 100
        let ridge: (Float) -> Float = { x in
            0.69 - 0.17 * Noise.value(x * 2.4 + offset) - 0.06 * Noise.value(x * 6.5 + offset) - 0.02 * Noise.value(x * 15 + offset)
        }
        canvas.ground(height: ridge) { x, y, depth in
            // Snow lies on the upper slopes; the right flanks are in shadow.
            let slope = ridge(x + 0.02) - ridge(x - 0.02)
            let lit = clamp01(0.5 - slope * 9)
            let snow = smooth(0.13, 0.03, depth + 0.05 * (Noise.value(x * 22, y * 22) - 0.5))
            let rock = Color.hex(0x141D3A)
            return mix(rock, .hex(0x6E84B8) * (0.28 + 0.55 * lit) + shine * (lit * pulse), 0.2 + 0.8 * snow)
        }
        let snowLine: (Float) -> Float = { x in 0.72 + 0.02 * (Noise.value(x * 2 + offset + 30) - 0.5) }
        if land == .lake {
            var lake = Water(horizon: 0.71, far: .hex(0x2A4478), near: .hex(0x101C40), mirror: 0.7, roughness: 0.16)
            lake.near = mix(lake.near, shine, 0.4)
            lake.draw(time: 0, into: canvas)
            canvas.ground(height: { x in 0.93 + 0.03 * (Noise.value(x * 2.5 + offset) - 0.5) }) { _, y, _ in
                .hex(0x7C93C4) * 0.7 + shine * pulse
            }
            return
        }
        canvas.ground(height: snowLine) { x, y, depth in
            let soft = 0.85 + 0.3 * Noise.value(x * 3 + offset, y * 11)
            return (.hex(0x7288BE) * 0.62 + shine * (1.5 * pulse)) * (soft * (0.75 + 0.9 * depth))
        }
        if land == .trees {
            for i in 0..<5 {
                let x = 0.02 + Float(i) * 0.24 + 0.09 * (SceneRandom.hash(seed, i, 60) - 0.5)
                let height = 0.24 + 0.14 * SceneRandom.hash(seed, i, 61)
                Pine.draw(canvas, x: x, foot: 0.84 + 0.09 * SceneRandom.hash(seed, i, 62), height: height, color: .hex(0x0C1A2A), snow: .hex(0x8CA2D0) * 0.6 + shine * pulse)
            }
        }
    }
}

/// A sheet of water from `horizon` down that mirrors what has been drawn above it, with ripples that
/// grow towards the viewer.
struct Water: Sendable {
    /// The y of the far edge.
    var horizon: Float
    /// What the water itself looks like: far and near.
    var far: Color
    var near: Color
    /// How much it mirrors, 0 to 1.
    var mirror: Float = 0.6
    /// How rough it is: 0 a mirror, 1 a fresh breeze.
    var roughness: Float = 0.5

    /// The usual water at a time of day.
    static func at(_ time: TimeOfDay, horizon: Float) -> Water {
        switch time {
        case .day: return Water(horizon: horizon, far: .hex(0x5FA6DC), near: .hex(0x1C5FA8), mirror: 0.5)
        case .sunset: return Water(horizon: horizon, far: .hex(0xD98A6A), near: .hex(0x4A2C56), mirror: 0.62)
        case .night: return Water(horizon: horizon, far: .hex(0x141F48), near: .hex(0x060A20), mirror: 0.6)
        case .dawn: return Water(horizon: horizon, far: .hex(0xD9B3BE), near: .hex(0x5A7AA8), mirror: 0.6)
        }
    }

    /// Covers everything below the horizon. Call it once all that is to be mirrored is drawn.
    func draw(time seconds: Double, into canvas: Canvas) {
        let t = Noise.clock(seconds * 0.9)
        let columns = canvas.width
        for row in canvas.rows(horizon, canvas.bottom) {
            let y = canvas.y(row: row)
            let depth = y - horizon
            let amount = canvas.cover(-depth)
            if amount <= 0 { continue }
            let near = clamp01(depth / (canvas.bottom - horizon))
            // Perspective: equal steps on the water shrink towards the horizon.
            let distance = 1 / (depth + 0.05)
            let base = mix(far, self.near, near.squareRoot())
            let sway = roughness * (0.006 + 0.05 * near)
            let v = distance * 2.6
            let line = canvas.pixels + row * columns
            for column in 0..<columns {
                let x = canvas.x(column: column)
                let u = (x - 0.5) * (2 + distance * 0.32)
                let wave = Noise.value(u * 2.2 + t * 0.5, v * 1.5 - t) + 0.5 * Noise.value(u * 4.6 - t * 0.6 + 91, v * 3 + 13 - t * 1.6) - 0.75
                let from = horizon - depth * (0.92 + wave * 0.5 * roughness) - abs(wave) * sway * 0.5
                let mirrored = canvas.sample(x + wave * sway * 0.8, min(from, horizon - canvas.pixel))
                // Crests face the viewer and show the water, troughs show the sky.
                let share = mirror * (0.85 + 0.5 * wave)
                var color = mix(base * (1 + 0.45 * wave * roughness), mirrored, clamp01(share))
                color += mirrored * (max(0, wave - 0.3) * 0.6 * roughness)
                line[column] = mix(line[column], color, amount)
            }
        }
    }
}

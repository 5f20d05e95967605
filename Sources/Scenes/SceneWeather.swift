#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Weather that comes over a scene outdoors. The raw values are what labels say.
public enum SceneWeather: String, CaseIterable, Codable, Sendable {
    case clear, rain, snow, fog

    /// How captions tell of it, after the rest of the sentence.
    var phrases: [String] {
        switch self {
        case .clear: return []
        case .rain: return ["in the rain", "while it rains", "on a rainy day", "in heavy rain", "with rain falling"]
        case .snow: return ["in the snow", "while it snows", "with snow falling", "in falling snow", "under falling snow"]
        case .fog: return ["in the fog", "in thick fog", "on a foggy day", "in the mist", "with fog"]
        }
    }

    /// Draws it over the finished scene. `time` tells the colour of the light, nil counts as day.
    package func draw(time seconds: Double, light: TimeOfDay?, seed: UInt64, into canvas: Canvas) {
        switch self {
        case .clear: return
        case .rain: drawRain(seconds, light ?? .day, seed, canvas)
        case .snow: drawSnow(seconds, light ?? .day, seed, canvas)
        case .fog: drawFog(seconds, light ?? .day, seed, canvas)
        }
    }

    /// Paler and darker, as under a closed sky; the main thing keeps most of its colour.
    private func grade(_ canvas: Canvas, grey: Float, dim: Float, tint: Color) {
        for row in 0..<canvas.height {
            let line = canvas.pixels + row * canvas.width, mark = canvas.mark(row: row)
            for column in 0..<canvas.width {
                let pixel = line[column], spared = 0.8 * mark[column]
                let luma = 0.25 * pixel.x + 0.62 * pixel.y + 0.13 * pixel.z
                line[column] = mix(pixel, tint * luma, grey * (1 - spared)) * mix(dim, 1, spared)
            }
        }
    }

    private func drawRain(_ seconds: Double, _ light: TimeOfDay, _ seed: UInt64, _ canvas: Canvas) {
        grade(canvas, grey: light == .day ? 0.55 : 0.3, dim: light == .night ? 0.95 : 0.72, tint: Color(0.92, 1, 1.1, 0))
        let slant = (SceneRandom.hash(seed, 1) - 0.5) * 0.3
        let width = canvas.right - canvas.left + 0.3, height = canvas.bottom - canvas.top + 0.3
        let bright = light == .night ? Color.hex(0x9FB4DC) : light == .sunset ? .hex(0xFFE0CC) : .hex(0xF0F6FC)
        // Few and thick: what is thinner than two pixels is lost in latents.
        let count = Int(26 * width * height)
        for i in 0..<count {
            let near = SceneRandom.hash(seed, i, 2)
            let fall = 1.5 + 0.9 * Double(near)
            let y = canvas.top - 0.1 + Float(wrap(seconds * fall / Double(height) + Double(SceneRandom.hash(seed, i, 3)), 1)) * height
            let x = canvas.left - 0.1 + SceneRandom.hash(seed, i, 4) * width + slant * (y - 0.5)
            let long = 0.12 + 0.08 * near
            canvas.line(x, y, x - slant * long, y - long, width: 0.014 + 0.006 * near, endWidth: 0.006, bright, opacity: 0.4 + 0.25 * near)
        }
    }

    private func drawSnow(_ seconds: Double, _ light: TimeOfDay, _ seed: UInt64, _ canvas: Canvas) {
        grade(canvas, grey: light == .day ? 0.35 : 0.2, dim: light == .day ? 0.86 : 1, tint: Color(0.97, 1, 1.06, 0))
        let width = canvas.right - canvas.left + 0.1, height = canvas.bottom - canvas.top + 0.1
        let white = light == .night ? Color.hex(0xC8D4F0) : light == .sunset ? .hex(0xFFEEE6) : .hex(0xFFFFFF)
        let wind = Double(SceneRandom.hash(seed, 1) - 0.5) * 0.12
        let count = Int(38 * width * height)
        for i in 0..<count {
            let near = SceneRandom.hash(seed, i, 2)
            let fall = 0.16 + 0.2 * Double(near)
            let sway = 0.02 * sin(Motion.angle(seconds, hertz: 0.2 + 0.1 * Double(near), start: SceneRandom.hash(seed, i, 5)))
            let y = canvas.top - 0.05 + Float(wrap(seconds * fall / Double(height) + Double(SceneRandom.hash(seed, i, 3)), 1)) * height
            let x = canvas.left - 0.05 + Float(wrap(Double(SceneRandom.hash(seed, i, 4)) + seconds * wind, 1)) * width + sway
            canvas.disc(x, y, radius: 0.013 + 0.009 * near, white, opacity: 0.92, softness: 0.008)
        }
    }

    private func drawFog(_ seconds: Double, _ light: TimeOfDay, _ seed: UInt64, _ canvas: Canvas) {
        let color: Color
        switch light {
        case .day: color = .hex(0xCBD3DA)
        case .sunset: color = .hex(0xE2A88E)
        case .dawn: color = .hex(0xE4CCCC)
        case .night: color = .hex(0x4A5678)
        }
        let drift = Motion.scroll(seconds, speed: 0.12, period: 16)
        let offset = SceneRandom.hash(seed, 6) * 16
        let dense = 0.5 + 0.14 * SceneRandom.hash(seed, 7)
        let width = canvas.width
        for row in 0..<canvas.height {
            let y = canvas.y(row: row), line = canvas.pixels + row * width, marks = canvas.mark(row: row)
            for column in 0..<width {
                let x = canvas.x(column: column)
                let bank = Noise.fractal(x * 0.8 + offset + drift, y * 1.8 + offset)
                // What is low on the picture is near, and clearer; so is the main thing.
                let amount = clamp01(dense + 0.6 * (bank - 0.5) - 0.42 * smooth(0.6, 1.1, y)) * (1 - 0.8 * marks[column])
                line[column] = mix(line[column], color * (0.88 + 0.24 * bank), amount)
            }
        }
    }
}

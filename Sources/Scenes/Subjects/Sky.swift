#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A sky above a horizon: gradient, sun or moon, stars at night, drifting clouds. Shared by the families
/// that happen outdoors, so that "at sunset" looks the same everywhere.
struct Sky: Sendable {
    var time: TimeOfDay
    /// How much of the sky has clouds, 0 (none) to 1.
    var clouds: Float
    /// The drift of the clouds in scene units a second; negative goes left.
    var wind: Float
    /// Where the sun or the moon stands; nil leaves it out.
    var light: (x: Float, y: Float)?
    /// The y of the horizon; the sky goes on as haze below it.
    var horizon: Float
    /// The place in the noise, which makes every sky different.
    var seed: UInt64

    init(time: TimeOfDay, horizon: Float, sun: Bool = true, random: inout SceneRandom) {
        self.time = time
        self.horizon = horizon
        seed = random.next()
        clouds = random.range(0.25, 0.6)
        wind = random.range(0.008, 0.02) * random.sign()
        let x = random.range(0.2, 0.8)
        let low = horizon - random.range(0.02, 0.12)
        let high = random.range(0.12, 0.2)
        switch time {
        case .sunset, .dawn: light = sun ? (x, low) : nil
        case .night: light = sun ? (x, high) : nil
        case .day: light = nil
        }
    }

    /// Draws the sky over the whole picture.
    func draw(time seconds: Double, into canvas: Canvas) {
        let colors = time.sky
        canvas.gradient([(0, colors.top), (horizon * 0.55, colors.middle), (horizon, colors.horizon)])
        if time == .night { drawStars(seconds, canvas) }
        if let light { drawLight(light.x, light.y, canvas) }
        if clouds > 0, time != .night { drawClouds(seconds, canvas) }
    }

    /// The disc of the sun or the moon with its glow.
    private func drawLight(_ x: Float, _ y: Float, _ canvas: Canvas) {
        switch time {
        case .night:
            canvas.glow(x, y, radius: 0.3, .hex(0x3B4C86) * 0.7)
            canvas.disc(x, y, radius: 0.05, .hex(0xF4F0DC))
            canvas.disc(x + 0.012, y - 0.01, radius: 0.012, .hex(0xDCD6C0), opacity: 0.7, softness: 0.01)
            canvas.disc(x - 0.016, y + 0.014, radius: 0.009, .hex(0xDCD6C0), opacity: 0.7, softness: 0.01)
        case .sunset, .dawn:
            let warm: Color = time == .sunset ? .hex(0xFF8A3C) : .hex(0xFFB88A)
            canvas.glow(x, y, radius: 0.55, warm * 0.45, stretch: 1.4)
            canvas.glow(x, y, radius: 0.2, .hex(0xFFD890) * 0.7)
            canvas.disc(x, y, radius: 0.065, .hex(0xFFF3C4) * 1.4, softness: 0.008)
        case .day:
            canvas.glow(x, y, radius: 0.35, .hex(0xFFF6D8) * 0.5)
            canvas.disc(x, y, radius: 0.06, .hex(0xFFFBE0) * 1.5, softness: 0.01)
        }
    }

    /// Few and rather large stars, twinkling slowly.
    private func drawStars(_ seconds: Double, _ canvas: Canvas) {
        for i in 0..<34 {
            let x = canvas.left + SceneRandom.hash(seed, i) * (canvas.right - canvas.left)
            let y = canvas.top + SceneRandom.hash(seed, i, 1) * (horizon - 0.06 - canvas.top)
            let size = SceneRandom.hash(seed, i, 2)
            let phase = SceneRandom.hash(seed, i, 3)
            let twinkle = 0.8 + 0.2 * sin(Float(wrap(seconds * Double(0.12 + 0.2 * phase), 1)) * 2 * .pi + 6.3 * phase)
            let brightness = (0.35 + 0.65 * size * size) * twinkle * smooth(horizon, horizon * 0.5, y)
            canvas.disc(x, y, radius: 0.0055 + 0.005 * size, .hex(0xE8ECFF), opacity: brightness, softness: 0.006)
        }
    }

    /// A layer of clouds seen in perspective: wider and flatter towards the horizon.
    private func drawClouds(_ seconds: Double, _ canvas: Canvas) {
        let tint = time.cloud
        let offsetX = SceneRandom.hash(seed, 900) * 16, offsetY = SceneRandom.hash(seed, 901) * 16
        let drift = Float(wrap(seconds * Double(wind) * 1.6, 16))
        let threshold = 0.78 - 0.42 * clouds
        canvas.paint(bottom: horizon) { x, y, pixel in
            let up = (horizon - y) / horizon
            let scale = 1.1 + 1.5 * (1 - up)
            let u = (x - 0.5) * scale * 1.6 - drift + offsetX
            let v = y * 2.6 * scale + offsetY
            let body = Noise.fractal(u, v)
            let amount = smooth(threshold, threshold + 0.2, body) * smooth(0, 0.25, up)
            if amount <= 0 { return }
            let above = Noise.fractal(u, v - 0.12)
            let lit = clamp01(0.5 + (body - above) * 3.2 + 0.25)
            pixel = mix(pixel, mix(tint.shade, tint.lit, lit), amount * 0.92)
        }
    }
}

/// The flames of a wood fire.
enum Flames {
    /// Flames as a field of noise that rises and is eaten away with height: what is left is coloured by
    /// how hot it is.
    static func draw(_ canvas: Canvas, t: Float, middle: Float, base: Float, size: Float, spread: Float = 1, seed: UInt64) {
        let height = 0.6 * size * (0.94 + 0.12 * Noise.value(t * 1.3, 40)), width = 0.23 * size * spread
        let phase = SceneRandom.hash(seed, 3) * 100
        let lean = 0.12 * (Noise.value(t * 0.7 + phase, 2.2) - 0.5)
        canvas.paint(left: middle - 0.42 * spread, right: middle + 0.42 * spread, top: base - height * 1.2, bottom: base + 0.05) { x, y, pixel in
            let up = (base + 0.03 - y) / height
            if up < 0 { return }
            let sway = (Noise.value(up * 2.2 - t * 1.4, phase) - 0.5) * 0.3 * up * size
            let dx = (x - middle - lean * up * up - sway) / width
            let wide = 1.02 - 0.66 * up
            let across = abs(dx) / max(wide, 0.05)
            if across > 1.5 { return }
            // Tongues: noise stretched upwards, finer on top of coarse.
            let coarse = Noise.value(dx * 2.3 + phase, up * 2.5 - t * 2.4 + phase, t * 0.5)
            let fine = Noise.value(dx * 4.6 + 31, up * 4.4 - t * 4.5 + phase)
            let shape = 1.12 - across * across * 0.95 - up * 0.88
            let heat = shape + (coarse - 0.5) * (0.35 + 1.0 * up) + (fine - 0.5) * (0.14 + 0.4 * up)
            let body = smooth(0.14, 0.3, heat - 0.9 * max(0, up - 0.95)) * smooth(0, 0.06, up) * smooth(1.18, 1.05, up)
            if body <= 0 { return }
            var color = mix(.hex(0xD42A08) * 1.1, .hex(0xFF7A10) * 1.5, smooth(0.16, 0.42, heat))
            color = mix(color, .hex(0xFFC030) * 2.0, smooth(0.38, 0.7, heat))
            color = mix(color, .hex(0xFFF2B8) * 2.4, smooth(0.66, 1.1, heat))
            pixel = mix(pixel, color, body * 0.96)
        }
    }
}

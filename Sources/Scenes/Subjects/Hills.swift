/// Ranges of hills along a horizon, each nearer range darker and clearer: shared by the landscapes.
enum Hills {
    /// Draws two far ranges and a near one whose feet stand on `base`; `near` is the near range's
    /// colour in daylight.
    static func draw(_ canvas: Canvas, base: Float, height: Float, seed: UInt64, time: TimeOfDay, near: Color, shift: Float = 0) {
        let far = Color.hex(0x6F8FA8)
        let haze = time.haze
        let offset = SceneRandom.hash(seed, 300) * 200
        for range in 0..<3 {
            let part = Float(range) / 2
            let tall = height * (1 - 0.62 * part)
            let tone = mix(mix(far * time.light, haze, 0.45 - 0.15 * part), near * time.light * 0.75, part * part)
            let place = offset + Float(range) * 40
            let moved = shift * (1 + part)
            let rough = 1.6 + 0.8 * part
            canvas.ground(height: { x in
                base - tall * (0.15 + 0.75 * Noise.value((x + moved) * rough + place) + 0.16 * Noise.value((x + moved) * rough * 3 + place))
            }, bottom: base + 0.01) { _, y, _ in
                mix(tone, haze, 0.22 * clamp01(1 - (base - y) / tall) * (1 - part))
            }
        }
    }
}

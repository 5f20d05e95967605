extension Canvas {
    /// A tree with a round crown; `size` is its height.
    func roundTree(_ x: Float, foot: Float, size: Float, leaf: Color, trunk: Color) {
        line(x, foot, x, foot - size * 0.5, width: size * 0.12, endWidth: size * 0.08, trunk)
        let crown = foot - size * 0.66
        let shade = leaf * 0.55
        disc(x - size * 0.2, crown + size * 0.1, radius: size * 0.22, shade)
        disc(x + size * 0.2, crown + size * 0.1, radius: size * 0.22, shade)
        ellipse(x, crown, size * 0.3, size * 0.33) { u, v in
            mix(leaf * 0.6, leaf * 1.25, clamp01(0.5 - 0.45 * v - 0.3 * u))
        }
        ellipse(x - size * 0.12, crown + size * 0.06, size * 0.2, size * 0.18) { u, v in
            mix(leaf * 0.62, leaf * 1.3, clamp01(0.5 - 0.5 * v - 0.3 * u))
        }
    }
}

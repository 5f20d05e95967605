extension Canvas {
    /// A soft shaded ball of vapour, lit from above: smoke, steam, mist.
    func puff(_ x: Float, _ y: Float, radius: Float, lit: Color, shade: Color, opacity: Float) {
        let inverse = 1 / radius
        paint(left: x - radius, right: x + radius, top: y - radius, bottom: y + radius) { px, py, pixel in
            let dx = (px - x) * inverse, dy = (py - y) * inverse
            let square = dx * dx + dy * dy
            if square >= 1 { return }
            let body = smooth(1, 0.35, square) * opacity
            let light = clamp01(0.5 - 0.6 * dy - 0.25 * dx)
            pixel = mix(pixel, mix(shade, lit, light), body)
        }
    }
}

/// A fir tree, used by several families: layers of drooping branches, with or without snow.
enum Pine {
    /// Draws one tree standing with its foot at (`x`, `foot`). `snow` is the colour of the snow on it,
    /// nil for none.
    static func draw(_ canvas: Canvas, x: Float, foot: Float, height: Float, color: Color, snow: Color? = nil) {
        let half = height * 0.27
        canvas.box(x, foot - height * 0.05, halfWidth: height * 0.03, halfHeight: height * 0.06, mix(color, .hex(0x2A1A10), 0.5))
        let layers = 4
        for layer in 0..<layers {
            let part = Float(layer) / Float(layers)
            // From the ground up, so that upper branches overlap lower ones.
            let low = foot - height * (0.08 + 0.68 * part)
            let tip = foot - height * (0.44 + 0.56 * (Float(layer) + 1) / Float(layers))
            let wide = half * (1 - 0.72 * part)
            let sag = height * 0.035
            let shape: [(x: Float, y: Float)] = [
                (x, tip), (x + wide * 0.45, (tip + low) / 2), (x + wide, low), (x + wide * 0.5, low - sag * 0.4),
                (x, low + sag * 0.4), (x - wide * 0.5, low - sag * 0.4), (x - wide, low), (x - wide * 0.45, (tip + low) / 2),
            ]
            canvas.polygon(shape) { px, py in
                let side = clamp01(0.5 - (px - x) / (2 * wide))
                let depth = clamp01((py - tip) / (low - tip))
                let bough = color * (0.8 + 0.5 * side) * (1.12 - 0.35 * depth)
                guard let snow else { return bough }
                // Snow lies along the outer, upper edge of each layer and on the very top.
                let fromEdge = wide * depth - abs(px - x)
                let thick = height * (layer == layers - 1 ? 0.07 : 0.058) * (0.25 + 1.1 * Noise.value(px / height * 15, py / height * 15 + Float(layer) * 7))
                let lies = smooth(thick, thick * 0.35, fromEdge)
                return mix(bough, snow * (0.8 + 0.25 * side), lies)
            }
        }
    }
}

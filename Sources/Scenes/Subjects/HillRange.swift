/// A range of hills or mountains: a skyline without end that a moving camera can pass along.
struct HillRange: Sendable {
    /// The y of the highest top a hill can reach and of the lowest valley.
    var top: Float
    var bottom: Float
    /// Hills to a unit of width.
    var density: Float
    /// 0 for round hills, 1 for rugged ones.
    var roughness: Float = 0.2
    /// The place in the noise.
    var offset: Float

    /// The skyline at `x` after the range has moved by `scroll` noise units to the left.
    @inline(__always) func y(_ x: Float, scroll: Float = 0) -> Float {
        let u = x * density + offset + scroll
        var height = Noise.value(u) * (1 - 0.3 * roughness)
        height += (Noise.value(2 * u + 31) - 0.5) * (0.2 + 0.5 * roughness)
        if roughness > 0.3 { height += (Noise.value(6 * u + 77) - 0.5) * 0.22 * roughness }
        return mix(bottom, top, height)
    }

    /// How far the range has moved when the camera has gone `travel` units to the right.
    func scroll(travel: Double) -> Float {
        Float(wrap(travel * Double(density), 256))
    }
}

extension Canvas {
    /// A rugged range with sunny and shady sides and snow on its heights.
    func mountains(_ range: HillRange, scroll: Float, rock: Color, snow: Color, haze: Color) {
        let tall = range.bottom - range.top
        ground(height: { range.y($0, scroll: scroll) }) { x, y, depth in
            // Ridges run down from the tops aslant: the side a place is on is that of the skyline a bit beside it.
            let at = x - depth * 0.45
            let rise = range.y(at + 0.03, scroll: scroll) - range.y(at - 0.03, scroll: scroll)
            let lit = smooth(-0.05, 0.05, rise + 0.03 * (Noise.value((x * range.density + scroll) * 6, y * 12) - 0.5))
            let line = range.top + tall * 0.52 + tall * 0.42 * (Noise.value((x * range.density + scroll) * 5, 7.5) - 0.5)
            let white = smooth(line + 0.02, line - 0.02, y)
            let bare = mix(rock * 0.6, rock * 1.1, lit), cap = mix(mix(snow, rock, 0.45), snow, lit)
            return mix(mix(bare, cap, white), haze, min(0.55, max(0, y - range.top - 0.3 * tall) / tall * 0.6))
        }
    }
}

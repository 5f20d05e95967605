/// Whole areas: per-pixel painting, gradients, ground under a curve.
extension Canvas {
    /// Runs `body` on every pixel whose middle lies in the box (cut at the picture's sides) with its
    /// coordinates; this is what everything procedural is made with.
    @inline(__always)
    func paint(
        left: Float = -.infinity, right: Float = .infinity, top: Float = -.infinity, bottom: Float = .infinity,
        _ body: (_ x: Float, _ y: Float, _ pixel: inout Color) -> Void
    ) {
        let columns = columns(max(left, self.left), min(right, self.right))
        for row in rows(max(top, self.top), min(bottom, self.bottom)) {
            let y = y(row: row)
            if y < top || y >= bottom { continue }
            let line = pixels + row * width
            for column in columns {
                let x = x(column: column)
                if x < left || x >= right { continue }
                body(x, y, &line[column])
            }
        }
    }

    /// A vertical run of colours over the whole width: `stops` are heights (rising) and their colours,
    /// blended smoothly in between and held beyond the ends. Only rows from `top` to `bottom` change.
    package func gradient(_ stops: [(y: Float, color: Color)], top: Float = -.infinity, bottom: Float = .infinity) {
        guard let first = stops.first else { return }
        for row in rows(max(top, self.top), min(bottom, self.bottom)) {
            let y = y(row: row)
            let weight = min(clamp01((y - top) / pixel + 0.5), clamp01((bottom - y) / pixel + 0.5))
            if weight <= 0 { continue }
            var color = first.color
            var i = 1
            while i < stops.count, y > stops[i - 1].y {
                color = mix(stops[i - 1].color, stops[i].color, clamp01((y - stops[i - 1].y) / (stops[i].y - stops[i - 1].y)))
                i += 1
            }
            let line = pixels + row * width
            if weight >= 1 {
                line.update(repeating: color, count: width)
            } else {
                for column in 0..<width { line[column] = mix(line[column], color, weight) }
            }
        }
    }

    /// Everything below the curve `height` (its y over x), antialiased along it; `color` is asked for
    /// each pixel with how far it lies below the curve.
    @inline(__always)
    func ground(
        height: (_ x: Float) -> Float, bottom: Float = .infinity,
        color: (_ x: Float, _ y: Float, _ depth: Float) -> Color
    ) {
        let lastRow = rows(top, min(bottom, self.bottom)).upperBound
        for column in 0..<width {
            let x = x(column: column)
            let edge = height(x)
            // Along a slope the edge crosses several rows; the neighbour tells how many.
            let slope = abs(height(x + pixel) - edge) / pixel
            let softness = pixel * max(1, min(4, slope))
            let start = max(0, min(lastRow, Int(max(-1e6, min(1e6, (edge - softness - originY) / pixel)))))
            var cell = pixels + start * width + column
            for row in start..<lastRow {
                let y = y(row: row)
                if y >= bottom { break }
                let amount = cover(edge - y, softness)
                if amount > 0 {
                    cell.pointee = mix(cell.pointee, color(x, y, max(0, y - edge)), amount)
                }
                cell += width
            }
        }
    }

    /// Everything below the curve in one colour.
    @inline(__always)
    func ground(_ color: Color, height: (_ x: Float) -> Float) {
        ground(height: height) { _, _, _ in color }
    }

    /// Light that adds itself to what is there, strongest in the middle and gone at `radius`.
    /// `stretch` above 1 makes it wider than high.
    func glow(_ x: Float, _ y: Float, radius: Float, _ color: Color, stretch: Float = 1) {
        let inverse = 1 / radius
        paint(left: x - radius * stretch, right: x + radius * stretch, top: y - radius, bottom: y + radius) { px, py, pixel in
            let dx = (px - x) / stretch * inverse, dy = (py - y) * inverse
            let fall = max(0, 1 - (dx * dx + dy * dy))
            pixel += color * (fall * fall * fall)
        }
    }

    /// What the picture shows at a place, blended between the four pixels around it; beyond the sides
    /// the nearest pixel counts. This is how water mirrors.
    @inline(__always) func sample(_ x: Float, _ y: Float) -> Color {
        let u = max(0, min(Float(width - 1), (x - originX) / pixel - 0.5))
        let v = max(0, min(Float(height - 1), (y - originY) / pixel - 0.5))
        let i = Int(u), j = Int(v)
        let cell = pixels + j * width + i
        let across = i + 1 < width ? 1 : 0, down = j + 1 < height ? width : 0
        let f = u - Float(i)
        return mix(mix(cell[0], cell[across], f), mix(cell[down], cell[down + across], f), v - Float(j))
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Antialiased shapes.
extension Canvas {
    /// A disc; `softness` is the width of its edge.
    package func disc(_ x: Float, _ y: Float, radius: Float, _ color: Color, opacity: Float = 1, softness: Float = 0) {
        let reach = radius + softness
        paint(left: x - reach - pixel, right: x + reach + pixel, top: y - reach - pixel, bottom: y + reach + pixel) { px, py, pixel in
            let dx = px - x, dy = py - y
            let amount = cover((dx * dx + dy * dy).squareRoot() - radius, softness) * opacity
            if amount > 0 { pixel = mix(pixel, color, amount) }
        }
    }

    /// A disc shaded as a ball lit from the upper left (`lightX`, `lightY` say from where, in radii).
    func ball(_ x: Float, _ y: Float, radius: Float, _ color: Color, lightX: Float = -0.4, lightY: Float = -0.5) {
        paint(left: x - radius - pixel, right: x + radius + pixel, top: y - radius - pixel, bottom: y + radius + pixel) { px, py, pixel in
            let dx = (px - x) / radius, dy = (py - y) / radius
            let square = dx * dx + dy * dy
            let amount = cover((square.squareRoot() - 1) * radius)
            if amount <= 0 { return }
            let dz = max(0, 1 - square).squareRoot()
            let light = clamp01((dx * lightX + dy * lightY + dz * 0.75) / 0.99)
            let shine = max(0, light - 0.92) * 12.5
            let lit = color * (0.16 + 0.95 * light) + Color.grey(0.55 * shine * shine)
            pixel = mix(pixel, lit, amount)
        }
    }

    /// An ellipse turned by `angle` (radians, clockwise on the screen). `color` is asked with the
    /// place in the ellipse, -1...1 along each of its axes.
    @inline(__always)
    func ellipse(
        _ x: Float, _ y: Float, _ radiusX: Float, _ radiusY: Float, angle: Float = 0, softness: Float = 0,
        opacity: Float = 1, color: (_ u: Float, _ v: Float) -> Color
    ) {
        let c = cos(angle), s = sin(angle)
        let reachX = (radiusX * radiusX * c * c + radiusY * radiusY * s * s).squareRoot() + softness + pixel
        let reachY = (radiusX * radiusX * s * s + radiusY * radiusY * c * c).squareRoot() + softness + pixel
        let inner = min(radiusX, radiusY)
        paint(left: x - reachX, right: x + reachX, top: y - reachY, bottom: y + reachY) { px, py, pixel in
            let dx = px - x, dy = py - y
            let u = (dx * c + dy * s) / radiusX, v = (dy * c - dx * s) / radiusY
            let length = (u * u + v * v).squareRoot()
            // The distance to first order: the implicit value over its gradient.
            let gu = u / radiusX, gv = v / radiusY
            let gradient = (gu * gu + gv * gv).squareRoot()
            let distance = length < 1e-4 ? -inner : (length - 1) * length / max(gradient, 1e-6)
            let amount = cover(distance, softness) * opacity
            if amount > 0 { pixel = mix(pixel, color(u, v), amount) }
        }
    }

    /// An ellipse of one colour.
    package func ellipse(
        _ x: Float, _ y: Float, _ radiusX: Float, _ radiusY: Float, _ color: Color, angle: Float = 0,
        softness: Float = 0, opacity: Float = 1
    ) {
        ellipse(x, y, radiusX, radiusY, angle: angle, softness: softness, opacity: opacity) { _, _ in color }
    }

    /// A straight stroke with round ends, `width` wide at its start and `endWidth` at its end.
    func line(
        _ x0: Float, _ y0: Float, _ x1: Float, _ y1: Float, width: Float, endWidth: Float? = nil, _ color: Color,
        opacity: Float = 1, softness: Float = 0
    ) {
        let r0 = width / 2, r1 = (endWidth ?? width) / 2
        let reach = max(r0, r1) + softness + pixel
        let ax = x1 - x0, ay = y1 - y0
        let inverse = 1 / max(ax * ax + ay * ay, 1e-12)
        paint(left: min(x0, x1) - reach, right: max(x0, x1) + reach, top: min(y0, y1) - reach, bottom: max(y0, y1) + reach) { px, py, pixel in
            let dx = px - x0, dy = py - y0
            let t = clamp01((dx * ax + dy * ay) * inverse)
            let ex = dx - t * ax, ey = dy - t * ay
            let amount = cover((ex * ex + ey * ey).squareRoot() - mix(r0, r1, t), softness) * opacity
            if amount > 0 { pixel = mix(pixel, color, amount) }
        }
    }

    /// A box with corners rounded by `radius`; `color` is asked with the place in it, -1...1 each way.
    @inline(__always)
    func box(
        _ x: Float, _ y: Float, halfWidth: Float, halfHeight: Float, radius: Float = 0, opacity: Float = 1,
        color: (_ u: Float, _ v: Float) -> Color
    ) {
        paint(left: x - halfWidth - pixel, right: x + halfWidth + pixel, top: y - halfHeight - pixel, bottom: y + halfHeight + pixel) { px, py, pixel in
            let dx = px - x, dy = py - y
            let qx = abs(dx) - halfWidth + radius, qy = abs(dy) - halfHeight + radius
            let ox = max(qx, 0), oy = max(qy, 0)
            let distance = (ox * ox + oy * oy).squareRoot() + min(max(qx, qy), 0) - radius
            let amount = cover(distance) * opacity
            if amount > 0 { pixel = mix(pixel, color(dx / halfWidth, dy / halfHeight), amount) }
        }
    }

    /// A box of one colour.
    func box(_ x: Float, _ y: Float, halfWidth: Float, halfHeight: Float, radius: Float = 0, _ color: Color, opacity: Float = 1) {
        box(x, y, halfWidth: halfWidth, halfHeight: halfHeight, radius: radius, opacity: opacity) { _, _ in color }
    }

    /// A polygon (even-odd where it crosses itself), `color` asked for each pixel: four scan lines to
    /// a row, each with exact ends.
    @inline(__always)
    func polygon(_ points: [(x: Float, y: Float)], opacity: Float = 1, color: (_ x: Float, _ y: Float) -> Color) {
        guard points.count > 2 else { return }
        var low = Float.infinity, high = -Float.infinity
        for point in points {
            low = min(low, point.y)
            high = max(high, point.y)
        }
        let scans = 4
        withUnsafeTemporaryAllocation(of: Float.self, capacity: points.count) { crossings in
            for row in rows(low, high) {
                var first = width, last = -1
                for scan in 0..<scans {
                    let y = originY + (Float(row) + (Float(scan) + 0.5) / Float(scans)) * pixel
                    var count = 0
                    var previous = points[points.count - 1]
                    for point in points {
                        if (previous.y <= y) != (point.y <= y) {
                            let x = previous.x + (y - previous.y) / (point.y - previous.y) * (point.x - previous.x)
                            var place = count
                            while place > 0, crossings[place - 1] > x {
                                crossings[place] = crossings[place - 1]
                                place -= 1
                            }
                            crossings[place] = x
                            count += 1
                        }
                        previous = point
                    }
                    var i = 0
                    while i + 1 < count {
                        let from = max(0, (crossings[i] - originX) / pixel)
                        let to = min(Float(width), (crossings[i + 1] - originX) / pixel)
                        i += 2
                        if to <= from { continue }
                        let start = Int(from), end = min(width - 1, Int(to))
                        first = min(first, start)
                        last = max(last, end)
                        if start == end {
                            coverage[start] += to - from
                        } else {
                            coverage[start] += Float(start + 1) - from
                            var column = start + 1
                            while column < end {
                                coverage[column] += 1
                                column += 1
                            }
                            coverage[end] += to - Float(end)
                        }
                    }
                }
                if last < first { continue }
                let y = y(row: row)
                let line = pixels + row * width
                for column in first...last {
                    let amount = min(1, coverage[column] / Float(scans)) * opacity
                    coverage[column] = 0
                    if amount > 0 { line[column] = mix(line[column], color(x(column: column), y), amount) }
                }
            }
        }
    }

    /// A polygon of one colour.
    func polygon(_ points: [(x: Float, y: Float)], _ color: Color, opacity: Float = 1) {
        polygon(points, opacity: opacity) { _, _ in color }
    }
}

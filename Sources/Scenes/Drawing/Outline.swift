#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Closed outlines for `Canvas.polygon`, drawn up in units of their own and then placed.
enum Outline {
    typealias Points = [(x: Float, y: Float)]

    /// A closed smooth curve through all points (Catmull-Rom), `steps` pieces between two of them.
    static func smooth(_ points: Points, steps: Int = 6) -> Points {
        let count = points.count
        guard count > 2 else { return points }
        var curve: Points = []
        curve.reserveCapacity(count * steps)
        for i in 0..<count {
            let a = points[(i + count - 1) % count], b = points[i]
            let c = points[(i + 1) % count], d = points[(i + 2) % count]
            for step in 0..<steps {
                let t = Float(step) / Float(steps)
                curve.append((spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t)))
            }
        }
        return curve
    }

    private static func spline(_ a: Float, _ b: Float, _ c: Float, _ d: Float, _ t: Float) -> Float {
        let linear = (c - a) * t
        let square = (2 * a - 5 * b + 4 * c - d) * t * t
        let cube = (3 * b - a - 3 * c + d) * t * t * t
        return b + 0.5 * (linear + square + cube)
    }

    /// The points scaled (each axis by its own factor), turned clockwise by `angle` and moved to a place.
    static func place(_ points: Points, x: Float, y: Float, scaleX: Float, scaleY: Float, angle: Float = 0) -> Points {
        let c = cos(angle), s = sin(angle)
        return points.map { point in
            let px = point.x * scaleX, py = point.y * scaleY
            return (x + px * c - py * s, y + px * s + py * c)
        }
    }
}

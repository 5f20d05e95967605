#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A distant bird: two bent wings that beat. `beat` is the wing's phase in radians.
enum Bird {
    static func draw(_ canvas: Canvas, x: Float, y: Float, span: Float, beat: Float, color: Color) {
        let lift = sin(beat) * span * 0.22
        let body = y + lift * 0.25
        for side in [Float(-1), 1] {
            let elbowX = x + side * span * 0.24, elbowY = body - span * 0.09 - lift * 0.7
            let tipX = x + side * span * 0.5, tipY = body + span * 0.03 - lift * 1.1
            canvas.line(x, body, elbowX, elbowY, width: span * 0.12, endWidth: span * 0.1, color)
            canvas.line(elbowX, elbowY, tipX, tipY, width: span * 0.1, endWidth: span * 0.02, color)
        }
    }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A second subject in the sky of a scene outdoors. The raw values are what labels say.
public enum SceneCompanion: String, CaseIterable, Codable, Sendable {
    case birds, balloon, airplane, rainbow

    /// How captions tell of it, after the rest of the sentence.
    var phrases: [String] {
        switch self {
        case .birds: return ["with birds in the sky", "with birds flying in the sky", "while birds fly above"]
        case .balloon: return ["with a hot air balloon in the sky", "with a hot air balloon above", "while a hot air balloon floats above"]
        case .airplane: return ["with an airplane in the sky", "with a plane flying above", "while an airplane flies by"]
        case .rainbow: return ["under a rainbow", "with a rainbow in the sky", "with a rainbow above"]
        }
    }

    /// Draws it in the upper part of what the camera sees, where it stays in the picture for the whole clip: a caption
    /// that names it would else be wrong. It is far away, so that a camera that pans does not leave it behind.
    ///
    /// - Parameters:
    ///   - time: the scene's time in seconds, which wings beat by.
    ///   - share: how much of the clip is over, 0 to 1.
    ///   - seconds: how long the clip is, 0 or more: what flies goes no faster than it can go and be seen until the end.
    func draw(time: Double, share: Float, seconds: Float, light: TimeOfDay?, seed: UInt64, into canvas: Canvas) {
        let light = light ?? .day
        let side: Float = SceneRandom.hash(seed, 10) < 0.5 ? -1 : 1
        let height = canvas.shownY(0.14 + 0.06 * SceneRandom.hash(seed, 11))
        switch self {
        case .birds:
            let color: Color = light == .night ? .hex(0xB4C0EA) : .hex(0x1A1E28)
            let x = canvas.shownX(place(share, seconds, speed: 0.09, side, seed))
            // Dark wings before dark trees, pale ones before a lit cloud: the rim keeps both apart from what is behind.
            canvas.subject(outline: light == .night ? .hex(0x0A0E22) : .hex(0xE8ECF2), width: 0.01, opacity: 0.45) {
                for i in 0..<3 {
                    let row = Float((i + 1) / 2), wing: Float = i % 2 == 0 ? 1 : -1
                    let beat = Motion.angle(time, hertz: 1.4 + 0.2 * Double(i % 3), start: SceneRandom.hash(seed, i, 12))
                    Bird.draw(canvas, x: x - side * (row * 0.12 - 0.06), y: height + wing * row * 0.08, span: 0.19, beat: beat, color: color)
                }
            }
        case .balloon:
            let x = canvas.shownX(place(share, seconds, speed: 0.04, side, seed))
            let y = height + 0.015 * sin(Motion.angle(time, hertz: 0.12))
            canvas.subject(outline: light.outline(of: .hex(0xE23A30)), width: 0.01) { canvas.enlarged(1.4, x: x, y: y) { drawBalloon(canvas, x, y, light, seed) } }
        case .airplane:
            let x = canvas.shownX(place(share, seconds, speed: 0.2, side, seed))
            canvas.enlarged(1.6, x: x, y: height) {
                drawTrail(canvas, x, height, side, light)
                canvas.subject(outline: light.outline(of: .grey(1)), width: 0.008) { drawAirplane(canvas, x, height, side, light) }
            }
        case .rainbow:
            let colors: [Color] = [.hex(0xFF4040), .hex(0xFF9A30), .hex(0xFFE84A), .hex(0x4ADA60), .hex(0x40A0FF), .hex(0x8A50E0)]
            let middle = 0.5 + 0.3 * side, outer: Float = 0.62, inner: Float = 0.5
            canvas.paint(bottom: 0.72) { x, y, pixel in
                let dx = x - middle, dy = y - 0.74
                let far = (dx * dx + dy * dy).squareRoot()
                if far < inner || far > outer { return }
                let band = (outer - far) / (outer - inner) * 6
                let i = min(5, Int(band)), next = min(5, i + 1)
                let soft = min(1, min(band, 6 - band) * 1.2) * smooth(0.58, 0.4, y)
                pixel = mix(pixel, mix(colors[i], colors[next], band - Float(i)), 0.62 * soft)
            }
        }
    }

    /// Where something is that flies at `speed` (widths of the picture a second), in shares of the picture's width: near one
    /// side, whatever the clip's length, since the main thing stands in the middle and often reaches up into the sky.
    private func place(_ share: Float, _ seconds: Float, speed: Float, _ side: Float, _ seed: UInt64) -> Float {
        let way = min(0.16, speed * seconds)
        let middle: Float = SceneRandom.hash(seed, 14) < 0.5 ? 0.22 : 0.78
        return middle + side * way * (share - 0.5)
    }

    private func drawBalloon(_ canvas: Canvas, _ x: Float, _ y: Float, _ light: TimeOfDay, _ seed: UInt64) {
        let palette: [Color] = [.hex(0xE23A30), .hex(0xF2A02A), .hex(0x3A70DC), .hex(0x9A48C4)]
        let main = palette[min(3, Int(SceneRandom.hash(seed, 15) * 4))] * light.subjectLight, white = Color.hex(0xF6F0E2) * light.subjectLight
        canvas.polygon([(x - 0.052, y + 0.025), (x + 0.052, y + 0.025), (x + 0.013, y + 0.085), (x - 0.013, y + 0.085)], main * 0.7)
        canvas.ellipse(x, y, 0.064, 0.068) { u, v in
            let stripe = abs(wrap(u * 1.6 / max(0.35, (1 - v * v).squareRoot()) + 0.4, 0.8) - 0.4) < 0.2
            return (stripe ? main : white) * (0.85 - 0.25 * u)
        }
        canvas.box(x, y + 0.105, halfWidth: 0.015, halfHeight: 0.012, .hex(0x6A4024) * light.subjectLight)
    }

    /// What it leaves behind it in the air.
    private func drawTrail(_ canvas: Canvas, _ x: Float, _ y: Float, _ side: Float, _ light: TimeOfDay) {
        canvas.line(x - side * 0.1, y, x - side * 0.55, y, width: 0.014, endWidth: 0.03, .hex(0xFFFFFF) * light.subjectLight, opacity: 0.4, softness: 0.02)
    }

    private func drawAirplane(_ canvas: Canvas, _ x: Float, _ y: Float, _ side: Float, _ light: TimeOfDay) {
        let white = Color.hex(0xF2F4F8) * light.subjectLight
        canvas.line(x - side * 0.08, y, x + side * 0.07, y, width: 0.024, endWidth: 0.028, white)
        canvas.polygon([(x + side * 0.015, y), (x - side * 0.025, y + 0.055), (x - side * 0.045, y + 0.055), (x - side * 0.03, y)], white * 0.72)
        canvas.polygon([(x - side * 0.06, y - 0.006), (x - side * 0.085, y - 0.05), (x - side * 0.102, y - 0.05), (x - side * 0.09, y)], white * 0.85)
    }
}

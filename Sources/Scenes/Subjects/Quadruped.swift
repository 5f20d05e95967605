#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A four-legged animal seen from the side, with legs that go.
struct Quadruped: Sendable {
    enum Kind: Sendable { case cat, dog, horse }
    enum Gait: Sendable { case walk, run }

    let kind: Kind
    let gait: Gait
    let coat: Color
    /// Belly, muzzle and paws; mane and tail of a horse.
    let second: Color
    /// The length of the trunk.
    let size: Float

    private var leg: Float { kind == .cat ? 0.46 : kind == .dog ? 0.54 : 0.74 }

    /// Draws it with its feet on `foot`; `phase` is the angle of its stride.
    func draw(_ canvas: Canvas, x: Float, foot: Float, side: Float, phase: Float, tail: Float, light: Color) {
        let bob = gait == .run ? 0.06 * sin(phase) : 0.015 * sin(2 * phase)
        let pitch = gait == .run ? 0.08 * cos(phase) : 0
        let base = foot - size * (leg + (gait == .run ? 0.04 : 0) + bob)
        let c = cos(pitch), s = sin(pitch)
        func at(_ px: Float, _ py: Float) -> (x: Float, y: Float) {
            let qx = px * c + py * s, qy = py * c - px * s
            return (x + side * qx * size, base + qy * size)
        }
        let main = coat * light, other = second * light, dark = main * 0.6
        drawTail(canvas, at, tail, kind == .horse ? other : main)
        drawLegs(canvas, at, phase, far: true, dark, other * 0.62)
        // The trunk, lit from above.
        let trunk: Outline.Points
        switch kind {
        case .cat: trunk = [(-0.52, -0.04), (-0.46, -0.25), (-0.1, -0.28), (0.3, -0.26), (0.52, -0.14), (0.52, 0.08), (0.36, 0.18), (0, 0.17), (-0.36, 0.17), (-0.52, 0.08)]
        case .dog: trunk = [(-0.52, -0.03), (-0.44, -0.22), (0, -0.24), (0.34, -0.28), (0.54, -0.12), (0.54, 0.12), (0.36, 0.23), (0, 0.16), (-0.34, 0.12), (-0.5, 0.09)]
        case .horse: trunk = [(-0.56, 0), (-0.5, -0.22), (-0.25, -0.25), (0.1, -0.2), (0.38, -0.26), (0.56, -0.1), (0.54, 0.13), (0.3, 0.22), (-0.1, 0.21), (-0.42, 0.15)]
        }
        let shape = Outline.smooth(trunk).map { at($0.x, $0.y) }
        canvas.polygon(shape) { _, py in
            let v = (py - base) / (size * 0.24)
            return mix(main * 1.12, mix(main * 0.66, other * 0.6, kind == .horse ? 0 : 0.4), smooth(-0.7, 0.9, v))
        }
        if kind == .cat { drawStripes(canvas, at, main) }
        drawLegs(canvas, at, phase, far: false, main, other)
        switch kind {
        case .cat: drawCatHead(canvas, at, phase, main, other)
        case .dog: drawDogHead(canvas, at, phase, main, other)
        case .horse: drawHorseHead(canvas, at, phase, main, other)
        }
    }

    private typealias Place = (Float, Float) -> (x: Float, y: Float)

    private func drawLegs(_ canvas: Canvas, _ at: Place, _ phase: Float, far: Bool, _ color: Color, _ paw: Color) {
        // Hind and fore leg of one side; a walking animal sets down one foot after another.
        let starts: [Float]
        switch gait {
        case .walk: starts = far ? [.pi * 1.5, .pi] : [.pi * 0.5, 0]
        case .run: starts = far ? [0.5, .pi * 0.75] : [0, .pi * 0.95]
        }
        let swing: Float = gait == .run ? 0.8 : 0.42, fold: Float = gait == .run ? 1.2 : 0.75
        let wide: Float = kind == .cat ? 0.18 : kind == .dog ? 0.18 : 0.15
        for (index, start) in starts.enumerated() {
            let hind = index == 0
            let p = phase + start
            let thigh = swing * sin(p) + (hind ? -0.08 : 0.04)
            let bend = fold * max(0, cos(p)) * (hind ? 1 : 1.05) + 0.08
            let hipX: Float = (hind ? -0.37 : 0.38) + (far ? 0.06 : 0), hipY: Float = 0.04
            let upper = leg * 0.52, lower = leg * 0.5
            let kneeX = hipX + upper * sin(thigh), kneeY = hipY + upper * cos(thigh)
            let shin = thigh - bend
            let footX = kneeX + lower * sin(shin), footY = min(leg - 0.04, kneeY + lower * cos(shin))
            let hip = at(hipX, hipY), knee = at(kneeX, kneeY), end = at(footX, footY)
            canvas.line(hip.x, hip.y, knee.x, knee.y, width: size * wide * (hind ? 1.6 : 1.35), endWidth: size * wide, color)
            canvas.line(knee.x, knee.y, end.x, end.y, width: size * wide, endWidth: size * wide * 0.85, color)
            let toe = at(footX + (kind == .horse ? 0.02 : 0.06), footY)
            canvas.line(end.x, end.y, toe.x, toe.y, width: size * wide * (kind == .horse ? 1.1 : 0.95), kind == .horse ? color * 0.3 : mix(color, paw, 0.8))
        }
    }

    private func drawTail(_ canvas: Canvas, _ at: Place, _ tail: Float, _ color: Color) {
        // A chain of pieces whose bend runs along it: a cat's stands up in a hook, a dog's wags, a horse's flows.
        var px: Float = -0.46, py: Float = kind == .horse ? -0.14 : -0.14
        let pieces = 6
        var angle: Float = kind == .cat ? 2.3 : kind == .dog ? 2.5 : 1.15
        let turn: Float = kind == .cat ? 0.24 : kind == .dog ? -0.12 : -0.06
        let long: Float = (kind == .cat ? 0.78 : kind == .dog ? 0.46 : 0.72) / Float(pieces)
        for piece in 0..<pieces {
            let sway = (kind == .dog ? 0.34 : 0.2) * sin(tail - Float(piece) * (kind == .dog ? 0.2 : 0.8))
            let from = at(px, py)
            px += long * -sin(angle + sway)
            py += long * cos(angle + sway)
            let to = at(px, py)
            let thick: Float = kind == .horse ? 0.15 + 0.06 * sin(.pi * Float(piece) / 6) : kind == .cat ? 0.15 : 0.15 - 0.012 * Float(piece)
            canvas.line(from.x, from.y, to.x, to.y, width: size * thick, kind == .cat && piece % 2 == 1 ? color * 0.72 : color)
            angle += turn
        }
    }

    /// A tabby's dark bands over back and flanks.
    private func drawStripes(_ canvas: Canvas, _ at: Place, _ main: Color) {
        for band in 0..<3 {
            let px = -0.32 + 0.2 * Float(band)
            let top = at(px, -0.25), end = at(px + 0.03, -0.02)
            canvas.line(top.x, top.y, end.x, end.y, width: size * 0.085, endWidth: size * 0.03, main * 0.66)
        }
    }

    /// A round head turned to the viewer: two pointed ears, two large eyes, a pale muzzle with whiskers.
    private func drawCatHead(_ canvas: Canvas, _ at: Place, _ phase: Float, _ main: Color, _ other: Color) {
        let nod = 0.012 * sin(2 * phase)
        let hx: Float = 0.58, hy: Float = -0.34 + nod
        for ear in [Float(-1), 1] {
            let px = hx + ear * 0.19
            canvas.polygon([at(px - 0.15, hy - 0.12), at(px + ear * 0.07, hy - 0.46), at(px + 0.15, hy - 0.12)], main * 0.92)
            canvas.polygon([at(px - 0.07, hy - 0.15), at(px + ear * 0.05, hy - 0.35), at(px + 0.08, hy - 0.15)], mix(.hex(0xE890A0), main, 0.3))
        }
        let head = at(hx, hy)
        canvas.ellipse(head.x, head.y, size * 0.34, size * 0.29) { _, v in main * (1.06 - 0.2 * v) }
        let muzzle = at(hx + 0.03, hy + 0.13), nose = at(hx + 0.03, hy + 0.06)
        canvas.ellipse(muzzle.x, muzzle.y, size * 0.18, size * 0.13, other)
        for ear in [Float(-1), 1] {
            for row in [Float(-0.02), 0.08] {
                let from = at(hx + 0.03 + ear * 0.16, hy + 0.1 + row * 0.6), to = at(hx + 0.03 + ear * 0.44, hy + 0.06 + row)
                canvas.line(from.x, from.y, to.x, to.y, width: size * 0.022, mix(other, .hex(0xFFFFFF), 0.5))
            }
            let eye = at(hx + 0.03 + ear * 0.14, hy - 0.05)
            canvas.ellipse(eye.x, eye.y, size * 0.078, size * 0.075, .hex(0xD8EC50))
            canvas.ellipse(eye.x, eye.y, size * 0.032, size * 0.066, .hex(0x101010))
        }
        canvas.ellipse(nose.x, nose.y, size * 0.05, size * 0.038, .hex(0xD8607A))
    }

    /// Seen from the side: a long snout with a large nose, a tongue, a hanging ear, and a collar.
    private func drawDogHead(_ canvas: Canvas, _ at: Place, _ phase: Float, _ main: Color, _ other: Color) {
        let nod = 0.02 * sin(phase)
        let hx: Float = 0.62, hy: Float = -0.46 + nod
        let low = at(0.38, -0.08), high = at(hx - 0.04, hy)
        canvas.line(low.x, low.y, high.x, high.y, width: size * 0.4, endWidth: size * 0.32, main)
        let collar = at(0.38, -0.3), other2 = at(0.62, -0.16)
        canvas.line(collar.x, collar.y, other2.x, other2.y, width: size * 0.09, .hex(0xD82838) * (0.6 + 0.4 * main.y))
        let head = at(hx, hy)
        canvas.ellipse(head.x, head.y, size * 0.26, size * 0.24, main)
        let jaw = at(hx + 0.2, hy + 0.16), tongue = at(hx + 0.24, hy + 0.32)
        canvas.line(jaw.x, jaw.y, tongue.x, tongue.y, width: size * 0.11, .hex(0xF07888))
        let snout = at(hx + 0.12, hy + 0.08), tip = at(hx + 0.36, hy + 0.09)
        canvas.line(snout.x, snout.y, tip.x, tip.y, width: size * 0.24, endWidth: size * 0.19, other)
        let nose = at(hx + 0.43, hy + 0.02), eye = at(hx + 0.1, hy - 0.08)
        canvas.ellipse(nose.x, nose.y, size * 0.07, size * 0.06, .hex(0x141214))
        canvas.disc(eye.x, eye.y, radius: size * 0.06, .hex(0xF4F0E8))
        canvas.disc(eye.x, eye.y, radius: size * 0.044, .hex(0x141214))
        let flap = 0.06 * sin(phase + 1)
        let ear = at(hx - 0.1, hy - 0.12), end = at(hx - 0.2 - flap, hy + 0.2)
        canvas.line(ear.x, ear.y, end.x, end.y, width: size * 0.15, endWidth: size * 0.22, main.y < 0.05 ? main * 2.4 : main * 0.55)
    }

    private func drawHorseHead(_ canvas: Canvas, _ at: Place, _ phase: Float, _ main: Color, _ other: Color) {
        let nod = 0.05 * sin(phase + 0.6)
        func head(_ px: Float, _ py: Float) -> (x: Float, y: Float) { at(px + nod * 0.6, py + nod) }
        // Neck, then the long head.
        let neck = Outline.smooth([(0.3, -0.2), (0.5, -0.44), (0.66, -0.66), (0.78, -0.7), (0.82, -0.56), (0.7, -0.34), (0.55, 0.04), (0.36, 0.02)])
        canvas.polygon(neck.map { head($0.x, $0.y) }) { _, _ in main }
        let skull = Outline.smooth([(0.68, -0.7), (0.8, -0.74), (0.96, -0.6), (1.14, -0.42), (1.15, -0.33), (1.06, -0.3), (0.9, -0.38), (0.76, -0.48)])
        canvas.polygon(skull.map { head($0.x, $0.y) }) { _, _ in main * 1.06 }
        canvas.polygon([head(0.68, -0.68), head(0.7, -0.86), head(0.79, -0.7)], main * 0.9)
        let wave = 0.03 * sin(phase * 2)
        let mane = Outline.smooth([(0.74, -0.8), (0.6, -0.76), (0.44, -0.56 + wave), (0.24, -0.3), (0.26, -0.16 - wave), (0.4, -0.3), (0.54, -0.46), (0.68, -0.62)])
        canvas.polygon(mane.map { head($0.x, $0.y) }, other)
        let eye = head(0.86, -0.58), nostril = head(1.1, -0.38)
        canvas.disc(eye.x, eye.y, radius: size * 0.04, .hex(0x100C0A))
        canvas.disc(nostril.x, nostril.y, radius: size * 0.018, .hex(0x100C0A))
    }
}

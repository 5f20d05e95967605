#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A person as a simple jointed figure. Angles are radians from straight down; positive is forward for
/// a figure seen from the side, and outward for one seen from the front.
struct Figure: Sendable {
    var shirt: Color
    var trousers: Color = .hex(0x2E3A5C)
    var skin: Color = .hex(0xD99A70)
    var hair: Color = .hex(0x3A2418)
    var shoes: Color = .hex(0x2A2226)
    /// From the soles to the top of the head when it stands straight.
    var height: Float

    struct Pose {
        /// Lean of the trunk forward.
        var lean: Float = 0
        /// Shoulder and elbow of the near (or right) and the far (or left) arm.
        var arms: [(shoulder: Float, elbow: Float)] = [(0, 0.2), (0, 0.2)]
        /// Hip and knee of the near (or right) and the far (or left) leg; knees bend backwards.
        var legs: [(hip: Float, knee: Float)] = [(0, 0), (0, 0)]
    }

    /// One stride of a walk (`effort` 0) or a run (1).
    static func stride(_ phase: Float, effort: Float) -> Pose {
        var pose = Pose(lean: 0.04 + 0.16 * effort)
        let swing = mix(0.46, 0.85, effort), fold = mix(0.55, 1.5, effort)
        pose.legs = [Float(0), .pi].map { start in
            let p = phase + start
            return (swing * sin(p) + 0.08, fold * max(0, cos(p)) + 0.1)
        }
        pose.arms = [Float.pi, 0].map { start in (mix(0.5, 0.95, effort) * sin(phase + start), mix(0.35, 1.5, effort)) }
        return pose
    }

    /// Draws it with its hips at a place. `side` is -1 to the left, 1 to the right; `front` turns it to the viewer.
    /// Returns where the hands are.
    @discardableResult
    func draw(_ canvas: Canvas, hipX: Float, hipY: Float, side: Float, pose: Pose, front: Bool = false, light: Color) -> [(x: Float, y: Float)] {
        let h = height
        let c = cos(pose.lean), s = sin(pose.lean)
        let neckX = hipX + side * s * h * 0.3, neckY = hipY - c * h * 0.3
        let headX = neckX + side * s * h * 0.1, headY = neckY - h * 0.105
        var hands: [(x: Float, y: Float)] = [(0, 0), (0, 0)]
        func limbs(_ index: Int) {
            let dim: Float = index == 1 && !front ? 0.7 : 1
            let out: Float = front ? (index == 0 ? 1 : -1) : side
            let leg = pose.legs[index]
            let rootX = front ? hipX + out * h * 0.05 : hipX
            let thigh = leg.hip, shin = leg.hip - leg.knee
            let kneeX = rootX + out * sin(thigh) * h * 0.245, kneeY = hipY + cos(thigh) * h * 0.245
            let ankleX = kneeX + out * sin(shin) * h * 0.235, ankleY = kneeY + cos(shin) * h * 0.235
            canvas.line(rootX, hipY, kneeX, kneeY, width: h * 0.15, endWidth: h * 0.125, trousers * light * dim)
            canvas.line(kneeX, kneeY, ankleX, ankleY, width: h * 0.125, endWidth: h * 0.1, trousers * light * dim)
            let toe = front ? out * 0.25 : out
            canvas.line(ankleX, ankleY + h * 0.01, ankleX + toe * h * 0.075, ankleY + h * 0.015, width: h * 0.09, shoes * light * dim)
        }
        func arm(_ index: Int) {
            let dim: Float = index == 1 && !front ? 0.7 : 1
            let out: Float = front ? (index == 0 ? 1 : -1) : side
            let arm = pose.arms[index]
            let rootX = front ? neckX + out * h * 0.095 : mix(neckX, hipX, 0.08), rootY = neckY + h * 0.035
            let lower = arm.shoulder + arm.elbow
            let elbowX = rootX + out * sin(arm.shoulder) * h * 0.155, elbowY = rootY + cos(arm.shoulder) * h * 0.155
            let handX = elbowX + out * sin(lower) * h * 0.15, handY = elbowY + cos(lower) * h * 0.15
            canvas.line(rootX, rootY, elbowX, elbowY, width: h * 0.11, endWidth: h * 0.095, shirt * light * dim * 0.9)
            canvas.line(elbowX, elbowY, handX, handY, width: h * 0.09, endWidth: h * 0.08, skin * light * dim)
            hands[index] = (handX, handY)
        }
        if !front { arm(1) }
        limbs(1)
        limbs(0)
        canvas.line(hipX, hipY - h * 0.02, neckX, neckY + h * 0.035, width: h * (front ? 0.2 : 0.19), endWidth: h * (front ? 0.25 : 0.21), shirt * light)
        canvas.line(hipX, hipY - h * 0.005, hipX, hipY + h * 0.01, width: h * (front ? 0.2 : 0.18), trousers * light)
        canvas.line(neckX, neckY + h * 0.02, headX, headY, width: h * 0.06, skin * light * 0.85)
        if front { arm(1) }
        arm(0)
        let face = h * 0.1
        canvas.disc(headX, headY, radius: face, skin * light)
        canvas.ellipse(headX - (front ? 0 : side * face * 0.3), headY - face * 0.38, face * 1.02, face * 0.78, hair * light)
        canvas.ellipse(headX + (front ? 0 : side * face * 0.28), headY + face * 0.2, face * (front ? 0.8 : 0.75), face * 0.62, skin * light)
        return hands
    }
}

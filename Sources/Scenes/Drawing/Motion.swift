#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Time turned into what drawing needs, without losing precision or jumping however long a scene runs.
enum Motion {
    /// The angle, in radians, of something that turns `hertz` times a second and stood at `start`
    /// turns when time began.
    static func angle(_ time: Double, hertz: Double, start: Float = 0) -> Float {
        (Float(wrap(time * hertz, 1)) + start) * 2 * .pi
    }

    /// How far a noise field has moved at `speed` noise units a second. It wraps where `Noise.value`
    /// repeats and so without a seam, as long as it is only multiplied by whole numbers.
    static func scroll(_ time: Double, speed: Double, period: Double = 256) -> Float {
        Float(wrap(time * speed, period))
    }

    /// Where something stands that crosses the picture at `speed` units a second while the camera stands
    /// still, from beyond one side to beyond the other and again; `before` and `behind` are its reach.
    static func crossing(_ time: Double, speed: Double, start: Float, heading: Heading, before: Float, behind: Float) -> Float {
        let length = 1 + before + behind
        let way = Float(wrap(time * speed / Double(length) + Double(start), 1)) * length - before
        return heading == .right ? way : 1 - way
    }

    /// The members of an endless stream that are alive at `time`, oldest first: one is born every
    /// `interval` seconds (also before time 0, so that a scene begins in full flow) and lives for
    /// `life` seconds. `body` gets its number and its age in seconds.
    @inline(__always)
    static func stream(_ time: Double, interval: Double, life: Double, _ body: (_ index: Int, _ age: Float) -> Void) {
        let last = Int((time / interval).rounded(.down))
        let first = Int(((time - life) / interval).rounded(.up))
        guard first <= last else { return }
        for index in first...last {
            body(index, Float(time - Double(index) * interval))
        }
    }

    /// Things that stand along a way at `spacing`, seen from a camera that has moved by `travel`:
    /// those whose place on the picture lies in `from...to`. `body` gets a thing's number and place.
    @inline(__always)
    static func roadside(travel: Double, spacing: Double, from: Float, to: Float, _ body: (_ index: Int, _ x: Float) -> Void) {
        let first = Int(((travel + Double(from)) / spacing).rounded(.up))
        let last = Int(((travel + Double(to)) / spacing).rounded(.down))
        guard first <= last else { return }
        for index in first...last {
            body(index, Float(Double(index) * spacing - travel))
        }
    }
}

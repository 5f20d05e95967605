#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Video

/// What scenes draw on: a picture in linear light that becomes an 8-bit `Frame` at the end.
///
/// Coordinates do not depend on the size in pixels. The square 0...1 by 0...1 lies in the middle of the
/// picture, x to the right and y downwards; a picture that is wider or higher than that shows more
/// around it, from `left` to `right` and from `top` to `bottom`. A canvas belongs to one thread.
public final class Canvas {
    public let width: Int
    public let height: Int
    /// The sides of the picture in scene coordinates; 0, 1, 0 and 1 when it is square. Where a camera
    /// moves they are the sides of all that it comes to show, so that things placed by them stay put.
    public private(set) var left, right, top, bottom: Float
    /// The side of a pixel in scene coordinates, which is what antialiasing needs.
    public private(set) var pixel: Float
    /// The upper left corner of what the pixels show, in scene coordinates; `left` and `top` unless a
    /// camera looks elsewhere.
    private(set) var originX, originY: Float

    /// Whether `subject` draws; without it what is behind the main things can be seen, and measured.
    package var drawsSubjects = true

    package let pixels: UnsafeMutablePointer<Color>
    /// A row of coverages for the polygon filler, all 0 between its calls.
    let coverage: UnsafeMutablePointer<Float>
    /// What `subject` needs for each pixel: what was covered, the same grown, and what all subjects covered.
    let coverPlane, grownPlane, markPlane: Plane

    /// A black picture; both sides are at least 1 pixel.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a canvas of \(width)x\(height) pixels has no room for a picture")
        self.width = width
        self.height = height
        let whole = View.whole.sides(width: width, height: height)
        (left, right, top, bottom) = (whole.left, whole.right, whole.top, whole.bottom)
        (originX, originY) = (whole.left, whole.top)
        pixel = 1 / Float(min(width, height))
        pixels = .allocate(capacity: width * height)
        pixels.initialize(repeating: .zero, count: width * height)
        coverage = .allocate(capacity: width + 2)
        coverage.initialize(repeating: 0, count: width + 2)
        coverPlane = Plane(width: width, height: height)
        grownPlane = Plane(width: width, height: height)
        markPlane = Plane(width: width, height: height)
    }

    deinit {
        pixels.deallocate()
        coverage.deallocate()
    }

    /// What a camera sees: a window around a place, `scale` times as large as the whole picture.
    struct View: Sendable {
        var x: Float = 0.5
        var y: Float = 0.5
        var scale: Float = 1

        static let whole = View()

        /// Its sides on a canvas of this many pixels.
        func sides(width: Int, height: Int) -> (left: Float, right: Float, top: Float, bottom: Float) {
            let unit = 2 * Float(min(width, height)) / scale
            let halfWidth = Float(width) / unit, halfHeight = Float(height) / unit
            return (x - halfWidth, x + halfWidth, y - halfHeight, y + halfHeight)
        }
    }

    /// From now on draws what `view` shows; `others` are views of the same clip, which together with it
    /// give the sides. `look(.whole)` is how a canvas begins.
    func look(_ view: View, others: [View] = []) {
        let own = view.sides(width: width, height: height)
        (left, right, top, bottom) = (own.left, own.right, own.top, own.bottom)
        (originX, originY) = (own.left, own.top)
        pixel = view.scale / Float(min(width, height))
        for other in others {
            let sides = other.sides(width: width, height: height)
            left = min(left, sides.left)
            right = max(right, sides.right)
            top = min(top, sides.top)
            bottom = max(bottom, sides.bottom)
        }
    }

    /// Draws what `body` draws `factor` times as large, as seen from a place that stays where it is.
    package func enlarged(_ factor: Float, x: Float, y: Float, _ body: () -> Void) {
        let before = (left, right, top, bottom, originX, originY, pixel)
        left = x + (left - x) / factor
        right = x + (right - x) / factor
        top = y + (top - y) / factor
        bottom = y + (bottom - y) / factor
        originX = x + (originX - x) / factor
        originY = y + (originY - y) / factor
        pixel /= factor
        body()
        (left, right, top, bottom, originX, originY, pixel) = before
    }

    /// The scene coordinate of the middle of a column of pixels.
    @inline(__always) func x(column: Int) -> Float { originX + (Float(column) + 0.5) * pixel }

    /// The scene coordinate of the middle of a row of pixels.
    @inline(__always) func y(row: Int) -> Float { originY + (Float(row) + 0.5) * pixel }

    /// The scene coordinate of a place on the picture: 0 is the left side of what the camera sees now, 1 its right side.
    func shownX(_ share: Float) -> Float { originX + share * Float(width) * pixel }

    /// The same downwards: 0 is the upper side, 1 the lower.
    func shownY(_ share: Float) -> Float { originY + share * Float(height) * pixel }

    /// The pixels whose middle may lie in `from...to`, a pixel more on each side, within the picture.
    @inline(__always) func columns(_ from: Float, _ to: Float) -> Range<Int> {
        Canvas.span((from - originX) / pixel, (to - originX) / pixel, width)
    }

    @inline(__always) func rows(_ from: Float, _ to: Float) -> Range<Int> {
        Canvas.span((from - originY) / pixel, (to - originY) / pixel, height)
    }

    @inline(__always) private static func span(_ from: Float, _ to: Float, _ count: Int) -> Range<Int> {
        let limit = Float(count)
        let low = Int(max(0, min(limit, from - 1)))
        let high = Int(max(0, min(limit, to + 2)))
        return low..<max(low, high)
    }

    /// How much of a pixel a shape covers whose edge is `distance` away (negative inside), the edge
    /// being `softness` wide and never less than a pixel.
    @inline(__always) func cover(_ distance: Float, _ softness: Float = 0) -> Float {
        clamp01(0.5 - distance / max(pixel, softness))
    }

    /// The picture as bytes: a shoulder instead of clipping (so that a flame keeps its colour before it
    /// turns white), then the sRGB curve. Nothing is dithered.
    public func frame() -> Frame {
        let count = width * height
        let bytes = [UInt8](unsafeUninitializedCapacity: 3 * count) { buffer, filled in
            let table = Canvas.toneCurve
            let limit = Float(Canvas.toneSteps - 1)
            let scale = Float(Canvas.toneSteps) / Canvas.toneRange
            let out = buffer.baseAddress
            for i in 0..<count {
                let scaled = pixels[i] * scale
                // In this order a value that is not a number ends at the limit.
                out?[3 * i] = table[Int(max(0, min(limit, scaled.x)))]
                out?[3 * i + 1] = table[Int(max(0, min(limit, scaled.y)))]
                out?[3 * i + 2] = table[Int(max(0, min(limit, scaled.z)))]
            }
            filled = 3 * count
        }
        return Frame(width: width, height: height, pixels: bytes)
    }

    private static let toneRange: Float = 4
    private static let toneSteps = 65536

    /// Linear light from 0 to 4 to a byte.
    nonisolated(unsafe) private static let toneCurve: UnsafeMutablePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: toneSteps)
        let knee: Float = 0.8
        for i in 0..<toneSteps {
            var value = (Float(i) + 0.5) * toneRange / Float(toneSteps)
            if value > knee { value = knee + (1 - knee) * (1 - exp(-(value - knee) / (1 - knee) * 0.7)) }
            let display = value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055
            table[i] = UInt8(max(0, min(255, (display * 255).rounded())))
        }
        return table
    }()
}

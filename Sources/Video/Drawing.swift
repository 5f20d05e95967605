/// A colour with 8-bit sRGB components.
public struct Colour: Equatable, Sendable {
    public var red, green, blue: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    public static let white = Colour(255, 255, 255)
    public static let black = Colour(0, 0, 0)
}

/// Drawing for sheets and plots; whatever lies outside the picture is cut off. Points are (0, 0) at the upper left
/// corner of the upper left pixel.
extension Frame {
    public init(width: Int, height: Int, colour: Colour) {
        self.init(width: width, height: height, red: colour.red, green: colour.green, blue: colour.blue)
    }

    /// The colour of the pixel in column `x`, row `y`, both inside the picture.
    public func colour(x: Int, y: Int) -> Colour {
        let i = 3 * (y * width + x)
        return Colour(pixels[i], pixels[i + 1], pixels[i + 2])
    }

    /// Mixes `colour` into one pixel; `opacity` is 0 to 1.
    mutating func blend(x: Int, y: Int, _ colour: Colour, opacity: Float = 1) {
        guard x >= 0, y >= 0, x < width, y < height, opacity > 0 else { return }
        let i = 3 * (y * width + x)
        func mixed(_ old: UInt8, _ new: UInt8) -> UInt8 {
            UInt8((Float(old) + (Float(new) - Float(old)) * min(opacity, 1)).rounded())
        }
        pixels[i] = mixed(pixels[i], colour.red)
        pixels[i + 1] = mixed(pixels[i + 1], colour.green)
        pixels[i + 2] = mixed(pixels[i + 2], colour.blue)
    }

    /// Fills a rectangle of whole pixels.
    public mutating func fill(x: Int, y: Int, width: Int, height: Int, _ colour: Colour, opacity: Float = 1) {
        for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
            for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) {
                blend(x: column, y: row, colour, opacity: opacity)
            }
        }
    }

    /// Copies a whole picture to the place whose upper left pixel is (x, y).
    public mutating func paste(_ picture: Frame, x: Int, y: Int) {
        let left = max(0, -x), right = min(picture.width, width - x)
        guard left < right else { return }
        for row in max(0, -y)..<max(min(picture.height, height - y), max(0, -y)) {
            let source = 3 * (row * picture.width + left), target = 3 * ((y + row) * width + x + left)
            let count = 3 * (right - left)
            pixels.replaceSubrange(target..<target + count, with: picture.pixels[source..<source + count])
        }
    }

    /// Writes one line of text, its upper left corner at (x, y). A line is `9 * scale` high; characters outside
    /// printable ASCII show as question marks. Returns the width of the text in pixels.
    @discardableResult
    public mutating func write(
        _ text: String, x: Int, y: Int, scale: Int = 1, _ colour: Colour = .black
    ) -> Int {
        var left = x
        for character in text {
            let glyph = BitmapFont.glyph(character)
            for (row, bits) in glyph.rows.enumerated() {
                for column in 0..<glyph.width where bits >> column & 1 == 1 {
                    fill(x: left + column * scale, y: y + row * scale, width: scale, height: scale, colour)
                }
            }
            left += (glyph.width + 1) * scale
        }
        return max(0, left - x - scale)
    }

    /// As `write`, turned by a quarter to the left: the text runs upwards from its lower left corner at (x, y).
    mutating func writeUpwards(_ text: String, x: Int, y: Int, scale: Int = 1, _ colour: Colour = .black) {
        var bottom = y
        for character in text {
            let glyph = BitmapFont.glyph(character)
            for (row, bits) in glyph.rows.enumerated() {
                for column in 0..<glyph.width where bits >> column & 1 == 1 {
                    fill(x: x + row * scale, y: bottom - (column + 1) * scale, width: scale, height: scale, colour)
                }
            }
            bottom -= (glyph.width + 1) * scale
        }
    }

    /// The width that `write` would need, in pixels.
    public static func textWidth(_ text: String, scale: Int = 1) -> Int {
        max(0, text.reduce(0) { $0 + BitmapFont.glyph($1).width + 1 } - 1) * scale
    }

    /// A straight line with smooth edges, `thickness` pixels wide, with round ends.
    mutating func line(
        from a: (x: Float, y: Float), to b: (x: Float, y: Float), thickness: Float, _ colour: Colour
    ) {
        let reach = thickness / 2 + 1
        let dx = b.x - a.x, dy = b.y - a.y
        let squared = max(dx * dx + dy * dy, 1e-12)
        let top = max(0, Int(min(a.y, b.y) - reach)), bottom = min(height - 1, Int(max(a.y, b.y) + reach))
        let left = max(0, Int(min(a.x, b.x) - reach)), right = min(width - 1, Int(max(a.x, b.x) + reach))
        guard top <= bottom, left <= right else { return }
        for y in top...bottom {
            for x in left...right {
                let px = Float(x) + 0.5 - a.x, py = Float(y) + 0.5 - a.y
                let t = min(max((px * dx + py * dy) / squared, 0), 1)
                let ex = px - t * dx, ey = py - t * dy
                let distance = (ex * ex + ey * ey).squareRoot()
                blend(x: x, y: y, colour, opacity: min(max(thickness / 2 + 0.5 - distance, 0), 1))
            }
        }
    }
}

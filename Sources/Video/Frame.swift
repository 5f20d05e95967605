/// One picture: interleaved 8-bit sRGB, rows from top to bottom, `3 * width * height` bytes.
public struct Frame: Equatable, Sendable {
    public let width: Int
    public let height: Int
    public var pixels: [UInt8]

    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == 3 * width * height, "\(pixels.count) bytes are not a \(width)x\(height) picture")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of one colour.
    public init(width: Int, height: Int, red: UInt8 = 0, green: UInt8 = 0, blue: UInt8 = 0) {
        self.width = width
        self.height = height
        pixels = [UInt8](repeating: 0, count: 3 * width * height)
        if red | green | blue != 0 {
            for i in 0..<width * height {
                pixels[3 * i] = red
                pixels[3 * i + 1] = green
                pixels[3 * i + 2] = blue
            }
        }
    }
}

extension Frame {
    /// The same picture with its last column or row repeated once where the width or height is odd.
    func paddedToEvenSize() -> Frame {
        guard width % 2 + height % 2 > 0 else { return self }
        var padded = Frame(width: width + width % 2, height: height + height % 2)
        for y in 0..<padded.height {
            let row = min(y, height - 1) * width
            for x in 0..<padded.width {
                let source = 3 * (row + min(x, width - 1)), target = 3 * (y * padded.width + x)
                for channel in 0..<3 { padded.pixels[target + channel] = pixels[source + channel] }
            }
        }
        return padded
    }
}

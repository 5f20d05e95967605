/// A part of a picture in pixels; fractions count. (0, 0) is the upper left corner of the upper left pixel.
public struct Window: Equatable, Sendable {
    public var x, y, width, height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// The largest window of the shape `width`:`height` in the middle of `frame`.
    public init(in frame: Frame, shapedLike width: Int, _ height: Int) {
        let scale = min(Double(frame.width) / Double(width), Double(frame.height) / Double(height))
        let w = scale * Double(width), h = scale * Double(height)
        self.init(x: (Double(frame.width) - w) / 2, y: (Double(frame.height) - h) / 2, width: w, height: h)
    }

    /// The window that a steady pan and zoom from here to `end` shows at `time`, 0 to 1.
    public func moved(to end: Window, time: Double) -> Window {
        func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * time }
        return Window(
            x: between(x, end.x), y: between(y, end.y), width: between(width, end.width),
            height: between(height, end.height))
    }
}

/// How a picture takes a size of another shape.
public enum Fit: String, CaseIterable, Sendable {
    /// Fills the size and loses what reaches beyond it, equally on both sides.
    case crop
    /// Takes the size and changes its own shape.
    case stretch
    /// Fits inside and leaves black bars.
    case pad
}

extension Frame {
    /// The picture at another size: the mean over the area of each new pixel when it becomes smaller, bilinear when it
    /// becomes larger.
    public func resized(width: Int, height: Int, fit: Fit = .stretch) -> Frame {
        if width == self.width, height == self.height { return self }
        let whole = Window(x: 0, y: 0, width: Double(self.width), height: Double(self.height))
        switch fit {
        case .stretch:
            return sampled(whole, width: width, height: height)
        case .crop:
            return sampled(Window(in: self, shapedLike: width, height), width: width, height: height)
        case .pad:
            let scale = min(Double(width) / whole.width, Double(height) / whole.height)
            let inner = sampled(
                whole, width: min(width, max(1, Int((scale * whole.width).rounded()))),
                height: min(height, max(1, Int((scale * whole.height).rounded()))))
            var frame = Frame(width: width, height: height)
            frame.paste(inner, x: (width - inner.width) / 2, y: (height - inner.height) / 2)
            return frame
        }
    }

    /// The pixels from column `x` and row `y` on; the part lies inside the picture.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> Frame {
        precondition(
            x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= self.width && y + height <= self.height,
            "\(width)x\(height) at (\(x), \(y)) is not inside a \(self.width)x\(self.height) picture")
        var part = Frame(width: width, height: height)
        part.paste(self, x: -x, y: -y)
        return part
    }

    /// What `window` shows, at `width`x`height`.
    ///
    /// Each new pixel is the mean over its area in the source, which is taken at least one source pixel wide; for
    /// windows smaller than the result that is bilinear interpolation. The result changes smoothly with the window,
    /// so pans and zooms do not jitter. Beyond its edges the picture continues with its border pixels.
    public func sampled(_ window: Window, width: Int, height: Int) -> Frame {
        precondition(width > 0 && height > 0 && self.width > 0 && self.height > 0, "an empty picture cannot be sampled")
        let columns = Taps(from: window.x, extent: window.width, count: width, limit: self.width)
        let rows = Taps(from: window.y, extent: window.height, count: height, limit: self.height)
        let firstRow = rows.first.min() ?? 0
        let lastRow = (rows.first.max() ?? 0) + rows.width
        var result = Frame(width: width, height: height)
        var narrowed = [Float](repeating: 0, count: (lastRow - firstRow) * 3 * width)
        let sourceStride = 3 * self.width, stride = 3 * width
        pixels.withUnsafeBufferPointer { source in
            narrowed.withUnsafeMutableBufferPointer { target in
                for row in firstRow..<lastRow {
                    for x in 0..<width {
                        var i = row * sourceStride + 3 * columns.first[x]
                        var red: Float = 0, green: Float = 0, blue: Float = 0
                        for tap in x * columns.width..<(x + 1) * columns.width {
                            let weight = columns.weights[tap]
                            red += weight * Float(source[i])
                            green += weight * Float(source[i + 1])
                            blue += weight * Float(source[i + 2])
                            i += 3
                        }
                        let j = (row - firstRow) * stride + 3 * x
                        target[j] = red
                        target[j + 1] = green
                        target[j + 2] = blue
                    }
                }
            }
        }
        var sums = [Float](repeating: 0, count: stride)
        narrowed.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                for y in 0..<height {
                    for i in 0..<stride { sums[i] = 0.5 }
                    for tap in 0..<rows.width {
                        let weight = rows.weights[y * rows.width + tap]
                        let row = (rows.first[y] + tap - firstRow) * stride
                        for i in 0..<stride { sums[i] += weight * source[row + i] }
                    }
                    for i in 0..<stride { target[y * stride + i] = UInt8(min(max(sums[i], 0), 255)) }
                }
            }
        }
        return result
    }

    /// `count` frames of a steady pan and zoom from one window to another: a clip out of a picture.
    public func panned(from start: Window, to end: Window, count: Int, width: Int, height: Int) -> [Frame] {
        (0..<count).map { index in
            let time = count > 1 ? Double(index) / Double(count - 1) : 0
            return sampled(start.moved(to: end, time: time), width: width, height: height)
        }
    }
}

/// For every place along one axis of the result: the first source pixel and the weights of it and its successors.
private struct Taps {
    var first: [Int]
    var weights: [Float]
    /// Weights for each place.
    var width: Int

    init(from start: Double, extent: Double, count: Int, limit: Int) {
        let step = extent / Double(count)
        let half = max(abs(step), 1) / 2
        width = min(limit, Int((2 * half).rounded(.up)) + 1)
        first = []
        weights = [Float](repeating: 0, count: count * width)
        for index in 0..<count {
            let centre = start + (Double(index) + 0.5) * step
            let low = centre - half, high = centre + half
            let pixel = Int(max(min(low.rounded(.down), Double(limit)), -1))
            let origin = min(max(pixel, 0), limit - width)
            first.append(origin)
            for source in Int(low.rounded(.down))..<Int(high.rounded(.up)) {
                let overlap = min(high, Double(source + 1)) - max(low, Double(source))
                let place = min(max(source, origin), origin + width - 1) - origin
                weights[index * width + place] += Float(overlap / (2 * half))
            }
        }
    }
}

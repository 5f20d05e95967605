import Foundation

/// A line plot, such as a loss over training steps.
public struct Plot: Sendable {
    /// One line.
    public struct Series: Sendable {
        /// Shown in the legend; an empty name is not.
        public var name: String
        /// In drawing order. Values that are not finite, and values up to 0 on a logarithmic axis, leave a gap.
        public var points: [(x: Double, y: Double)]
        /// Weight of the past in a running mean, from 0 (none) to below 1; with one, the values themselves are pale.
        public var smoothing: Double

        public init(name: String = "", points: [(x: Double, y: Double)], smoothing: Double = 0) {
            self.name = name
            self.points = points
            self.smoothing = smoothing
        }

        /// Values at x = 0, 1, 2 and so on.
        public init(name: String = "", values: [Double], smoothing: Double = 0) {
            self.init(name: name, points: values.enumerated().map { (Double($0), $1) }, smoothing: smoothing)
        }
    }

    public enum Scale: Sendable { case linear, logarithmic }

    public var title = ""
    public var xLabel = ""
    public var yLabel = ""
    public var series: [Series]
    public var yScale = Scale.linear
    /// Size of the picture in pixels, at least 160x120.
    public var width = 960, height = 540
    /// Size of the letters: pixels per dot of a font whose lines are nine dots high.
    public var textScale = 2

    public init(
        title: String = "", xLabel: String = "", yLabel: String = "", series: [Series], yScale: Scale = .linear
    ) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
        self.yScale = yScale
    }

    /// Blue, orange, green, red, violet, brown: told apart on white, also in grey and by most colour-blind readers.
    private static let colours = [
        Colour(42, 111, 187), Colour(232, 119, 34), Colour(52, 148, 92), Colour(200, 52, 70), Colour(126, 87, 172),
        Colour(134, 97, 74),
    ]
    private static let ink = Colour(50, 53, 60), quiet = Colour(110, 115, 125)
    private static let grid = Colour(231, 233, 237), frameLine = Colour(176, 181, 190)

    /// Draws the plot. Without a single value to show there are axes and the words "no data".
    ///
    /// - Throws: `VideoError.badValue` for sizes, scales or smoothing outside their ranges.
    public func picture() throws -> Frame {
        guard width >= 160, height >= 120, textScale >= 1, series.allSatisfy({ (0..<1).contains($0.smoothing) }) else {
            throw VideoError.badValue(
                "a plot has at least 160x120 pixels, text scale from 1 and smoothing from 0 to below 1;"
                    + " asked for \(width)x\(height), \(textScale) and \(series.map(\.smoothing))")
        }
        let shown = series.flatMap(\.points).filter(isShown)
        let xRange = Self.range(shown.map(\.x), margin: 0)
        let yRange = heightRange(shown.map(\.y))
        let line = BitmapFont.height * textScale
        let yTicks = yScale == .logarithmic
            ? Ticks.logarithmic(from: pow(10, yRange.lowerBound), to: pow(10, yRange.upperBound))
            : Ticks.linear(from: yRange.lowerBound, to: yRange.upperBound, count: max(2, height / (4 * line)))
        let xTicks = Ticks.linear(
            from: xRange.lowerBound, to: xRange.upperBound, count: max(2, width / (60 * textScale)))

        let labelWidth = yTicks.labels.map { Frame.textWidth($0, scale: textScale) }.max() ?? 0
        let gap = 5 * textScale
        let legendNeeded = series.contains { !$0.name.isEmpty }
        let area = Area(
            left: 2 * gap + labelWidth + (yLabel.isEmpty ? 0 : line + gap),
            top: 2 * gap + (title.isEmpty ? 0 : line + gap) + (legendNeeded ? line + gap : 0),
            right: width - 3 * gap,
            bottom: height - (2 * gap + line + (xLabel.isEmpty ? 0 : line + gap)),
            x: xRange, y: yRange)
        var picture = Frame(width: width, height: height, colour: .white)
        drawAxes(on: &picture, area, xTicks, yTicks)
        drawWords(on: &picture, area, noData: shown.isEmpty)
        for (index, line) in series.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            if line.smoothing > 0 {
                drawLine(line.points, on: &picture, area, Self.pale(colour), thickness: Float(textScale) * 0.6)
            }
            drawLine(smoothed(line), on: &picture, area, colour, thickness: Float(textScale))
        }
        return picture
    }

    /// The rectangle between the axes, and the values at its edges (y as it is drawn: a logarithm on such an axis).
    private struct Area {
        var left, top, right, bottom: Int
        var x, y: ClosedRange<Double>

        func column(_ value: Double) -> Float {
            Float(left) + Float((value - x.lowerBound) / (x.upperBound - x.lowerBound)) * Float(right - left)
        }

        func row(_ value: Double) -> Float {
            Float(bottom) - Float((value - y.lowerBound) / (y.upperBound - y.lowerBound)) * Float(bottom - top)
        }
    }

    private func isShown(_ point: (x: Double, y: Double)) -> Bool {
        point.x.isFinite && point.y.isFinite && (yScale == .linear || point.y > 0)
    }

    private func drawn(_ y: Double) -> Double { yScale == .logarithmic ? log10(y) : y }

    private func heightRange(_ values: [Double]) -> ClosedRange<Double> {
        Self.range(values.map(drawn), margin: 0.05)
    }

    private static func range(_ values: [Double], margin: Double) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...1 }
        // A single value, or one that never changes, stands in the middle.
        let extent = high - low > abs(high) * 1e-9 ? (high - low) * margin : max(abs(high) * 0.5, 0.5)
        return low - extent...high + extent
    }

    /// A running mean without the start's bias, as in Adam (Kingma and Ba 2015, section 3).
    private func smoothed(_ series: Series) -> [(x: Double, y: Double)] {
        guard series.smoothing > 0 else { return series.points }
        var mean = 0.0, weight = 0.0
        return series.points.map { point in
            guard isShown(point) else { return point }
            mean = series.smoothing * mean + (1 - series.smoothing) * point.y
            weight = series.smoothing * weight + (1 - series.smoothing)
            return (point.x, mean / weight)
        }
    }

    private func drawLine(
        _ points: [(x: Double, y: Double)], on picture: inout Frame, _ area: Area, _ colour: Colour, thickness: Float
    ) {
        var last: (x: Float, y: Float)?
        for point in points {
            guard isShown(point) else {
                last = nil
                continue
            }
            let next = (x: area.column(point.x), y: area.row(drawn(point.y)))
            // A value alone between gaps is a dot.
            picture.line(from: last ?? next, to: next, thickness: thickness, colour)
            last = next
        }
    }

    private func drawAxes(on picture: inout Frame, _ area: Area, _ xTicks: Ticks, _ yTicks: Ticks) {
        let gap = 5 * textScale
        for (value, label) in zip(yTicks.values, yTicks.labels) {
            let y = Int(area.row(drawn(value)).rounded())
            picture.fill(x: area.left, y: y, width: area.right - area.left, height: 1, Self.grid)
            let textWidth = Frame.textWidth(label, scale: textScale)
            picture.write(
                label, x: area.left - gap - textWidth, y: y - BitmapFont.ascent * textScale / 2, scale: textScale,
                Self.quiet)
        }
        for (value, label) in zip(xTicks.values, xTicks.labels) {
            let x = Int(area.column(value).rounded())
            picture.fill(x: x, y: area.top, width: 1, height: area.bottom - area.top, Self.grid)
            picture.fill(x: x, y: area.bottom, width: 1, height: gap / 2, Self.frameLine)
            let textWidth = Frame.textWidth(label, scale: textScale)
            let left = min(max(x - textWidth / 2, 0), width - textWidth)
            picture.write(label, x: left, y: area.bottom + gap, scale: textScale, Self.quiet)
        }
        picture.fill(x: area.left, y: area.bottom, width: area.right - area.left + 1, height: 1, Self.frameLine)
        picture.fill(x: area.left, y: area.top, width: 1, height: area.bottom - area.top, Self.frameLine)
    }

    private func drawWords(on picture: inout Frame, _ area: Area, noData: Bool) {
        let line = BitmapFont.height * textScale, gap = 5 * textScale
        var top = 2 * gap
        if !title.isEmpty {
            picture.write(title, x: area.left, y: top, scale: textScale, Self.ink)
            top += line + gap
        }
        var x = area.left
        for (index, series) in series.enumerated() where !series.name.isEmpty {
            let middle = Float(top) + Float(BitmapFont.ascent * textScale) / 2
            picture.line(
                from: (Float(x + textScale), middle), to: (Float(x + 8 * textScale), middle),
                thickness: 2 * Float(textScale), Self.colours[index % Self.colours.count])
            x += 12 * textScale
            x += picture.write(series.name, x: x, y: top, scale: textScale, Self.quiet) + 3 * gap
        }
        let centre = (area.left + area.right - Frame.textWidth(xLabel, scale: textScale)) / 2
        picture.write(xLabel, x: centre, y: height - gap - line, scale: textScale, Self.ink)
        let middle = (area.top + area.bottom + Frame.textWidth(yLabel, scale: textScale)) / 2
        picture.writeUpwards(yLabel, x: gap, y: middle, scale: textScale, Self.ink)
        if noData {
            let left = (area.left + area.right - Frame.textWidth("no data", scale: textScale)) / 2
            picture.write("no data", x: left, y: (area.top + area.bottom) / 2, scale: textScale, Self.quiet)
        }
    }

    private static func pale(_ colour: Colour) -> Colour {
        func towardsWhite(_ value: UInt8) -> UInt8 { UInt8(255 - (255 - Int(value)) * 35 / 100) }
        return Colour(towardsWhite(colour.red), towardsWhite(colour.green), towardsWhite(colour.blue))
    }
}

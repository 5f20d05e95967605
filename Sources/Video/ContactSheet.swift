/// A grid of frames on one picture, with an optional title and captions.
public struct ContactSheet: Sendable {
    /// Pictures in a row; nil makes the sheet about as wide as it is high.
    public var columns: Int?
    /// Pixels around every picture.
    public var padding = 8
    /// Size of the letters: pixels per dot of a font whose lines are nine dots high.
    public var textScale = 1
    public var background = Colour(250, 250, 248)
    public var ink = Colour(40, 42, 48)

    public init(columns: Int? = nil, padding: Int = 8, textScale: Int = 1) {
        self.columns = columns
        self.padding = padding
        self.textScale = textScale
    }

    /// Lays out `frames` row by row.
    ///
    /// Cells have the size of the largest frame, smaller ones stand in the middle of theirs. Captions stand below
    /// their frames on up to four lines and are cut with "..." where they are too long for that; a caption that is
    /// absent or empty leaves its place empty.
    ///
    /// - Throws: `VideoError.badValue` without frames, or for columns, padding or text scale below what makes sense.
    public func picture(of frames: [Frame], captions: [String] = [], title: String? = nil) throws -> Frame {
        guard !frames.isEmpty else { throw VideoError.badValue("a contact sheet needs at least one frame, and got none") }
        guard columns ?? 1 > 0, padding >= 0, textScale > 0 else {
            throw VideoError.badValue(
                "a contact sheet has 1 or more columns, padding from 0 and text scale from 1; asked for"
                    + " \(columns ?? 1), \(padding) and \(textScale)")
        }
        let cellWidth = frames.map(\.width).max() ?? 0, cellHeight = frames.map(\.height).max() ?? 0
        let columns = min(self.columns ?? Self.squarest(frames.count, cellWidth, cellHeight), frames.count)
        let rows = (frames.count + columns - 1) / columns
        let lineHeight = (BitmapFont.height + 2) * textScale
        let wrapped = captions.prefix(frames.count).map { wrap($0, width: cellWidth, lines: 4) }
        let titles = title.map { wrap($0, width: columns * (cellWidth + padding) - padding, lines: 3) } ?? []
        let captionHeights = (0..<rows).map { row in
            let lines = wrapped.dropFirst(row * columns).prefix(columns).map(\.count).max() ?? 0
            return lines == 0 ? 0 : lines * lineHeight + 4 * textScale
        }
        let titleHeight = titles.isEmpty ? 0 : titles.count * lineHeight + 4 * textScale
        var sheet = Frame(
            width: columns * (cellWidth + padding) + padding,
            height: titleHeight + rows * (cellHeight + padding) + padding + captionHeights.reduce(0, +),
            colour: background)
        for (index, line) in titles.enumerated() {
            sheet.write(line, x: padding, y: padding + index * lineHeight, scale: textScale, ink)
        }
        for (index, frame) in frames.enumerated() {
            let row = index / columns
            let x = padding + index % columns * (cellWidth + padding)
            let y = titleHeight + padding + row * (cellHeight + padding) + captionHeights[..<row].reduce(0, +)
            sheet.paste(frame, x: x + (cellWidth - frame.width) / 2, y: y + (cellHeight - frame.height) / 2)
            guard index < wrapped.count else { continue }
            for (line, text) in wrapped[index].enumerated() {
                sheet.write(text, x: x, y: y + cellHeight + 4 * textScale + line * lineHeight, scale: textScale, ink)
            }
        }
        return sheet
    }

    /// The number of columns whose sheet comes nearest to a square; full rows first.
    private static func squarest(_ count: Int, _ width: Int, _ height: Int) -> Int {
        (1...count).min { a, b in badness(a, count, width, height) < badness(b, count, width, height) } ?? 1
    }

    private static func badness(_ columns: Int, _ count: Int, _ width: Int, _ height: Int) -> Float {
        let rows = (count + columns - 1) / columns
        let w = Float(columns * width), h = Float(rows * height)
        return max(w / h, h / w) * Float(rows * columns) / Float(count)
    }

    /// Breaks `text` at spaces into at most `lines` lines that fit into `width` pixels.
    private func wrap(_ text: String, width: Int, lines limit: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if let last = lines.last, Frame.textWidth(last + " " + word, scale: textScale) <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        if lines.count > limit {
            lines = lines.prefix(limit - 1) + [lines[(limit - 1)...].joined(separator: " ")]
        }
        return lines.map { line in
            guard Frame.textWidth(line, scale: textScale) > width else { return line }
            var cut = line
            while !cut.isEmpty, Frame.textWidth(cut + "...", scale: textScale) > width { cut.removeLast() }
            return cut + "..."
        }
    }
}

import Video

/// A picture in the terminal, above the line of progress, drawn over at the same place.
final class InlinePicture {
    private let kind: InlineProtocol
    private var rows = 0
    /// Lines of the console when the picture was drawn: where there are more, its place is lost and a new one is taken.
    private var lines = -1

    init(_ kind: InlineProtocol) { self.kind = kind }

    func draw(_ picture: Frame) throws {
        let size = TerminalSize.current
        let area = Self.area(picture, size)
        let sequence = try kind.sequence(picture, columns: area.columns, rows: area.rows, size: size)
        Console.clearBar()
        var text = ""
        if lines != Console.lines || rows != area.rows {
            // Room first: a terminal at its last row scrolls, and a remembered place would then be wrong.
            text += String(repeating: "\n", count: area.rows)
            (lines, rows) = (Console.lines, area.rows)
        }
        // Up to the picture's place, remember it, draw, back, down again to the line of progress.
        text += "\r\u{1B}[\(area.rows)A\u{1B}7" + sequence + "\u{1B}8\u{1B}[\(area.rows)B"
        Console.raw(text)
    }

    /// Cells for a picture: as large as its pixels, within the terminal's width and half its height.
    static func area(_ picture: Frame, _ size: TerminalSize) -> (columns: Int, rows: Int) {
        let wide = Double(picture.width) / Double(size.cellWidth), high = Double(picture.height) / Double(size.cellHeight)
        let scale = min(1, Double(max(1, size.columns - 2)) / wide, Double(max(1, size.rows / 2)) / high)
        return (max(1, Int((wide * scale).rounded(.up))), max(1, Int((high * scale).rounded(.up))))
    }
}

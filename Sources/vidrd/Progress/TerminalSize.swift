import Foundation

/// What a terminal says about its size.
package struct TerminalSize: Equatable {
    package var columns = 80
    package var rows = 24
    /// Pixels of a character's cell. Terminals that do not tell get what most have.
    package var cellWidth = 10
    package var cellHeight = 20

    package init(columns: Int = 80, rows: Int = 24, cellWidth: Int = 10, cellHeight: Int = 20) {
        (self.columns, self.rows, self.cellWidth, self.cellHeight) = (columns, rows, cellWidth, cellHeight)
    }

    /// That of the terminal behind stderr; it may change at any time.
    static var current: TerminalSize {
        var size = TerminalSize(), window = winsize()
        if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { size.columns = columns }
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else { return size }
        (size.columns, size.rows) = (Int(window.ws_col), Int(window.ws_row))
        if window.ws_xpixel >= window.ws_col, window.ws_ypixel >= window.ws_row {
            size.cellWidth = Int(window.ws_xpixel) / size.columns
            size.cellHeight = Int(window.ws_ypixel) / size.rows
        }
        return size
    }
}

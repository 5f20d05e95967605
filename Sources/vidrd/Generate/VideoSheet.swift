import Files
import Foundation
import Video

/// The contact sheet of one video or, one row each, of several.
enum VideoSheet {
    /// Pictures of a video that has the sheet for itself.
    static let alone = 16
    /// Pictures in a row where several videos share a sheet.
    static let inRow = 8

    /// Refuses a place where a sheet could not be written, and leaves nothing there. Throws `VideoError`.
    static func check(_ path: String?, overwrite: Bool) throws {
        if let path { try AtomicFile.check(path, overwrite: overwrite) }
    }

    static func write(_ rows: [SheetRow], to path: String, overwrite: Bool) throws {
        try PNG.write(picture(rows), to: path, overwrite: overwrite)
    }

    private static func picture(_ rows: [SheetRow]) throws -> Frame {
        if rows.count == 1, let row = rows.first {
            let captions = row.times.map { String(format: "%.1f s", $0) }
            return try ContactSheet(columns: min(inRow, row.frames.count)).picture(
                of: row.frames, captions: captions, title: row.title)
        }
        let sheet = ContactSheet(columns: rows.map(\.frames.count).max() ?? 1), columns = sheet.columns ?? 1
        let background = sheet.background
        // A row of a video that is shorter than the others ends in empty places.
        let blank = Frame(width: 1, height: 1, red: background.red, green: background.green, blue: background.blue)
        return try sheet.picture(
            of: rows.flatMap { $0.frames + Array(repeating: blank, count: columns - $0.frames.count) },
            captions: rows.flatMap { [$0.title] + Array(repeating: "", count: columns - 1) })
    }
}

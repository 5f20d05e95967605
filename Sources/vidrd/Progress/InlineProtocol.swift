import Foundation
import Video

/// The ways in which terminals show pictures between their lines.
package enum InlineProtocol: String, CaseIterable, Sendable {
    /// https://sw.kovidgoyal.net/kitty/graphics-protocol
    case kitty
    /// https://iterm2.com/documentation-images.html
    case iterm
    /// DEC STD 070, as the VT340 had it.
    case sixel

    static let allowed = "kitty, iterm or sixel"

    /// The protocol of the terminal that an environment describes; nil where it is not known to have one.
    package static func detect(_ environment: [String: String]) -> InlineProtocol? {
        let term = environment["TERM"] ?? "", program = environment["TERM_PROGRAM"] ?? ""
        // Multiplexers swallow what they do not know, whatever terminal is around them.
        if environment["TMUX"] != nil || term.hasPrefix("screen") || term.hasPrefix("tmux") || term == "dumb" { return nil }
        if ["WezTerm", "iTerm.app", "mintty"].contains(program) || environment["LC_TERMINAL"] == "iTerm2" { return .iterm }
        if environment["KITTY_WINDOW_ID"] != nil || term.contains("kitty") || term.contains("ghostty") || program == "ghostty" {
            return .kitty
        }
        // Konsole has had sixels since 22.04.
        if let version = environment["KONSOLE_VERSION"].flatMap({ Int($0) }), version >= 220_400 { return .sixel }
        let sixel = ["sixel", "mlterm", "foot", "yaft", "contour"]
        return sixel.contains { term.contains($0) } || program == "contour" ? .sixel : nil
    }

    /// Why nothing is drawn, and what to do.
    package static func refusal(_ environment: [String: String], isTerminal: Bool) -> String {
        guard isTerminal else { return "--inline draws on a terminal, and stderr is none: nothing is drawn; --preview writes a file" }
        if environment["TMUX"] != nil || environment["TERM"]?.hasPrefix("screen") == true {
            return "--inline does not draw through tmux or screen: nothing is drawn; --preview writes a file"
        }
        return "this terminal (TERM is \(environment["TERM"] ?? "not set")) is not known to draw pictures: nothing is drawn; "
            + "if it can, say how: --inline \(allowed); --preview writes a file"
    }

    /// What makes a terminal draw `picture` at the cursor, over `columns` by `rows` cells. The cursor may move.
    ///
    /// - Throws: `VideoError` where the picture cannot be encoded.
    package func sequence(_ picture: Frame, columns: Int, rows: Int, size: TerminalSize = TerminalSize()) throws -> String {
        switch self {
        case .kitty: return try Self.kitty(PNG.encode(picture, isHasty: true), columns: columns, rows: rows)
        case .iterm:
            let data = Data(try PNG.encode(picture, isHasty: true))
            return "\u{1B}]1337;File=inline=1;size=\(data.count);width=\(columns);height=\(rows);preserveAspectRatio=1"
                + ";doNotMoveCursor=1:\(data.base64EncodedString())\u{7}"
        case .sixel:
            return Sixel.encode(picture.resized(width: columns * size.cellWidth, height: rows * size.cellHeight, fit: .pad))
        }
    }

    /// a=T: send and show; f=100: PNG; i, p: the same picture and place every time, so that a new one replaces the old;
    /// q=2: no answers, which nobody would read; C=1: the cursor stays; m=1: more pieces follow.
    private static func kitty(_ png: [UInt8], columns: Int, rows: Int) -> String {
        let text = Data(png).base64EncodedString()
        var result = "", rest = Substring(text), keys = "a=T,f=100,i=\(pictureID),p=1,q=2,C=1,c=\(columns),r=\(rows),"
        repeat {
            let piece = rest.prefix(4096)
            rest = rest.dropFirst(4096)
            result += "\u{1B}_G\(keys)m=\(rest.isEmpty ? 0 : 1);\(piece)\u{1B}\\"
            keys = ""
        } while !rest.isEmpty
        return result
    }

    /// A number that is this process's own: other programs on the same terminal have pictures too.
    private static let pictureID = Int(getpid()) % 60_000 + 1
}

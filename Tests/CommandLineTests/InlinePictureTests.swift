import Foundation
import Testing
import Video
import vidrd

/// What terminals are sent is read back as a terminal reads it.
@Suite struct InlinePictureTests {
    private let picture: Frame = {
        var frame = Frame(width: 61, height: 41)
        for y in 0..<41 { for x in 0..<61 { frame.pixels.replaceSubrange(3 * (y * 61 + x)..<3 * (y * 61 + x) + 3, with: [UInt8(4 * x), UInt8(6 * y), UInt8((x * y) % 256)]) } }
        return frame
    }()

    /// The control strings between ESC `opening` and ESC \.
    private func strings(_ text: String, opening: String) -> [Substring] {
        text.components(separatedBy: "\u{1B}" + opening).dropFirst().map { $0.prefix(while: { $0 != "\u{1B}" }) }
    }

    @Test func kittyGetsAPNGInPieces() throws {
        var state: UInt64 = 5
        let noisy = Frame(width: 90, height: 60, pixels: (0..<16_200).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        })
        let text = try InlineProtocol.kitty.sequence(noisy, columns: 12, rows: 4)
        let pieces = strings(text, opening: "_G")
        #expect(pieces.count > 2)
        var encoded = ""
        for (index, piece) in pieces.enumerated() {
            let parts = piece.split(separator: ";", maxSplits: 1)
            let keys = Dictionary(uniqueKeysWithValues: parts[0].split(separator: ",").map { key in
                (key.split(separator: "=")[0], key.split(separator: "=")[1])
            })
            #expect(keys["m"] == (index + 1 == pieces.count ? "0" : "1"))
            #expect(parts[1].count <= 4096 && (index + 1 == pieces.count || parts[1].count % 4 == 0))
            if index == 0 {
                #expect(keys["a"] == "T" && keys["f"] == "100" && keys["q"] == "2" && keys["C"] == "1" && keys["c"] == "12" && keys["r"] == "4")
            } else {
                #expect(keys.count == 1)
            }
            encoded += parts[1]
        }
        let data = try #require(Data(base64Encoded: encoded))
        #expect(try PNG.decode(Array(data)) == noisy)
        #expect(text.components(separatedBy: "\u{1B}\\").count == pieces.count + 1)
    }

    @Test func iTermGetsAPNGWithItsSize() throws {
        let text = try InlineProtocol.iterm.sequence(picture, columns: 7, rows: 3)
        #expect(text.hasPrefix("\u{1B}]1337;File=inline=1;") && text.hasSuffix("\u{7}"))
        #expect(text.contains(";width=7;height=3;"))
        let colon = try #require(text.firstIndex(of: ":"))
        let data = try #require(Data(base64Encoded: String(text[text.index(after: colon)...].dropLast())))
        #expect(text.contains(";size=\(data.count);"))
        #expect(try PNG.decode(Array(data)) == picture)
    }

    @Test func sixelsAreThePictureInFewerColours() throws {
        let decoded = try SixelReader.read(Sixel.encode(picture))
        #expect(decoded.width == 61 && decoded.height == 41)
        // A level of the palette and its dithering are at most 51 steps of 255 away; the mean is near.
        let differences = zip(decoded.pixels, picture.pixels).map { Int($0) - Int($1) }
        #expect(differences.allSatisfy { abs($0) <= 52 }, "\(differences.map(abs).max() ?? 0)")
        #expect(abs(differences.reduce(0, +)) < 4 * differences.count)
        // Colours of the palette come through as they are.
        let flat = Frame(width: 10, height: 13, red: 255, green: 0, blue: 51)
        #expect(try SixelReader.read(Sixel.encode(flat)) == flat)
    }

    @Test(arguments: [
        (["TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"], .kitty), (["TERM": "xterm-ghostty"], .kitty),
        (["TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"], .iterm), (["TERM_PROGRAM": "WezTerm"], .iterm),
        (["TERM": "xterm", "LC_TERMINAL": "iTerm2"], .iterm), (["TERM": "foot-extra"], .sixel), (["TERM": "mlterm"], .sixel),
        (["TERM": "xterm-256color", "KONSOLE_VERSION": "230800"], .sixel), (["TERM": "xterm-256color", "KONSOLE_VERSION": "210000"], nil),
        (["TERM": "xterm-256color"], nil), (["TERM": "dumb", "KITTY_WINDOW_ID": "1"], nil), ([:], nil),
        (["TERM": "screen-256color", "LC_TERMINAL": "iTerm2"], nil), (["TERM": "xterm-kitty", "TMUX": "/tmp/x"], nil),
    ] as [([String: String], InlineProtocol?)])
    func terminalsAreTold(_ environment: [String: String], _ expected: InlineProtocol?) {
        #expect(InlineProtocol.detect(environment) == expected)
        if expected == nil { #expect(InlineProtocol.refusal(environment, isTerminal: true).contains("nothing is drawn")) }
    }

    @Test func theOptionNeedsNoValue() {
        #expect(InlineChoice.completed(["--inline", "a candle"]) == ["--inline=auto", "a candle"])
        #expect(InlineChoice.completed(["--inline", "kitty", "a candle"]) == ["--inline", "kitty", "a candle"])
        #expect(InlineChoice.completed(["a candle", "--inline"]) == ["a candle", "--inline=auto"])
        #expect(InlineChoice.completed(["--", "--inline"]) == ["--", "--inline"])
    }

    @Test func picturesGoToStderrWhereAskedAndNowhereElse() throws {
        try inFolder { folder in
            let forced = try Program.run(
                "a boat", "--model", TinyModel.path, "--steps", "4", "--inline", "sixel", "--quiet", "--seed", "1", "--frames-dir", "a", in: folder)
            #expect(forced.code == 0 && forced.paths == ["a"])
            let start = try #require(forced.messages.range(of: "\u{1B}P"))
            let drawn = try SixelReader.read(String(forced.messages[start.lowerBound...].prefix(while: { $0 != "\u{8}" })))
            #expect(drawn.width > 100)
            let detected = try Program.run("a boat", "--inline", "--model", TinyModel.path, "--frames-dir", "b", in: folder)
            #expect(detected.code == 0 && detected.messages.components(separatedBy: "nothing is drawn").count == 2, "\(detected.messages)")
            #expect(!detected.messages.contains("\u{1B}"))
        }
    }
}

/// Sixels as a terminal reads them.
private enum SixelReader {
    struct Problem: Error { let text: String }

    static func read(_ text: String) throws -> Frame {
        guard let start = text.firstIndex(of: "q"), text.hasPrefix("\u{1B}P"), let end = text.range(of: "\u{1B}\\") else {
            throw Problem(text: "no sixel string")
        }
        var bytes = Array(text[text.index(after: start)..<end.lowerBound].utf8)[...]
        func numbers() -> [Int] {
            var values = [0]
            while let byte = bytes.first {
                if (48...57).contains(byte) { values[values.count - 1] = values[values.count - 1] * 10 + Int(byte) - 48 }
                else if byte == UInt8(ascii: ";") { values.append(0) } else { break }
                bytes.removeFirst()
            }
            return values
        }
        var frame = Frame(width: 0, height: 0), palette: [Int: [UInt8]] = [:], colour = 0, x = 0, top = 0, run = 1
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                let raster = numbers()
                guard raster.count == 4, raster[0] == raster[1] else { throw Problem(text: "raster \(raster)") }
                frame = Frame(width: raster[2], height: raster[3])
            case UInt8(ascii: "#"):
                let values = numbers()
                if values.count == 5 { palette[values[0]] = values[2...].map { UInt8((Double($0) * 2.55).rounded()) } }
                colour = values[0]
            case UInt8(ascii: "$"): x = 0
            case UInt8(ascii: "-"): (x, top) = (0, top + 6)
            case UInt8(ascii: "!"): run = numbers()[0]
            case 63...126:
                guard let shown = palette[colour], x + run <= frame.width else { throw Problem(text: "colour \(colour) at \(x)") }
                for column in x..<x + run {
                    for row in 0..<6 where (byte - 63) >> row & 1 == 1 {
                        guard top + row < frame.height else { throw Problem(text: "row \(top + row)") }
                        frame.pixels.replaceSubrange(3 * ((top + row) * frame.width + column)..<3 * ((top + row) * frame.width + column) + 3, with: shown)
                    }
                }
                (x, run) = (x + run, 1)
            default: throw Problem(text: "byte \(byte)")
            }
        }
        return frame
    }
}

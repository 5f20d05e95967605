import Files
import Foundation
import Testing
import Video

@Suite struct PNGTests {
    @Test(arguments: [(1, 1), (7, 5), (64, 48), (257, 3)])
    func roundTrip(width: Int, height: Int) throws {
        var frame = Frame(width: width, height: height)
        for i in frame.pixels.indices { frame.pixels[i] = UInt8(truncatingIfNeeded: i &* 2_654_435_761 >> 7) }
        #expect(try PNG.decode(PNG.encode(frame)) == frame)
    }

    @Test func fileRoundTripCreatesFoldersAndLeavesNothingElse() throws {
        let scratch = try Scratch()
        let path = scratch("new/deep/a.png")
        try PNG.write(ball(0), to: path)
        #expect(try PNG.read(path) == ball(0))
        #expect(try PNG.size(path) == (64, 48))
        try PNG.write(ball(1), to: path)
        #expect(try PNG.read(path) == ball(1))
        #expect(throws: FileError.exists(path: path)) { try PNG.write(ball(2), to: path, overwrite: false) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("new/deep")) == ["a.png"])
    }

    @Test func greyOfEveryDepth() throws {
        for depth in [1, 2, 4, 8, 16] {
            let largest = (1 << depth) - 1
            let samples = [0, largest, largest / 2, largest]
            var bits: [UInt8] = samples.flatMap { value in (0..<depth).map { UInt8(value >> (depth - 1 - $0) & 1) } }
            while bits.count % 8 != 0 { bits.append(0) }
            let row = stride(from: 0, to: bits.count, by: 8).map { bits[$0..<$0 + 8].reduce(UInt8(0)) { $0 << 1 | $1 } }
            let frame = try PNG.decode(
                PNGBuilder.file(width: 4, height: 1, depth: UInt8(depth), colourType: 0, rows: [row]))
            for (x, sample) in samples.enumerated() {
                let expected = (Double(sample) / Double(largest) * 255).rounded()
                let colour = frame.colour(x: x, y: 0)
                #expect(abs(Double(colour.red) - expected) <= 1, "depth \(depth), sample \(sample)")
                #expect(colour.red == colour.green && colour.green == colour.blue)
            }
        }
    }

    @Test func sixteenBitColourIsTakenForSRGB() throws {
        let row: [UInt8] = [0x80, 0x80, 0x00, 0x00, 0xFF, 0xFF, 0x40, 0x40, 0xC0, 0xC0, 0x10, 0x10]
        let frame = try PNG.decode(PNGBuilder.file(width: 2, height: 1, depth: 16, colourType: 2, rows: [row]))
        let expected: [UInt8] = [0x80, 0, 0xFF, 0x40, 0xC0, 0x10]
        for (found, wanted) in zip(frame.pixels, expected) { #expect(abs(Int(found) - Int(wanted)) <= 1) }
    }

    @Test func palette() throws {
        let frame = try PNG.decode(
            PNGBuilder.file(
                width: 4, height: 2, depth: 2, colourType: 3, palette: [255, 0, 0, 0, 255, 0, 0, 0, 255],
                rows: [[0b00_01_10_00], [0b10_10_01_00]]))
        let red: [UInt8] = [255, 0, 0], green: [UInt8] = [0, 255, 0], blue: [UInt8] = [0, 0, 255]
        #expect(frame.pixels == red + green + blue + red + blue + blue + green + red)
    }

    @Test func transparentPartsShowWhite() throws {
        let rgba = try PNG.decode(
            PNGBuilder.file(
                width: 3, height: 1, depth: 8, colourType: 6,
                rows: [[10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128]]))
        #expect(rgba.colour(x: 0, y: 0) == Colour(10, 20, 30))
        #expect(rgba.colour(x: 1, y: 0) == .white)
        #expect((100...200).contains(rgba.colour(x: 2, y: 0).red))
        let greyAlpha = try PNG.decode(
            PNGBuilder.file(width: 2, height: 1, depth: 8, colourType: 4, rows: [[77, 255, 77, 0]]))
        #expect(greyAlpha.pixels == [77, 77, 77, 255, 255, 255])
        let palette = try PNG.decode(
            PNGBuilder.file(
                width: 2, height: 1, depth: 8, colourType: 3, palette: [9, 8, 7, 6, 5, 4], transparency: [255, 0],
                rows: [[0, 1]]))
        #expect(palette.pixels == [9, 8, 7, 255, 255, 255])
    }

    @Test func interlaced() throws {
        // Adam7: first column and row, and the steps, of the seven passes.
        let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        let size = 8
        let rows = passes.flatMap { x, y, dx, dy in
            stride(from: y, to: size, by: dy).map { row in
                stride(from: x, to: size, by: dx).map { UInt8(row * 20 + $0) }
            }
        }
        let frame = try PNG.decode(
            PNGBuilder.file(width: size, height: size, depth: 8, colourType: 0, interlaced: true, rows: rows))
        for y in 0..<size {
            for x in 0..<size { #expect(frame.colour(x: x, y: y).red == UInt8(y * 20 + x)) }
        }
    }

    @Test func truncatedAnywhereIsAnErrorAndNotACrash() throws {
        let whole = try PNG.encode(ball(0))
        for count in [0, 4, 8, 20, 33, 40, whole.count / 2, whole.count - 20] {
            let words = message { _ = try PNG.decode(Array(whole.prefix(count)), name: "a.png") }
            #expect(words?.contains("cannot read 'a.png'") == true, "\(count) bytes: \(words ?? "no error")")
        }
    }

    @Test func damageIsAnErrorAndNotACrash() throws {
        let whole = try PNG.encode(ball(0))
        for position in stride(from: 8, to: whole.count - 12, by: 7) {
            var bytes = whole
            bytes[position] ^= 0x55
            // Some bytes may change unnoticed (checksums of chunks that are skipped); none may crash.
            _ = try? PNG.decode(bytes)
        }
        var bytes = whole
        bytes[whole.count / 2] ^= 0xFF
        #expect(message { _ = try PNG.decode(bytes) }?.contains("damaged or cut short") == true)
    }

    @Test func foreignMissingAndHugeFiles() throws {
        let scratch = try Scratch()
        try Data("GIF89a...".utf8).write(to: URL(fileURLWithPath: scratch("a.png")))
        try Data().write(to: URL(fileURLWithPath: scratch("empty.png")))
        #expect(message { _ = try PNG.read(scratch("a.png")) }?.contains("not a PNG file") == true)
        #expect(message { _ = try PNG.read(scratch("empty.png")) }?.contains("empty") == true)
        #expect(throws: FileError.notFound(path: scratch("none.png"))) { try PNG.read(scratch("none.png")) }
        #expect(message { _ = try PNG.read(scratch.path) }?.contains("cannot read") == true)
        // The largest sides have a product beyond 64 bits.
        for (width, height) in [(1 << 30, 1 << 30), (1 << 32 - 1, 1 << 32 - 1), (1, 1 << 28 + 1), (0, 1), (1, 0)] {
            let bytes = PNGBuilder.file(width: width, height: height, depth: 8, colourType: 2, rows: [[0]])
            #expect(message { _ = try PNG.decode(bytes) }?.contains("its header claims \(width)x\(height) pixels") == true)
        }
    }
}

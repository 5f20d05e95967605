import Foundation
import Video

/// A folder for one test, gone with it.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "vidrd-video-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }

    /// Everything in the folder, hidden files too.
    var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    /// A folder in which a shell script stands for ffmpeg.
    func fakeTool(_ name: String = "ffmpeg", _ script: String) throws -> String {
        let folder = self("bin")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(("#!/bin/sh\n" + script + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/" + name)
        return folder
    }
}

/// Frame number `index` of a test clip: a soft ball that moves over a gradient. Smooth, so that coding errors are small.
func ball(_ index: Int, width: Int = 64, height: Int = 48) -> Frame {
    var frame = Frame(width: width, height: height)
    for y in 0..<height {
        for x in 0..<width {
            let dx = Double(x) - Double(width) * 0.3 - 2 * Double(index), dy = Double(y) - Double(height) * 0.5
            let light = exp(-(dx * dx + dy * dy) / 120)
            let i = 3 * (y * width + x)
            frame.pixels[i] = UInt8(40 + 200 * light)
            frame.pixels[i + 1] = UInt8(40 + 100 * Double(y) / Double(height) + 80 * light)
            frame.pixels[i + 2] = UInt8(60 + 120 * Double(x) / Double(width))
        }
    }
    return frame
}

/// The mean absolute difference of two frames, 0 to 255; infinite where the sizes differ.
func meanError(_ a: Frame, _ b: Frame) -> Double {
    guard a.width == b.width, a.height == b.height else { return .infinity }
    return Double(zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(a.pixels.count)
}

/// The error that `body` throws, in words; nil where it throws none.
func message(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}

/// Builds PNG files chunk by chunk (W3C PNG specification), with stored deflate blocks: files of kinds that this
/// package does not write.
enum PNGBuilder {
    /// - Parameters:
    ///   - colourType: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
    ///   - rows: the samples of every row, packed as the depth asks; for interlaced files those of all passes.
    static func file(
        width: Int, height: Int, depth: UInt8, colourType: UInt8, interlaced: Bool = false, palette: [UInt8] = [],
        transparency: [UInt8] = [], rows: [[UInt8]]
    ) -> [UInt8] {
        var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let header = word(width) + word(height) + [depth, colourType, 0, 0, interlaced ? 1 : 0]
        bytes += chunk("IHDR", header)
        if !palette.isEmpty { bytes += chunk("PLTE", palette) }
        if !transparency.isEmpty { bytes += chunk("tRNS", transparency) }
        bytes += chunk("IDAT", stored(rows.flatMap { [0] + $0 }))
        return bytes + chunk("IEND", [])
    }

    private static func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return word(data.count) + body + word(crc(body))
    }

    /// RFC 1950 around RFC 1951 blocks without compression; the data are short enough for one.
    private static func stored(_ data: [UInt8]) -> [UInt8] {
        precondition(data.count < 65536)
        let count = UInt16(data.count)
        let length = [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
        var a = 1, b = 0
        for byte in data {
            a = (a + Int(byte)) % 65521
            b = (b + a) % 65521
        }
        return [0x78, 0x01, 0x01] + length + data + word(b << 16 | a)
    }

    private static func crc(_ bytes: [UInt8]) -> Int {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return Int(~value)
    }
}

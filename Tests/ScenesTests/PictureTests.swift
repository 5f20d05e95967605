import Files
import Foundation
import Scenes
import Testing
import Video

/// Captioned pictures as clips.
@Suite struct PictureTests {
    /// A PNG file of 8-bit RGBA pixels, its data stored and not packed (RFC 2083, RFC 1950).
    private func png(width: Int, height: Int, pixel: (Int, Int) -> [UInt8]) -> Data {
        func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) } }
        func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
            let body = Array(type.utf8) + data
            var crc: UInt32 = 0xFFFF_FFFF
            for byte in body {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
            }
            return big(UInt32(data.count)) + body + big(~crc)
        }
        var raw: [UInt8] = []
        for y in 0..<height {
            raw.append(0)
            for x in 0..<width { raw += pixel(x, y) }
        }
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in raw {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        let length = [UInt8(raw.count & 255), UInt8(raw.count >> 8)]
        let packed = [0x78, 0x01, 0x01] + length + length.map { ~$0 } + raw + big(b << 16 | a)
        return Data(
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", big(UInt32(width)) + big(UInt32(height)) + [8, 6, 0, 0, 0])
                + chunk("IDAT", packed) + chunk("IEND", []))
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pictures-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["animals", "symbols"] {
            try FileManager.default.createDirectory(at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try body(folder)
    }

    /// A magenta disc, a colour that no background has, on nothing.
    private func disc(_ x: Int, _ y: Int) -> [UInt8] {
        (x - 20) * (x - 20) + (y - 20) * (y - 20) < 200 ? [255, 0, 255, 255] : [0, 255, 0, 0]
    }

    @Test func cutOutsStandBeforeBackgrounds() throws {
        try inFolder { folder in
            try png(width: 40, height: 40, pixel: disc).write(to: folder.appendingPathComponent("animals/thing.png"))
            try Data("A Crow (a black bird), flying.\nde=Eine Krähe\n".utf8).write(to: folder.appendingPathComponent("animals/thing.txt"))
            try png(width: 40, height: 40, pixel: disc).write(to: folder.appendingPathComponent("animals/cartoon_cat_02.png"))
            try png(width: 40, height: 40, pixel: disc).write(to: folder.appendingPathComponent("animals/nameless_01.png"))
            try png(width: 40, height: 40, pixel: disc).write(to: folder.appendingPathComponent("symbols/cat.png"))
            let library = try PictureLibrary(folder)
            #expect(library.items.map(\.caption) == ["a cat", "a crow"])
            #expect(library.uncaptioned == 1)
            #expect(try PictureLibrary(folder, names: false).items.map(\.caption) == ["a crow"])
            var cameras = Set<String>(), seen = 0
            for seed in 0..<40 {
                let clip = try library.clip(seed: UInt64(seed), frames: 4, width: 48, height: 48)
                let again = try library.clip(seed: UInt64(seed), frames: 4, width: 48, height: 48)
                #expect(clip.frames == again.frames && clip.caption == again.caption)
                #expect(clip.frames.count == 4 && clip.frames[0].width == 48)
                #expect(clip.caption.contains("a crow") || clip.caption.contains("a cat"))
                #expect(!HeldOut.contains(clip.caption))
                cameras.insert(try #require(clip.labels).camera)
                let shown = clip.frames.contains { frame in
                    stride(from: 0, to: frame.pixels.count, by: 3).contains {
                        frame.pixels[$0] > 110 && frame.pixels[$0 + 1] < 60 && frame.pixels[$0 + 2] > 110
                    }
                }
                if shown { seen += 1 }
                // The see-through green is never seen, nor is the disc everywhere.
                #expect(clip.frames[0].pixels[0] != 255 || clip.frames[0].pixels[1] != 0)
            }
            #expect(seen > 34)
            #expect(cameras.count >= 5)
        }
    }

    @Test func photographsFillThePicture() throws {
        try inFolder { folder in
            try png(width: 60, height: 30) { x, _ in [UInt8(x * 4), 0, 200, 255] }.write(to: folder.appendingPathComponent("animals/dog.png"))
            let library = try PictureLibrary(folder)
            for seed in 0..<10 {
                let clip = try library.clip(seed: UInt64(seed), frames: 3, width: 32, height: 32)
                for frame in clip.frames {
                    #expect(stride(from: 0, to: frame.pixels.count, by: 3).allSatisfy { frame.pixels[$0 + 1] < 8 && abs(Int(frame.pixels[$0 + 2]) - 200) < 8 })
                }
                #expect(clip.frames[0] != clip.frames[2], "a photograph needs a moving camera")
            }
        }
    }

    @Test func mistakesAreNamed() throws {
        try inFolder { folder in
            #expect(throws: FileError.self) { try PictureLibrary(folder) }
            #expect(throws: FileError.self) { try PictureLibrary(folder.appendingPathComponent("nowhere")) }
            try Data("not a picture".utf8).write(to: folder.appendingPathComponent("animals/cat.png"))
            let broken = try PictureLibrary(folder)
            #expect(throws: FileError.self) { try broken.clip(seed: 1) }
            try png(width: 8, height: 8) { _, _ in [9, 9, 9, 0] }.write(to: folder.appendingPathComponent("animals/cat.png"))
            #expect(throws: FileError.self) { try broken.clip(seed: 1) }
        }
    }

    /// Uses the packages where they are installed, and says that it does not where they are not.
    @Test func installedStampsCanBeRead() throws {
        let folder = URL(fileURLWithPath: "/usr/share/tuxpaint/stamps")
        guard FileManager.default.fileExists(atPath: folder.path) else {
            try Test.cancel("\(folder.path) is not there (package tuxpaint-stamps-default)")
        }
        let library = try PictureLibrary(folder)
        #expect(library.items.count > 300)
        for seed in 0..<5 { #expect(try library.clip(seed: UInt64(seed), frames: 2).frames.count == 2) }
    }
}

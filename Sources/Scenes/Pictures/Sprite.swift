import CPNG
import Files
import Foundation
import Video

/// A picture with see-through parts, ready to be drawn at any smaller size: linear light, colours
/// multiplied by their opacity (which is in w), and halved again and again.
final class Sprite: @unchecked Sendable {
    struct Level {
        let width, height: Int
        let pixels: [Color]
    }

    let levels: [Level]
    var width: Int { levels[0].width }
    var height: Int { levels[0].height }
    /// Whether every pixel hides what is behind it, as in a photograph.
    let isOpaque: Bool

    /// Pictures with longer sides than this are halved until they fit.
    private static let longestSide = 512

    /// Reads a PNG file and cuts off empty margins.
    ///
    /// - Throws: `FileError.unreadable` where it is damaged or has nothing to be seen.
    convenience init(png path: String) throws {
        // The header is checked here, as for any picture.
        let size = try PNG.size(path), data = try FileBytes(path).data
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        var bytes = [UInt8](repeating: 0, count: 4 * size.width * size.height)
        let succeeded = data.withUnsafeBytes { buffer -> Bool in
            guard png_image_begin_read_from_memory(&image, buffer.baseAddress, buffer.count) != 0 else { return false }
            image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
            image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
            return bytes.withUnsafeMutableBytes {
                png_image_finish_read(&image, nil, $0.baseAddress, png_int_32(4 * size.width), nil) != 0
            }
        }
        guard succeeded else { throw FileError.unreadable(path: path, reason: "the PNG file is damaged or cut short") }
        try self.init(width: size.width, height: size.height, rgba: bytes, name: path)
    }

    /// From bytes [height, width, 4] in sRGB with plain (not multiplied) opacity.
    ///
    /// - Throws: `FileError.unreadable` where there is nothing to be seen.
    init(width: Int, height: Int, rgba: [UInt8], name: String) throws {
        var (left, right, top, bottom) = (width, -1, height, -1)
        for y in 0..<height {
            for x in 0..<width where rgba[4 * (y * width + x) + 3] > 12 {
                left = min(left, x)
                right = max(right, x)
                top = min(top, y)
                bottom = y
            }
        }
        guard right >= left, bottom >= top else { throw FileError.unreadable(path: name, reason: "all of it is see-through") }
        let table = (0..<256).map { Color.hex(UInt32($0)).z }
        let (w, h) = (right - left + 1, bottom - top + 1)
        var pixels = [Color](repeating: .zero, count: w * h)
        var clear = 0
        for y in 0..<h {
            for x in 0..<w {
                let at = 4 * ((top + y) * width + left + x)
                let opacity = Float(rgba[at + 3]) / 255
                if opacity < 0.5 { clear += 1 }
                pixels[y * w + x] = Color(
                    table[Int(rgba[at])] * opacity, table[Int(rgba[at + 1])] * opacity, table[Int(rgba[at + 2])] * opacity, opacity)
            }
        }
        isOpaque = clear * 50 < w * h
        var levels = [Level(width: w, height: h, pixels: pixels)]
        while let last = levels.last, max(last.width, last.height) > 8 { levels.append(Sprite.halved(last)) }
        while levels.count > 1, max(levels[0].width, levels[0].height) > Sprite.longestSide { levels.removeFirst() }
        self.levels = levels
    }

    private static func halved(_ level: Level) -> Level {
        let width = max(1, level.width / 2), height = max(1, level.height / 2)
        var pixels = [Color](repeating: .zero, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                let x1 = min(level.width - 1, 2 * x + 1), y0 = 2 * y * level.width, y1 = min(level.height - 1, 2 * y + 1) * level.width
                let sum = level.pixels[y0 + 2 * x] + level.pixels[y0 + x1] + level.pixels[y1 + 2 * x] + level.pixels[y1 + x1]
                pixels[y * width + x] = sum * 0.25
            }
        }
        return Level(width: width, height: height, pixels: pixels)
    }

    /// Draws it around a place, `tall` scene units high; -1 for `side` mirrors it. `light` multiplies it.
    func draw(_ canvas: Canvas, x: Float, y: Float, tall: Float, side: Float = 1, angle: Float = 0, light: Color = .grey(1)) {
        let wanted = tall / canvas.pixel
        guard wanted >= 0.5 else { return }
        let level = levels.last { Float($0.height) >= wanted } ?? levels[0]
        let wide = tall * Float(level.width) / Float(level.height)
        let (c, s) = (cos(angle), sin(angle))
        let reachX = (abs(wide * c) + abs(tall * s)) / 2 + canvas.pixel, reachY = (abs(wide * s) + abs(tall * c)) / 2 + canvas.pixel
        let scaleX = Float(level.width) / wide * side, scaleY = Float(level.height) / tall
        let middleX = Float(level.width) / 2, middleY = Float(level.height) / 2
        var tint = light
        tint.w = 1
        level.pixels.withUnsafeBufferPointer { pixels in
            @inline(__always) func texel(_ i: Int, _ j: Int) -> Color {
                i < 0 || j < 0 || i >= level.width || j >= level.height ? .zero : pixels[j * level.width + i]
            }
            canvas.paint(left: x - reachX, right: x + reachX, top: y - reachY, bottom: y + reachY) { px, py, pixel in
                let dx = px - x, dy = py - y
                let u = middleX + (dx * c + dy * s) * scaleX - 0.5, v = middleY + (dy * c - dx * s) * scaleY - 0.5
                let uf = u.rounded(.down), vf = v.rounded(.down)
                let i = Int(uf), j = Int(vf)
                let color = mix(mix(texel(i, j), texel(i + 1, j), u - uf), mix(texel(i, j + 1), texel(i + 1, j + 1), u - uf), v - vf) * tint
                if color.w <= 0 { return }
                let behind = 1 - color.w
                pixel = pixel * behind + Color(color.x, color.y, color.z, 0)
            }
        }
    }
}

import CPNG
import Files
import Foundation

/// PNG through libpng's simplified interface, which reads every colour type, bit depth and interlacing and
/// converts to 8-bit sRGB (libpng manual, section V).
public enum PNG {
    /// A picture with more pixels than this is taken for a damaged or hostile header (2^28: 16384x16384).
    static let maximumPixels = 1 << 28

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Reads the PNG file at `path`. 16-bit files are rounded to 8 bits, grey and palettes become colour,
    /// transparent parts show white behind them.
    ///
    /// - Throws: `FileError.notFound`, or `.unreadable` for foreign, damaged or truncated files.
    public static func read(_ path: String) throws -> Frame {
        try decode(bytes(of: path), name: path)
    }

    /// Decodes the bytes of a PNG file; `name` stands in error messages.
    public static func decode(_ bytes: [UInt8], name: String = "PNG data") throws -> Frame {
        let (width, height) = try size(bytes, name: name)
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        return try bytes.withUnsafeBytes { buffer in
            guard png_image_begin_read_from_memory(&image, buffer.baseAddress, buffer.count) != 0 else {
                throw damaged(image, name)
            }
            image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
            // 16-bit files that name no gamma are sRGB like all others; libpng would take them for linear light.
            image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
            var white = png_color(red: 255, green: 255, blue: 255)
            var pixels = [UInt8](repeating: 0, count: 3 * width * height)
            let succeeded = pixels.withUnsafeMutableBytes {
                png_image_finish_read(&image, &white, $0.baseAddress, png_int_32(3 * width), nil)
            }
            guard succeeded != 0 else { throw damaged(image, name) }
            return Frame(width: width, height: height, pixels: pixels)
        }
    }

    /// Width and height of the PNG file at `path`, from its header alone.
    public static func size(_ path: String) throws -> (width: Int, height: Int) {
        try size(bytes(of: path, limit: 33), name: path)
    }

    /// Writes `frame` as an 8-bit RGB file: aside first, then renamed. Creates missing folders.
    ///
    /// - Throws: `FileError.exists` without `overwrite`, `FileError.unwritable` where the system refuses.
    public static func write(_ frame: Frame, to path: String, overwrite: Bool = true) throws {
        try write(encode(frame, name: path), to: path, overwrite: overwrite)
    }

    /// The same for a picture that is soon replaced; see `encode`.
    package static func writeHastily(_ frame: Frame, to path: String) throws {
        try write(encode(frame, name: path, isHasty: true), to: path, overwrite: true)
    }

    private static func write(_ bytes: [UInt8], to path: String, overwrite: Bool) throws {
        let file = try AtomicFile(path, overwrite: overwrite, isDurable: false)
        try bytes.withUnsafeBytes(file.write)
        try file.commit()
    }

    /// The bytes of a PNG file with `frame` in it; `name` stands in error messages.
    public static func encode(_ frame: Frame, name: String = "PNG data") throws -> [UInt8] {
        try encode(frame, name: name, isHasty: false)
    }

    /// - Parameter isHasty: a file that is somewhat larger in a fraction of the time, for pictures that are soon replaced.
    package static func encode(_ frame: Frame, name: String = "PNG data", isHasty: Bool) throws -> [UInt8] {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        image.width = png_uint_32(frame.width)
        image.height = png_uint_32(frame.height)
        if isHasty { image.flags |= png_uint_32(PNG_IMAGE_FLAG_FAST) }
        image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
        defer { png_image_free(&image) }
        // zlib expands incompressible data by less than 0.1 %; rows carry one filter byte, chunks 12 bytes per 8 KB.
        let rows = (3 * frame.width + 1) * frame.height
        var bytes = [UInt8](repeating: 0, count: rows + rows / 256 + 4096)
        var count = png_alloc_size_t(bytes.count)
        let succeeded = bytes.withUnsafeMutableBytes { target in
            frame.pixels.withUnsafeBytes { source in
                png_image_write_to_memory(
                    &image, target.baseAddress, &count, 0, source.baseAddress, png_int_32(3 * frame.width), nil)
            }
        }
        guard succeeded != 0 else { throw FileError.unwritable(path: name, reason: "libpng says: \(message(image))") }
        bytes.removeLast(bytes.count - Int(count))
        return bytes
    }

    /// Whether a picture has at least one pixel and at most `maximumPixels`; the sides may be any numbers.
    static func isReadable(width: Int, height: Int) -> Bool {
        width > 0 && height > 0 && width <= maximumPixels / height
    }

    static func isPNG(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.starts(with: signature)
    }

    /// The size that the header chunk (IHDR, bytes 16 to 23) claims, where it is one to be believed.
    private static func size(_ bytes: [UInt8], name: String) throws -> (width: Int, height: Int) {
        guard isPNG(bytes) else {
            let reason = bytes.isEmpty ? "the file is empty" : "it is not a PNG file (it starts with other bytes)"
            throw FileError.unreadable(path: name, reason: reason)
        }
        guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8) else {
            throw FileError.unreadable(path: name, reason: "the PNG file is damaged or cut short (no header)")
        }
        let width = bytes[16..<20].reduce(0) { $0 << 8 | Int($1) }
        let height = bytes[20..<24].reduce(0) { $0 << 8 | Int($1) }
        guard isReadable(width: width, height: height) else {
            throw FileError.unreadable(
                path: name,
                reason: "its header claims \(width)x\(height) pixels; 1 to \(maximumPixels) pixels are read")
        }
        return (width, height)
    }

    private static func damaged(_ image: png_image, _ name: String) -> FileError {
        .unreadable(path: name, reason: "the PNG file is damaged or cut short (libpng says: \(message(image)))")
    }

    private static func message(_ image: png_image) -> String {
        withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func bytes(of path: String, limit: Int = .max) throws -> [UInt8] {
        guard FilePath.exists(path) else { throw FileError.notFound(path: path) }
        let file = try FileBytes(path)
        return file.bytes(0, min(limit, file.count)).map { [UInt8]($0) } ?? []
    }
}

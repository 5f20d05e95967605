import Files
import Foundation

/// Reads frames, one at a time, out of anything that shows pictures: videos (whatever ffmpeg decodes), single pictures
/// (PNG natively) and folders of pictures in the order of their names, 9 before 10.
///
/// Memory holds one frame, whatever the length. A reader belongs to one thread at a time; letting go of it ends ffmpeg.
public final class VideoReader {
    public let path: String
    /// Frames delivered so far.
    public private(set) var count = 0
    /// What ffmpeg complained about while it decoded; complete after the last frame.
    public private(set) var notices: [String] = []
    private let size: (width: Int, height: Int)?
    private let fit: Fit
    private let searchPath: String?
    private var source: Source

    private enum Source {
        /// Pictures still to be read, the next one last.
        case files([String])
        case stream(ChildProcess, PPMStream)
        case ended
    }

    /// Opens `path` and, where it needs ffmpeg, starts it.
    ///
    /// - Parameters:
    ///   - size: of the frames; nil leaves every picture its own (in a folder they may differ).
    ///   - fps: drops or repeats frames of a video to reach this rate; nil gives every stored frame once. Pictures and
    ///     folders have no rate, there every picture is one frame.
    ///   - fit: what happens where the shape of `size` is another.
    ///   - isPlain: stored pixels, square or not, converted as ffmpeg does it by itself: what programs that measure
    ///     videos see. Else pixels are made square and colours converted more carefully.
    ///   - searchPath: folders to look for ffmpeg in, separated by colons; nil takes the environment's PATH.
    public init(
        _ path: String, size: (width: Int, height: Int)? = nil, fps: Double? = nil, fit: Fit = .crop,
        isPlain: Bool = false, searchPath: String? = nil
    ) throws {
        if let size, size.width < 1 || size.height < 1 || size.width > 1 << 14 || size.height > 1 << 14 {
            throw VideoError.badValue("frames of \(size.width)x\(size.height) cannot be read; sides are 1 to \(1 << 14)")
        }
        if let fps, !(fps > 0 && fps <= 1000) {
            throw VideoError.badValue("\(fps) frames per second cannot be read; allowed is above 0 and up to 1000")
        }
        self.path = path
        self.size = size
        self.fit = fit
        self.searchPath = searchPath
        source = .ended
        switch try MediaKind(path: path) {
        case .png: source = .files([path])
        case .folder(let files): source = .files(files.reversed())
        case .other:
            let process = try ChildProcess(
                executable: FFmpeg.locate("ffmpeg", searchPath: searchPath, for: path),
                arguments: Self.arguments(path, size: size, fps: fps, fit: fit, isPlain: isPlain), writes: false, reads: true)
            source = .stream(process, PPMStream(process))
        }
    }

    /// The next frame; nil after the last.
    ///
    /// - Throws: `VideoError` for damaged files. The frames before the damage have been delivered by then.
    public func next() throws -> Frame? {
        switch source {
        case .files(var files):
            guard let file = files.popLast() else { return nil }
            source = .files(files)
            let frame = try VideoReader.picture(file, searchPath: searchPath)
            count += 1
            return size.map { frame.resized(width: $0.width, height: $0.height, fit: fit) } ?? frame
        case .stream(let process, let stream):
            if let frame = try stream.next(path) {
                count += 1
                return frame
            }
            source = .ended
            if let status = process.wait() {
                throw VideoError.toolFailed(tool: "ffmpeg", path: path, status: status, lastLines: process.lastLines)
            }
            if !process.lastLines.isEmpty { notices.append("'\(path)': \(process.lastLines)") }
            guard count > 0 else {
                throw FileError.unreadable(path: path, reason: "ffmpeg finds no frame in it; \(process.lastLines)")
            }
            return nil
        case .ended:
            return nil
        }
    }

    /// The first frame of the picture or video at `path`.
    public static func picture(_ path: String, searchPath: String? = nil) throws -> Frame {
        if case .png = try MediaKind(path: path) { return try PNG.read(path) }
        guard let frame = try VideoReader(path, searchPath: searchPath).next() else {
            throw FileError.unreadable(path: path, reason: "there is no frame in it")
        }
        return frame
    }

    private static func arguments(
        _ path: String, size: (width: Int, height: Int)?, fps: Double?, fit: Fit, isPlain: Bool
    ) -> [String] {
        // ffmpeg's area scaling is bilinear when enlarging, as `Frame.resized` is.
        let flags = "flags=area+accurate_rnd+full_chroma_int+full_chroma_inp"
        var filters = fps.map { ["fps=\($0)"] } ?? []
        if !isPlain { filters.append("scale=iw*sar:ih:\(flags)") }
        if let (width, height) = size {
            switch fit {
            case .stretch:
                filters.append("scale=\(width):\(height):\(flags)")
            case .crop:
                filters.append("scale=\(width):\(height):force_original_aspect_ratio=increase:\(flags)")
                filters.append("crop=\(width):\(height)")
            case .pad:
                filters.append("scale=\(width):\(height):force_original_aspect_ratio=decrease:\(flags)")
                filters.append("pad=\(width):\(height):-1:-1")
            }
        }
        // PPM says the size in front of every frame, so neither turned nor changing videos need a probe first.
        return [
            "-hide_banner", "-loglevel", "error", "-nostdin", "-i", FFmpeg.name(path), "-map", "0:v:0",
            "-vf", (filters + ["format=rgb24"]).joined(separator: ","), "-fps_mode", "passthrough",
            "-f", "image2pipe", "-c:v", "ppm", "pipe:1",
        ]
    }
}

extension VideoReader: Sequence {
    /// The remaining frames for a `for` loop: `for result in reader { let frame = try result.get() }`. An error is the
    /// last element.
    public func makeIterator() -> AnyIterator<Result<Frame, any Error>> {
        var failed = false
        return AnyIterator {
            guard !failed else { return nil }
            do {
                return try self.next().map { .success($0) }
            } catch {
                failed = true
                return .failure(error)
            }
        }
    }
}

/// Binary PPM pictures one after the other, as ffmpeg writes them: "P6", width, height, 255, pixels.
private final class PPMStream {
    private let process: ChildProcess
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var position = 0, end = 0

    init(_ process: ChildProcess) {
        self.process = process
    }

    /// The next picture; nil at the end of the stream, also where it ends within a picture: the program's exit status
    /// and words explain that better.
    func next(_ path: String) throws -> Frame? {
        guard let magic = word() else { return nil }
        guard magic == "P6", let width = number(), let height = number(), number() == 255,
            PNG.isReadable(width: width, height: height)
        else { throw FileError.unreadable(path: path, reason: "ffmpeg sends something that is not a picture") }
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        let isWhole = pixels.withUnsafeMutableBytes(fill)
        return isWhole ? Frame(width: width, height: height, pixels: pixels) : nil
    }

    private func number() -> Int? { word().flatMap { Int($0) } }

    /// Bytes up to a white space, which is consumed.
    private func word() -> String? {
        var bytes: [UInt8] = []
        while bytes.count < 16, let byte = byte() {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: " ") { break }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private func byte() -> UInt8? {
        if position == end {
            end = buffer.withUnsafeMutableBytes(process.read)
            position = 0
        }
        guard position < end else { return nil }
        position += 1
        return buffer[position - 1]
    }

    private func fill(_ target: UnsafeMutableRawBufferPointer) -> Bool {
        let buffered = min(end - position, target.count)
        buffer.withUnsafeBytes { target.copyMemory(from: .init(rebasing: $0[position..<position + buffered])) }
        position += buffered
        var filled = buffered
        while filled < target.count {
            let count = process.read(into: .init(rebasing: target[filled...]))
            guard count > 0 else { return false }
            filled += count
        }
        return true
    }
}

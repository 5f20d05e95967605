import Files
import Foundation

/// Writes a video by streaming raw frames into ffmpeg's standard input.
///
/// yuv420p has one colour for two by two pixels, so H.264 takes even sizes only: an odd width or height gets its last
/// column or row once more, and `notices` says so. Nothing is ever resized.
public final class FFmpegWriter: FrameWriter {
    public var path: String { file.path }
    public private(set) var count = 0
    public private(set) var notices: [String] = []
    private let format: VideoFormat
    private let fps: Double
    private let executable: String
    private let file: AtomicFile
    private var process: ChildProcess?
    private var size: (width: Int, height: Int)?
    private var isOpen = true

    private static let lossSigns = ["Error writing", "Error closing", "No space left on device"]

    /// Parameters and errors: see `VideoFormat.writer`.
    public init(
        path: String, format: VideoFormat, fps: Double, overwrite: Bool = false, searchPath: String? = nil
    ) throws {
        guard format != .pngFolder else { throw VideoError.unknownFormat(path: path) }
        guard fps > 0, fps <= 1000 else {
            throw VideoError.badValue("\(fps) frames per second cannot be written; allowed is above 0 and up to 1000")
        }
        executable = try FFmpeg.locate("ffmpeg", searchPath: searchPath, for: path)
        file = try AtomicFile(path, overwrite: overwrite, isDurable: false)
        self.format = format
        self.fps = fps
    }

    deinit { cancel() }

    public func write(_ frame: Frame) throws {
        guard isOpen else { throw VideoError.closed(path: path) }
        try checkSize(frame, against: &size, path: path)
        let padded = format == .mp4 ? frame.paddedToEvenSize() : frame
        let process = try process ?? start(with: padded, original: frame)
        guard padded.pixels.withUnsafeBytes(process.write) else { throw failure(process) }
        count += 1
    }

    public func finish() throws -> String {
        guard isOpen else { throw VideoError.closed(path: path) }
        guard let process else {
            cancel()
            throw VideoError.noFrames(path: path)
        }
        if let status = process.wait() { throw failure(process, status: status) }
        // ffmpeg calls it a success when the disk was full for the last bytes.
        if Self.lossSigns.contains(where: process.lastLines.contains) {
            throw failure(process, status: "could not complete the file")
        }
        isOpen = false
        try file.commit()
        return path
    }

    public func cancel() {
        guard isOpen else { return }
        isOpen = false
        process?.stop()
        file.discard()
    }

    private func start(with frame: Frame, original: Frame) throws -> ChildProcess {
        if frame.width != original.width || frame.height != original.height {
            notices.append(
                "\(original.width)x\(original.height) is odd and H.264 needs even sizes: '\(path)' is"
                    + " \(frame.width)x\(frame.height), its last column or row repeated")
        }
        if format == .gif, fps > 50 {
            notices.append("most players show a gif at no more than 50 frames per second; '\(path)' has \(fps)")
        }
        let input = [
            "-hide_banner", "-loglevel", "error", "-nostdin", "-xerror", "-y",
            "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "\(frame.width)x\(frame.height)",
            "-framerate", "\(fps)", "-i", "pipe:0", "-an",
        ]
        let started = try ChildProcess(
            executable: executable, arguments: input + format.encoderArguments + [FFmpeg.name(file.temporaryPath)],
            writes: true, reads: false)
        process = started
        return started
    }

    /// Cleans up after an ffmpeg that died and says why.
    private func failure(_ process: ChildProcess, status: String? = nil) -> any Error {
        let status = status ?? process.wait() ?? "ended before the last frame"
        cancel()
        if process.lastLines.contains("No space left on device") {
            return FileError.writing(path, ENOSPC)
        }
        let lines = process.lastLines.replacingOccurrences(of: file.temporaryPath, with: path)
        return VideoError.toolFailed(tool: "ffmpeg", path: path, status: status, lastLines: lines)
    }
}

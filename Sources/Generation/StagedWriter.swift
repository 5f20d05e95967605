import Files
import Foundation
import Video

/// Writes a result inside the folder of its run and gives it its name when it is whole: what a killed process leaves is
/// in the run's folder and nowhere else.
public final class StagedWriter: FrameWriter {
    public let path: String
    private let staged: String
    private let overwrite: Bool
    private let writer: any FrameWriter
    private var isComplete = false

    public var count: Int { writer.count }
    public var notices: [String] { writer.notices.map { $0.replacingOccurrences(of: staged, with: path) } }

    /// - Parameter staged: where the result grows, on the same file system as `path`.
    ///
    /// Errors are those of `VideoFormat.writer`; `check` tells before whether `path` can be written.
    public init(path: String, staged: String, format: VideoFormat, fps: Double, overwrite: Bool) throws {
        self.path = path
        self.staged = staged
        self.overwrite = overwrite
        writer = format == .pngFolder
            ? try PNGFolderWriter(path: staged, overwrite: true)
            : try FFmpegWriter(path: staged, format: format, fps: fps, overwrite: true)
    }

    /// Refuses a place where a result could not be written, and leaves nothing there. Throws as `VideoFormat.writer`.
    public static func check(_ path: String, fps: Double, overwrite: Bool) throws {
        try VideoFormat.writer(path: path, fps: fps, overwrite: overwrite).cancel()
    }

    public func write(_ frame: Frame) throws { try named { try writer.write(frame) } }

    /// Completes the result, which has no name yet.
    public func complete() throws {
        guard !isComplete else { return }
        try named { _ = try writer.finish() }
        // Whoever reads that a run is finished must find its result whole, also after a power cut.
        if FilePath.isFolder(staged) { sync() } else { FilePath.sync(staged) }
        isComplete = true
    }

    public func finish() throws -> String {
        try complete()
        try Self.publish(staged, as: path, overwrite: overwrite)
        return FilePath.trimmed(path)
    }

    public func cancel() {
        writer.cancel()
        if isComplete { try? FileManager.default.removeItem(atPath: staged) }
    }

    /// Gives a whole result its name. Throws `FileError.exists` or `.unwritable`.
    static func publish(_ staged: String, as path: String, overwrite: Bool) throws {
        let path = FilePath.trimmed(path)
        if FilePath.isFolder(staged) {
            try AtomicFolder.publish(staged, as: path, replacing: overwrite ? PNGFolderWriter.contents : nil)
        } else {
            try AtomicFile.publish(staged, as: path, overwrite: overwrite)
        }
        FilePath.sync(FilePath.parent(of: path))
    }

    /// Errors about the place where the result grows, told of the place where it was wanted.
    private func named<Result>(_ body: () throws -> Result) throws -> Result {
        func real(_ text: String) -> String { text.replacingOccurrences(of: staged, with: FilePath.trimmed(path)) }
        do {
            return try body()
        } catch let error as FileError {
            throw error.renamed(real)
        } catch let error as VideoError {
            switch error {
            case let .sizeChanged(path, expected, found):
                throw VideoError.sizeChanged(path: real(path), expected: expected, found: found)
            case let .toolMissing(tool, path): throw VideoError.toolMissing(tool: tool, path: real(path))
            case let .toolFailed(tool, path, status, lines):
                throw VideoError.toolFailed(tool: tool, path: real(path), status: status, lastLines: real(lines))
            case .noFrames(let path): throw VideoError.noFrames(path: real(path))
            case .closed(let path): throw VideoError.closed(path: real(path))
            case .unknownFormat, .badValue: throw error
            }
        }
    }
}

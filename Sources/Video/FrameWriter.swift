/// Takes the frames of one video as they come and makes a file of them.
///
/// Nothing stands under the final name before `finish()`; memory does not grow with the number of frames. A writer
/// belongs to one thread at a time; one that goes away unfinished cancels itself.
public protocol FrameWriter: AnyObject {
    /// Where the result will be.
    var path: String { get }
    /// Frames taken so far.
    var count: Int { get }
    /// What the user should know, such as a column added to an odd width; complete after the first frame.
    var notices: [String] { get }
    /// Appends a frame; all frames have the size of the first.
    func write(_ frame: Frame) throws
    /// Completes the result, gives it its final name and returns its path.
    @discardableResult
    func finish() throws -> String
    /// Gives up: removes what was written so far and leaves the final name as it was. Does nothing once finished.
    func cancel()
}

extension VideoFormat {
    /// Opens a writer for `path` in the format that its name tells.
    ///
    /// What can be refused is refused here, before any frame has been made: unknown extensions, an existing file
    /// without `overwrite`, a folder that cannot be written to, a missing ffmpeg.
    ///
    /// - Parameters:
    ///   - path: the file or folder to make; missing folders above it are created.
    ///   - fps: frames per second, above 0 and at most 1000; means nothing for a folder of frames.
    ///   - overwrite: whether an existing result may be replaced.
    ///   - searchPath: folders to look for ffmpeg in, separated by colons; nil takes the environment's PATH.
    public static func writer(
        path: String, fps: Double, overwrite: Bool = false, searchPath: String? = nil
    ) throws -> any FrameWriter {
        let format = try VideoFormat(path: path)
        if format == .pngFolder { return try PNGFolderWriter(path: path, overwrite: overwrite) }
        return try FFmpegWriter(path: path, format: format, fps: fps, overwrite: overwrite, searchPath: searchPath)
    }
}

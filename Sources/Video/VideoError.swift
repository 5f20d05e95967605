import Foundation

/// What can go wrong between pictures and videos; of files and folders themselves `FileError` tells. Every message is one
/// line: what was asked, what was found and where, what to do.
public enum VideoError: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// The extension names no format that can be written.
    case unknownFormat(path: String)
    /// `ffmpeg` or `ffprobe` is not on the search path.
    case toolMissing(tool: String, path: String)
    /// The tool ended with an error; `lastLines` is the end of what it printed.
    case toolFailed(tool: String, path: String, status: String, lastLines: String)
    /// All frames of a video have one size.
    case sizeChanged(path: String, expected: String, found: String)
    /// A video without a single frame was finished.
    case noFrames(path: String)
    /// A frame came, or an end, after the video had been finished, cancelled or given up after an error.
    case closed(path: String)
    /// A parameter lies outside what is allowed.
    case badValue(String)

    public var description: String {
        switch self {
        case .unknownFormat(let path):
            return "cannot tell a video format from '\(path)'; allowed are \(VideoFormat.allowed)"
        case .toolMissing(let tool, let path):
            return "'\(path)' needs \(tool), which is not on the search path; install it (Debian: apt install ffmpeg)"
                + " or write PNG frames into a folder (a name that ends in '/')"
        case .toolFailed(let tool, let path, let status, let lastLines):
            let said = lastLines.isEmpty ? "it printed nothing" : "it printed: \(lastLines)"
            return "\(tool) \(status) at '\(path)'; \(said)"
        case .sizeChanged(let path, let expected, let found):
            return "a frame for '\(path)' is \(found), but the first one was \(expected); all frames of a video have one size"
        case .noFrames(let path):
            return "'\(path)' was not written: no frame came before the end"
        case .closed(let path):
            return "'\(path)' is closed: it was finished, cancelled or given up after an error; open a new writer"
        case .badValue(let message):
            return message
        }
    }

    public var errorDescription: String? { description }
}

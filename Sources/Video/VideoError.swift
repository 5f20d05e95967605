import Foundation

/// What can go wrong between pictures and files. Every message is one line: what was asked, what was
/// found and where, what to do.
public enum VideoError: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// There is nothing at this path.
    case notFound(path: String)
    /// Something is there, and it cannot be used as asked.
    case unreadable(path: String, reason: String)
    /// A file under that name exists and overwriting was not asked for.
    case exists(path: String)
    /// The file system refused: permissions, a full disk, a file where a folder is needed.
    case unwritable(path: String, reason: String)
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
        case .notFound(let path):
            return "'\(path)' does not exist; check the path"
        case .unreadable(let path, let reason):
            return "cannot read '\(path)': \(reason)"
        case .exists(let path):
            return "'\(path)' exists already; choose another name or ask to overwrite it"
        case .unwritable(let path, let reason):
            return "cannot write '\(path)': \(reason)"
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

    /// The system's words for an `errno`, with advice where there is some.
    static func reason(_ code: Int32) -> String {
        switch code {
        case ENOSPC: return "the disk is full; free some space or choose another folder"
        case EACCES, EPERM: return "permission denied; choose a folder that you may write to"
        case EROFS: return "the file system is read-only; choose another folder"
        case EISDIR: return "it is a folder; name a file"
        default: return String(cString: strerror(code))
        }
    }
}

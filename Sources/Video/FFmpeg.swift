import Foundation

/// Where the ffmpeg tools are.
enum FFmpeg {
    /// The full path of `tool` ("ffmpeg" or "ffprobe").
    ///
    /// - Parameters:
    ///   - searchPath: folders separated by colons; nil takes the environment's PATH.
    ///   - path: the file that needs the tool, for the message.
    static func locate(_ tool: String, searchPath: String?, for path: String) throws -> String {
        let folders = searchPath ?? ProcessInfo.processInfo.environment["PATH"] ?? ""
        for folder in folders.split(separator: ":") {
            let candidate = "\(folder)/\(tool)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw VideoError.toolMissing(tool: tool, path: path)
    }

    /// A path that ffmpeg cannot take for an option or a protocol.
    static func name(_ path: String) -> String { "file:" + path }
}

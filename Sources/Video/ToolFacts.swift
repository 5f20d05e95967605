import CPNG
import Foundation

/// What there is of the programs and libraries that pictures and videos need.
public enum ToolFacts {
    /// What a program says about itself.
    public struct Tool: Sendable, Equatable {
        public let path: String
        /// As in "5.1.6"; empty where it does not say.
        public let version: String
    }

    /// libpng, as it was loaded: "1.6.39".
    public static var pngVersion: String {
        let number = png_access_version_number()
        return "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
    }

    /// `ffmpeg` or `ffprobe` on the search path.
    ///
    /// - Throws: `VideoError` where it is missing or does not run.
    public static func tool(_ name: String, searchPath: String? = nil) throws -> Tool {
        let path = try FFmpeg.locate(name, searchPath: searchPath, for: "a video")
        // "ffmpeg version 5.1.6-0+deb12u1 Copyright (c) ..."
        let words = try output(path, ["-version"]).prefix { !$0.isNewline }.split(separator: " ")
        return Tool(path: path, version: words.count > 2 && words[1] == "version" ? String(words[2]) : "")
    }

    /// The encoder that ffmpeg needs for a format; nil for folders of pictures.
    public static func encoder(of format: VideoFormat) -> String? {
        let arguments = format.encoderArguments
        if format == .gif { return "gif" }
        return arguments.firstIndex(of: "-c:v").map { arguments[$0 + 1] }
    }

    /// Names of all encoders that the ffmpeg at `path` has.
    public static func encoders(_ path: String) throws -> Set<String> {
        // " V....D libx264              libx264 H.264 / AVC ..."
        Set(try output(path, ["-hide_banner", "-encoders"]).split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: " ")
            return words.count > 1 && words[0].count == 6 ? String(words[1]) : nil
        })
    }

    /// All that a program prints, run to its end with nothing to read.
    ///
    /// - Throws: `FileError.unreadable` where it does not start, `VideoError.toolFailed` for any end but success.
    public static func output(_ executable: String, _ arguments: [String]) throws -> String {
        let process = try ChildProcess(executable: executable, arguments: arguments, writes: false, reads: true)
        let bytes = process.readToEnd()
        if let status = process.wait() {
            throw VideoError.toolFailed(
                tool: (executable as NSString).lastPathComponent, path: executable, status: status, lastLines: process.lastLines)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

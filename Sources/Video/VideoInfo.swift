import Files
import Foundation

/// What a video, a picture or a folder of frames holds, without decoding it.
public struct VideoInfo: Equatable, Sendable {
    /// Size in pixels as it is shown: turned and with square pixels, like the frames of `VideoReader`.
    public var width: Int
    public var height: Int
    /// Mean frames per second; nil for pictures and folders of frames.
    public var fps: Double?
    /// Frames as stored.
    public var frameCount: Int

    /// Looks at the file or folder at `path`; PNG files and folders are read natively, all else asks ffprobe.
    ///
    /// - Parameter searchPath: folders to look for ffprobe in, separated by colons; nil takes the environment's PATH.
    public init(path: String, searchPath: String? = nil) throws {
        switch try MediaKind(path: path) {
        case .png:
            let size = try PNG.size(path)
            self.init(width: size.width, height: size.height, fps: nil, frameCount: 1)
        case .folder(let files):
            let first = try VideoInfo(path: files[0], searchPath: searchPath)
            self.init(width: first.width, height: first.height, fps: nil, frameCount: files.count)
        case .other:
            try self.init(probing: path, searchPath: searchPath)
        }
    }

    init(width: Int, height: Int, fps: Double?, frameCount: Int) {
        (self.width, self.height, self.fps, self.frameCount) = (width, height, fps, frameCount)
    }

    private init(probing path: String, searchPath: String?) throws {
        let process = try ChildProcess(
            executable: FFmpeg.locate("ffprobe", searchPath: searchPath, for: path),
            arguments: [
                "-v", "error", "-select_streams", "v:0", "-count_packets", "-show_entries",
                "stream=width,height,sample_aspect_ratio,avg_frame_rate,nb_read_packets:stream_side_data=rotation",
                "-of", "json", FFmpeg.name(path),
            ], writes: false, reads: true)
        let answer = process.readToEnd()
        if let status = process.wait() {
            throw VideoError.toolFailed(tool: "ffprobe", path: path, status: status, lastLines: process.lastLines)
        }
        guard let found = try? JSONDecoder().decode(Probe.self, from: Data(answer)), let stream = found.streams.first,
            stream.width > 0, stream.height > 0
        else { throw FileError.unreadable(path: path, reason: "ffprobe finds no picture in it") }

        var size = (width: stream.width, height: stream.height)
        if let aspect = Self.ratio(stream.sample_aspect_ratio, ":") { size.width = Int(Double(size.width) * aspect) }
        let turn = stream.side_data_list?.compactMap(\.rotation).first ?? 0
        if Int(turn.rounded()) % 180 != 0 { swap(&size.width, &size.height) }
        let count = stream.nb_read_packets.flatMap { Int($0) } ?? 0
        self.init(
            width: size.width, height: size.height, fps: count > 1 ? Self.ratio(stream.avg_frame_rate, "/") : nil,
            frameCount: count)
    }

    /// "30000/1001" or "4:3" as a number above zero.
    private static func ratio(_ text: String?, _ separator: Character) -> Double? {
        let parts = (text ?? "").split(separator: separator).compactMap { Double($0) }
        guard parts.count == 2, parts[0] > 0, parts[1] > 0 else { return nil }
        return parts[0] / parts[1]
    }

    /// ffprobe's JSON, in its own names.
    private struct Probe: Decodable {
        struct Stream: Decodable {
            var width: Int
            var height: Int
            var sample_aspect_ratio: String?
            var avg_frame_rate: String?
            var nb_read_packets: String?
            var side_data_list: [SideData]?
        }
        struct SideData: Decodable {
            var rotation: Double?
        }
        var streams: [Stream]
    }
}

/// Which of the three doors a path goes through.
enum MediaKind {
    case png
    /// The pictures in a folder, in order.
    case folder([String])
    case other

    private static let pictures: Set = ["png", "jpg", "jpeg", "webp", "bmp"]

    init(path: String) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw FileError.notFound(path: path)
        }
        if isDirectory.boolValue {
            let names = try Self.contents(path).filter {
                !$0.hasPrefix(".") && Self.pictures.contains(($0 as NSString).pathExtension.lowercased())
            }
            guard !names.isEmpty else {
                throw FileError.unreadable(path: path, reason: "the folder holds no pictures (.png, .jpg, .webp, .bmp)")
            }
            self = .folder(
                names.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
                    .map { (path as NSString).appendingPathComponent($0) })
        } else {
            let handle = FileHandle(forReadingAtPath: path)
            defer { try? handle?.close() }
            guard let start = try? handle?.read(upToCount: 8) else {
                throw FileError.unreadable(path: path, reason: "the file is empty, or permission is denied")
            }
            self = PNG.isPNG(start) ? .png : .other
        }
    }

    private static func contents(_ path: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw FileError.unreadable(path: path, reason: "the folder cannot be listed; check its permissions")
        }
    }
}

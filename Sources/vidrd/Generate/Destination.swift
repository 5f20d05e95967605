import Files
import Foundation
import Generation
import Video

/// Where the results of one prompt go.
struct Destination {
    /// The video file, or a folder of frames where its name says so; nil where only `frames` are wanted.
    var video: String?
    /// A folder of PNG frames.
    var frames: String?
    let overwrite: Bool

    /// Everything that is written, in the order of the options.
    var paths: [String] { [video, frames].compactMap { $0 } }

    /// The folder of the run that makes it; nil where nothing has a name yet.
    var runPath: String? { paths.first.map(VideoRun.path) }

    /// Refuses what can be known to fail before a model is loaded. Throws `VideoError` or `RunError`.
    func check() throws {
        if let video { _ = try VideoFormat(path: video) }
        try checkIsFree()
        if let runPath { try VideoRun.checkIsFree(runPath, replaces: overwrite) }
    }

    /// Refuses to replace what may not be replaced. Throws `FileError.exists`.
    func checkIsFree() throws {
        for path in paths where !overwrite && Self.isTaken(path) { throw FileError.exists(path: path) }
    }

    /// What a run still has to write: all of it, or of a finished run what was removed. What the run was allowed to
    /// replace may be replaced.
    func rest(of run: VideoRun) -> Destination {
        func wanted(_ path: String?) -> String? { path.flatMap { run.lacks($0) ? $0 : nil } }
        return Destination(video: wanted(video), frames: wanted(frames), overwrite: overwrite || run.record.outputs.overwrite)
    }

    /// Refuses places that cannot be written to, and leaves nothing there. Throws `VideoError`.
    func checkPlaces(fps: Double) throws {
        if let video { try StagedWriter.check(video, fps: fps, overwrite: overwrite) }
        if let frames { try PNGFolderWriter(path: frames, overwrite: overwrite).cancel() }
    }

    /// Opens writers for all of it, which work in the folder of a run where there is one. Throws `VideoError`.
    func open(fps: Double, in run: VideoRun? = nil) throws -> WriterGroup {
        var writers: [any FrameWriter] = []
        do {
            for (path, isVideo) in [(video, true), (frames, false)] {
                guard let path else { continue }
                if let staged = run?.stagingPath(for: path, isVideo: isVideo) {
                    let format = isVideo ? try VideoFormat(path: path) : .pngFolder
                    writers.append(try StagedWriter(path: path, staged: staged, format: format, fps: fps, overwrite: overwrite))
                } else {
                    writers.append(
                        isVideo ? try VideoFormat.writer(path: path, fps: fps, overwrite: overwrite)
                            : try PNGFolderWriter(path: path, overwrite: overwrite))
                }
            }
        } catch {
            writers.forEach { $0.cancel() }
            throw error
        }
        return WriterGroup(writers)
    }

    /// Whether something would be lost by writing to a path; an empty folder is nothing.
    static func isTaken(_ path: String) -> Bool { FilePath.isTaken(path) }

    /// A name for files about a prompt, such as "a-candle-is-burning-7": letters and digits of any script.
    static func name(for prompt: String, seed: UInt64) -> String {
        var words: [String] = [], length = 0
        for word in prompt.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            // Counted in bytes: file systems take 255 of them, and the name has a seed, an ending and a mark to carry.
            let piece = prefix(of: word, bytes: longest - length)
            guard !piece.isEmpty else { break }
            words.append(piece)
            length += piece.utf8.count + 1
            if piece.utf8.count < word.utf8.count { break }
        }
        return ((words.isEmpty ? ["video"] : words) + [String(seed)]).joined(separator: "-")
    }

    private static let longest = 80

    private static func prefix(of word: Substring, bytes: Int) -> String {
        var piece = ""
        for character in word {
            guard piece.utf8.count + character.utf8.count <= bytes else { break }
            piece.append(character)
        }
        return piece
    }
}

import Checkpoints
import Files
import Foundation
import Video

/// What became of each prompt: the line at the end on stderr, and the JSON of `--summary`.
struct BatchSummary: Encodable {
    enum State: String, Encodable { case made, skipped, failed, stopped }

    struct Video: Encodable {
        /// Where the prompt stands, such as "prompts.txt, line 3"; nil for one from the command line.
        let place: String?
        /// Nil where the line could not be read.
        let prompt: String?
        let seed: UInt64?
        let state: State
        var outputs: [String] = []
        var seconds = 0.0
        var error: String?
    }

    private(set) var videos: [Video] = []

    mutating func add(_ video: Video) { videos.append(video) }

    func count(_ state: State) -> Int { videos.count { $0.state == state } }

    /// "18 of 20 videos made, 1 made before, 1 failed".
    var line: String {
        let others = [(State.skipped, "made before"), (.failed, "failed"), (.stopped, "not finished")]
            .filter { count($0.0) > 0 }.map { "\(count($0.0)) \($0.1)" }
        return (["\(count(.made)) of \(videos.count) videos made"] + others).joined(separator: ", ")
    }

    private enum CodingKeys: String, CodingKey { case made, skipped, failed, stopped, videos }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        for (key, state) in [(CodingKeys.made, State.made), (.skipped, .skipped), (.failed, .failed), (.stopped, .stopped)] {
            try container.encode(count(state), forKey: key)
        }
        try container.encode(videos, forKey: .videos)
    }

    /// Refuses a place where a summary could not be written, and leaves nothing there. Throws `FileError.unwritable`.
    static func check(_ path: String?) throws {
        if let path { try AtomicFile.check(path) }
    }

    /// Writes it aside and then renames it; an earlier summary is replaced. Throws `FileError.unwritable`.
    func write(to path: String) throws { try JSONFile.write(self, to: URL(fileURLWithPath: path)) }
}

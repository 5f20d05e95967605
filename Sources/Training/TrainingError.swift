/// What can go wrong with training data and training runs.
public enum TrainingError: Error, CustomStringConvertible {
    case noClips(String)
    case truncatedClips(String, expected: Int, found: Int)
    /// A line of captions.jsonl whose clip is not right after the one before it.
    case damagedClips(String, line: Int, offset: Int, frames: Int, expected: Int)
    /// Pictures that an autoencoder cannot halve as often as it does, or no crop of which it can.
    case unfitSize(String, width: Int, height: Int, factor: Int)
    case missingStage(String)
    case otherRun(String, String)
    case noMedia(String)
    case shortClips(String, needed: Int, found: Int)
    /// A checkpoint that a later program wrote.
    case newerCheckpoint(String, found: Int, newest: Int)
    /// A checkpoint whose moments are another optimiser's.
    case otherOptimizer(String, found: String, asked: String)
    /// No step from `from` to `to` had a finite loss and finite gradients. The folder has the checkpoint of step `saved`.
    case diverged(stage: String, from: Int, to: Int, folder: String, saved: Int?)
    /// A weight, a moment or an average is infinite or not a number, and was not saved. The same.
    case notFinite(stage: String, key: String, step: Int, folder: String, saved: Int?)

    /// Whether it is told of the weights, so that saving them would be of no use.
    var isOfTheWeights: Bool {
        switch self {
        case .diverged, .notFinite: true
        default: false
        }
    }

    public var description: String {
        switch self {
        case let .noClips(folder):
            return "\(folder) holds no clips: captions.jsonl and frames.u8 are expected; make them with \"vidrd scenes --raw \(folder)\""
        case let .truncatedClips(folder, expected, found):
            return "\(folder)/frames.u8 has \(found) bytes where captions.jsonl needs \(expected); run \"vidrd scenes --raw\" again to complete it"
        case let .damagedClips(folder, line, offset, frames, expected):
            return "\(folder)/captions.jsonl, line \(line): a clip of \(frames) frames from frame \(offset) on; it must have 1 or more and begin at \(expected), where the one before ends; make the folder again"
        case let .unfitSize(folder, width, height, factor):
            return "\(folder) has clips of \(width)x\(height); this autoencoder takes multiples of \(factor) from \(2 * factor) on; make clips of another size"
        case let .missingStage(text): return text
        case let .noMedia(folder):
            return "\(folder) has no videos or pictures with captions: a text file beside each (boat.mp4, boat.txt), or captions.jsonl with lines {\"file\": …, \"caption\": …}"
        case let .shortClips(folder, needed, found):
            return "\(folder) has clips of \(found) frames and training wants \(needed); ask for fewer with --frames, or render longer clips"
        case let .otherRun(file, text): return "\(file): \(text)"
        case let .newerCheckpoint(file, found, newest):
            return "\(file): a checkpoint of version \(found), and this program knows those up to \(newest); go on with the program that wrote it, or name another --run folder"
        case let .otherOptimizer(file, found, asked):
            return "\(file): a checkpoint of the optimiser \(found), whose moments say nothing to \(asked); go on with --optimizer \(found), or name another --run folder to begin anew"
        case let .diverged(stage, from, to, folder, saved):
            return "\(stage): loss or gradient was not finite in all \(to - from + 1) steps from \(from) to \(to), and training has ended; \(Self.advice(folder, saved))"
        case let .notFinite(stage, key, step, folder, saved):
            return "\(stage): \"\(key)\" is not finite at step \(step), and training has ended without saving that; \(Self.advice(folder, saved))"
        }
    }

    private static func advice(_ folder: String, _ saved: Int?) -> String {
        guard let saved else { return "nothing had been saved: begin again with a lower rate" }
        return "\(folder) still has the checkpoint of step \(saved): go on from there with a lower rate"
    }
}

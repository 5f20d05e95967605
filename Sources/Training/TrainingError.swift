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
        }
    }
}

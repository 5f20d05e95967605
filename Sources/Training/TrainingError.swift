/// What can go wrong with training data and training runs.
public enum TrainingError: Error, CustomStringConvertible {
    case noClips(String)
    case truncatedClips(String, expected: Int, found: Int)
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
        case let .missingStage(text): return text
        case let .noMedia(folder):
            return "\(folder) has no videos or pictures with captions: a text file beside each (boat.mp4, boat.txt), or captions.jsonl with lines {\"file\": …, \"caption\": …}"
        case let .shortClips(folder, needed, found):
            return "\(folder) has clips of \(found) frames and training wants \(needed); ask for fewer with --frames, or render longer clips"
        case let .otherRun(file, text): return "\(file): \(text)"
        }
    }
}

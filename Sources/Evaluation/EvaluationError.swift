import Foundation

/// What can be wrong with a measurement; of files themselves `FileError` tells. Every message is one line: what was asked, what was found, what to do.
public enum EvaluationError: Error, CustomStringConvertible, LocalizedError {
    /// A folder without anything that shows moving pictures.
    case noVideos(path: String)
    /// Videos there are, and none of them gave a clip.
    case noClips(path: String, videos: Int, firstReason: String)
    /// Fewer clips than a covariance can be made of.
    case tooFewClips(path: String, count: Int)
    /// Features of another metric, another protocol or another size.
    case featuresDoNotFit(path: String, expected: String, found: String)
    case damagedFeatures(path: String, problem: String)
    case wrongChecksum(path: String, expected: String, found: String)
    /// The network's weights are nowhere to be found.
    case noWeights(String)
    /// A data set's folder or list that is not as distributed.
    case dataSet(path: String, problem: String)

    public var description: String {
        switch self {
        case .noVideos(let path):
            return "no videos under '\(path)': it must hold video files, folders of PNG frames, or folders of these"
        case .noClips(let path, let videos, let reason):
            return "none of the \(videos) videos under '\(path)' could be used; the first: \(reason)"
        case .tooFewClips(let path, let count):
            return "'\(path)' gives \(count) clip\(count == 1 ? "" : "s"); a Fréchet distance needs 2 or more on each side"
        case .featuresDoNotFit(let path, let expected, let found):
            return "the features in '\(path)' are \(found), where \(expected) are needed; compute them again from the videos"
        case .damagedFeatures(let path, let problem):
            return "'\(path)' is no whole file of features: \(problem); remove it and compute them again"
        case .wrongChecksum(let path, let expected, let found):
            return "'\(path)' has the SHA-256 \(found), not \(expected): it is another file or a broken download; fetch it again"
        case .noWeights(let message):
            return message
        case .dataSet(let path, let problem):
            return "'\(path)': \(problem)"
        }
    }

    public var errorDescription: String? { description }
}

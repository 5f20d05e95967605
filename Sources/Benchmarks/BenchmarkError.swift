import Foundation

/// What can be wrong with the folder of a benchmark, or with what it made.
public enum BenchmarkError: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// The record of the folder is of other videos than those that were asked for.
    case otherVideos(record: String, differences: [String])
    /// The folder has videos and nothing that says what made them.
    case noRecord(folder: String, video: String)
    /// Videos that could not be made; the others are there.
    case failedVideos(count: Int)

    public var description: String {
        switch self {
        case .otherVideos(let record, let differences): return "\(record) is of \(differences.joined(separator: ", "))"
        case .noRecord(let folder, let video): return "\(folder) has \(video) and no record.json that says what made it"
        case .failedVideos(let count): return "\(count) videos could not be made; the same command tries them again"
        }
    }

    public var errorDescription: String? { description }
}

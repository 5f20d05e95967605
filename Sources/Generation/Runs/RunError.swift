import Foundation

/// What can be wrong with the folder of a run.
public enum RunError: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// There is no run at this path.
    case notFound(path: String)
    /// A record that cannot be used.
    case badRecord(file: String, problem: String)
    /// A record that another version of the program wrote.
    case unknownVersion(file: String, found: Int)
    /// A saved file that is missing or that is not what was saved.
    case damaged(file: String, problem: String)
    /// Another process is making this video now; its number where it is known.
    case busy(folder: String, process: Int?)
    /// A new run would replace one that is not finished.
    case unfinished(folder: String, clips: Int)
    /// A new run would replace the run of a video with other settings.
    case otherVideo(folder: String)
    /// The folder has gone or was moved while the video was made.
    case vanished(folder: String)
    /// The model is not the one that the run was made with.
    case otherModel(record: String, model: String)

    public var description: String {
        switch self {
        case .notFound(let path):
            return "there is no run at '\(path)': a run is a folder NAME.run beside its result, with a record.json in it"
        case let .badRecord(file, problem):
            return "'\(file)' is no usable record of a run: \(problem)"
        case let .unknownVersion(file, found):
            return "'\(file)' is a record of version \(found), and this program reads those up to \(RunRecord.version); "
                + (found > RunRecord.version ? "take a newer vidrd" : "take the vidrd that wrote it")
        case let .damaged(file, problem):
            return "'\(file)' is damaged: \(problem)"
        case let .busy(folder, process):
            return "'\(folder)' is in use: another process\(process.map { " (\($0))" } ?? "") is making this video now"
        case let .unfinished(folder, clips):
            return "'\(folder)' holds an unfinished run with \(clips) finished clip\(clips == 1 ? "" : "s")"
        case .otherVideo(let folder):
            return "'\(folder)' is the run of a video with other settings"
        case .vanished(let folder):
            return "'\(folder)' has vanished or was moved while the video was made"
        case let .otherModel(record, model):
            return "'\(model)' is not the model that '\(record)' was made with: its fingerprint differs"
        }
    }

    public var errorDescription: String? { description }

    /// The problem of a saved file that is not there.
    static let missing = "it is missing"
}

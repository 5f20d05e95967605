import Checkpoints
import Files

/// What can be wrong with a request.
public enum GenerationError: Error, CustomStringConvertible, Equatable {
    case invalidOption(name: String, found: String, allowed: String)
    case inconsistentModel(String, String)
    /// A class in `model_index.json` that is no `ModelKind`.
    case unknownKind(file: String, found: String)
    /// An option that the video's method does not take, and the methods that do.
    case otherMethodsOption(option: String, method: String, takers: [String])
    /// Bytes that were allowed, that are needed at least, and that the model takes of them.
    case tooLittleMemory(allowed: Int, needed: Int, model: Int, settings: GenerationSettings)

    public var description: String {
        switch self {
        case let .invalidOption(name, found, allowed): return "\(name) is \(found); allowed: \(allowed)"
        case let .inconsistentModel(folder, problem): return "\(folder): its parts do not belong together: \(problem)"
        case let .unknownKind(file, found):
            return "\(file): models of the class \"\(found)\" cannot be used; known are \(ModelKind.list)"
        case let .otherMethodsOption(option, method, takers):
            return "--\(option) means nothing to the method \(method); it is taken by \(takers.joined(separator: ", "))"
        case let .tooLittleMemory(allowed, needed, model, settings):
            let text = ByteCount.text
            let clip = "\(settings.clipFrames) frames of \(settings.width)x\(settings.height)"
            return "memory is limited to \(text(allowed)), and clips of \(clip) need about \(text(needed)) (\(text(model)) for the model); "
                + "allow as much, or take a smaller size or fewer frames in a clip"
        }
    }
}

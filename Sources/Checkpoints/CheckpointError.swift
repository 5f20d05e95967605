import Foundation

/// What can be wrong with weight files and the folders that hold them; of files themselves `FileError` tells.
///
/// Every message is one line that says which file, what was found there and what to do.
public enum CheckpointError: Error, Equatable {
    /// The file is a known other thing (a web page, a pointer, an older format), not weights.
    case notWeights(file: String, found: String)
    /// The file claims to be weights and contradicts itself.
    case damaged(file: String, problem: String)
    /// A pickle asked for something other than tensors and plain containers.
    case refusedPickle(file: String, global: String)
    /// The file holds no tensor of this name.
    case missingTensor(file: String, key: String, nearest: [String])
    /// A tensor has a type that cannot be used as numbers here.
    case unsupportedType(file: String, key: String, type: String)
    /// The tensors of a file are not those a model needs.
    case mismatch(WeightMismatch)
    /// A value cannot be stored in the type that was asked for.
    case doesNotFit(file: String, key: String, value: Float, type: String)
    /// A folder lacks something.
    case missingFile(folder: String, wanted: String, hint: String)
}

extension CheckpointError: CustomStringConvertible, LocalizedError {
    public var description: String {
        switch self {
        case let .notWeights(file, found):
            return "\(file): \(found)"
        case let .damaged(file, problem):
            return "\(file) is damaged: \(problem); fetch or make the file again"
        case let .refusedPickle(file, global):
            return "\(file): its pickle asks for \(global), which is neither a tensor nor a plain container; "
                + "refused, because loading it could run code"
        case let .missingTensor(file, key, nearest):
            let hint = nearest.isEmpty ? "" : "; nearest names: \(nearest.joined(separator: ", "))"
            return "\(file) holds no tensor \(key)\(hint)"
        case let .unsupportedType(file, key, type):
            return "\(file): tensor \(key) has type \(type), which has no conversion to float32 here"
        case let .mismatch(mismatch):
            return mismatch.description
        case let .doesNotFit(file, key, value, type):
            return "cannot write \(file): tensor \(key) holds \(value), which \(type) cannot hold; use bf16 or f32"
        case let .missingFile(folder, wanted, hint):
            return "\(folder) has no \(wanted)\(hint.isEmpty ? "" : "; " + hint)"
        }
    }

    public var errorDescription: String? { description }
}

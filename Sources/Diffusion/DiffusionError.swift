import Foundation

/// What can be wrong with a noise schedule, a sampler or its options.
public enum DiffusionError: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// A scheduler configuration could not be read.
    case unreadableConfiguration(file: String, problem: String)
    /// A key of a scheduler configuration has a value that cannot be used.
    case invalidValue(key: String, found: String, allowed: String)
    /// An option of a sampler or of guidance is out of its range.
    case invalidOption(name: String, found: String, allowed: String)
    /// Noise prediction says nothing about the sample where a schedule has no signal left.
    case noSignal(timestep: Int)

    public var description: String {
        switch self {
        case .unreadableConfiguration(let file, let problem):
            "\(file): \(problem)"
        case .invalidValue(let key, let found, let allowed):
            "scheduler configuration: \"\(key)\" is \(found); allowed: \(allowed)"
        case .invalidOption(let name, let found, let allowed):
            "\(name) is \(found); allowed: \(allowed)"
        case .noSignal(let timestep):
            "sampling would start at timestep \(timestep), where the schedule (rescale_betas_zero_snr) holds no "
                + "signal, with a model that predicts noise (prediction_type epsilon); use a model that predicts v "
                + "or the sample, or timestep_spacing leading"
        }
    }

    public var errorDescription: String? { description }
}

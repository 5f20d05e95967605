/// All that is wrong between the tensors a file has and those a model needs, as one message.
public struct WeightMismatch: Equatable, Sendable {
    /// A tensor of another shape than the model's.
    public struct Shape: Equatable, Sendable {
        public let key: String
        public let expected: [Int]
        public let found: [Int]
    }

    public let file: String
    public let model: String
    /// How many tensors the model asked for.
    public let requested: Int
    public let missing: [String]
    public let leftOver: [String]
    public let misshapen: [Shape]
    /// What the file looks like, judged by its names.
    public let layout: WeightLayout
}

extension WeightMismatch: CustomStringConvertible {
    public var description: String {
        var parts: [String] = []
        if let first = misshapen.first {
            let others = misshapen.count > 1 ? " (and \(misshapen.count - 1) more of another shape)" : ""
            parts.append("\(first.key) should have shape \(first.expected) and has \(first.found)\(others)")
        }
        if let first = missing.first {
            let near = nearestWords(to: first, among: leftOver, count: 2)
            let hint = near.isEmpty ? "" : "; it has \(near.joined(separator: " and "))"
            parts.append("\(missing.count) of \(requested) tensors are missing, the first is \(first)\(hint)")
        }
        if let first = leftOver.first {
            parts.append("\(leftOver.count) tensors are left over, the first is \(first)")
        }
        if layout != .unknown { parts.append("by its names the file is \(layout)") }
        return "\(file) does not fit \(model): \(parts.joined(separator: "; "))"
    }
}

import Checkpoints
import Tensors

/// A trained tensor under the name that its checkpoint gives it.
public final class Parameter {
    /// The checkpoint's key, such as `down_blocks.0.resnets.0.conv1.weight`.
    public let key: String
    /// In the checkpoint's axis order. A leaf of the gradient tape while `isTrainable`.
    public private(set) var value: Tensor
    /// Goes up with every change, so that repacked copies know when they are stale.
    public private(set) var version = 0

    init(key: String, value: Tensor) {
        self.key = key
        self.value = value
    }

    public var isTrainable: Bool {
        get { value.requiresGradient }
        set { if newValue != isTrainable { value = newValue ? value.requiringGradient() : value.detached } }
    }

    /// Says that the elements were changed in place.
    public func markChanged() { version += 1 }

    /// Copies `other`, which has the same number of elements, into this parameter.
    public func assign(_ other: Tensor) {
        precondition(other.count == value.count, "\(key): \(other.shape) does not fit \(value.shape)")
        value.pointer.update(from: other.pointer, count: other.count)
        markChanged()
    }
}

/// All parameters of a model in the order they were made.
public final class ParameterStore {
    public private(set) var parameters: [Parameter] = []

    public init() {}

    func add(_ parameter: Parameter) { parameters.append(parameter) }

    /// Number of trained values.
    public var count: Int { parameters.reduce(0) { $0 + $1.value.count } }

    public subscript(key: String) -> Parameter? { parameters.first { $0.key == key } }

    /// Makes exactly the parameters trainable whose keys satisfy `isTrained`.
    public func train(where isTrained: (String) -> Bool) {
        for parameter in parameters { parameter.isTrainable = isTrained(parameter.key) }
    }
}

/// How a parameter that no checkpoint gives begins.
public enum Initializer {
    case zeros, ones
    /// Uniform in ±1/√fanIn: what PyTorch gives linear layers and convolutions.
    case fanIn(Int)
    case normal(Float)
}

/// Where a layer finds its parameters: a checkpoint, fresh random numbers, or both, under a common prefix.
public struct ParameterScope {
    private let reader: WeightReader?
    private let store: ParameterStore
    private let random: Randomness
    private let prefix: String

    fileprivate final class Randomness {
        var generator: TorchGenerator
        init(seed: UInt64) { generator = TorchGenerator(seed: seed) }
    }

    /// - Parameters:
    ///   - reader: the checkpoint; nil to begin everything anew.
    ///   - seed: for the parameters that begin anew.
    public init(_ reader: WeightReader?, store: ParameterStore, seed: UInt64 = 0) {
        self.reader = reader
        self.store = store
        random = Randomness(seed: seed)
        prefix = ""
    }

    private init(_ parent: ParameterScope, _ name: String) {
        reader = parent.reader?.scope(name)
        store = parent.store
        random = parent.random
        prefix = parent.prefix + name + "."
    }

    public func scope(_ name: String) -> ParameterScope { ParameterScope(self, name) }
    public func scope(_ name: String, _ index: Int) -> ParameterScope { scope("\(name).\(index)") }

    /// Whether a checkpoint is being read that holds this name.
    public func contains(_ name: String) -> Bool { reader?.contains(name) ?? false }

    /// The parameter `name` of this scope; `aliases` are names that older or newer checkpoints use for it.
    /// - Parameter isNew: a layer that the checkpoint of an image model lacks and that then begins anew.
    public func parameter(
        _ name: String, aliases: [String] = [], _ shape: [Int], _ initializer: Initializer, isNew: Bool = false
    ) -> Parameter {
        let value: Tensor
        if let reader {
            value = isNew ? reader.take(name, shape, orFresh: { random.tensor(shape, initializer) }) : reader.take(anyOf: [name] + aliases, shape)
        } else {
            value = random.tensor(shape, initializer)
        }
        let parameter = Parameter(key: prefix + name, value: value)
        store.add(parameter)
        return parameter
    }
}

extension ParameterScope.Randomness {
    fileprivate func tensor(_ shape: [Int], _ initializer: Initializer) -> Tensor {
        switch initializer {
        case .zeros: return .zeros(shape)
        case .ones: return Tensor(repeating: 1, shape)
        case let .normal(deviation): return generator.normal(shape, std: Double(deviation))
        case let .fanIn(count):
            let bound = 1 / Float(count).squareRoot()
            return generator.rand(shape, low: -bound, high: bound)
        }
    }
}

import Checkpoints
import Tensors

/// A trained tensor under the name that its checkpoint gives it.
public final class Parameter {
    /// The checkpoint's key, such as `down_blocks.0.resnets.0.conv1.weight`.
    public let key: String
    /// In the checkpoint's axis order.
    public let shape: [Int]
    /// The numbers in half precision; such a parameter cannot be trained.
    public let halfPrecision: HalfPrecisionWeights?
    private var tensor: Tensor?
    /// Goes up with every change of the numbers and of who collects their gradients, so that repacked copies know when they are stale.
    public private(set) var version = 0

    init(key: String, value: Tensor) {
        self.key = key
        shape = value.shape
        tensor = value
        halfPrecision = nil
    }

    init(key: String, halfPrecision: HalfPrecisionWeights) {
        self.key = key
        shape = halfPrecision.shape
        self.halfPrecision = halfPrecision
    }

    /// In the checkpoint's axis order. A leaf of the gradient tape while `isTrainable`. Widened anew each time from half
    /// precision.
    public var value: Tensor {
        guard let tensor else { return halfPrecision?.expanded() ?? .zeros(shape) }
        return tensor
    }

    public var count: Int { shape.reduce(1, *) }

    public var isTrainable: Bool {
        get { tensor?.requiresGradient ?? false }
        set {
            guard newValue != isTrainable else { return }
            precondition(halfPrecision == nil, "\(key) is in half precision and cannot be trained")
            tensor = newValue ? value.requiringGradient() : value.detached
            // What was prepared of the leaf before would collect its gradients, and not this one's.
            version += 1
        }
    }

    /// Says that the elements were changed in place.
    public func markChanged() { version += 1 }

    /// Copies `other`, which has the same number of elements, into this parameter.
    public func assign(_ other: Tensor) {
        precondition(halfPrecision == nil && other.count == count, "\(key): \(other.shape) does not fit \(shape)")
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
    public var count: Int { parameters.reduce(0) { $0 + $1.count } }

    /// Gives the memory of weights in half precision back to the system until they are used again.
    public func dropPages() { parameters.forEach { $0.halfPrecision?.dropPages() } }

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
    private let keepsHalfPrecision: Bool

    fileprivate final class Randomness {
        var generator: TorchGenerator
        let drawsNothing: Bool

        init(seed: UInt64, drawsNothing: Bool = false) {
            generator = TorchGenerator(seed: seed)
            self.drawsNothing = drawsNothing
        }
    }

    /// For what a model's parameters are called and how large they are: none of them gets a value, nor memory.
    public init(shapesInto store: ParameterStore) {
        reader = nil
        self.store = store
        random = Randomness(seed: 0, drawsNothing: true)
        prefix = ""
        keepsHalfPrecision = false
    }

    /// - Parameters:
    ///   - reader: the checkpoint; nil to begin everything anew.
    ///   - seed: for the parameters that begin anew.
    ///   - keepsHalfPrecision: leaves large weights in half precision in the file's memory where the layers can use them so.
    public init(_ reader: WeightReader?, store: ParameterStore, seed: UInt64 = 0, keepsHalfPrecision: Bool = false) {
        self.keepsHalfPrecision = keepsHalfPrecision
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
        keepsHalfPrecision = parent.keepsHalfPrecision
    }

    public func scope(_ name: String) -> ParameterScope { ParameterScope(self, name) }
    public func scope(_ name: String, _ index: Int) -> ParameterScope { scope("\(name).\(index)") }

    /// Whether a checkpoint is being read that holds this name.
    public func contains(_ name: String) -> Bool { reader?.contains(name) ?? false }

    /// The parameter `name` of this scope; `aliases` are names that older or newer checkpoints use for it.
    /// - Parameters:
    ///   - isNew: a layer that the checkpoint of an image model lacks and that then begins anew.
    ///   - mayBeHalfPrecision: whether the layer can use a weight in half precision.
    public func parameter(
        _ name: String, aliases: [String] = [], _ shape: [Int], _ initializer: Initializer, isNew: Bool = false,
        mayBeHalfPrecision: Bool = false
    ) -> Parameter {
        let value: Tensor
        if keepsHalfPrecision, mayBeHalfPrecision, let found = reader?.takeHalfPrecision(anyOf: [name] + aliases, shape) {
            let parameter = Parameter(key: prefix + name, halfPrecision: found)
            store.add(parameter)
            return parameter
        }
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
        if drawsNothing { return Tensor(withoutMemory: shape) }
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

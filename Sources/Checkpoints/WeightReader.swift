import Foundation
import Tensors

/// Hands the tensors of a source to a model that is being built, and keeps account.
///
/// A model asks for every parameter under its checkpoint key and with the shape it needs, and never sees
/// an error; `finish` then reports once everything that was missing, misshapen or left over. Scopes share
/// one account:
///
///     let reader = WeightReader(try folder.weights())
///     let model = VideoUNet(configuration, reader)     // reader.scope("down_blocks.0").take("weight", [8, 4])
///     try reader.finish()
public struct WeightReader {
    private let account: Account
    private let prefix: String

    /// `model` names what is being built in messages.
    public init(_ source: any WeightSource, for model: String = "the model") {
        account = Account(source, model)
        prefix = ""
    }

    private init(_ account: Account, _ prefix: String) {
        self.account = account
        self.prefix = prefix
    }

    /// A reader whose keys begin with `name` and a dot.
    public func scope(_ name: String) -> WeightReader { WeightReader(account, prefix + name + ".") }

    /// A reader for the member `index` of a list: `resnets.0`.
    public func scope(_ name: String, _ index: Int) -> WeightReader { scope("\(name).\(index)") }

    /// The full checkpoint key of a name in this scope.
    public func key(_ name: String) -> String { prefix + name }

    /// Whether the source has a tensor of this name in this scope.
    public func contains(_ name: String) -> Bool { account.source.contains(prefix + name) }

    /// Whether the source has any tensor in a scope below this one: `reader.containsScope("temp_convs")`.
    public func containsScope(_ name: String) -> Bool { account.hasKey(under: prefix + name + ".") }

    /// A tensor of shape `shape`. Where the file has none, or one of another shape, that is noted for
    /// `finish` and a tensor of nothing in particular takes its place.
    ///
    /// Shapes that differ only in axes of size one at the end are the same weights: a 1×1 convolution and a
    /// linear layer.
    public func take(_ name: String, _ shape: [Int]) -> Tensor { take(anyOf: [name], shape) }

    /// The first of several names that the file has: checkpoints of different ages name parts differently.
    public func take(anyOf names: [String], _ shape: [Int]) -> Tensor {
        // What is missing is told at the end. Until then nobody touches the memory: a configuration that does not belong
        // to the weights may ask for more than there is.
        account.take(names.map { prefix + $0 }, shape) ?? account.placeholder(shape)
    }

    /// A tensor as in `take`, left in half precision where the file has it so; nil where it must be taken, or reported, as usual.
    public func takeHalfPrecision(anyOf names: [String], _ shape: [Int]) -> HalfPrecisionWeights? {
        account.takeHalfPrecision(names.map { prefix + $0 }, shape)
    }

    /// A tensor that the file may lack; nil then. A wrong shape is noted as in `take`.
    public func takeIfPresent(_ name: String, _ shape: [Int]) -> Tensor? {
        contains(name) ? take(name, shape) : nil
    }

    /// A tensor that begins anew where the file lacks it: layers that are added to a trained model.
    /// `freshKeys` tells afterwards which these were.
    public func take(_ name: String, _ shape: [Int], orFresh fresh: () -> Tensor) -> Tensor {
        if contains(name) { return take(name, shape) }
        account.fresh.append(prefix + name)
        return account.isUseless ? account.placeholder(shape) : fresh()
    }

    /// Declares tensors that the file may have and no model needs, such as stored position indices.
    public func ignore(_ name: String) { account.used.insert(prefix + name) }

    /// Keys that began anew, in the order they were asked for.
    public var freshKeys: [String] { account.fresh }

    /// Things worth telling that are no errors: tensors with NaN or infinite values.
    public var warnings: [String] { account.warnings() }

    /// Keys of the source that nobody has asked for.
    public var leftOver: [String] { account.leftOver }

    /// Throws one `CheckpointError` about everything that did not fit; with `allowLeftOver`, tensors that
    /// nobody asked for are no fault.
    public func finish(allowLeftOver: Bool = false) throws { try account.finish(allowLeftOver) }

    /// What a whole model has asked for so far.
    private final class Account {
        let source: any WeightSource
        let model: String
        var used: Set<String> = []
        var fresh: [String] = []
        private var missing: [String] = []
        private var misshapen: [WeightMismatch.Shape] = []
        private var unreadable: (any Error)?
        private var nonFinite: [String] = []
        private var requested = 0

        init(_ source: any WeightSource, _ model: String) {
            self.source = source
            self.model = model
        }

        /// Whether `finish` will throw whatever else comes.
        var isUseless: Bool { !missing.isEmpty || !misshapen.isEmpty || unreadable != nil }

        /// Stands for a tensor that is not there until `finish` says so. A configuration may ask for more of them than any
        /// machine has memory for.
        func placeholder(_ shape: [Int]) -> Tensor {
            let count = shape.reduce(1, *), isModest = placeholders + count <= Self.largestPlaceholders
            if isModest { placeholders += count }
            return isModest ? Tensor(uninitialized: shape) : Tensor(withoutMemory: shape)
        }

        private var placeholders = 0
        /// Elements of all placeholders that have memory: more than the networks have that read weights while they are made.
        private static let largestPlaceholders = 1 << 28

        var leftOver: [String] { source.keys.filter { !used.contains($0) } }

        func hasKey(under prefix: String) -> Bool {
            // `keys` is sorted: a binary search finds where the prefix would stand.
            let keys = source.keys
            var low = 0, high = keys.count
            while low < high {
                let middle = (low + high) / 2
                if keys[middle] < prefix { low = middle + 1 } else { high = middle }
            }
            return low < keys.count && keys[low].hasPrefix(prefix)
        }

        func take(_ keys: [String], _ shape: [Int]) -> Tensor? {
            requested += 1
            guard let key = keys.first(where: source.contains), let info = source.info(key) else {
                missing.append(keys[0])
                return nil
            }
            used.insert(key)
            guard Self.areSame(info.shape, shape) else {
                misshapen.append(.init(key: key, expected: shape, found: info.shape))
                return nil
            }
            do {
                let tensor = try source.tensor(key)
                if !tensor.isFinite { nonFinite.append(key) }
                return tensor.reshapedForLoading(shape)
            } catch {
                unreadable = unreadable ?? error
                return nil
            }
        }

        func takeHalfPrecision(_ keys: [String], _ shape: [Int]) -> HalfPrecisionWeights? {
            guard let key = keys.first(where: source.contains), let found = source.halfPrecision(key),
                Self.areSame(found.shape, shape)
            else { return nil }
            requested += 1
            used.insert(key)
            if !found.isFinite { nonFinite.append(key) }
            return found.reshaped(shape)
        }

        func warnings() -> [String] {
            guard let first = nonFinite.first else { return [] }
            let others = nonFinite.count > 1 ? " and \(nonFinite.count - 1) more tensors hold" : " holds"
            return ["\(source.location): \(first)\(others) NaN or infinite values; what comes out will be useless"]
        }

        func finish(_ allowLeftOver: Bool) throws {
            if let unreadable { throw unreadable }
            let rest = leftOver
            guard !missing.isEmpty || !misshapen.isEmpty || (!allowLeftOver && !rest.isEmpty) else { return }
            throw CheckpointError.mismatch(
                WeightMismatch(
                    file: source.location, model: model, requested: requested, missing: missing,
                    leftOver: rest, misshapen: misshapen, layout: .recognise(source)))
        }

        private static func areSame(_ first: [Int], _ second: [Int]) -> Bool {
            if first == second { return true }
            func trimmed(_ shape: [Int]) -> [Int] {
                Array(shape.prefix((shape.lastIndex { $0 != 1 } ?? 0) + 1))
            }
            return first.count >= 2 && second.count >= 2 && trimmed(first) == trimmed(second)
        }
    }
}

extension Tensor {
    /// The same elements under a shape that differs in axes of size one.
    fileprivate func reshapedForLoading(_ shape: [Int]) -> Tensor {
        guard shape != self.shape else { return self }
        let tensor = Tensor(uninitialized: shape)
        tensor.pointer.update(from: pointer, count: count)
        return tensor
    }
}

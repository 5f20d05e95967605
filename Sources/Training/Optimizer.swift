import Foundation
import Layers
import Tensors

/// Muon for matrices and AdamW for the rest, or AdamW for all, with clipping of the gradient's norm and a moving average of
/// weights.
///
/// AdamW is that of Loshchilov & Hutter (arXiv 1711.05101); Muon that of Jordan et al. ("Muon: An optimizer for hidden layers in
/// neural networks", 2024) with the scale of Liu et al. (arXiv 2502.16982, section 2.2), which makes an update as large as
/// AdamW's are.
public final class Optimizer {
    public struct Configuration: Codable, Equatable, Sendable {
        public var beta1: Float = 0.9
        public var beta2: Float = 0.99
        public var epsilon: Float = 1e-8
        public var weightDecay: Float = 0.01
        /// The largest norm of all gradients together; larger ones are scaled down to it.
        public var clipNorm: Float = 1
        /// The moving average approaches this decay as steps go by.
        public var averageDecay: Float = 0.999
        /// Nil: AdamW for all.
        public var muon: Muon?

        public init() {}

        /// By name, with everything else at its default.
        public init(_ kind: OptimizerKind) {
            muon = kind == .muon ? Muon() : nil
        }
    }

    /// Orthogonalised momentum.
    public struct Muon: Codable, Equatable, Sendable {
        public var momentum: Float = 0.95
        /// Newton–Schulz steps.
        public var iterations = 5
        /// The learning rate of what AdamW moves, over Muon's.
        public var othersRate: Float = 0.4

        public init() {}

        /// Whether it takes a weight: it has two axes or more (a convolution is a matrix [out, rest]), is no table of
        /// embeddings, and not in the first or the last layer, whose inputs and outputs are no features.
        static func takes(_ key: String, shape: [Int]) -> Bool {
            let layer = key.split(separator: ".").dropLast().last.map(String.init) ?? ""
            return shape.count > 1 && !layer.hasSuffix("_embedding") && !["conv_in", "conv_out"].contains(layer)
        }
    }

    /// A trained parameter with its moments and its moving average.
    struct Slot {
        let parameter: Parameter
        let scale: Float
        /// AdamW's first moment, or Muon's momentum.
        let first: Tensor
        /// Nil where Muon takes it.
        let second: Tensor?
        let average: Tensor

        /// As a matrix.
        var rows: Int { parameter.shape[0] }
        var columns: Int { parameter.count / rows }
    }

    public let configuration: Configuration
    let slots: [Slot]
    public private(set) var step = 0

    /// - Parameters:
    ///   - parameters: those of them that are trainable take part.
    ///   - scale: factor on the learning rate by key.
    public init(_ parameters: [Parameter], configuration: Configuration = .init(), scale: (String) -> Float = { _ in 1 }) {
        self.configuration = configuration
        slots = parameters.filter(\.isTrainable).map {
            let isMuons = configuration.muon != nil && Muon.takes($0.key, shape: $0.shape)
            return Slot(
                parameter: $0, scale: scale($0.key), first: .zeros($0.shape), second: isMuons ? nil : .zeros($0.shape),
                average: $0.value.copied())
        }
    }

    public var kind: OptimizerKind { configuration.muon == nil ? .adamW : .muon }
    public var parameterCount: Int { slots.reduce(0) { $0 + $1.parameter.value.count } }

    /// Applies the gradients that the parameters hold, clears them, and returns their norm before clipping.
    ///
    /// A step whose gradients are not finite changes nothing.
    @discardableResult
    public func apply(learningRate: Float) -> Float {
        let squares = slots.map { slot -> Double in
            guard let gradient = slot.parameter.value.gradient else { return 0 }
            return VectorKernels.dot(gradient.count, gradient.pointer, gradient.pointer)
        }
        let norm = Float(squares.reduce(0, +).squareRoot())
        defer { for slot in slots { slot.parameter.value.clearGradient() } }
        guard norm.isFinite else { return norm }
        step += 1
        let clip = min(1, configuration.clipNorm / max(norm, 1e-12))
        let moved = slots.filter { $0.parameter.value.gradient != nil }
        if let muon = configuration.muon { orthogonalise(moved.filter { $0.second == nil }, muon, learningRate, clip: clip) }
        adamW(moved, learningRate * (configuration.muon?.othersRate ?? 1), clip: clip)
        let decay = min(configuration.averageDecay, Float(1 + step) / Float(10 + step))
        for slot in moved {
            let value = slot.parameter.value
            parallel(value.count, grain: 1 << 14) { _, low, high in
                VectorKernels.combine(high - low, 1 - decay, value.pointer + low, decay, slot.average.pointer + low)
            }
            slot.parameter.markChanged()
        }
        return norm
    }

    private func adamW(_ slots: [Slot], _ learningRate: Float, clip: Float) {
        for slot in slots {
            guard let second = slot.second, let gradient = slot.parameter.value.gradient else { continue }
            let value = slot.parameter.value
            // Vectors (norms, biases) are not decayed.
            let adamW = VectorKernels.AdamW(
                rate: learningRate * slot.scale, beta1: configuration.beta1, beta2: configuration.beta2,
                epsilon: configuration.epsilon, decay: value.rank > 1 ? configuration.weightDecay : 0, step: step, clip: clip)
            parallel(value.count, grain: 1 << 14) { _, low, high in
                adamW(
                    high - low, value.pointer + low, gradient.pointer + low, slot.first.pointer + low, second.pointer + low)
            }
        }
    }

    /// Nesterov's momentum, orthogonalised.
    private func orthogonalise(_ slots: [Slot], _ muon: Muon, _ learningRate: Float, clip: Float) {
        let costs = slots.map { NewtonSchulz.cost(rows: $0.rows, columns: $0.columns, iterations: muon.iterations) }
        parallel(costs: costs) { _, indices in
            let memory = Tensor(uninitialized: [indices.map { slots[$0].parameter.count }.max() ?? 0])
            for slot in indices.map({ slots[$0] }) {
                guard let gradient = slot.parameter.value.gradient else { continue }
                let (count, update) = (gradient.count, memory.pointer)
                VectorKernels.nesterov(
                    count, gradient.pointer, clip: clip, momentum: muon.momentum, slot.first.pointer, update)
                NewtonSchulz.orthogonalize(rows: slot.rows, columns: slot.columns, iterations: muon.iterations, update)
                let rate = learningRate * slot.scale
                let size = 0.2 * Float(max(slot.rows, slot.columns)).squareRoot()
                VectorKernels.combine(count, -rate * size, update, 1 - rate * configuration.weightDecay, slot.parameter.value.pointer)
            }
        }
    }

    /// Runs `body` with the moving averages in place of the weights.
    public func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
        let kept = slots.map { $0.parameter.value.copied() }
        for slot in slots { slot.parameter.assign(slot.average) }
        defer { for (slot, value) in zip(slots, kept) { slot.parameter.assign(value) } }
        return try body()
    }

    /// Everything that a resumed run needs, by name.
    func state() -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for slot in slots {
            tensors["weight." + slot.parameter.key] = slot.parameter.value.detached
            tensors["first." + slot.parameter.key] = slot.first
            if let second = slot.second { tensors["second." + slot.parameter.key] = second }
            tensors["average." + slot.parameter.key] = slot.average
        }
        return tensors
    }

    /// The first name in `state` whose numbers are not all finite.
    var nonFinite: String? { state().filter { !$0.value.isFinite }.keys.min() }

    /// Takes up what `state` gave.
    func restore(_ read: (String, [Int]) throws -> Tensor, step: Int) throws {
        for slot in slots {
            let shape = slot.parameter.value.shape
            slot.parameter.assign(try read("weight." + slot.parameter.key, shape))
            for (name, target) in [("first.", slot.first), ("second.", slot.second), ("average.", slot.average)] {
                guard let target else { continue }
                let saved = try read(name + slot.parameter.key, shape)
                // A tensor that nothing names any more may be gone before its memory is read.
                withExtendedLifetime(saved) { target.pointer.update(from: saved.pointer, count: target.count) }
            }
        }
        self.step = step
    }
}

/// The optimisers there are, by the names that the command line and recipes take.
public enum OptimizerKind: String, Codable, CaseIterable, Sendable {
    case adamW = "adamw"
    case muon

    /// The one whose `state` has these names: AdamW keeps a second moment for each first.
    init(ofStateWith names: Set<String>) {
        let first = "first.", second = "second."
        self = names.contains { $0.hasPrefix(first) && !names.contains(second + $0.dropFirst(first.count)) } ? .muon : .adamW
    }
}

/// Linear warm-up, then half a cosine down to `floor` times the highest rate.
public struct LearningRate: Codable, Equatable, Sendable {
    public var highest: Float
    public var warmup: Int
    public var floor: Float

    public init(highest: Float, warmup: Int = 200, floor: Float = 0.02) {
        self.highest = highest
        self.warmup = warmup
        self.floor = floor
    }

    /// - Parameter progress: how much of the run is done, from 0 to 1.
    public func value(step: Int, progress: Double) -> Float {
        let rise = min(1, Float(step + 1) / Float(max(warmup, 1)))
        let cosine = 0.5 * (1 + cos(Float.pi * Float(min(max(progress, 0), 1))))
        return highest * rise * (floor + (1 - floor) * cosine)
    }
}

import CKernels
import Foundation
import Layers
import Tensors

/// AdamW (Loshchilov & Hutter, arXiv 1711.05101) with clipping of the gradient's norm and a moving average of weights.
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

        public init() {}
    }

    /// A trained parameter with its two moments and its moving average.
    struct Slot {
        let parameter: Parameter
        let scale: Float
        let first, second, average: Tensor
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
            Slot(
                parameter: $0, scale: scale($0.key), first: .zeros($0.value.shape), second: .zeros($0.value.shape),
                average: $0.value.copied())
        }
    }

    public var parameterCount: Int { slots.reduce(0) { $0 + $1.parameter.value.count } }

    /// Applies the gradients that the parameters hold, clears them, and returns their norm before clipping.
    ///
    /// A step whose gradients are not finite changes nothing.
    @discardableResult
    public func apply(learningRate: Float) -> Float {
        let table = ck_kernels().pointee
        let squares = slots.map { slot -> Double in
            guard let gradient = slot.parameter.value.gradient else { return 0 }
            return table.dot(gradient.count, gradient.pointer, gradient.pointer)
        }
        let norm = Float(squares.reduce(0, +).squareRoot())
        defer { for slot in slots { slot.parameter.value.clearGradient() } }
        guard norm.isFinite else { return norm }
        step += 1
        let clip = min(1, configuration.clipNorm / max(norm, 1e-12))
        let (b1, b2) = (configuration.beta1, configuration.beta2)
        let correction1 = 1 / (1 - pow(b1, Float(step))), correction2 = 1 / (1 - pow(b2, Float(step)))
        let decay = min(configuration.averageDecay, Float(1 + step) / Float(10 + step))
        for slot in slots {
            guard let gradient = slot.parameter.value.gradient else { continue }
            let value = slot.parameter.value
            // Vectors (norms, biases) are not decayed.
            let weightDecay = value.rank > 1 ? configuration.weightDecay : 0
            parallel(value.count, grain: 1 << 14) { _, low, high in
                table.adamw(
                    high - low, value.pointer + low, gradient.pointer + low, slot.first.pointer + low,
                    slot.second.pointer + low, learningRate * slot.scale, b1, b2, configuration.epsilon, weightDecay,
                    correction1, correction2, clip)
                table.axpby(high - low, 1 - decay, value.pointer + low, decay, slot.average.pointer + low)
            }
            slot.parameter.markChanged()
        }
        return norm
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
            tensors["second." + slot.parameter.key] = slot.second
            tensors["average." + slot.parameter.key] = slot.average
        }
        return tensors
    }

    /// Takes up what `state` gave.
    func restore(_ read: (String, [Int]) throws -> Tensor, step: Int) throws {
        for slot in slots {
            let shape = slot.parameter.value.shape
            slot.parameter.assign(try read("weight." + slot.parameter.key, shape))
            for (name, target) in [("first.", slot.first), ("second.", slot.second), ("average.", slot.average)] {
                let saved = try read(name + slot.parameter.key, shape)
                // A tensor that nothing names any more may be gone before its memory is read.
                withExtendedLifetime(saved) { target.pointer.update(from: saved.pointer, count: target.count) }
            }
        }
        self.step = step
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

import Layers
import Tensors

/// A network that tells noisy latents what they should be: noise, velocity or clean latents, as the process that it was
/// trained with has it.
public protocol Denoiser {
    /// Channels of latents, in and out.
    var latentChannels: Int { get }
    /// Height and width of the latents that it was made for.
    var latentSize: (height: Int, width: Int) { get }
    /// Width of the hidden states and of the pooled text that it reads; nil where it reads none.
    var textWidth: Int? { get }
    var pooledTextWidth: Int? { get }
    /// The unit of the levels that it is told.
    var levelScale: TimestepEmbedding.Scale { get }
    /// What it can be told beyond one level and one prompt for each sample.
    var abilities: DenoiserAbilities { get }

    /// What it keeps between calls with one condition.
    ///
    /// - Parameter deepReuse: deep features are computed at every so many steps; more than 1 only for a denoiser of that
    ///   ability.
    func makeMemory(deepReuse: Int) -> any DenoiserMemory

    /// The network's output, of the latents' shape.
    ///
    /// - Parameters:
    ///   - latents: noisy ones, scaled as the process has it, [samples, frames, height, width, channels].
    ///   - levels: of their noise.
    ///   - condition: of as many samples; no more than `abilities` is told.
    ///   - memory: one that this denoiser made, for this condition; nil in training.
    ///   - checkpointing: whether gradients are made from the borders of blocks, which costs a second pass and saves memory.
    func callAsFunction(
        _ latents: Tensor, at levels: DenoiserLevels, given condition: Condition, memory: (any DenoiserMemory)?,
        checkpointing: Bool
    ) -> Tensor

    /// Takes frames that are settled into a memory: for denoisers whose later frames look back at them. Others have nothing
    /// to do.
    func remember(_ latents: Tensor, at levels: DenoiserLevels, given condition: Condition, in memory: any DenoiserMemory)
}

extension Denoiser {
    public func callAsFunction(
        _ latents: Tensor, at levels: DenoiserLevels, given condition: Condition, memory: (any DenoiserMemory)? = nil
    ) -> Tensor {
        self(latents, at: levels, given: condition, memory: memory, checkpointing: false)
    }

    public func remember(_: Tensor, at _: DenoiserLevels, given _: Condition, in _: any DenoiserMemory) {}
}

/// What a denoiser keeps from one call to the next: keys and values of a text or of earlier frames, features of coarse
/// levels, latents that are carried from step to step.
public protocol DenoiserMemory: AnyObject {
    /// Forgets what belongs to the steps of one piece: the next call is the first of another.
    func beginPiece()
}

/// Levels of noise in the numbers that a denoiser's embedding takes: see `Denoiser.levelScale`.
public enum DenoiserLevels: Equatable, Sendable {
    /// One for each sample.
    case perSample([Float])
    /// One for each frame of each sample.
    case perFrame([[Float]])
}

/// What denoisers can be told.
public struct DenoiserAbilities: OptionSet, Sendable, CustomStringConvertible {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let levelPerFrame = DenoiserAbilities(rawValue: 1 << 0)
    public static let promptPerFrame = DenoiserAbilities(rawValue: 1 << 1)
    public static let knownFrames = DenoiserAbilities(rawValue: 1 << 2)
    public static let actions = DenoiserAbilities(rawValue: 1 << 3)
    public static let frameRate = DenoiserAbilities(rawValue: 1 << 4)
    public static let pictures = DenoiserAbilities(rawValue: 1 << 5)
    /// It can take deep features from an earlier step.
    public static let deepReuse = DenoiserAbilities(rawValue: 1 << 6)

    private static let names: [(DenoiserAbilities, String)] = [
        (levelPerFrame, "a noise level for each frame"), (promptPerFrame, "a prompt for each frame"),
        (knownFrames, "known frames"), (actions, "actions"), (frameRate, "a frame rate"), (pictures, "pictures"),
        (deepReuse, "reuse of deep features"),
    ]

    public var description: String { Self.names.filter { contains($0.0) }.map(\.1).joined(separator: ", ") }
}

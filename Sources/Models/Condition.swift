import Tensors

/// What a denoiser is told besides noisy latents and their level: nil members are not told. `Denoiser.abilities` says which
/// of them a denoiser reads.
public struct Condition {
    /// Prompts as a text encoder read them: one for each sample, or one for each frame of each sample.
    public struct Text {
        /// Hidden states, [samples (* frames), tokens, width].
        public var hidden: Tensor
        /// [samples (* frames), tokens]: 1 for the tokens of a prompt, 0 for what fills its row.
        public var mask: Tensor?
        /// [samples (* frames), width].
        public var pooled: Tensor?

        public init(hidden: Tensor, mask: Tensor? = nil, pooled: Tensor? = nil) {
            (self.hidden, self.mask, self.pooled) = (hidden, mask, pooled)
        }
    }

    /// Frames that are given: key frames between which others are to be filled in, or a small video to be enlarged.
    public struct KnownFrames {
        /// [samples, frames, height, width, channels]; what it holds where `mask` is 0 is not looked at.
        public var latents: Tensor
        /// [samples, frames, height, width, 1]: 1 where latents are known.
        public var mask: Tensor
        /// The level of the noise that known latents carry themselves, for each sample.
        public var levels: [Float]

        public init(latents: Tensor, mask: Tensor, levels: [Float]) {
            (self.latents, self.mask, self.levels) = (latents, mask, levels)
        }
    }

    public var text: Text?
    public var known: KnownFrames?
    /// What was done between the frame before and each frame, [samples, frames, numbers].
    public var actions: Tensor?
    /// For each sample.
    public var framesPerSecond: [Float]?
    /// Whether a sample is a picture, and its frames are repetitions of it.
    public var isPicture: [Bool]?

    public init(
        text: Text? = nil, known: KnownFrames? = nil, actions: Tensor? = nil, framesPerSecond: [Float]? = nil,
        isPicture: [Bool]? = nil
    ) {
        (self.text, self.known, self.actions) = (text, known, actions)
        (self.framesPerSecond, self.isPicture) = (framesPerSecond, isPicture)
    }

    /// One batch of the samples of several conditions, in their order. What one of them lacks, the batch lacks.
    public static func stacked(_ conditions: [Condition]) -> Condition {
        func all<Member>(_ member: (Condition) -> Member?) -> [Member]? {
            let found = conditions.compactMap(member)
            return found.count == conditions.count ? found : nil
        }
        func tensor(_ member: (Condition) -> Tensor?) -> Tensor? { all(member).map(Tensor.stacked) }
        return Condition(
            text: tensor { $0.text?.hidden }.map {
                Text(hidden: $0, mask: tensor { $0.text?.mask }, pooled: tensor { $0.text?.pooled })
            },
            known: all(\.known).map { known in
                KnownFrames(
                    latents: .stacked(known.map(\.latents)), mask: .stacked(known.map(\.mask)), levels: known.flatMap(\.levels))
            },
            actions: tensor { $0.actions }, framesPerSecond: all(\.framesPerSecond).map { $0.flatMap { $0 } },
            isPicture: all(\.isPicture).map { $0.flatMap { $0 } })
    }

    /// What of it is told.
    var members: DenoiserAbilities {
        var members: DenoiserAbilities = []
        if known != nil { members.insert(.knownFrames) }
        if actions != nil { members.insert(.actions) }
        if framesPerSecond != nil { members.insert(.frameRate) }
        if isPicture != nil { members.insert(.pictures) }
        return members
    }
}

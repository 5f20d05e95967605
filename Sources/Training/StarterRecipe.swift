import Models

/// How the model that ships is made from nothing: data, sizes, stages. The only place where these numbers stand.
public struct StarterRecipe: Codable, Equatable, Sendable {
    /// What a stage learns from: clips drawn from the scenes, and cut-out pictures before drawn backgrounds.
    public struct Clips: Codable, Equatable, Sendable {
        /// Clips of seeds `seed`, `seed` + 1, ….
        public var drawn = 8000
        /// Clips of pictures; none where no folder of pictures is given.
        public var composed = 500
        public var frames = 16
        public var framesPerSecond = 8.0
        /// Side in pixels.
        public var size = 128
        public var seed: UInt64 = 1
        public var composedSeed: UInt64 = 1
        /// How often captions of drawn clips state all attributes, from 0 to 1; nil: as in `SceneCatalog.lazyClip`.
        public var explicitShare: Float?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case drawn, composed, frames, framesPerSecond = "fps", size, seed, composedSeed = "composed_seed",
                explicitShare = "explicit_share"
        }

        public init() {}

        /// Two moments of a clip, the first and the last, of five times as many scenes as there are clips.
        static let stills: Clips = {
            var stills = Clips()
            (stills.drawn, stills.composed, stills.frames, stills.framesPerSecond) = (40_000, 2500, 2, 8.0 / 15)
            (stills.seed, stills.composedSeed) = (8001, 501)
            return stills
        }()

        /// Other scenes and pictures than those.
        static let fresh: Clips = {
            var fresh = Clips()
            (fresh.drawn, fresh.composed, fresh.seed, fresh.composedSeed) = (10_000, 600, 48_001, 3001)
            return fresh
        }()

        /// Stills of other scenes, whose captions mostly state all attributes.
        static let explicit: Clips = {
            var explicit = stills
            (explicit.composed, explicit.seed, explicit.composedSeed) = (1500, 58_001, 3601)
            explicit.explicitShare = 0.85
            return explicit
        }()
    }

    /// How long a stage runs and how fast it learns. A stage with `steps` alone is the same to the bit on one instruction set
    /// and number of threads; one with `minutes` does what the machine can.
    public struct Schedule: Codable, Equatable, Sendable {
        public var steps: Int?
        public var minutes: Double?
        public var batch: Int
        /// The highest learning rate.
        public var rate: Float
        public var warmup: Int
        public var optimizer: OptimizerKind

        public init(
            steps: Int? = nil, minutes: Double? = nil, batch: Int, rate: Float, warmup: Int = 200, optimizer: OptimizerKind = .muon
        ) {
            (self.steps, self.minutes, self.batch, self.rate, self.warmup) = (steps, minutes, batch, rate, warmup)
            self.optimizer = optimizer
        }

        enum CodingKeys: String, CodingKey, CaseIterable { case steps, minutes, batch, rate, warmup, optimizer }

        /// The highest rate with an optimiser, where it need not be this schedule's. The other's is the one at which AdamW moves
        /// vectors and embeddings as fast as it does under this one's.
        public func rate(with kind: OptimizerKind) -> Float {
            switch (optimizer, kind) {
            case (.muon, .adamW): rate * Optimizer.Muon().othersRate
            case (.adamW, .muon): rate / Optimizer.Muon().othersRate
            default: rate
            }
        }
    }

    public struct Autoencoder: Codable, Equatable, Sendable {
        /// What is added to the error of reconstructed pictures.
        public struct Weights: Codable, Equatable, Sendable {
            public var kl: Float
            /// Of the error of pictures decoded from latents at half size: see `AutoencoderStage`.
            public var scaleEquivariance: Float

            enum CodingKeys: String, CodingKey, CaseIterable { case kl, scaleEquivariance = "scale_equivariance" }

            public init(kl: Float = 3e-4, scaleEquivariance: Float = 0.25) {
                (self.kl, self.scaleEquivariance) = (kl, scaleEquivariance)
            }
        }

        public var schedule = Schedule(steps: 14_000, batch: 16, rate: 3e-3)
        public var weights = Weights()
        public var sizes = AutoencoderConfiguration.starter

        enum CodingKeys: String, CodingKey, CaseIterable { case schedule, weights, sizes }

        public init() {}
    }

    public struct Image: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 22_000, batch: 32, rate: 2e-3)
        /// Moves timesteps to high noise: see `DiffusionStage.Configuration`.
        public var timestepShift: Float = 3
        public var sizes = UNetConfiguration.starter

        enum CodingKeys: String, CodingKey, CaseIterable { case schedule, timestepShift = "timestep_shift", sizes }

        public init() {}
    }

    /// The image stage's layers once more, on stills: a clip is seen some hundred times by then, and which of its words
    /// belongs to what in its pictures is learnt from other scenes of the same words.
    public struct Captions: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 10_000, batch: 32, rate: 1e-3)
        /// Moves timesteps to high noise: see `DiffusionStage.Configuration`.
        public var timestepShift: Float = 3

        enum CodingKeys: String, CodingKey, CaseIterable { case schedule, timestepShift = "timestep_shift" }

        public init() {}
    }

    /// The stages of temporal layers.
    public struct Video: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 5000, batch: 2, rate: 1e-3)
        public var frames = 16
        /// Learning rate of the image stage's layers, as a factor.
        public var spatialRate: Float = 0.2
        /// Moves timesteps to high noise: see `DiffusionStage.Configuration`.
        public var timestepShift: Float = 3

        enum CodingKeys: String, CodingKey, CaseIterable {
            case schedule, frames, spatialRate = "spatial_rate", timestepShift = "timestep_shift"
        }

        public init() {}

        /// The video stage once more, on clips that no stage has seen: what moves, and how, is learnt from few of them
        /// until then, and by heart.
        static let motion: Video = {
            var motion = Video()
            (motion.schedule.steps, motion.spatialRate) = (9000, 0.5)
            return motion
        }()
    }

    /// The stage after those: clips and stills at once.
    public struct Joint: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 4000, batch: 2, rate: 1.5e-3)
        public var frames = 16
        /// Stills in a batch, beside its clips.
        public var stills = 64
        /// Moves timesteps to high noise: see `DiffusionStage.Configuration`.
        public var timestepShift: Float = 3
        /// The same for stills: colour and number are settled where there is most noise.
        public var stillsTimestepShift: Float = 5

        enum CodingKeys: String, CodingKey, CaseIterable {
            case schedule, frames, stills, timestepShift = "timestep_shift", stillsTimestepShift = "stills_timestep_shift"
        }

        public init() {}
    }

    public struct Decoder: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 3000, batch: 1, rate: 2.5e-3)
        public var frames = 8
        /// Whether the spatial layers learn too, at a quarter of the rate.
        public var spatial = true
        /// The largest deviation of noise on its latents.
        public var latentNoise: Float = 0.2

        enum CodingKeys: String, CodingKey, CaseIterable { case schedule, frames, spatial, latentNoise = "latent_noise" }

        public init() {}
    }

    public var clips = Clips()
    /// What the stage `captions` sees.
    public var stills = Clips.stills
    /// What the stage `motion` sees.
    public var fresh = Clips.fresh
    /// What the stage `joint` sees, beside `fresh`.
    public var explicit = Clips.explicit
    public var autoencoder = Autoencoder()
    public var image = Image()
    public var captions = Captions()
    public var video = Video()
    public var motion = Video.motion
    public var joint = Joint()
    public var decoder = Decoder()
    /// Of initial weights and batches of all stages.
    public var seed: UInt64 = 1

    enum CodingKeys: String, CodingKey, CaseIterable {
        case clips, stills, fresh, explicit, autoencoder, image, captions, video, motion, joint, decoder, seed
    }

    public init() {}
}

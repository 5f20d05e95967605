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

        enum CodingKeys: String, CodingKey {
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
            steps: Int? = nil, minutes: Double? = nil, batch: Int, rate: Float, warmup: Int = 200, optimizer: OptimizerKind = .adamW
        ) {
            (self.steps, self.minutes, self.batch, self.rate, self.warmup) = (steps, minutes, batch, rate, warmup)
            self.optimizer = optimizer
        }

        enum CodingKeys: String, CodingKey { case steps, minutes, batch, rate, warmup, optimizer }

        /// Throws `DecodingError` for a stage that would never end.
        public init(from decoder: any Swift.Decoder) throws {
            let box = try decoder.container(keyedBy: CodingKeys.self)
            steps = try box.decodeIfPresent(Int.self, forKey: .steps)
            minutes = try box.decodeIfPresent(Double.self, forKey: .minutes)
            batch = try box.decode(Int.self, forKey: .batch)
            rate = try box.decode(Float.self, forKey: .rate)
            warmup = try box.decode(Int.self, forKey: .warmup)
            // Recipes of before there was a choice.
            optimizer = try box.decodeIfPresent(OptimizerKind.self, forKey: .optimizer) ?? .adamW
            guard steps != nil || minutes != nil else {
                throw DecodingError.dataCorruptedError(
                    forKey: .steps, in: box, debugDescription: "is missing, and so is \"minutes\": a stage needs one of them to end")
            }
        }
    }

    public struct Autoencoder: Codable, Equatable, Sendable {
        /// What is added to the error of reconstructed pictures.
        public struct Weights: Codable, Equatable, Sendable {
            public var kl: Float
            /// Of the error of pictures decoded from latents at half size: see `AutoencoderStage`.
            public var scaleEquivariance: Float

            enum CodingKeys: String, CodingKey { case kl, scaleEquivariance = "scale_equivariance" }

            public init(kl: Float = 3e-4, scaleEquivariance: Float = 0.25) {
                (self.kl, self.scaleEquivariance) = (kl, scaleEquivariance)
            }
        }

        public var schedule = Schedule(steps: 14_000, batch: 16, rate: 1.2e-3)
        public var weights = Weights()
        public var sizes = AutoencoderConfiguration.starter

        public init() {}
    }

    public struct Image: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 22_000, batch: 32, rate: 8e-4)
        /// Moves timesteps to high noise: see `DiffusionStage.Configuration`.
        public var timestepShift: Float = 3
        public var sizes = UNetConfiguration.starter

        enum CodingKeys: String, CodingKey { case schedule, timestepShift = "timestep_shift", sizes }

        public init() {}
    }

    /// The image stage's layers once more, on stills: a clip is seen some hundred times by then, and which of its words
    /// belongs to what in its pictures is learnt from other scenes of the same words.
    public struct Captions: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 10_000, batch: 32, rate: 4e-4)
        /// Moves timesteps to high noise: see `DiffusionStage.Configuration`.
        public var timestepShift: Float = 3

        enum CodingKeys: String, CodingKey { case schedule, timestepShift = "timestep_shift" }

        public init() {}
    }

    /// The stages of temporal layers.
    public struct Video: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 5000, batch: 2, rate: 4e-4)
        public var frames = 16
        /// Learning rate of the image stage's layers, as a factor.
        public var spatialRate: Float = 0.2
        /// Moves timesteps to high noise: see `DiffusionStage.Configuration`.
        public var timestepShift: Float = 3

        enum CodingKeys: String, CodingKey {
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
        public var schedule = Schedule(steps: 4000, batch: 2, rate: 6e-4)
        public var frames = 16
        /// Stills in a batch, beside its clips.
        public var stills = 64
        /// Moves timesteps to high noise: see `DiffusionStage.Configuration`.
        public var timestepShift: Float = 3
        /// The same for stills: colour and number are settled where there is most noise.
        public var stillsTimestepShift: Float = 5

        enum CodingKeys: String, CodingKey {
            case schedule, frames, stills, timestepShift = "timestep_shift", stillsTimestepShift = "stills_timestep_shift"
        }

        public init() {}
    }

    public struct Decoder: Codable, Equatable, Sendable {
        public var schedule = Schedule(steps: 3000, batch: 1, rate: 1e-3)
        public var frames = 8
        /// Whether the spatial layers learn too, at a quarter of the rate.
        public var spatial = true
        /// The largest deviation of noise on its latents.
        public var latentNoise: Float = 0.2

        enum CodingKeys: String, CodingKey { case schedule, frames, spatial, latentNoise = "latent_noise" }

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

    public init() {}

    /// The stages that draw, in their order.
    static let drawing: [(name: String, clips: WritableKeyPath<StarterRecipe, Clips> & Sendable)] = [
        ("clips", \.clips), ("stills", \.stills), ("fresh", \.fresh), ("explicit", \.explicit),
    ]
    /// The stages that train, in their order.
    static let training: [(name: String, schedule: WritableKeyPath<StarterRecipe, Schedule> & Sendable)] = [
        ("autoencoder", \.autoencoder.schedule), ("image", \.image.schedule), ("captions", \.captions.schedule),
        ("video", \.video.schedule), ("motion", \.motion.schedule), ("joint", \.joint.schedule),
        ("decoder", \.decoder.schedule),
    ]

    /// Clips of pictures in all stages.
    public var composed: Int { Self.drawing.reduce(0) { $0 + self[keyPath: $1.clips].composed } }

    /// Of the image stage.
    public var imageConfiguration: DiffusionStage.Configuration {
        var configuration = DiffusionStage.Configuration(kind: .image, batch: image.schedule.batch, frames: 1)
        (configuration.unet, configuration.timestepShift) = (image.sizes, image.timestepShift)
        (configuration.seed, configuration.optimizer) = (seed, image.schedule.optimizer)
        return configuration
    }

    /// Of the stage after it.
    public var captionsConfiguration: DiffusionStage.Configuration {
        var configuration = DiffusionStage.Configuration(kind: .captions, batch: captions.schedule.batch, frames: 1)
        configuration.timestepShift = captions.timestepShift
        (configuration.seed, configuration.optimizer) = (seed, captions.schedule.optimizer)
        return configuration
    }

    /// Of the video stage.
    public var videoConfiguration: DiffusionStage.Configuration { configuration(of: video) }

    /// Of the stage after it.
    public var motionConfiguration: DiffusionStage.Configuration { configuration(of: motion) }

    /// Of the stage after that.
    public var jointConfiguration: DiffusionStage.Configuration {
        var configuration = DiffusionStage.Configuration(kind: .joint, batch: joint.schedule.batch, frames: joint.frames)
        (configuration.timestepShift, configuration.stillsTimestepShift) = (joint.timestepShift, joint.stillsTimestepShift)
        configuration.stillsBatch = joint.stills
        (configuration.seed, configuration.optimizer) = (seed, joint.schedule.optimizer)
        return configuration
    }

    private func configuration(of video: Video) -> DiffusionStage.Configuration {
        var configuration = DiffusionStage.Configuration(kind: .video, batch: video.schedule.batch, frames: video.frames)
        (configuration.timestepShift, configuration.spatialRate) = (video.timestepShift, video.spatialRate)
        (configuration.seed, configuration.optimizer) = (seed, video.schedule.optimizer)
        return configuration
    }

    /// Fewer clips than this make no tokenizer.
    private static let fewestClips = 64

    /// The same recipe with less of everything (or more): clips, steps and minutes. Sizes stay.
    public func scaled(by factor: Double) -> StarterRecipe {
        guard factor != 1 else { return self }
        func scaled(_ count: Int, least: Int) -> Int { max(min(count, least), Int((Double(count) * factor).rounded())) }
        func scaled(_ schedule: inout Schedule) {
            schedule.steps = schedule.steps.map { scaled($0, least: 1) }
            schedule.minutes = schedule.minutes.map { $0 * factor }
            schedule.warmup = scaled(schedule.warmup, least: 1)
        }
        var recipe = self
        for (_, part) in Self.drawing {
            recipe[keyPath: part].drawn = scaled(self[keyPath: part].drawn, least: Self.fewestClips)
            recipe[keyPath: part].composed = scaled(self[keyPath: part].composed, least: 1)
        }
        for (_, schedule) in Self.training { scaled(&recipe[keyPath: schedule]) }
        return recipe
    }
}

import Models

/// The stages of a recipe that draw clips, in their order.
enum StarterDrawing: String, CaseIterable, Sendable {
    case clips, stills, fresh, explicit

    var clips: WritableKeyPath<StarterRecipe, StarterRecipe.Clips> & Sendable {
        switch self {
        case .clips: \.clips
        case .stills: \.stills
        case .fresh: \.fresh
        case .explicit: \.explicit
        }
    }
}

/// The stages of a recipe that train, in their order.
enum StarterStage: String, CaseIterable, Sendable {
    case autoencoder, image, captions, video, motion, joint, decoder

    var schedule: WritableKeyPath<StarterRecipe, StarterRecipe.Schedule> & Sendable {
        switch self {
        case .autoencoder: \.autoencoder.schedule
        case .image: \.image.schedule
        case .captions: \.captions.schedule
        case .video: \.video.schedule
        case .motion: \.motion.schedule
        case .joint: \.joint.schedule
        case .decoder: \.decoder.schedule
        }
    }
}

extension StarterRecipe {
    /// Clips of pictures in all stages.
    public var composed: Int { StarterDrawing.allCases.reduce(0) { $0 + self[keyPath: $1.clips].composed } }

    /// Of the image stage.
    public var imageConfiguration: DiffusionStage.Configuration {
        var configuration = configuration(.image, image.schedule, frames: 1, shift: image.timestepShift)
        configuration.unet = image.sizes
        return configuration
    }

    /// Of the stage after it.
    public var captionsConfiguration: DiffusionStage.Configuration {
        configuration(.captions, captions.schedule, frames: 1, shift: captions.timestepShift)
    }

    /// Of the video stage.
    public var videoConfiguration: DiffusionStage.Configuration { configuration(of: video) }

    /// Of the stage after it.
    public var motionConfiguration: DiffusionStage.Configuration { configuration(of: motion) }

    /// Of the stage after that.
    public var jointConfiguration: DiffusionStage.Configuration {
        var configuration = configuration(.joint, joint.schedule, frames: joint.frames, shift: joint.timestepShift)
        (configuration.stillsBatch, configuration.stillsTimestepShift) = (joint.stills, joint.stillsTimestepShift)
        return configuration
    }

    private func configuration(of video: Video) -> DiffusionStage.Configuration {
        var configuration = configuration(.video, video.schedule, frames: video.frames, shift: video.timestepShift)
        configuration.spatialRate = video.spatialRate
        return configuration
    }

    private func configuration(
        _ kind: DiffusionStage.Kind, _ schedule: Schedule, frames: Int, shift: Float
    ) -> DiffusionStage.Configuration {
        var configuration = DiffusionStage.Configuration(kind: kind, batch: schedule.batch, frames: frames)
        (configuration.timestepShift, configuration.seed, configuration.optimizer) = (shift, seed, schedule.optimizer)
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
        for part in StarterDrawing.allCases.map(\.clips) {
            recipe[keyPath: part].drawn = scaled(self[keyPath: part].drawn, least: Self.fewestClips)
            recipe[keyPath: part].composed = scaled(self[keyPath: part].composed, least: 1)
        }
        for stage in StarterStage.allCases { scaled(&recipe[keyPath: stage.schedule]) }
        return recipe
    }
}

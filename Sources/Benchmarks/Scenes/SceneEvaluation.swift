import Evaluation
import Foundation

/// What `vidrd eval scenes` finds out about a model: clips made from held-out captions beside rendered clips of the same
/// captions and what the autoencoder makes of those. Parts that were not asked for are nil.
public struct SceneEvaluation: Codable, Sendable {
    /// The three kinds of clips, and rendered clips of further held-out captions.
    public enum Side: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable { case rendered, reconstructed, generated, other }

    public struct Setting: Codable, Equatable, Sendable {
        public var model: String
        /// Digest of the model's files.
        public var weights: String
        public var count: Int
        public var length: Int
        public var width: Int
        public var height: Int
        public var framesPerSecond: Double
        public var steps: Int
        public var sampler: String
        public var guidance: Double

        enum CodingKeys: String, CodingKey {
            case model, weights, count, length, width, height, framesPerSecond = "fps", steps, sampler, guidance
        }

        public init(
            model: String, weights: String, count: Int, length: Int, width: Int, height: Int, framesPerSecond: Double,
            steps: Int, sampler: String, guidance: Double
        ) {
            (self.model, self.weights, self.count, self.length, self.width) = (model, weights, count, length, width)
            (self.height, self.framesPerSecond, self.steps, self.sampler) = (height, framesPerSecond, steps, sampler)
            self.guidance = guidance
        }

        /// Whether clips of the other setting are the same clips, more of them or fewer.
        public func makesTheSame(as other: Setting) -> Bool {
            var other = other
            other.count = count
            return self == other
        }
    }

    public struct Accuracy: Codable, Sendable {
        public var classifier: String
        /// The classifier's own share of right answers on held-out rendered clips, all labels asked.
        public var classifierAccuracy: [String: Double]
        /// Of what captions state.
        public var sides: [Side: SceneAccuracy]

        enum CodingKeys: String, CodingKey { case classifier, classifierAccuracy = "classifier_accuracy", sides }

        public init(classifier: String, classifierAccuracy: [String: Double], sides: [Side: SceneAccuracy]) {
            (self.classifier, self.classifierAccuracy, self.sides) = (classifier, classifierAccuracy, sides)
        }
    }

    /// Distances from the rendered clips.
    public struct Distances: Codable, Sendable {
        public var metric: String
        /// Digest of I3D's weights; nil for the classifier's features.
        public var weights: String?
        public var sides: [Side: SceneDistance]

        public init(metric: String, weights: String?, sides: [Side: SceneDistance]) {
            (self.metric, self.weights, self.sides) = (metric, weights, sides)
        }
    }

    public struct Decoder: Codable, Sendable {
        public var clips: Int
        public var plain: FrameFigures
        public var temporal: FrameFigures
        /// High-frequency temporal energy of the rendered clips themselves.
        public var renderedJitter: Double

        /// Generated clips whose latents were decoded both ways.
        public var sampled: Sampled?

        public struct Sampled: Codable, Sendable {
            public var clips: Int
            public var plainJitter: Double
            public var temporalJitter: Double

            enum CodingKeys: String, CodingKey { case clips, plainJitter = "plain_jitter", temporalJitter = "temporal_jitter" }

            public init?(_ readings: [SampledReading]) {
                guard !readings.isEmpty else { return nil }
                clips = readings.count
                plainJitter = readings.reduce(0) { $0 + $1.plain } / Double(clips)
                temporalJitter = readings.reduce(0) { $0 + $1.temporal } / Double(clips)
            }
        }

        enum CodingKeys: String, CodingKey { case clips, plain, temporal, renderedJitter = "rendered_jitter", sampled }

        public init?(_ readings: [DecoderReading], sampled: [SampledReading] = []) {
            self.sampled = Sampled(sampled)
            guard let plain = FrameFigures.mean(readings.map(\.plain)), let temporal = FrameFigures.mean(readings.map(\.temporal))
            else { return nil }
            (clips, self.plain, self.temporal) = (readings.count, plain, temporal)
            renderedJitter = readings.reduce(0) { $0 + $1.rendered } / Double(readings.count)
        }
    }

    /// One long video.
    public struct LongVideo: Codable, Sendable {
        public var caption: String
        public var seed: UInt64
        public var seams: Seams
        /// Of the rendered video of the caption, which has no borders, at the same frames.
        public var rendered: Seams?
        /// Border over inside.
        public var ratio: Double
        public var firstAnswer: String
        public var lastAnswer: String

        enum CodingKeys: String, CodingKey {
            case caption, seed, seams, rendered, ratio, firstAnswer = "first_family", lastAnswer = "last_family"
        }

        public init(
            caption: String, seed: UInt64, seams: Seams, rendered: Seams?, firstAnswer: String, lastAnswer: String
        ) {
            (self.caption, self.seed, self.seams, self.rendered) = (caption, seed, seams, rendered)
            (self.firstAnswer, self.lastAnswer) = (firstAnswer, lastAnswer)
            ratio = seams.ratio.isFinite ? seams.ratio : 0
        }
    }

    /// What becomes of long videos: their first frames against their last.
    public struct Drift: Codable, Sendable {
        public var videos: Int
        public var frames: Int
        public var metric: String
        /// Of the first and of the last clip of all videos, from the rendered clips.
        public var first: SceneDistance?
        public var last: SceneDistance?
        /// Whether the classifier finds the caption's family.
        public var firstFamily: SceneAccuracy.Share
        public var lastFamily: SceneAccuracy.Share
        /// Mean over videos and channels of the absolute change of the mean colour, in steps of 255.
        public var colour: Double
        /// The same of the rendered videos: clouds, cameras and sunsets change colours too.
        public var renderedColour: Double?

        enum CodingKeys: String, CodingKey {
            case videos, frames, metric, first, last, firstFamily = "first_family", lastFamily = "last_family", colour
            case renderedColour = "rendered_colour"
        }

        public init(
            videos: Int, frames: Int, metric: String, first: SceneDistance?, last: SceneDistance?,
            firstFamily: SceneAccuracy.Share, lastFamily: SceneAccuracy.Share, colour: Double, renderedColour: Double?
        ) {
            (self.videos, self.frames, self.metric, self.first, self.last) = (videos, frames, metric, first, last)
            (self.firstFamily, self.lastFamily) = (firstFamily, lastFamily)
            (self.colour, self.renderedColour) = (colour, renderedColour)
        }
    }

    public var setting: Setting
    public var accuracy: Accuracy?
    /// Means over clips, by side.
    public var motion: [Side: MotionFigures]?
    public var distances: Distances?
    public var decoder: Decoder?
    public var long: [LongVideo]?
    public var drift: Drift?
    public var notes: [String] = []

    public init(_ setting: Setting) { self.setting = setting }
}

extension MotionFigures {
    /// The means of several clips' figures; nil for none.
    public static func mean(_ figures: [MotionFigures]) -> MotionFigures? {
        guard !figures.isEmpty else { return nil }
        let n = Double(figures.count)
        return MotionFigures(
            motion: figures.reduce(0) { $0 + $1.motion } / n, jitter: figures.reduce(0) { $0 + $1.jitter } / n,
            drift: (0..<3).map { c in figures.reduce(0) { $0 + $1.drift[c] } / n })
    }
}

import Evaluation
import Foundation

/// What a whole run of the UCF-101 protocol found.
public struct UCFResult: Codable, Sendable {
    public struct ClassFigures: Codable, Sendable {
        public let name: String
        public let prompt: String
        public let videos: Int
        /// exp of the mean divergence of its videos from all videos' mean: how sure and how unlike the rest they are.
        public let score: Double?
        public let motion: Double?
    }

    public struct Point: Codable, Sendable {
        public let count: Int
        public let value: Double
    }

    /// How the videos are made.
    public struct Generation: Codable, Equatable, Sendable {
        public let frames, width, height: Int
        public let sampler: String
        public let steps: Int
        public let guidance: Double
        /// Frames of a clip, and those that it shares with the one before.
        public let clipFrames, overlap: Int
        /// "forward" or "reversed".
        public let order: String
        /// Whether it is the published pipeline with its quirks.
        public let isOfficial: Bool
        public let seed: UInt64

        enum CodingKeys: String, CodingKey {
            case frames, width, height, sampler, steps, guidance, clipFrames = "clip_frames", overlap, order
            case isOfficial = "official", seed
        }

        public init(
            frames: Int, width: Int, height: Int, sampler: String, steps: Int, guidance: Double, clipFrames: Int,
            overlap: Int, order: String, isOfficial: Bool, seed: UInt64
        ) {
            (self.frames, self.width, self.height) = (frames, width, height)
            (self.sampler, self.steps, self.guidance) = (sampler, steps, guidance)
            (self.clipFrames, self.overlap, self.order) = (clipFrames, overlap, order)
            (self.isOfficial, self.seed) = (isOfficial, seed)
        }
    }

    public let model: String
    public let generation: Generation
    public let dataSet: String
    public let split: String
    /// Videos that the run asks for, and those that are there.
    public let planned: Int
    public let made: Int
    /// "UCF-101's training distribution" or "100 of each class".
    public let distribution: String
    public let distance: VideoDistance
    /// FVD of random parts of both sides.
    public let bySampleCount: [Point]
    public let classes: [ClassFigures]
    /// IS by C3D, where its weights were given.
    public let inceptionScore: InceptionScore?
    public let caveats: [String]

    enum CodingKeys: String, CodingKey {
        case model, generation, dataSet = "data_set", split, planned, made, distribution, distance = "result"
        case bySampleCount = "fvd_by_sample_count", classes, inceptionScore = "is_c3d", caveats
    }

    public init(
        model: String, generation: Generation, dataSet: ActionDataSet, split: String, plan: VideoPlan, distribution: String, prompts: [String],
        distance: VideoDistance, real: FeatureSet, generated: FeatureSet, inceptionScore: InceptionScore? = nil,
        caveats: [String]
    ) {
        self.model = model
        self.generation = generation
        self.dataSet = dataSet.folder
        self.split = split
        planned = plan.jobs.count
        made = generated.count
        self.distribution = distribution
        self.distance = distance
        self.inceptionScore = inceptionScore
        self.caveats = caveats
        bySampleCount = VideoDistance.bySampleCount(real, generated, layer: distance.rules.layer)
            .map { Point(count: $0.count, value: $0.value) }
        let parts = ClassScores(generated)
        classes = zip(dataSet.classes, prompts).map { item, prompt in
            let part = parts.byClass[item.name]
            return ClassFigures(
                name: item.name, prompt: prompt, videos: part?.count ?? 0, score: part?.score, motion: part?.motion)
        }
    }

    /// Scores of the classes against the mean over all videos.
    private struct ClassScores {
        var byClass: [String: (count: Int, score: Double, motion: Double)] = [:]

        init(_ set: FeatureSet) {
            let width = InflatedInception.classes
            var marginal = [Double](repeating: 0, count: width)
            for index in 0..<set.count {
                let p = InceptionScore.probabilities(set.row(index, .logits), width)
                for c in 0..<width { marginal[c] += p[c] / Double(set.count) }
            }
            var sums: [String: (count: Int, divergence: Double, motion: Double)] = [:]
            for index in 0..<set.count {
                let name = set.name(index).split(separator: "/").dropLast().last.map(String.init) ?? ""
                let p = InceptionScore.probabilities(set.row(index, .logits), width)
                var divergence = 0.0
                for c in 0..<width where p[c] > 0 { divergence += p[c] * (log(p[c]) - log(marginal[c])) }
                let old = sums[name] ?? (0, 0, 0)
                sums[name] = (old.count + 1, old.divergence + divergence, old.motion + (set.motion(index)?.motion ?? 0))
            }
            byClass = sums.mapValues { ($0.count, exp($0.divergence / Double($0.count)), $0.motion / Double($0.count)) }
        }
    }
}

/// Rows that were published for UCF-101 without training on it, from VidRD's paper (arXiv 2309.03549).
public enum PublishedRows {
    public struct Row: Sendable {
        public let model, videos, score, distance: String
    }

    public static let all: [Row] = [
        ("CogVideo", "5.4M", "25.27", "701.59"), ("MagicVideo", "27M", "–", "699.00"), ("LVDM", "2M", "–", "641.80"),
        ("ModelScope", "–", "–", "639.90"), ("Video LDM", "10.7M", "33.45", "550.61"),
        ("VideoFactory", "140.7M", "–", "410.00"), ("Make-A-Video", "20M", "33.00", "367.23"),
        ("VidRD, plain VAE", "5.3M", "39.24", "369.48"), ("VidRD, tuned VAE", "5.3M", "39.37", "363.19"),
    ].map { Row(model: $0.0, videos: $0.1, score: $0.2, distance: $0.3) }
}

/// Which clips are taken out of videos and how they reach the network: what makes two values of FVD comparable.
public struct ClipProtocol: Codable, Equatable, Sendable {
    public enum Name: String, Codable, CaseIterable, Sendable {
        /// 2,048 clips of 16 frames, one from a video, at the video's own rate; short videos are discarded ("StyleGAN-V",
        /// Skorokhodov et al., 2022, with the start fixed so that the result is repeatable).
        case styleGANV = "stylegan-v"
        /// The first 16 frames of every video ("Towards Accurate Generative Models of Video", Unterthiner et al., 2018).
        case original
        /// Every video cut into clips of 16 frames, one after the other.
        case allClips = "all-clips"
    }

    /// Where in a longer video the one clip lies.
    public enum Start: String, Codable, CaseIterable, Sendable { case first, middle, random }

    /// How pictures become 224×224.
    public enum Resize: String, Codable, CaseIterable, Sendable {
        /// Both sides at once, bilinear without antialiasing, pixel centres aligned: torch's `interpolate`.
        case bilinear
        /// Both sides at once, mean over the area where the picture shrinks.
        case area
        /// Shorter side to 256, bilinear, then the middle: as I3D was tested on Kinetics.
        case crop
    }

    /// The layer that the Gaussians are fitted to.
    public enum Layer: String, Codable, CaseIterable, Sendable {
        /// 400 values before the softmax: what FVD is.
        case logits
        /// 1024 values before the last layer: another metric, not comparable with FVD.
        case pooled

        public var width: Int { self == .logits ? InflatedInception.classes : InflatedInception.features }
        /// The metric's name.
        public var metric: String { self == .logits ? "FVD" : "Fréchet distance of pooled I3D features (not FVD)" }
    }

    public var name: Name
    public var clipFrames = 16
    /// Frames from one frame of a clip to the next.
    public var stride = 1
    /// Videos are brought to this rate first; nil leaves their own.
    public var framesPerSecond: Double?
    public var start = Start.first
    public var resize = Resize.bilinear
    public var layer = Layer.logits
    /// Most clips of one side; nil takes all.
    public var limit: Int?
    /// Decides which videos are taken where there are more, and random starts.
    public var seed: UInt64 = 0

    enum CodingKeys: String, CodingKey {
        case name, clipFrames = "clip_frames", stride, framesPerSecond = "fps", start, resize, layer, limit, seed
    }

    public init(_ name: Name) {
        self.name = name
        limit = name == .styleGANV ? 2048 : nil
    }

    /// Frames of a video that a clip spans.
    public var span: Int { (clipFrames - 1) * stride + 1 }

    /// Which of some videos, or of their clips, are tried, and in which order: all as they come, or in a random order where
    /// the limit leaves some out.
    func order<Item>(_ items: [Item]) -> [Item] {
        guard let limit, items.count > limit else { return items }
        var random = SplitMix(seed)
        return items.shuffled(using: &random)
    }

    /// One line for people.
    public var description: String { description(for: .i3d) }

    /// The same for another network, which has pictures and a layer of its own.
    public func description(for target: ClipTarget) -> String {
        let rate = framesPerSecond.map { "\($0) frames per second" } ?? "the videos' own frame rate"
        let place = start == .random ? "random, seed \(seed)" : start.rawValue
        let taken = name == .allClips ? "every clip" : "one clip a video (\(place))"
        let most = limit.map { ", at most \($0)" } ?? ""
        let pictures = switch target {
        case .i3d: "resize \(resize.rawValue) to 224x224, values -1 to 1, layer \(layer.rawValue) (\(layer.width))"
        case .c3d: "resize bilinear to 171x128, of that the middle 112x112, values 0 to 255 less the mean, layer fc8"
        }
        return "\(name.rawValue): \(taken)\(most), \(clipFrames) frames, stride \(stride), \(rate), \(pictures)"
    }
}

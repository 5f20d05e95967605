import Models
import Tensors

/// How a video is made in little memory. The last bits of its latents depend on it, as on the number of threads; tiles
/// change pixels, a little.
public struct MemoryPlan: Codable, Equatable, Sendable {
    /// The U-Net sees the clip without and with the prompt one after the other, and not in one batch.
    public var splitsGuidance = false
    /// Side of the decoder's tiles in latents; nil decodes pictures whole.
    public var decoderTile: Int?

    enum CodingKeys: String, CodingKey {
        case splitsGuidance = "splits_guidance"
        case decoderTile = "decoder_tile"
    }

    public static let unlimited = MemoryPlan()

    public init(splitsGuidance: Bool = false, decoderTile: Int? = nil) {
        (self.splitsGuidance, self.decoderTile) = (splitsGuidance, decoderTile)
    }
}

/// What a model's memory grows with, measured on small clips.
///
/// A pass over latents of two sizes gives a straight line of each network: working memory grows with the number of
/// latents, because nothing that is quadratic in it is ever stored.
public struct MemoryEstimate {
    /// Bytes of the process with all weights in place and nothing in work.
    public let resident: Int
    /// What reading the model took.
    private let loading: Int
    private let unet, decoder: Line
    private let settings: GenerationSettings
    private let latents: (height: Int, width: Int, channels: Int)
    private let decodedTogether: Int

    /// Bytes by the number of latents of a picture (decoder) or of pictures in a batch (U-Net).
    package struct Line {
        let base, slope: Double

        package init(base: Double, slope: Double) { (self.base, self.slope) = (base, slope) }

        init(_ first: (count: Int, bytes: Int), _ second: (count: Int, bytes: Int)) {
            slope = first.count == second.count
                ? 0 : max(0, Double(second.bytes - first.bytes) / Double(second.count - first.count))
            base = Double(second.bytes) - slope * Double(second.count)
        }

        func bytes(_ count: Int) -> Int { Int(base + slope * Double(count)) }
    }

    /// What rounding and decoded frames on their way to the file add to tensors.
    private static let margin = 1.08
    /// What packing of large pictures takes for each thread beyond that of the measured ones.
    private static let scratch = 24_000_000
    /// Sides of the latents that are measured: large enough for what is computed in pieces to be cut into some, and small
    /// enough to take no longer than a denoising step.
    private static let unetSides = [16, 32], decoderSides = [8, 16]

    /// - Parameters:
    ///   - settings: whose size and clip length are asked about; anything that `VideoGenerator` takes.
    ///   - peak: the most bytes that the process has occupied.
    ///   - resident: tells the bytes that it occupies now.
    public init(_ model: VideoModel, _ settings: GenerationSettings, peak: Int, resident: () -> Int) throws {
        loading = peak
        let factor = model.codec.factor, channels = model.denoiser.latentChannels
        let (height, width) = (settings.height / factor, settings.width / factor)
        self.settings = settings
        latents = (height, width, channels)
        let decodedTogether = settings.decodedTogether(by: model.codec)
        self.decodedTogether = decodedTogether
        let condition = try model.condition(for: "").condition
        StoragePool.shared.returnEverything()
        func line(_ sides: [Int], frames: Int, _ pass: (Tensor, Int) -> Void) -> Line {
            let points = sides.map { side in
                let (h, w) = (min(height, side), min(width, side))
                let latents = Tensor.zeros([1, frames, h, w, channels])
                StoragePool.shared.trim()
                return (count: h * w, bytes: StoragePool.shared.mostUsed { pass(latents, h * w) })
            }
            return Line(points[0], points[1])
        }
        unet = line(Self.unetSides, frames: settings.clipFrames) { latents, _ in
            _ = model.denoiser(latents, at: .perSample([1]), given: condition)
        }
        decoder = line(Self.decoderSides, frames: decodedTogether) { latents, count in
            // Pieces as small beside these pictures as they are beside the real ones.
            let share = Double(count) / Double(height * width)
            _ = model.codec.pictures(
                of: latents.slice(0), frames: settings.official ? 1 : decodedTogether,
                limits: DecodingLimits(piece: max(1, Int(Double(Autoencoder.decodingPiece) * share))))
        }
        StoragePool.shared.returnEverything()
        self.resident = resident()
    }

    /// What other measurements would give.
    package init(_ model: VideoModel, _ settings: GenerationSettings, resident: Int, unet: Line, decoder: Line) {
        let factor = model.codec.factor
        latents = (settings.height / factor, settings.width / factor, model.denoiser.latentChannels)
        decodedTogether = settings.decodedTogether(by: model.codec)
        (self.settings, self.resident, loading, self.unet, self.decoder) = (settings, resident, 0, unet, decoder)
    }

    /// Bytes at the peak of a video that is made so.
    public func peak(_ plan: MemoryPlan) -> Int {
        let count = latents.height * latents.width, clip = count * settings.clipFrames * latents.channels * 4
        let isGuided = settings.guidanceScale > 1
        let network = unet.bytes(count * (isGuided && !plan.splitsGuidance ? 2 : 1))
        let tile = min(latents.height, plan.decoderTile ?? .max) * min(latents.width, plan.decoderTile ?? .max)
        var pictures = decoder.bytes(tile)
        if tile < count { pictures += decodedTogether * settings.width * settings.height * 3 * 4 }
        // The trajectories of this clip and the one before, and the samplers' memory of a few steps.
        let kept = clip * (2 * settings.steps + 8)
        return max(loading, fixed + Int(Double(max(network, pictures)) * Self.margin) + kept)
    }

    /// What tensors, used and free, may take of so many bytes.
    public func tensors(within limit: Int) -> Int { max(0, Int(Double(limit - fixed) / Self.margin)) }

    /// What does not depend on the plan.
    private var fixed: Int { resident + ThreadPool.threads * Self.scratch }

    /// The fastest way of making a video within so many bytes.
    ///
    /// - Parameter decided: where a video was begun with a plan, it goes on with that one.
    ///
    /// Throws `GenerationError.tooLittleMemory`.
    public func plan(within limit: Int, decided: MemoryPlan? = nil) throws -> MemoryPlan {
        let candidates = decided.map { [$0] } ?? candidates
        if let plan = candidates.first(where: { peak($0) <= limit }) { return plan }
        let least = candidates.map(peak).min() ?? 0
        throw GenerationError.tooLittleMemory(allowed: limit, needed: least, model: resident, settings: settings)
    }

    /// The fastest first; tiles no larger than they must be come last, because they alone change pixels.
    private var candidates: [MemoryPlan] {
        var tiles: [Int?] = [nil], side = max(latents.height, latents.width)
        while side > Autoencoder.smallestTile {
            side = max(Autoencoder.smallestTile, side * 3 / 4)
            tiles.append(side)
        }
        return (settings.guidanceScale > 1 ? [false, true] : [false]).flatMap { split in
            tiles.map { MemoryPlan(splitsGuidance: split, decoderTile: $0) }
        }
    }
}

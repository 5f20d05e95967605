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
/// Passes over latents of two sizes give straight lines for each network: working memory grows with the number of
/// latents, because nothing that is quadratic in it is ever stored. Where latents are too small for two sizes, the passes
/// are over one sample and over two.
public struct MemoryEstimate {
    /// Bytes of the process with all weights in place and nothing in work.
    public let resident: Int
    /// What reading the model took.
    private let loading: Int
    private let unet, decoder: Need
    private let settings: GenerationSettings
    private let latents: (height: Int, width: Int, channels: Int)
    private let decodedTogether: Int

    /// What a network needs in work.
    package struct Need {
        /// By the number of latents of a picture (decoder) or of pictures in a batch (U-Net).
        let tensors: Line
        /// What kernels of each thread take beside tensors (keys and values of attention, blocks of convolutions), by the
        /// number of latents of a picture.
        let scratch: Line

        package init(tensors: Line, scratch: Line = Line(base: 0, slope: 0)) {
            (self.tensors, self.scratch) = (tensors, scratch)
        }
    }

    /// Bytes by a number of latents.
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
    /// For each thread: its stack, and what the allocator keeps for it.
    private static let thread = 8_000_000
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
        func need(_ sides: [Int], frames: Int, batches: Bool, _ pass: (Tensor, Int) -> Void) -> Need {
            var sizes = sides.map { (samples: 1, height: min(height, $0), width: min(width, $0)) }
            // Two sizes that hardly differ would say little about the one that is asked for.
            if batches, sizes[1].height * sizes[1].width < 2 * sizes[0].height * sizes[0].width {
                sizes = [1, 2].map { ($0, sizes[1].height, sizes[1].width) }
            }
            // The first pass prepares weights, which stay: it is not one of those that are compared.
            let points = ([sizes[0]] + sizes).map { samples, h, w in
                let latents = Tensor.zeros([samples, frames, h, w, channels])
                StoragePool.shared.trim()
                var scratch = 0
                let bytes = StoragePool.shared.mostUsed {
                    scratch = StoragePool.shared.mostScratch { pass(latents, h * w) }
                }
                return (tensors: (count: samples * h * w, bytes: bytes), scratch: (count: h * w, bytes: scratch))
            }
            return Need(
                tensors: Line(points[1].tensors, points[2].tensors), scratch: Line(points[1].scratch, points[2].scratch))
        }
        unet = need(Self.unetSides, frames: settings.clipFrames, batches: true) { latents, _ in
            let samples = latents.shape[0]
            _ = model.denoiser(
                latents, at: .perSample(Array(repeating: 1, count: samples)),
                given: .stacked(Array(repeating: condition, count: samples)))
        }
        decoder = need(Self.decoderSides, frames: decodedTogether, batches: false) { latents, count in
            // Pieces as small beside these pictures as they are beside the real ones.
            let share = Double(count) / Double(height * width)
            _ = model.codec.pictures(
                of: latents.slice(0), frames: settings.method.decodesFrameByFrame ? 1 : decodedTogether,
                limits: DecodingLimits(piece: max(1, Int(Double(Autoencoder.decodingPiece) * share))))
        }
        StoragePool.shared.returnEverything()
        self.resident = resident()
    }

    /// What other measurements would give.
    package init(_ model: VideoModel, _ settings: GenerationSettings, resident: Int, unet: Need, decoder: Need) {
        let factor = model.codec.factor
        latents = (settings.height / factor, settings.width / factor, model.denoiser.latentChannels)
        decodedTogether = settings.decodedTogether(by: model.codec)
        (self.settings, self.resident, loading, self.unet, self.decoder) = (settings, resident, 0, unet, decoder)
    }

    /// Bytes at the peak of a video that is made so.
    public func peak(_ plan: MemoryPlan) -> Int {
        let clip = latents.height * latents.width * settings.clipFrames * latents.channels * 4
        let (network, pictures) = working(plan)
        // The trajectories of this clip and the one before, and the samplers' memory of a few steps.
        let kept = clip * (2 * settings.steps + 8)
        return max(loading, fixed(plan) + Int(Double(max(network, pictures)) * Self.margin) + kept)
    }

    /// What tensors, used and free, may take of so many bytes where a video is made so.
    public func tensors(within limit: Int, by plan: MemoryPlan) -> Int {
        max(0, Int(Double(limit - fixed(plan)) / Self.margin))
    }

    /// Weights, and what each thread needs beside tensors: it keeps the most that it was ever asked for.
    private func fixed(_ plan: MemoryPlan) -> Int { resident + ThreadPool.threads * (Self.thread + scratch(plan)) }

    /// What kernels of each thread take.
    package func scratch(_ plan: MemoryPlan) -> Int {
        max(unet.scratch.bytes(latents.height * latents.width), decoder.scratch.bytes(tileCount(plan)))
    }

    /// Latents of a picture that are decoded at a time.
    private func tileCount(_ plan: MemoryPlan) -> Int {
        min(latents.height, plan.decoderTile ?? .max) * min(latents.width, plan.decoderTile ?? .max)
    }

    /// What tensors take while the network and while the decoder works.
    package func working(_ plan: MemoryPlan) -> (network: Int, pictures: Int) {
        let count = latents.height * latents.width, tile = tileCount(plan)
        let samples = settings.guidanceScale > 1 && !plan.splitsGuidance ? 2 : 1
        // Tiles are put together in whole pictures.
        let whole = tile < count ? decodedTogether * settings.width * settings.height * 3 * 4 : 0
        return (unet.tensors.bytes(count * samples), decoder.tensors.bytes(tile) + whole)
    }

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

import Checkpoints
import Diffusion
import Files
import Foundation
import Tensors
import Testing
import Video

import Generation
import Models

@Suite struct MemoryPlanTests {
    private let model: VideoModel

    init() throws { model = try TinyModel.shared.get() }

    private func settings(_ change: (inout GenerationSettings) -> Void = { _ in }) -> GenerationSettings {
        var settings = GenerationSettings(prompt: "a candle is burning", length: 6, seed: 1, model: model)
        settings.reuse!.overlap = 2
        change(&settings)
        return settings
    }

    private func made(_ settings: GenerationSettings, _ plan: MemoryPlan) throws -> (latents: [Float], frames: [Frame]) {
        let generator = try VideoGenerator(model, settings, plan: plan)
        let frames = try generator.frames()
        let latents = try #require(generator.stretchLatents)
        return (Array(UnsafeBufferPointer(start: latents.pointer, count: latents.count)), frames)
    }

    @Test(arguments: [1, 2]) func guidanceInTwoPassesMakesTheSameVideo(_ deepReuse: Int) throws {
        let settings = settings { ($0.deepReuse, $0.guidanceTo) = (deepReuse, 0.8) }
        let whole = try made(settings, .unlimited), split = try made(settings, MemoryPlan(splitsGuidance: true))
        let unguided = try made(self.settings { $0.guidanceScale = 1 }, .unlimited)
        let difference = largestDifference(whole.latents, split.latents)
        #expect(difference < 1e-4 * max(1, largestDifference(whole.latents, unguided.latents)), "\(difference)")
        #expect(zip(whole.frames, split.frames).allSatisfy { zip($0.pixels, $1.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 } })
    }

    @Test func tilesChangePixelsAndNotLatents() throws {
        let settings = settings { ($0.width, $0.height) = (32, 24) }
        let whole = try made(settings, .unlimited), tiled = try made(settings, MemoryPlan(decoderTile: 8))
        let isSame = whole.latents == tiled.latents, differs = whole.frames != tiled.frames
        #expect(isSame && differs)
        #expect(tiled.frames.allSatisfy { ($0.width, $0.height) == (32, 24) })
        let one = try made(settings, MemoryPlan(decoderTile: 16)).frames == whole.frames
        #expect(one, "one tile holds it all")
    }

    @Test(arguments: [(4, 5), (8, 16), (6, 13), (24, 64), (4, 64), (5, 6)])
    func tilesCoverAPictureAndFadeIntoEachOther(_ tile: Int, _ count: Int) throws {
        let tiles = Autoencoder.tiles(of: tile, along: count)
        #expect(tiles.first?.lowerBound == 0 && tiles.last?.upperBound == count)
        #expect(tiles.allSatisfy { $0.count == tile })
        for (first, second) in zip(tiles, tiles.dropFirst()) { #expect(first.upperBound - second.lowerBound >= max(1, tile / 4)) }
        var sums = [Float](repeating: 0, count: count * 2)
        for (tile, fade) in zip(tiles, Autoencoder.fades(tiles, 2)) {
            #expect(fade.count == tile.count * 2 && fade.allSatisfy { $0 > 0 && $0 <= 1 })
            for (pixel, weight) in fade.enumerated() { sums[tile.lowerBound * 2 + pixel] += weight }
        }
        #expect(sums.allSatisfy { abs($0 - 1) < 1e-6 })
    }

    /// Each pixel is what the tiles that hold it make of it, weighted by how far it is from their inner borders. Tiles are cut
    /// out and put together here in loops of their own.
    @Test(arguments: [(7, 16, 8), (16, 7, 8), (12, 19, 5), (9, 9, 8)])
    func tilesAreWhereTheyBelong(_ height: Int, _ width: Int, _ tile: Int) {
        let model = model.autoencoder, factor = model.configuration.factor, frames = 4
        var generator = TorchGenerator(seed: 5)
        let z = generator.randn([frames, height, width, model.configuration.latentChannels])
        let tiled = model.decode(z, frames: frames, tile: tile)
        let c = z.size(-1), (h, w) = (height * factor, width * factor)
        #expect(tiled.shape == [frames, h, w, 3])
        var sums = [Double](repeating: 0, count: tiled.count), weights = sums
        /// The tent over a tile's pixels that rises over a quarter of the side where there is a neighbour.
        func weight(_ pixel: Int, _ tile: Range<Int>, _ count: Int, _ side: Int) -> Double {
            let ramp = Double(max(1, side / 4) * factor), inside = Double(pixel - tile.lowerBound * factor) + 0.5
            let before = tile.lowerBound == 0 ? 1 : inside / ramp
            let after = tile.upperBound == count ? 1 : (Double(tile.count * factor) - inside) / ramp
            return min(1, before, after)
        }
        for rows in Autoencoder.tiles(of: tile, along: height) {
            for columns in Autoencoder.tiles(of: tile, along: width) {
                var part: [Float] = []
                for frame in 0..<frames {
                    for row in rows {
                        for column in columns { part += (0..<c).map { z.values[((frame * height + row) * width + column) * c + $0] } }
                    }
                }
                let pictures = model.decode(Tensor(part, [frames, rows.count, columns.count, c]), frames: frames)
                let values = pictures.values, (ph, pw) = (rows.count * factor, columns.count * factor)
                for frame in 0..<frames {
                    for y in 0..<ph {
                        for x in 0..<pw {
                            let (py, px) = (rows.lowerBound * factor + y, columns.lowerBound * factor + x)
                            let share = weight(py, rows, height, min(tile, height)) * weight(px, columns, width, min(tile, width))
                            for k in 0..<3 {
                                let at = ((frame * h + py) * w + px) * 3 + k
                                sums[at] += share * Double(values[((frame * ph + y) * pw + x) * 3 + k])
                                weights[at] += share
                            }
                        }
                    }
                }
            }
        }
        let expected = zip(sums, weights).map { $0 / $1 }
        let error = zip(tiled.values, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(error < 1e-5, "\(error)")
        // Neighbours differ by far more than that.
        let range = expected.max()! - expected.min()!
        #expect(range > 0.1, "\(range)")
    }

    @Test func theFastestPlanThatFitsIsTaken() throws {
        let settings = settings { ($0.width, $0.height) = (64, 64) }
        let estimate = MemoryEstimate(
            model, settings, resident: 1_000_000, unet: .init(tensors: .init(base: 1000, slope: 4000)),
            decoder: .init(tensors: .init(base: 0, slope: 20_000)))
        let whole = estimate.peak(.unlimited)
        let least = estimate.peak(MemoryPlan(splitsGuidance: true, decoderTile: Autoencoder.smallestTile))
        #expect(least < whole)
        #expect(try estimate.plan(within: whole) == .unlimited)
        let plan = try estimate.plan(within: whole - 1)
        #expect(plan != .unlimited && estimate.peak(plan) < whole)
        #expect(plan.splitsGuidance == false, "the decoder takes more than the U-Net, and tiles are enough")
        #expect(try estimate.plan(within: least).decoderTile != nil)
        let begun = MemoryPlan(decoderTile: 8)
        #expect(try estimate.plan(within: whole, decided: begun) == begun, "a video that is continued keeps its tiles")
        #expect(throws: GenerationError.tooLittleMemory(allowed: least - 1, needed: least, model: 1_000_000, settings: settings)) {
            try estimate.plan(within: least - 1)
        }
        #expect(throws: GenerationError.self) { try estimate.plan(within: whole - 1, decided: .unlimited) }
    }

    @Test func scratchOfEachThreadCounts() throws {
        let settings = settings { ($0.width, $0.height) = (64, 64) }
        func estimate(_ scratch: Double) -> MemoryEstimate {
            MemoryEstimate(
                model, settings, resident: 1_000_000, unet: .init(tensors: .init(base: 1000, slope: 4000)),
                decoder: .init(tensors: .init(base: 0, slope: 20_000), scratch: .init(base: 0, slope: scratch)))
        }
        let factor = model.codec.factor, whole = (64 / factor) * (64 / factor), tiled = MemoryPlan(decoderTile: 8)
        let (without, with) = (estimate(0), estimate(1000))
        #expect(with.peak(.unlimited) - without.peak(.unlimited) == ThreadPool.threads * 1000 * whole)
        #expect(with.peak(tiled) - without.peak(tiled) == ThreadPool.threads * 1000 * 64, "of a tile")
        #expect(with.tensors(within: 1 << 30, by: tiled) > with.tensors(within: 1 << 30, by: .unlimited))
    }

    /// Latents of at most 16×16, where there is one size to measure, and larger ones. In processes of their own, where no
    /// other test takes memory.
    @Test(arguments: [(16, 16), (24, 16), (32, 32), (96, 64)]) func estimatesAreWhatIsTaken(_ width: Int, _ height: Int) async {
        await #expect(processExitsWith: .success) { [width, height] in
            let model = try TinyModel.shared.get()
            var settings = GenerationSettings(prompt: "a candle is burning", length: 6, seed: 1, model: model)
            (settings.reuse!.overlap, settings.width, settings.height, settings.guidanceScale) = (2, width, height, 5)
            let estimate = try MemoryEstimate(model, settings, peak: 0) { 0 }
            for plan in [MemoryPlan.unlimited, MemoryPlan(splitsGuidance: true)] {
                let generator = try VideoGenerator(model, settings, plan: plan)
                var frames = 0, scratch = 0
                let taken = StoragePool.shared.mostUsed {
                    scratch = StoragePool.shared.mostScratch { frames = (try? generator.frames())?.count ?? 0 }
                }
                #expect(frames == 6)
                let (network, pictures) = estimate.working(plan)
                let expected = max(network, pictures)
                // Trajectories and what samplers keep come on top.
                #expect(taken >= expected * 9 / 10, "\(taken) of \(expected)")
                let factor = model.codec.factor, channels = model.denoiser.latentChannels
                let clip = width / factor * (height / factor) * settings.clipFrames * channels * 4
                #expect(taken <= expected * 12 / 10 + clip * (2 * settings.steps + 8), "\(taken) of \(expected)")
                #expect(scratch <= estimate.scratch(plan) * 11 / 10 && scratch >= estimate.scratch(plan) / 2, "\(scratch) of \(estimate.scratch(plan))")
            }
            // One sample from two.
            let (one, two) = (estimate.working(MemoryPlan(splitsGuidance: true)).network, estimate.working(.unlimited).network)
            #expect(two > one * 3 / 2, "\(one), \(two)")
        }
    }

    @Test(arguments: [
        ("4G", 4_000_000_000), ("800M", 800_000_000), ("1.5 GB", 1_500_000_000), ("3GiB", 3 << 30), ("512kib", 512 << 10),
        ("77", 77), ("2t", 2_000_000_000_000),
    ])
    func amountsOfMemory(_ text: String, _ bytes: Int) { #expect(ByteCount.read(text) == bytes) }

    @Test(arguments: ["", "G", "-1G", "0", "1e3", "4Q", "nan", "1.2.3M", "ib", "4ib", "99999999T", "٣G"])
    func whatIsNoAmount(_ text: String) { #expect(ByteCount.read(text) == nil) }
}

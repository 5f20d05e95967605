import Diffusion
import Foundation
import Generation
import Tensors
import Testing
import Video

@Suite struct VideoGeneratorTests {
    private let model: VideoModel

    init() throws { model = try TinyModel.shared.get() }

    private func settings(
        _ prompt: String = "a candle is burning", length: Int, seed: UInt64 = 1,
        _ change: (inout GenerationSettings) -> Void = { _ in }
    ) -> GenerationSettings {
        var settings = GenerationSettings(prompt: prompt, length: length, seed: seed, model: model)
        settings.reuse!.overlap = 2
        change(&settings)
        return settings
    }

    private func video(_ settings: GenerationSettings) throws -> [Frame] {
        try VideoGenerator(model, settings).frames()
    }

    private func largestDifference(_ first: [Frame], _ second: [Frame]) -> Int {
        guard first.map(\.pixels.count) == second.map(\.pixels.count) else { return 256 }
        return zip(first, second).flatMap { zip($0.pixels, $1.pixels) }.map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test func defaultsComeFromTheModel() {
        let settings = GenerationSettings(prompt: "", length: 1, seed: 0, model: model)
        #expect((settings.width, settings.height) == (16, 16))
        #expect((settings.clipFrames, settings.steps, settings.guidanceScale) == (4, 4, 3))
        #expect(settings.reuse!.overlap == 3, "the overlap is less than a clip")
        #expect(settings.reuse!.noiseRecycle == 5)
    }

    @Test(arguments: ReuseOrder.allCases, [1, 3, 4, 5, 8, 13])
    func anyLength(_ order: ReuseOrder, _ length: Int) throws {
        let generator = try VideoGenerator(model, settings(length: length) { $0.reuse!.order = order })
        var counts: [Int] = []
        while let frames = try generator.next() {
            counts.append(frames.count)
            #expect(frames.allSatisfy { ($0.width, $0.height) == (16, 16) })
        }
        #expect(try generator.next() == nil)
        #expect(counts.reduce(0, +) == length)
        #expect(counts.count == generator.clips)
        // The last three of a clip's four wait for the next clip.
        #expect(counts.dropLast().enumerated().allSatisfy { $1 == ($0 == 0 ? 1 : order == .reversed ? 4 : 2) })
    }

    /// With the frames that wait, a video that is ended after a clip is the video of that length.
    @Test(arguments: ReuseOrder.allCases) func whatWaitsIsLeftToShow(_ order: ReuseOrder) throws {
        let settings = settings(length: 13) { $0.reuse!.order = order }, reuse = try settings.graph()
        let ended = try VideoGenerator(model, settings)
        var frames: [Frame] = []
        for clip in 1...2 {
            frames += try #require(try ended.next())
            #expect(frames.count == reuse.frames(of: clip - 1).upperBound - 3)
        }
        let isWhole = try frames + ended.waiting == video(self.settings(length: reuse.frames(of: 1).upperBound) { $0.reuse!.order = order })
        #expect(isWhole)
        while try ended.next() != nil {}
        #expect(ended.waiting.isEmpty)
    }

    /// But for the last frames of its last clip (three: these clips have four and allow no more), behind which the long one has more.
    @Test(arguments: ReuseOrder.allCases) func shortVideoIsTheBeginningOfALongOne(_ order: ReuseOrder) throws {
        let settings = settings(length: 11) { $0.reuse!.order = order }, reuse = try settings.graph()
        let long = try video(settings)
        for length in [1, 2, 4, 5, 8] {
            let short = try video(self.settings(length: length) { $0.reuse!.order = order })
            let same = min(length, reuse.frames(of: reuse.stretch(holding: length - 1)).upperBound - 3)
            let isSame = short.prefix(same) == long.prefix(same), sees = same == length || short.last != long[length - 1]
            #expect(isSame && sees && short.count == length)
        }
    }

    @Test func seedDecidesTheVideo() throws {
        let first = try video(settings(length: 6))
        #expect(try video(settings(length: 6)) == first)
        #expect(try video(settings(length: 6, seed: 2)) != first)
        #expect(try video(settings("wood on fire", length: 6)) != first)
        #expect(try video(settings(length: 6) { $0.negativePrompt = "a red ball" }) != first)
        #expect(first.contains { Set($0.pixels).count > 8 }, "a picture of one colour proves nothing")
    }

    /// A naive twin: after each clip, what is known of the video is decoded from three frames (clips of four allow no more) before those that are ready.
    /// In forward order the overlap has been shown already, and counts as it was shown.
    @Test(arguments: ReuseOrder.allCases, [7, 8]) func decoderSeesFramesOnBothSides(_ order: ReuseOrder, _ length: Int) throws {
        let generator = try VideoGenerator(model, settings(length: length) { $0.reuse!.order = order })
        var shown: [Tensor] = [], done = 0, clip = 0
        while let frames = try generator.next() {
            let latents = try #require(generator.stretchLatents)
            #expect(latents.shape[0] == (clip > 0 && order == .forward ? 2 : 4))
            shown += (0..<latents.shape[0]).map { latents.slice($0..<$0 + 1) }
            clip += 1
            let start = max(0, done - 3), ready = shown.count >= length ? length : shown.count - 3
            let window = Tensor.stacked(Array(shown[start...]))
            func pictures(_ window: Tensor, together: Int) -> [Frame] {
                let pictures = model.autoencoder.decode(model.autoencoder.denormalized(window), frames: together)
                return (done - start..<ready - start).map { Frame(signed: pictures.slice($0)) }
            }
            #expect(largestDifference(frames, pictures(window, together: window.shape[0])) <= 1)
            #expect(largestDifference(frames, pictures(window, together: 1)) > 1)
            let alone = model.autoencoder.decode(
                model.autoencoder.denormalized(window.slice(done - start..<ready - start)), frames: ready - done)
            let bare = (0..<ready - done).map { Frame(signed: alone.slice($0)) }
            if ready - done < window.shape[0] { #expect(largestDifference(frames, bare) > 1, "what stands beside a frame matters") }
            let kept = try #require(generator.frameLatents)
            #expect(kept.values == Tensor.stacked(Array(shown[done..<ready])).values)
            done = ready
        }
        #expect(done == length)
    }

    /// The authors' pipeline shows every frame of every clip, decoded as pictures.
    @Test func officialOrderDecodesPicturesOneByOne() throws {
        let generator = try VideoGenerator(
            model,
            settings(length: 8) {
                $0.reuse!.order = .reversed
                $0.reuse!.official = true
            })
        while let frames = try generator.next() {
            let latents = model.autoencoder.denormalized(try #require(generator.stretchLatents))
            let pictures = model.autoencoder.decode(latents, frames: 1)
            #expect(largestDifference(frames, (0..<4).map { Frame(signed: pictures.slice($0)) }) <= 1)
            let others = model.autoencoder.decode(latents, frames: 4)
            #expect(largestDifference(frames, (0..<4).map { Frame(signed: others.slice($0)) }) > 1)
        }
    }

    /// With the overlap's noise kept and guidance over all steps, the last overlap frame goes the past frame's way up to
    /// the last step; without reuse it goes its own.
    @Test(arguments: SamplerKind.allCases) func guidanceHoldsTheOverlap(_ sampler: SamplerKind) throws {
        func distance(stagedGuidance: Double) throws -> Double {
            let kept = EveryPiece()
            let generator = try VideoGenerator(
                model,
                settings(length: 8) {
                    $0.reuse!.order = .forward
                    $0.reuse!.stagedGuidance = stagedGuidance
                    $0.sampler = sampler
                    $0.steps = 8
                })
            try generator.keep(in: kept)
            _ = try generator.frames()
            let past = try kept.piece(PieceID(0)).latents.slice(0).slice(3), now = try kept.piece(PieceID(1)).latents.slice(0).slice(1)
            return zip(past.values, now.values).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }.squareRoot()
        }
        let free = try distance(stagedGuidance: 0), held = try distance(stagedGuidance: 1)
        #expect(held < 0.5 * free)
    }

    /// What samplers remember of held frames makes another video where they remember something, and official runs keep it.
    @Test(arguments: SamplerKind.allCases) func editHistoryIsASetting(_ sampler: SamplerKind) throws {
        func made(_ history: EditHistory, official: Bool = false, length: Int = 8) throws -> [Frame] {
            try video(settings(length: length) {
                ($0.sampler, $0.reuse!.editHistory, $0.reuse!.official, $0.steps) = (sampler, history, official, 6)
            })
        }
        #expect(settings(length: 8).reuse!.editHistory == .restart)
        let remembers = sampler == .unipc || sampler == .dpmSolver
        #expect(try (made(.restart) == made(.keep)) == !remembers)
        #expect(try made(.restart, length: 4) == made(.keep, length: 4), "the first clip holds nothing")
        #expect(try made(.restart, official: true) == made(.keep, official: true))
    }

    @Test func clipsComeOneByOne() throws {
        let generator = try VideoGenerator(model, settings(length: 8) { $0.reuse!.order = .forward })
        var steps: [String] = [], done: [Int] = []
        generator.onEvent = { event in
            switch event {
            case let .step(clip, clips, step, of): steps.append("\(clip)/\(clips) \(step)/\(of)")
            case let .frames(count, of):
                done.append(count)
                #expect(of == 8)
            }
        }
        #expect(steps.isEmpty)
        _ = try generator.next()
        #expect(steps == ["1/3 1/4", "1/3 2/4", "1/3 3/4", "1/3 4/4"])
        #expect(done == [1])
        while try generator.next() != nil {}
        #expect(steps.count == 12)
        #expect(steps.last == "3/3 4/4")
        #expect(done == [1, 3, 8])
    }

    /// It ends where it is thrown, and whoever asks again gets what was still to come.
    @Test func anErrorOfTheListenerEndsIt() throws {
        struct Stop: Error {}
        let generator = try VideoGenerator(model, settings(length: 8))
        generator.onEvent = { if case .step(2, _, 2, _) = $0 { throw Stop() } }
        var frames = try #require(try generator.next())
        #expect(frames.count == 1)
        for _ in 0..<2 { #expect(throws: Stop.self) { try generator.next() } }
        generator.onEvent = nil
        frames += try generator.frames()
        let isWhole = try frames == video(settings(length: 8))
        #expect(isWhole)
    }

    @Test(arguments: SamplerKind.allCases) func everySamplerMakesAVideo(_ sampler: SamplerKind) throws {
        let settings = settings(length: 6) { $0.sampler = sampler }
        let frames = try video(settings)
        #expect(frames.count == 6)
        #expect(try video(settings) == frames)
    }

    @Test func etaDrawsNoise() throws {
        let plain = try video(settings(length: 6))
        let noisy = settings(length: 6) { $0.eta = 1 }
        #expect(try video(noisy) != plain)
        #expect(try video(noisy) == video(noisy))
    }

    /// A scale of 1 asks the model once; a hair above it asks twice and must come to the same.
    @Test func guidanceOfOneIsThePromptAlone() throws {
        let alone = try video(settings(length: 4) { $0.guidanceScale = 1 })
        #expect(largestDifference(alone, try video(settings(length: 4) { $0.guidanceScale = 1.00001 })) <= 1)
        #expect(largestDifference(alone, try video(settings(length: 4) { $0.guidanceScale = 7 })) > 1)
    }

    @Test(arguments: [(16, 24), (24, 8), (14, 10), (2, 2)]) func otherSizes(_ width: Int, _ height: Int) throws {
        let frames = try video(
            settings(length: 2) {
                $0.width = width
                $0.height = height
            })
        #expect(frames.allSatisfy { ($0.width, $0.height) == (width, height) })
    }

    @Test func noOverlapAndSingleFrames() throws {
        for (frames, overlap) in [(4, 0), (1, 0), (4, 3)] {
            for order in ReuseOrder.allCases {
                let found = try video(
                    settings(length: 6) {
                        $0.clipFrames = frames
                        $0.reuse!.overlap = overlap
                        $0.reuse!.order = order
                    })
                #expect(found.count == 6)
            }
        }
    }

    @Test func warnsOfThePrompt() throws {
        #expect(try VideoGenerator(model, settings(length: 1)).warnings.isEmpty)
        let unknown = try VideoGenerator(model, settings("a zebra is burning", length: 1)).warnings
        #expect(unknown.contains { $0.contains("zebra") }, "\(unknown)")
        let long = Array(repeating: "a boat is sailing in a lake", count: 9).joined(separator: " ")
        let dropped = try VideoGenerator(model, settings(long, length: 1)).warnings
        #expect(dropped.contains { $0.contains("dropped") }, "\(dropped)")
    }

    @Test func settingsSurviveJSON() throws {
        let settings = settings(length: 7) { $0.noiseAlpha = 0.5 }
        let data = try JSONEncoder().encode(settings)
        #expect(try JSONDecoder().decode(GenerationSettings.self, from: data) == settings)
    }

    @Test func refusesBadSettings() {
        func message(_ change: (inout GenerationSettings) -> Void) -> String {
            TinyModel.message { _ = try VideoGenerator(model, settings(length: 4, change)) }
        }
        #expect(message { $0.length = 0 } == "length is 0; allowed: 1 or more frames")
        #expect(message { $0.length = -3 }.hasPrefix("length is -3"))
        #expect(message { $0.width = 15 } == "size is 15x16; allowed: multiples of 2, such as 14x16")
        #expect(message { $0.height = 0 }.hasPrefix("size is 16x0"))
        #expect(message { $0.height = -16 }.hasPrefix("size is 16x-16"))
        #expect(message { $0.steps = 0 } == "steps is 0; allowed: 1 to 1000")
        #expect(message { $0.steps = 1001 }.hasPrefix("steps is 1001"))
        #expect(message { $0.guidanceScale = -1 }.hasPrefix("guidance is -1"))
        #expect(message { $0.guidanceScale = .nan }.hasPrefix("guidance is nan"))
        #expect(message { $0.eta = 1.5 }.hasPrefix("eta is 1.5"))
        #expect(
            message {
                $0.eta = 0.5
                $0.sampler = .dpmSolver
            } == "eta is 0.5; allowed: 0 for sampler dpm++")
        #expect(message { $0.noiseAlpha = -1 }.hasPrefix("noise alpha is -1"))
        #expect(message { $0.clipFrames = 0 }.hasPrefix("clip length is 0"))
        #expect(message { $0.reuse!.overlap = 4 }.hasPrefix("overlap is 4; allowed: 0 to 3"))
        #expect(message { $0.reuse!.noiseRecycle = -1 }.hasPrefix("noise recycle is -1"))
        #expect(message { $0.reuse!.stagedGuidance = 2 }.hasPrefix("staged guidance is 2"))
    }
}

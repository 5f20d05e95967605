import Generation
import Tensors
import Testing

@Suite struct ReuseChainTests {
    private func reuse(
        _ order: ReuseOrder, frames: Int = 8, overlap: Int = 4, noiseRecycle: Double = 4, stagedGuidance: Double = 0.4
    ) throws -> ReuseChain {
        try ReuseChain(
            clipFrames: frames, overlap: overlap, noiseRecycle: noiseRecycle, stagedGuidance: stagedGuidance,
            order: order)
    }

    /// A clip whose values tell frame and place: 1000 · frame + place.
    private func numbered(_ frames: Int, plus offset: Float = 0) -> Tensor {
        let size = 2 * 2 * 4
        return Tensor((0..<frames * size).map { Float($0 / size * 1000 + $0 % size) + offset }, [1, frames, 2, 2, 4])
    }

    private func frame(_ index: Int, of clip: Tensor) -> [Float] { clip.slice(0).slice(index).values }

    @Test func sourcesOfFrames() throws {
        #expect((0..<8).map(try reuse(.reversed).source(of:)) == [7, 6, 5, 4, 3, 2, 1, 0])
        #expect((0..<8).map(try reuse(.forward).source(of:)) == [4, 5, 6, 7, 7, 6, 5, 4])
        #expect((0..<8).map(try reuse(.forward, overlap: 2).source(of:)) == [6, 7, 7, 6, 5, 4, 3, 2])
        #expect((0..<4).map(try reuse(.forward, frames: 4, overlap: 0).source(of:)) == [3, 2, 1, 0])
        #expect((0..<4).map(try reuse(.forward, frames: 4, overlap: 3).source(of:)) == [1, 2, 3, 3])
    }

    @Test func everySourceIsAFrame() throws {
        for order in ReuseOrder.allCases {
            for frames in 1...9 {
                for overlap in 0..<frames {
                    let reuse = try reuse(order, frames: frames, overlap: overlap)
                    #expect((0..<frames).allSatisfy { (0..<frames).contains(reuse.source(of: $0)) })
                }
            }
        }
    }

    @Test func countsClips() throws {
        let paper = try reuse(.reversed), forward = try reuse(.forward)
        #expect(paper.newFrames == 8)
        #expect(forward.newFrames == 4)
        #expect([1, 8, 9, 16, 17, 24, 256].map(paper.stretches(for:)) == [1, 1, 2, 2, 3, 3, 32])
        #expect([1, 8, 9, 12, 13, 24, 256].map(forward.stretches(for:)) == [1, 1, 2, 2, 3, 5, 63])
        for order in ReuseOrder.allCases {
            for overlap in 0..<5 {
                let reuse = try reuse(order, frames: 5, overlap: overlap)
                for length in 1...40 {
                    let clips = reuse.stretches(for: length)
                    #expect(5 + (clips - 1) * reuse.newFrames >= length)
                    #expect(clips == 1 || 5 + (clips - 2) * reuse.newFrames < length)
                }
            }
        }
    }

    /// The paper's defaults: 50 steps, M = 4, β = 0.4 hold the frames for 20, 15, 10 and 5 steps.
    @Test(arguments: ReuseOrder.allCases) func stagesOfGuidance(_ order: ReuseOrder) throws {
        let reuse = try reuse(order), past = numbered(8, plus: 0.5)
        var held = [Int](repeating: 0, count: 8)
        for step in 0..<50 {
            let latents = numbered(8)
            reuse.guide(latents, step: step, of: 50, past: past)
            for index in 0..<8 {
                let found = frame(index, of: latents)
                if found == frame(reuse.source(of: index), of: past) {
                    #expect(held[index] == step, "frame \(index) is let go and held again")
                    held[index] += 1
                } else {
                    #expect(found == frame(index, of: numbered(8)))
                }
            }
        }
        #expect(held.prefix(4) == (order == .reversed ? [20, 15, 10, 5] : [5, 10, 15, 20]))
        #expect(held.suffix(4).allSatisfy { $0 == 0 })
    }

    @Test(arguments: [(0.0, [0, 0, 0]), (1.0, [4, 7, 10]), (0.5, [2, 4, 5])])
    func guidanceFromNoneToFull(_ share: Double, _ wanted: [Int]) throws {
        let reuse = try reuse(.forward, frames: 5, overlap: 3, stagedGuidance: share), past = numbered(5, plus: 0.5)
        let held = (0..<3).map { index in
            (0..<10).filter { step in
                let latents = numbered(5)
                reuse.guide(latents, step: step, of: 10, past: past)
                return frame(index, of: latents) != frame(index, of: numbered(5))
            }.count
        }
        #expect(held == wanted)
    }

    @Test(arguments: ReuseOrder.allCases) func overlapBeginsWithThePastNoise(_ order: ReuseOrder) throws {
        let reuse = try reuse(order), past = numbered(8), fresh = numbered(8, plus: 0.25)
        let noise = reuse.initialNoise(past: past, fresh: fresh)
        let last = order == .reversed ? [7, 6, 5, 4] : [4, 5, 6, 7]
        for index in 0..<4 { #expect(frame(index, of: noise) == frame(last[index], of: past)) }
        let carried = Float(4 / 17.0.squareRoot())
        for index in 4..<8 {
            let wanted = zip(frame(reuse.source(of: index), of: past), frame(index, of: fresh)).map { carried * $0 + $1 }
            #expect(zip(frame(index, of: noise), wanted).allSatisfy { abs($0 - $1) <= 1e-3 })
        }
        #expect(past.values == numbered(8).values)
    }

    @Test(arguments: ReuseOrder.allCases, [0.0, 1, 4, 1000])
    func noiseKeepsItsVariance(_ order: ReuseOrder, _ noiseRecycle: Double) throws {
        let reuse = try reuse(order, noiseRecycle: noiseRecycle), shape = [1, 8, 16, 16, 4]
        var random = TorchGenerator(seed: 3)
        let past = random.randn(shape), fresh = random.normal(shape, std: reuse.freshDeviation)
        let noise = reuse.initialNoise(past: past, fresh: fresh)
        let correlation = noiseRecycle / (1 + noiseRecycle * noiseRecycle).squareRoot()
        for index in 0..<8 {
            let now = frame(index, of: noise), before = frame(reuse.source(of: index), of: past)
            let variance = now.reduce(0.0) { $0 + Double($1 * $1) } / Double(now.count)
            let product = zip(now, before).reduce(0.0) { $0 + Double($1.0 * $1.1) } / Double(now.count)
            // A thousand values: six standard errors of a variance are 0.27.
            #expect(abs(variance - 1) < 0.27, "frame \(index)")
            #expect(abs(product - (index < 4 ? 1 : correlation)) < 0.27, "frame \(index)")
        }
    }

    @Test func refusesWhatCannotBe() {
        func message(_ frames: Int, _ overlap: Int, _ recycle: Double, _ guidance: Double) -> String {
            TinyModel.message {
                _ = try ReuseChain(
                    clipFrames: frames, overlap: overlap, noiseRecycle: recycle, stagedGuidance: guidance,
                    order: .forward)
            }
        }
        #expect(message(0, 0, 4, 0.4) == "clip length is 0; allowed: 1 or more frames")
        #expect(message(8, 8, 4, 0.4) == "overlap is 8; allowed: 0 to 7, less than the 8 frames of a clip")
        #expect(message(8, -1, 4, 0.4).hasPrefix("overlap is -1; allowed: 0 to 7"))
        #expect(message(8, 4, -0.5, 0.4) == "noise recycle is -0.5; allowed: 0 or more")
        #expect(message(8, 4, .infinity, 0.4).hasPrefix("noise recycle is inf"))
        #expect(message(8, 4, .nan, 0.4).hasPrefix("noise recycle is nan"))
        #expect(message(8, 4, 4, 1.01) == "staged guidance is 1.01; allowed: 0 to 1")
        #expect(message(8, 4, 4, .nan).hasPrefix("staged guidance is nan"))
        #expect(message(1, 0, 0, 0) == "no error")
    }
}

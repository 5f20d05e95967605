import Foundation
import Generation
import Tensors
import Testing
import Video
import vidrd

/// Pictures of the clip in the making.
@Suite struct PreviewTests {
    @Test func thePreviewIsAPictureOfFourFrames() throws {
        try inFolder { folder in
            let arguments = ["a boat", "--model", try TinyModel.path, "--seed", "1", "--clip-frames", "8", "--steps", "6"]
            let result = try Program.start(arguments + ["--preview", "a/now.png", "--frames-dir", "out"], in: folder).end()
            #expect(result.code == 0, "\(result.messages)")
            let size = try PNG.size(folder.appendingPathComponent("a/now.png").path)
            #expect(size.width == 4 * 128 + 3 * 4 && size.height == 128)
            #expect(try names(in: folder.appendingPathComponent("a")) == ["now.png"])
            // The next run writes over it, and a preview changes no frame of the video.
            let again = try Program.start(arguments + ["--preview", "a/now.png", "--frames-dir", "again"], in: folder).end()
            let plain = try Program.start(arguments + ["--frames-dir", "plain"], in: folder).end()
            #expect(again.code == 0 && plain.code == 0)
            for name in try names(in: folder.appendingPathComponent("out")) {
                let all = try ["out", "again", "plain"].map { try Data(contentsOf: folder.appendingPathComponent("\($0)/\(name)")) }
                #expect(all[0] == all[1] && all[1] == all[2])
            }
        }
    }

    @Test func aPreviewThatCannotBeWrittenLosesNoVideo() throws {
        try inFolder { folder in
            try Data().write(to: folder.appendingPathComponent("file"))
            let result = try Program.run(
                "a boat", "--model", TinyModel.path, "--steps", "5", "--preview", "file/now.png", "--frames-dir", "out", in: folder)
            #expect(result.code == 0 && result.paths == ["out"])
            #expect(result.messages.components(separatedBy: "no more previews").count == 2, "\(result.messages)")
        }
    }

    /// A decoder that is such a map is found again; the picture of other latents then is what it would have made.
    @Test func coloursAreLearntFromPictures() {
        let channels = 4, side = 12
        var seed: UInt64 = 3
        func latents() -> Tensor { smooth(side, channels, seed: &seed) }
        /// Red is the first channel, green the mean of the second with its right neighbour, blue is one minus the third.
        func decoded(_ latents: Tensor) -> Frame {
            var frame = Frame(width: 2 * side, height: 2 * side)
            for y in 0..<2 * side {
                for x in 0..<2 * side {
                    func value(_ k: Int, _ dx: Int = 0) -> Float {
                        latents.pointer[((y / 2) * side + min(x / 2 + dx, side - 1)) * channels + k]
                    }
                    let unit = [value(0), (value(1) + value(1, 1)) / 2, 1 - value(2)]
                    for k in 0..<3 { frame.pixels[3 * (y * 2 * side + x) + k] = UInt8((min(1, max(0, unit[k])) * 255).rounded()) }
                }
            }
            return frame
        }
        var colours = LatentColours(channels: channels)
        #expect(!colours.isReady)
        let lessons = (0..<3).map { _ in latents() }
        colours.learn(Tensor.stacked(lessons.map { Tensor($0.values, [1, side, side, channels]) }), lessons.map(decoded))
        let fresh = latents(), guess = colours.picture(of: fresh), truth = decoded(fresh)
        let error = zip(guess.pixels, truth.pixels).map { abs(Double($0) - Double($1)) }.reduce(0, +) / Double(truth.pixels.count)
        #expect(error < 6, "\(error)")
        // Broken latents teach nothing and are shown as something.
        colours.learn(Tensor(repeating: .nan, [1, 2, 2, channels]), [Frame(width: 4, height: 4)])
        #expect(colours.picture(of: fresh) == guess)
        #expect(colours.picture(of: Tensor(repeating: .nan, [2, 2, channels])).pixels.allSatisfy { $0 == 0 })
    }
}

/// Numbers from 0.1 to 0.9 that change slowly, [side, side, channels]: sums of waves whose frequencies come from a seed.
private func smooth(_ side: Int, _ channels: Int, seed: inout UInt64) -> Tensor {
    func drawn() -> Float {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(seed >> 40) / Float(1 << 24)
    }
    let waves = (0..<channels * 3).map { _ in (drawn(), drawn(), 6 * drawn()) }
    let result = Tensor(uninitialized: [side, side, channels])
    for i in 0..<result.count {
        let (y, x, k) = (Float(i / channels / side), Float(i / channels % side), i % channels)
        let sum = (0..<3).reduce(Float(0)) { sum, index in
            let wave = waves[3 * k + index]
            return sum + sin(x * wave.0 + y * wave.1 + wave.2)
        }
        result.pointer[i] = 0.5 + 0.4 * sum / 3
    }
    return result
}

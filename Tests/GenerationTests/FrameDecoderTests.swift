import Foundation
import Generation
import Tensors
import Testing
import Video

/// The shipped model, whose temporal layers have learnt something: clip after clip against the whole video at once.
@Suite struct FrameDecoderTests {
    private static let starter = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        .appendingPathComponent("Weights/starter")

    private func mean(_ first: Frame, _ second: Frame) -> Double {
        Double(zip(first.pixels, second.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(first.pixels.count)
    }

    @Test func windowsDoNotShow() throws {
        let model = try VideoModel(Self.starter)
        var settings = GenerationSettings(prompt: "a boat is sailing in a lake", length: 40, seed: 1, model: model)
        settings.steps = 4
        let generator = try VideoGenerator(model, settings)
        var frames: [Frame] = [], latents: [Tensor] = []
        while let made = try generator.next() {
            frames += made
            latents.append(try #require(generator.frameLatents))
        }
        let all = Tensor.stacked(latents)
        func decoded(_ range: Range<Int>) -> [Frame] {
            let pictures = model.codec.pictures(of: all.slice(range), frames: range.count)
            return range.indices.map { Frame(signed: pictures.slice($0 - range.lowerBound)) }
        }
        let whole = decoded(0..<40), clips = [0..<16, 16..<28, 28..<40].flatMap(decoded)
        let windows = zip(frames, whole).map(mean), apart = zip(clips, whole).map(mean)
        let largest = try #require(windows.max())
        #expect(windows.count == 40 && largest < 0.5, "\(windows)")
        // A window's own border would show as a change that the whole video has not.
        func changes(_ frames: [Frame]) -> [Double] { zip(frames, frames.dropFirst()).map(mean) }
        let ratios = zip(changes(frames), changes(whole)).map { $0 / $1 }
        #expect(try #require(ratios.max()) < 1.05, "\(ratios)")
        #expect(try #require(apart.max()) > 3 * largest, "clip by clip it would show: \(apart)")
    }
}

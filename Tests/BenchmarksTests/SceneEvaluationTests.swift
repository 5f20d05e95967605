import Benchmarks
import Evaluation
import Foundation
import Scenes
import Testing
import Video

@Suite struct SceneEvaluationTests {
    private func flat(_ value: UInt8) -> Frame { Frame(width: 6, height: 4, red: value, green: value, blue: value) }

    @Test func flickerCountsAndSteadyMotionDoesNot() {
        #expect(FrameFigures.highFrequency([10, 20, 30, 40].map { flat($0) }) == 0)
        // 10, 20, 10, 20: the second difference is 20 everywhere, a quarter of it 5.
        #expect(abs(FrameFigures.highFrequency([10, 20, 10, 20].map { flat($0) }) - 5) < 1e-9)
        let original = [10, 20, 30].map { flat($0) }, decoded = [12, 18, 32].map { flat($0) }
        let figures = FrameFigures(decoded, original: original)
        #expect(abs(figures.psnr - 10 * log10(255.0 * 255 / 4)) < 1e-9)
        // The error goes +2, −2, +2.
        #expect(abs(figures.flicker - 2) < 1e-9 && abs(figures.jitter - 2) < 1e-9)
        #expect(FrameFigures(original, original: original).psnr.isFinite)
        #expect(FrameFigures.mean([]) == nil)
    }

    @Test func onlyWhatIsStatedIsAsked() {
        var accuracy = SceneAccuracy()
        accuracy.add(stated: ["family": "cat", "colour": "red"], found: ["family": "cat", "colour": "blue", "count": "2"])
        accuracy.add(stated: ["family": "dog"], found: ["family": "cat"])
        #expect(accuracy.questions["family"]?.right == 1 && accuracy.questions["family"]?.of == 2)
        #expect(accuracy.questions["colour"]?.of == 1 && accuracy.questions["count"] == nil)
        #expect(accuracy.families["dog"]?.right == 0 && accuracy.families["cat"]?.value == 1)
    }

    @Test func distancesAreFrechets() throws {
        var random = SplitMix(1)
        func cloud(_ count: Int, shift: Float, scale: Float) -> [[Float]] {
            (0..<count).map { _ in (0..<2).map { _ in shift + scale * (Float.random(in: 0...1, using: &random) - 0.5) } }
        }
        let a = cloud(4000, shift: 0, scale: 1), b = cloud(4000, shift: 3, scale: 2)
        // Means differ by 3 in both axes, deviations √(1/12) and 2√(1/12): 2 · 9 + 2 · (1/12).
        let distance = try #require(SceneDistance(a, b, bootstraps: 20))
        #expect(abs(distance.value - 18.167) < 0.3, "\(distance)")
        let interval = try #require(distance.interval)
        #expect(interval[0] < distance.value && distance.value < interval[1] && interval[1] - interval[0] < 2)
        #expect(try #require(SceneDistance(a, a)).value < 1e-6)
        #expect(SceneDistance(a, []) == nil)
    }

    @Test func readingsSurviveAStop() throws {
        try Shared.withFolder { folder in
            let file = folder.appendingPathComponent("a/readings.jsonl")
            func reading(_ index: Int) -> DecoderReading {
                let figures = FrameFigures(psnr: Double(index), jitter: 1, flicker: 2)
                return DecoderReading(index: index, plain: figures, temporal: figures, rendered: 3)
            }
            var log: ReadingLog<DecoderReading>? = try ReadingLog(file, index: \.index)
            try log?.append(reading(0))
            try log?.append(reading(2))
            log = nil
            let handle = try FileHandle(forWritingTo: file)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("{\"index\": 5, \"pl".utf8))
            try handle.close()
            let again = try ReadingLog<DecoderReading>(file, index: \.index)
            #expect(again.values.keys.sorted() == [0, 2])
            try again.append(reading(1))
            #expect(try ReadingLog<DecoderReading>(file, index: \.index).first(2).map(\.plain.psnr) == [0, 1])
        }
    }

    /// Full sentences state everything, other phrasings only their words.
    @Test func captionsStateWhatTheySay() {
        var full = 0, silent = 0
        for clip in SceneCatalog.heldOut(count: 400, frames: 2, width: 8, height: 8) {
            let stated = clip.statedLabels, words = Set(clip.caption.split(separator: " ").map(String.init))
            #expect(stated.family == clip.family)
            #expect(stated.colour == nil || stated.colour == clip.labels.colour)
            #expect(stated.count == nil || stated.count == clip.labels.count)
            #expect(stated.time == nil || stated.time == clip.labels.time)
            if let colour = clip.labels.colour, !colour.contains(" ") {
                // A colour that is said is in the words, however the caption came about.
                #expect((stated.colour != nil) == words.contains(colour), "\(clip.caption): \(colour)")
                if stated.colour == nil { silent += 1 } else { full += 1 }
            }
            if let count = clip.labels.count, count > 1 {
                let word = ["two", "three", "four", "five"][count - 2]
                #expect((stated.count != nil) == words.contains(word), "\(clip.caption): \(count)")
            }
        }
        #expect(full > 40 && silent > 20)
    }

    @Test func theReportShowsWhatIsThereAndItsJSONIsRead() throws {
        let setting = SceneEvaluation.Setting(
            model: "tiny", weights: "w", count: 4, length: 8, width: 16, height: 16, framesPerSecond: 8, steps: 2,
            sampler: "ddim", guidance: 3)
        var result = SceneEvaluation(setting)
        #expect(result.markdown(hasSheet: false).contains("# tiny") && !result.markdown(hasSheet: false).contains("##"))
        var accuracy = SceneAccuracy()
        accuracy.add(stated: ["family": "cat"], found: ["family": "cat"])
        result.accuracy = .init(classifier: "4 frames", classifierAccuracy: ["family": 0.9], sides: [.generated: accuracy])
        result.distances = .init(metric: SceneDistance.classifierMetric, weights: nil, sides: [.generated: .init(value: 2, interval: [1, 3], clips: 4)])
        let figures = FrameFigures(psnr: 30, jitter: 6, flicker: 4)
        result.decoder = .init(
            [DecoderReading(index: 0, plain: figures, temporal: figures, rendered: 7)],
            sampled: [SampledReading(index: 0, plain: 3, temporal: 1), SampledReading(index: 1, plain: 5, temporal: 2)])
        let text = result.markdown(hasSheet: true)
        #expect(text.contains("| frame by frame | 4.000 |") && text.contains("| temporal | 1.500 (0.38 of it) |"))
        #expect(text.contains("| generated | 100.0 % ± 0.0 (1/1) |") && text.contains("not FVD") && text.contains("(sheet.png)"))
        #expect(!text.contains("## Drift"))
        let encoder = JSONEncoder()
        let object = try #require(try JSONSerialization.jsonObject(with: encoder.encode(result)) as? [String: Any])
        let sides = try #require((object["distances"] as? [String: Any])?["sides"] as? [String: Any])
        #expect((sides["generated"] as? [String: Any])?["value"] as? Double == 2)
        let again = try JSONDecoder().decode(SceneEvaluation.self, from: encoder.encode(result))
        #expect(again.setting == setting && again.accuracy?.sides[.generated] == accuracy)
        var more = setting
        more.count = 100
        #expect(setting.makesTheSame(as: more))
        more.steps = 5
        #expect(!setting.makesTheSame(as: more))
    }
}

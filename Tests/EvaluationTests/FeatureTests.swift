import Checkpoints
import Evaluation
import Foundation
import Tensors
import Testing
import Video

@Suite struct FeatureTests {
    private func output(_ seed: UInt64) -> InflatedInception.Output {
        var random = SplitMix(seed)
        return .init(
            logits: (0..<400).map { _ in Float.random(in: -2...2, using: &random) },
            pooled: (0..<1024).map { _ in Float.random(in: 0...1, using: &random) })
    }

    private let header = FeatureHeader(rules: ClipProtocol(.styleGANV), weights: "abc")
    private let motion = MotionFigures(motion: 3, jitter: 1.5, drift: [1, -2, 0])

    @Test func whatIsWrittenIsReadAndACutRecordIsDropped() throws {
        try Shared.withFolder { folder in
            let url = folder.appendingPathComponent("deep/x.features")
            let long = String(repeating: "ä", count: 300)
            do {
                let store = try FeatureStore(url, header: header)
                try store.append(name: "first", motion: motion, output(1))
                try store.append(name: long, motion: motion, output(2))
            }
            let file = try FileHandle(forUpdating: url)
            try file.truncate(atOffset: try file.seekToEnd() - 7)
            try file.close()
            let cut = #expect(throws: EvaluationError.self) { try FeatureSet(url) }
            #expect("\(try #require(cut))".contains("is no whole file of features: its last record is cut off"))
            let store = try FeatureStore(url, header: header)
            #expect(Array(store.names) == ["first"])
            try store.append(name: long, motion: motion, output(3))
            let set = try store.features()
            #expect(set.count == 2 && set.name(0) == "first" && set.name(1) == FeatureStore.shortened(long))
            #expect(Array(UnsafeBufferPointer(start: set.row(1, .logits), count: 400)) == output(3).logits)
            #expect(Array(UnsafeBufferPointer(start: set.row(0, .pooled), count: 1024)) == output(1).pooled)
            #expect(set.motion(0) == motion)
        }
    }

    @Test func featuresOfOtherClipsAreRefused() throws {
        try Shared.withFolder { folder in
            let url = folder.appendingPathComponent("x.features")
            _ = try FeatureStore(url, header: header)
            var other = header
            other.rules.stride = 2
            #expect(throws: EvaluationError.self) { try FeatureStore(url, header: other) }
            #expect(throws: EvaluationError.self) {
                try FeatureStore(url, header: FeatureHeader(rules: header.rules, weights: "other"))
            }
            // Another limit or layer is another choice from the same features, and the seed chooses with the limit alone.
            other = header
            (other.rules.limit, other.rules.layer, other.rules.seed) = (5, .pooled, 3)
            _ = try FeatureStore(url, header: other)
        }
    }

    /// Where clips begin at random the seed says which frames they have.
    @Test func randomStartsOfAnotherSeedAreOtherClips() throws {
        try Shared.withFolder { folder in
            let url = folder.appendingPathComponent("x.features")
            var random = header
            random.rules.start = .random
            _ = try FeatureStore(url, header: random)
            random.rules.seed = 3
            let error = #expect(throws: EvaluationError.self) { try FeatureStore(url, header: random) }
            let message = "\(try #require(error))"
            #expect(message.contains("(random, seed 0)") && message.contains("(random, seed 3)"), "\(message)")
        }
    }

    /// Features of folders of frames, of a network that only counts what it is asked.
    private final class CountingNetwork {
        private(set) var calls = 0

        func extraction(_ rules: ClipProtocol) -> FeatureExtraction {
            FeatureExtraction(network: { [self] clip in
                calls += 1
                return .init(logits: Array(clip.values.prefix(400)), pooled: Array(clip.values.prefix(1024)))
            }, rules: rules, weights: "none")
        }
    }

    private func videos(_ root: URL, _ steps: [Int], frames: Int = 9) throws -> String {
        for (index, step) in steps.enumerated() {
            let folder = root.appendingPathComponent("v\(index)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Shared.writeFrames(frames, to: folder, step: step)
        }
        return root.path
    }

    private func names(_ set: FeatureSet) -> [String] { (0..<set.count).map(set.name) }

    @Test func savedFeaturesAreOfTheseVideosAlone() throws {
        try Shared.withFolder { root in
            let a = try videos(root.appendingPathComponent("a"), [1, 2, 3, 4]), b = try videos(root.appendingPathComponent("b"), [5, 6])
            let saved = root.appendingPathComponent("x.features"), network = CountingNetwork()
            var rules = ClipProtocol(.original)
            rules.clipFrames = 9
            let (first, report) = try network.extraction(rules).features(of: a, saved: saved)
            #expect(names(first) == ["v0", "v1", "v2", "v3"] && report.count == 4 && network.calls == 4)
            #expect(names(try network.extraction(rules).features(of: a, saved: saved).0) == ["v0", "v1", "v2", "v3"])
            #expect(network.calls == 4)

            let error = #expect(throws: EvaluationError.self) { try network.extraction(rules).features(of: b, saved: saved) }
            let message = "\(try #require(error))"
            #expect(message.contains("are of the videos under '\(a)', where those of '\(b)' are needed"), "\(message)")

            // Fewer videos, a limit: nobody gets what others left there, and a limit chooses the same from saved ones as from none.
            let some = Array(try VideoList(a).entries.dropFirst(2))
            #expect(names(try network.extraction(rules).features(of: some, path: a, saved: saved).0) == ["v2", "v3"])
            var limited = rules
            (limited.limit, limited.seed) = (2, 5)
            let chosen = names(try network.extraction(limited).features(of: a, saved: saved).0)
            #expect(chosen.count == 2 && network.calls == 4)
            #expect(names(try network.extraction(limited).features(of: a).0) == chosen && network.calls == 6)
            #expect(try network.extraction(limited).features(of: saved.path).0.count == 2)

            // A video that changed is measured again, and counts once.
            try FileManager.default.removeItem(atPath: a + "/v1")
            let old = Array(UnsafeBufferPointer(start: first.row(1, .logits), count: 400))
            try FileManager.default.createDirectory(atPath: a + "/v1", withIntermediateDirectories: true)
            for index in 0..<9 {
                try PNG.write(Frame(width: 24, height: 24, red: 200, green: 20, blue: 20), to: a + "/v1/\(index).png")
            }
            let (changed, _) = try network.extraction(rules).features(of: a, saved: saved)
            #expect(names(changed) == ["v0", "v1", "v2", "v3"] && network.calls == 7)
            #expect(Array(UnsafeBufferPointer(start: changed.row(1, .logits), count: 400)) != old)
            let ready = try network.extraction(rules).features(of: saved.path).0
            #expect(names(ready).sorted() == ["v0", "v1", "v2", "v3"])
        }
    }

    @Test func clipsOfVideosThatAreCutUpAreKeptToo() throws {
        try Shared.withFolder { root in
            let place = try videos(root.appendingPathComponent("a"), [1, 2], frames: 20)
            let saved = root.appendingPathComponent("x.features"), network = CountingNetwork()
            var rules = ClipProtocol(.allClips)
            rules.clipFrames = 9
            for _ in 0..<2 {
                #expect(names(try network.extraction(rules).features(of: place, saved: saved).0) == ["v0#0", "v0#1", "v1#0", "v1#1"])
                #expect(network.calls == 4)
            }
            rules.limit = 3
            #expect(try network.extraction(rules).features(of: place, saved: saved).0.count == 3)
        }
    }

    @Test func featuresOfOtherProgramsAreTaken() throws {
        try Shared.withFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            try SafetensorsWriter.write(["logits": Tensor(output(1).logits + output(2).logits, [2, 400])], as: .float32, to: url)
            let set = try FeatureSet(url)
            #expect(set.count == 2 && set.has(.logits) && !set.has(.pooled) && set.row(1, .logits)[3] == output(2).logits[3])
            try SafetensorsWriter.write(["x": Tensor([1], [1])], as: .float32, to: url)
            #expect(throws: EvaluationError.self) { try FeatureSet(url) }
        }
    }

    @Test func aDistanceComesWithWhatOneMustKnow() throws {
        func side(_ count: Int, _ seed: UInt64) throws -> (FeatureSet, SideReport) {
            let store = try FeatureStore(nil, header: header)
            for index in 0..<count { try store.append(name: "\(index)", motion: motion, output(seed + UInt64(index))) }
            var report = SideReport(path: "side \(seed)")
            report.count = count
            report.videos = count + 1
            report.short = [.init(name: "x", reason: "3 frames")]
            return (try store.features(), report)
        }
        let (real, generated) = (try side(12, 100), try side(9, 500))
        let result = try VideoDistance(real: real, generated: generated, header: header, bootstraps: 8, floorSplits: 4)
        #expect(result.value > 0 && result.floor?.count == 6 && result.bootstrap?.resamples == 8)
        let interval = try #require(result.bootstrap?.interval)
        #expect(interval[0] < result.value && result.value < interval[1])
        #expect(result.warnings.contains { $0.contains("below 1000") } && result.warnings.contains { $0.contains("too short") })
        let again = try VideoDistance(real: real, generated: generated, header: header, bootstraps: 8, floorSplits: 4)
        #expect(again.bootstrap?.deviation == result.bootstrap?.deviation)
        let json = String(decoding: try JSONEncoder().encode(result), as: UTF8.self)
        #expect(json.contains("\"fvd\":") && json.contains("\"count\":9"))
        var pooled = header
        pooled.rules.layer = .pooled
        let other = try VideoDistance(real: real, generated: generated, header: pooled, bootstraps: 0, floorSplits: 0)
        let otherJSON = String(decoding: try JSONEncoder().encode(other), as: UTF8.self)
        #expect(!otherJSON.contains("\"fvd\":") && otherJSON.contains("frechet_distance_pooled"))
        #expect(throws: EvaluationError.self) { try VideoDistance(real: try side(1, 1), generated: generated, header: header) }
        let curve = VideoDistance.bySampleCount(real.0, generated.0, layer: .logits)
        #expect(curve.last?.count == 9 && curve.count > 2)
    }
}

import Checkpoints
import Evaluation
import Foundation
import Tensors
import Testing

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
            #expect(store.count == 1 && store.names == ["first"])
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
            // Another limit or layer is another choice from the same features.
            other = header
            (other.rules.limit, other.rules.layer) = (5, .pooled)
            _ = try FeatureStore(url, header: other)
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

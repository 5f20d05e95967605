import Benchmarks
import Evaluation
import Files
import Foundation
import Generation
import Testing
import Video

@Suite struct UCFTests {
    private func write(_ text: String, _ url: URL) throws {
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    @Test func listsAndFoldersAreMatchedAndWhatDoesNotMatchIsNamed() throws {
        try Shared.withFolder { root in
            for name in ["Archery/v_Archery_g01_c01.avi", "Archery/v_Archery_g02_c01.avi", "HandstandPushups/v_HandStandPushups_g01_c01.avi", "Odd/v_Odd.avi"] {
                try write("x", root.appendingPathComponent(name))
            }
            try write("1 Archery\r\n2 HandstandPushups\r\n3 Typing\r\n", root.appendingPathComponent("classInd.txt"))
            try write(
                """
                Archery/v_Archery_g01_c01.avi 1\r
                Archery/v_Archery_g07_c01.avi 1\r
                HandstandPushups/v_HandstandPushups_g01_c01.avi 2\r
                Typing/v_Typing_g01_c01.avi 3\r

                """, root.appendingPathComponent("trainlist01.txt"))
            let data = try ActionDataSet(root.path)
            #expect(data.classes.map(\.name) == ["Archery", "HandstandPushups", "Typing"])
            #expect(data.videos.map(\.name) == ["Archery/v_Archery_g01_c01.avi", "HandstandPushups/v_HandStandPushups_g01_c01.avi"])
            #expect(data.missing == ["Archery/v_Archery_g07_c01.avi", "Typing/v_Typing_g01_c01.avi"])
            #expect(data.warnings.count == 3, "\(data.warnings)")
            #expect(data.distribution(of: 10) == [5, 3, 2])
            #expect(throws: EvaluationError.self) { try ActionDataSet(root.path, lists: root.appendingPathComponent("Odd").path) }
        }
    }

    @Test func everyClassOfUCF101HasASentenceOfItsOwn() throws {
        let root = Shared.repository
        let prompts = try ClassPrompts(contentsOf: root.appendingPathComponent("Prompts/ucf101.txt").path)
        let lists = try Shared.url("data/ucf101")
        let names = try String(contentsOf: lists.appendingPathComponent("classInd.txt"), encoding: .utf8)
            .split(whereSeparator: \.isNewline).compactMap { $0.split(separator: " ").last.map(String.init) }
        #expect(names.count == 101)
        let found = prompts.sentences(for: names.map { ActionDataSet.Class(name: $0, listed: 1) })
        #expect(found.made.isEmpty && Set(found.texts).count == 101)
        let other = prompts.sentences(for: [.init(name: "RidingAnElephant", listed: 1)])
        #expect(other.texts == ["riding an elephant"] && other.made == ["RidingAnElephant"])
    }

    @Test func jobsAreTheSameInEveryProcess() {
        let classes = [ActionDataSet.Class(name: "A", listed: 3), .init(name: "B", listed: 1)]
        let plan = VideoPlan(classes: classes, counts: [3, 1], prompts: ["a", "b"], seed: 4)
        #expect(plan.jobs.map(\.path) == ["videos/A/v_A_00000", "videos/B/v_B_00000", "videos/A/v_A_00001", "videos/A/v_A_00002"])
        #expect(Set(plan.jobs.map(\.seed)).count == 4 && plan.jobs.allSatisfy { $0.seed < 1 << 32 })
        #expect(plan.jobs == VideoPlan(classes: classes, counts: [3, 1], prompts: ["a", "b"], seed: 4).jobs)
        #expect(plan.jobs[0].seed != VideoPlan(classes: classes, counts: [1, 1], prompts: ["a", "b"], seed: 5).jobs[0].seed)
    }

    @Test func aJobIsClaimedOnceAtATime() throws {
        try Shared.withFolder { root in
            let folder = try RunFolder(root)
            var first = try folder.claim("videos/A/1")
            #expect(first != nil)
            #expect(try folder.claim("videos/A/1") == nil)
            #expect(try folder.claim("videos/A/2") != nil)
            first = nil
            #expect(try folder.claim("videos/A/1") != nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.claims.path).isEmpty)
            #expect(folder.freeBytes > 0)
        }
    }

    /// Claims that fail for another reason than a holder are no claims of others: the work would be left to nobody.
    @Test func withoutLocksNothingIsLeftToOthers() throws {
        try Shared.withFolder { root in
            for code in [ENOLCK, EOPNOTSUPP] {
                let folder = try RunFolder(root.appendingPathComponent("run"), locks: { _, _ in code })
                let reason = String(cString: strerror(code)), file = folder.claims.appendingPathComponent("videos+A+1").path
                #expect(throws: FileError.withoutLocks(path: file, reason: reason)) { try folder.claim("videos/A/1") }
            }
            for name in ["Archery/v_Archery_g01_c01.avi", "Archery/v_Archery_g02_c01.avi"] {
                try write("x", root.appendingPathComponent("data/" + name))
            }
            let place = root.appendingPathComponent("model")
            try RandomModel.starter.write(as: .float16, seed: 1, to: place)
            let model = try VideoModel(place), data = try ActionDataSet(root.path + "/data")
            func bench(_ folder: String, _ locks: @escaping FileLock.System) throws -> UCF101Bench {
                var options = UCF101Bench.Options(folder: root.appendingPathComponent(folder))
                (options.perClass, options.locks) = (1, locks)
                return try UCF101Bench(
                    data, sentences: ["archery"], model: model, named: "random", fingerprint: "1",
                    settings: GenerationSettings(prompt: "", length: 16, seed: 1, model: model), framesPerSecond: 8, options: options)
            }
            #expect(throws: FileError.self) { try bench("none", { _, _ in ENOLCK }) }
            // The lock of the record is there, and then, as where a server's table of locks is full, there are no more.
            nonisolated(unsafe) var calls = 0
            let full = try bench("full") { descriptor, operation in
                calls += 1
                return calls == 1 ? FileLock.system(descriptor, operation) : ENOLCK
            }
            let extraction = FeatureExtraction(
                network: { _ in .init(logits: [], pooled: []) }, rules: ClipProtocol(.original), weights: "none")
            #expect(
                throws: FileError.withoutLocks(
                    path: root.path + "/full/claims/videos+Archery+v_Archery_00000", reason: String(cString: strerror(ENOLCK)))
            ) { try full.run(extraction) }
        }
    }

    @Test func remainsOfADeadProcessAreCleared() throws {
        try Shared.withFolder { root in
            let folder = try RunFolder(root)
            let job = VideoPlan(classes: [.init(name: "A", listed: 1)], counts: [1], prompts: ["a"], seed: 0).jobs[0]
            try write("x", root.appendingPathComponent("videos/A/.v_A_00000.abc.partial/000000.png"))
            try write("x", root.appendingPathComponent("videos/A/.v_A_00001.abc.partial/000000.png"))
            folder.clearRemains(of: job)
            #expect(try FileManager.default.contentsOfDirectory(atPath: root.path + "/videos/A") == [".v_A_00001.abc.partial"])
            #expect(folder.video(job) == nil)
            try write("x", root.appendingPathComponent("videos/A/v_A_00000/000000.png"))
            #expect(folder.video(job) != nil)
        }
    }

    @Test func theReportHoldsTheTableThePlotsAndTheWall() throws {
        try Shared.withFolder { root in
            try write("x", root.appendingPathComponent("data/Archery/v_Archery_g01_c01.avi"))
            let data = try ActionDataSet(root.appendingPathComponent("data").path)
            let header = FeatureHeader(rules: ClipProtocol(.original), weights: "w")
            func side(_ count: Int, _ seed: UInt64) throws -> (FeatureSet, SideReport) {
                var random = SplitMix(seed), report = SideReport(path: "p")
                let store = try FeatureStore(nil, header: header)
                for index in 0..<count {
                    let output = InflatedInception.Output(
                        logits: (0..<400).map { _ in Float.random(in: 0...1, using: &random) }, pooled: [Float](repeating: 0, count: 1024))
                    try store.append(name: "Archery/v_\(index)", motion: MotionFigures(motion: 2, jitter: 1, drift: [0, 0, 0]), output)
                }
                (report.count, report.videos) = (count, count)
                return (try store.features(), report)
            }
            let (real, generated) = (try side(8, 1), try side(6, 2))
            let distance = try VideoDistance(real: real, generated: generated, header: header, bootstraps: 4, floorSplits: 2)
            let plan = VideoPlan(classes: data.classes, counts: [6], prompts: ["an archer"], seed: 0)
            let result = UCFResult(
                model: "tiny & small",
                generation: .init(
                    frames: 16, width: 32, height: 32, sampler: "ddim", steps: 50, guidance: 7.5, clipFrames: 8, overlap: 3,
                    order: "reversed", isOfficial: true, seed: 4), dataSet: data, split: "trainlist01", plan: plan, distribution: "6 of each class", prompts: ["an archer"],
                distance: distance, real: real.0, generated: generated.0, caveats: ["a caveat"])
            #expect(result.classes[0].videos == 6 && (result.classes[0].score ?? 0) > 1)
            let report = UCFReport(result, wall: [(Frame(width: 16, height: 16), "Archery")])
            #expect(report.markdown.contains("| tiny & small |") && report.markdown.contains("| VidRD, tuned VAE | 5.3M | 39.37 | – | 363.19 |"))
            #expect(report.markdown.contains("ddim, 50 steps, guidance 7.5; clips of 8 frames that share 3, reversed, as the published pipeline; seed 4"))
            #expect(report.html.contains("tiny &amp; small") && report.html.contains("<polyline") && report.html.contains("data:image/png;base64,"))
            try report.write(to: root)
            let json = try JSONDecoder().decode(UCFResult.self, from: Data(contentsOf: root.appendingPathComponent("result.json")))
            #expect(json.distance.value == distance.value && json.caveats == ["a caveat"])
        }
    }
}

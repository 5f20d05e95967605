import Foundation
import Generation
import Tensors
import Testing
import Video

/// A method that the program does not have is added by its file and a line beside the kinds of models, and has all that the
/// others have.
@Suite struct FreeNoiseTests {
    private static let kind = ModelKind.vidRD.adding(FreeNoise.self)

    /// With a model that knows the method.
    private func withMethod<Result>(_ body: (VideoModel) throws -> Result) throws -> Result {
        try ModelKind.$all.withValue([Self.kind] + ModelKind.all.filter { $0.className != Self.kind.className }) {
            try body(TinyModel().withFolder { try VideoModel($0) })
        }
    }

    private func settings(_ model: VideoModel, length: Int = 9, _ change: (inout GenerationSettings) -> Void = { _ in }) -> GenerationSettings {
        var settings = GenerationSettings(prompt: "a candle is burning", length: length, seed: 1, model: model)
        settings.method = FreeNoise(of: model)
        change(&settings)
        return settings
    }

    private func record(_ settings: GenerationSettings) -> RunRecord {
        RunRecord(
            settings: settings, framesPerSecond: 8, model: .init(folder: "/model", fingerprint: "0123456789abcdef"),
            program: .init(
                version: "1", build: "release", instructionSet: "avx2", blasCore: "Zen", threads: 2, exactConvolution: false),
            outputs: .init(video: "x.mp4", frames: nil, overwrite: false))
    }

    private func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("free-noise-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.appendingPathComponent("x.run").path)
    }

    @Test func theModelsMethodIsTheDefault() throws {
        try withMethod { model in
            #expect(GenerationSettings(prompt: "", length: 1, seed: 0, model: model).method is ReuseAndDiffuse)
        }
    }

    /// Windows of four that share two: what is shown is blended of both, which only neighbours can make.
    @Test func windowsAreBlended() throws {
        try withMethod { model in
            let every = EveryPiece(), generator = try VideoGenerator(model, settings(model))
            try generator.keep(in: every)
            var shown: [Float] = [], frames: [Frame] = []
            while let next = try generator.next() {
                shown += try #require(generator.stretchLatents).values
                frames += next
            }
            #expect(frames.count == 9 && generator.clips == 5)
            let frame = 8 * 8 * 4
            func latents(_ window: Int, _ index: Int) throws -> [Float] {
                Array(try every.piece(PieceID(window)).latents.values[index * frame..<(index + 1) * frame])
            }
            for window in 1..<4 {
                for index in 0..<2 {
                    let share = Float(index + 1) / 3, at = (window * 2 + index) * frame
                    let wanted = try zip(latents(window, index), latents(window - 1, index + 2)).map { $0 * share + $1 * (1 - share) }
                    #expect(largestDifference(Array(shown[at..<at + frame]), wanted) < 1e-6)
                    #expect(try largestDifference(latents(window, index), latents(window - 1, index + 2)) > 1e-3)
                }
            }
            let isOther = try frames != VideoGenerator(model, settings(model) { $0.seed = 2 }).frames()
            #expect(isOther)
        }
    }

    @Test func itIsResumedFromItsRecord() throws {
        try withMethod { model in
            let whole = try VideoGenerator(model, settings(model)).frames()
            try inFolder { path in
                try {
                    let run = try VideoRun(creating: path, record: record(settings(model)), replaces: false)
                    let generator = try VideoGenerator(model, run.record.settings)
                    try generator.keep(in: run.pieces)
                    for _ in 0..<2 { _ = try generator.next() }
                    #expect(run.clips == 2 && run.finishedFrames == 4)
                }()
                let run = try VideoRun(opening: path)
                #expect(run.record.settings == settings(model) && run.clips == 2)
                let generator = try VideoGenerator(model, run.record.settings)
                var made: [Int] = [], seen = 0
                generator.onEvent = { if case let .step(clip, 5, 4, 4) = $0 { made.append(clip) } }
                generator.onPrediction = { _ in seen += 1 }
                try generator.keep(in: run.pieces)
                let isWhole = try generator.frames() == whole
                #expect(isWhole && made == [3, 4, 5] && seen == 12, "\(made), \(seen)")
                // Where nobody knows the method, its record is refused by name.
                try ModelKind.$all.withValue([.vidRD]) {
                    let message = TinyModel.message { _ = try RunRecord.read(URL(fileURLWithPath: path + "/record.json")) }
                    #expect(message.contains("settings.method.name") && message.contains("\"free-noise\""), "\(message)")
                }
            }
        }
    }

    @Test func twoWorkersMakeTheSameVideo() throws {
        try withMethod { model in
            let settings = settings(model, length: 24), whole = try VideoGenerator(model, settings).frames()
            try inFolder { path in
                let run = try VideoRun(creating: path, record: record(settings), replaces: false)
                let leader = try VideoGenerator(model, settings), other = try VideoGenerator(model, settings)
                var counts = (leader: 0, other: 0)
                leader.onEvent = { if case .step(_, _, 4, 4) = $0 { counts.leader += 1 } }
                other.onEvent = { if case .step(_, _, 4, 4) = $0 { counts.other += 1 } }
                let done = DispatchSemaphore(value: 0), store = PieceFolder(path)
                Thread {
                    do { try other.work(in: store) } catch { Issue.record(error) }
                    done.signal()
                }.start()
                try leader.keep(in: run.pieces)
                let isWhole = try leader.frames() == whole
                done.wait()
                #expect(isWhole)
                #expect(counts.leader + counts.other == leader.clips && counts.leader > 0 && counts.other > 0, "\(counts)")
            }
        }
    }

    @Test func itIsExtended() throws {
        try withMethod { model in
            try inFolder { path in
                let run = try VideoRun(creating: path, record: record(settings(model, length: 5)), replaces: false)
                let generator = try VideoGenerator(model, settings(model, length: 5))
                try generator.keep(in: run.pieces)
                _ = try generator.frames()
                let longer = try run.extended(to: path, settings: settings(model), outputs: run.record.outputs, replaces: true)
                let rest = try VideoGenerator(model, settings(model))
                var made: [Int] = []
                rest.onEvent = { if case let .step(clip, _, 4, 4) = $0 { made.append(clip) } }
                try rest.keep(in: longer.pieces)
                let isWhole = try rest.frames() == VideoGenerator(model, settings(model)).frames()
                #expect(isWhole && made == [4, 5], "\(made)")
            }
        }
    }

    @Test func optionsOfOtherMethodsAreRefused() throws {
        try withMethod { _ in
            try FreeNoise.check(options: ["overlap"])
            try ReuseAndDiffuse.check(options: ReuseAndDiffuse.options)
            #expect(TinyModel.message { try FreeNoise.check(options: ["overlap", "noise-recycle"]) }
                == "--noise-recycle means nothing to the method free-noise; it is taken by reuse-and-diffuse")
        }
    }
}

import Checkpoints
import Foundation
import Generation
import Tensors
import Testing
import Video

/// Runs that are kept: what is saved is what continues, to the bit.
@Suite struct VideoRunTests {
    private let model: VideoModel

    init() throws { model = try TinyModel.shared.get() }

    private func settings(length: Int, _ change: (inout GenerationSettings) -> Void = { _ in }) -> GenerationSettings {
        var settings = GenerationSettings(prompt: "a candle is burning", length: length, seed: 1, model: model)
        settings.reuse!.overlap = 2
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

    private func inFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("runs-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// Makes the clips of a run, or the first of them.
    @discardableResult
    private func make(_ run: VideoRun, clips: Int = .max) throws -> [Frame] {
        let generator = try VideoGenerator(model, run.record.settings)
        try generator.keep(in: run.pieces)
        var frames: [Frame] = []
        for _ in 0..<min(clips, generator.clips) { frames += try generator.next() ?? [] }
        return frames
    }

    private func files(_ folder: URL) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".safetensors") }
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: folder.appendingPathComponent($0))) })
    }

    /// Wherever a run ends, its continuation is the run without an end: frames, latents and state.
    @Test(arguments: ReuseOrder.allCases, [false, true])
    func continuationIsTheSame(_ order: ReuseOrder, _ drawsNoise: Bool) throws {
        try inFolder { folder in
            let settings = settings(length: 9) {
                $0.reuse!.order = order
                $0.eta = drawsNoise ? 0.7 : 0
                $0.promptChanges = [PromptChange(frame: 5, prompt: "wood on fire")]
            }
            let plain = try VideoGenerator(model, settings).frames()
            let whole = folder.appendingPathComponent("whole.run"), parts = folder.appendingPathComponent("parts.run")
            #expect(try make(VideoRun(creating: whole.path, record: record(settings), replaces: false)) == plain)
            _ = try VideoRun(creating: parts.path, record: record(settings), replaces: false)
            var made = 0
            for clips in 1... where made < plain.count {
                // Let go of at the end of each round, as by the end of a process.
                let run = try VideoRun(opening: parts.path)
                #expect(run.clips == clips - 1)
                let frames = try make(run, clips: clips)
                #expect(frames == Array(plain.prefix(frames.count)))
                made = frames.count
                if made == plain.count { break }
            }
            #expect(try files(whole) == files(parts))
            #expect(try files(whole).keys.filter { $0.hasPrefix("state") }.count == 1)
        }
    }

    @Test func extensionIsTheLongerVideo() throws {
        try inFolder { folder in
            func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
            let change = PromptChange(frame: 7, prompt: "wood on fire")
            let long = settings(length: 11) { $0.promptChanges = [change] }
            let fresh = try VideoRun(creating: path("a.run"), record: record(long), replaces: false)
            let expected = try make(fresh)
            let short = try VideoRun(creating: path("b.run"), record: record(settings(length: 5)), replaces: false)
            try make(short)
            let longer = try short.extended(
                to: path("c.run"), settings: long, outputs: .init(video: "c.mp4", frames: nil, overwrite: false), replaces: false)
            #expect(longer.clips == 2 && short.clips == 2)
            #expect(try make(longer) == expected)
            #expect(try files(URL(fileURLWithPath: path("a.run"))) == files(URL(fileURLWithPath: path("c.run"))))
            let same = try short.extended(to: path("b.run"), settings: long, outputs: short.record.outputs, replaces: true)
            #expect(try make(same) == expected)
            // What there is stays as it is.
            #expect(TinyModel.message { try same.checkIsContinued(by: long) }.hasPrefix("length is 11"))
            let late = settings(length: 20) { $0.promptChanges = [change, PromptChange(frame: 3, prompt: "a boat is sailing")] }
            #expect(TinyModel.message { try same.checkIsContinued(by: late) }.hasPrefix("frame of a prompt change is"))
            #expect(throws: RunError.self) { try same.checkIsContinued(by: settings(length: 20) { $0.seed = 2; $0.promptChanges = [change] }) }
        }
    }

    @Test func damageIsSeen() throws {
        try inFolder { folder in
            let path = folder.appendingPathComponent("x.run").path
            try make(VideoRun(creating: path, record: record(settings(length: 8)), replaces: false))
            let clip = URL(fileURLWithPath: path + "/clip-00002.safetensors"), state = URL(fileURLWithPath: path + "/state-00003.safetensors")
            func message(changing file: URL, _ change: (Data) -> Data?) throws -> String {
                let whole = try Data(contentsOf: file)
                defer { try? whole.write(to: file) }
                if let changed = change(whole) { try changed.write(to: file) } else { try FileManager.default.removeItem(at: file) }
                return TinyModel.message { try make(VideoRun(opening: path)) }
            }
            for file in [clip, state] {
                let name = file.lastPathComponent
                for (problem, change) in [
                    ("is damaged", { $0.prefix($0.count / 2) }), ("is damaged", { _ in Data() }), ("it is missing", { _ in nil }),
                    ("not those that were saved", { data in
                        var data = data
                        data[data.count - 5] ^= 1
                        return data
                    }),
                ] as [(String, (Data) -> Data?)] {
                    let found = try message(changing: file, change)
                    #expect(found.contains(problem) && found.contains(name), "\(found)")
                }
            }
            #expect(TinyModel.message { try make(VideoRun(opening: path)) } == "no error")
            // What a killed process leaves behind the newest state is made again.
            try Data("half".utf8).write(to: URL(fileURLWithPath: path + "/.clip-00004.safetensors.1-x"))
            try Data("half".utf8).write(to: URL(fileURLWithPath: path + "/clip-00004.safetensors"))
            #expect(try VideoRun(opening: path).clips == 3)
        }
    }

    @Test func oneProcessAtATime() throws {
        try inFolder { folder in
            let path = folder.appendingPathComponent("x.run").path
            let run = try VideoRun(creating: path, record: record(settings(length: 4)), replaces: false)
            #expect(TinyModel.message { _ = try VideoRun(opening: path) }.contains("another process (\(getpid()))"))
            #expect(TinyModel.message { try VideoRun.checkIsFree(path, replaces: true) }.contains("in use"))
            withExtendedLifetime(run) {}
        }
    }

    @Test func unfinishedRunsAreNotReplaced() throws {
        try inFolder { folder in
            let path = folder.appendingPathComponent("x.run").path, record = record(settings(length: 8))
            try make(VideoRun(creating: path, record: record, replaces: false), clips: 2)
            #expect(throws: RunError.unfinished(folder: path, clips: 2)) { try VideoRun(creating: path, record: record, replaces: false) }
            #expect(try VideoRun(creating: path, record: record, replaces: true).clips == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["lock", "record.json"])
        }
    }

    /// What somebody put into a run's folder stays, whatever becomes of the run.
    @Test func othersFilesStay() throws {
        try inFolder { folder in
            let run = folder.appendingPathComponent("x.run"), record = record(settings(length: 8))
            func put(_ names: [String]) throws {
                for name in names {
                    let file = run.appendingPathComponent(name)
                    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data("mine".utf8).write(to: file)
                }
            }
            func paths() throws -> Set<String> { Set(try FileManager.default.subpathsOfDirectory(atPath: run.path)) }
            let others = [
                ".git/config", ".env", ".record.json.swp", ".notes.12-ab", "results/mine.csv", "results/2/000000.png", "results/1.old/diary.txt",
            ]
            let left = [
                ".clip-00002.safetensors.12-1x9z", ".state-00002.safetensors.12-ab", ".record.json.7-a", "results/0", "results/1/000000.png",
                "results/.1.k3j.partial/000000.png", "results/.0.k3j.partial", "results/1.old/000000.png",
            ]
            try make(VideoRun(creating: run.path, record: record, replaces: false), clips: 2)
            try put(others + left)
            try VideoRun(opening: run.path).publishResults(overwrite: false)
            #expect(try paths().isSuperset(of: others + ["record.json", "clip-00001.safetensors", "state-00002.safetensors"]))
            #expect(try paths().isDisjoint(with: left))
            try put(left)
            _ = try VideoRun(creating: run.path, record: record, replaces: true)
            #expect(try paths().isSuperset(of: others))
            #expect(try paths().isDisjoint(with: left + ["clip-00001.safetensors", "state-00002.safetensors"]))
            try VideoRun(opening: run.path).remove()
            #expect(try paths().isSuperset(of: others))
            #expect(try paths().isDisjoint(with: ["record.json", "lock"]))
        }
    }

    /// A record makes no run of a folder, and neither does a name.
    @Test func otherFoldersAreNoRuns() throws {
        try inFolder { folder in
            let record = record(settings(length: 4))
            let project = folder.appendingPathComponent("project"), named = folder.appendingPathComponent("y.run")
            for file in [project.appendingPathComponent(".env"), named.appendingPathComponent("lock"), named.appendingPathComponent("diary.txt")] {
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("mine".utf8).write(to: file)
            }
            try record.write(to: project.appendingPathComponent("record.json"))
            let refused = TinyModel.message { _ = try VideoRun(opening: project.path) }
            #expect(refused.contains("its folder holds no clips and is not called NAME.run, so there is nothing to continue"), "\(refused)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: project.path).sorted() == [".env", "record.json"])
            // For reading a record is enough.
            #expect(try VideoRun.record(at: project.path) == record)
            for replaces in [false, true] {
                let found = TinyModel.message { _ = try VideoRun(creating: named.path, record: record, replaces: replaces) }
                #expect(found.contains("y.run': a folder of that name exists that is no run's; rename it"), "\(found)")
                try VideoRun.remove(named.path, replaces: replaces)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: named.path).sorted() == ["diary.txt", "lock"])
            #expect(try Data(contentsOf: named.appendingPathComponent("lock")) == Data("mine".utf8))
            // An empty folder is nobody's, and so is one that a killed process has just begun.
            let empty = folder.appendingPathComponent("z.run")
            try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
            for _ in 0..<2 {
                _ = try VideoRun(creating: empty.path, record: record, replaces: false)
                try FileManager.default.removeItem(at: empty.appendingPathComponent("record.json"))
            }
        }
    }

    /// A folder that is replaced may get a picture while its successor is made.
    @Test(arguments: [false, true])
    func whatComesMeanwhileStays(_ isStaged: Bool) throws {
        try inFolder { folder in
            let frames = folder.appendingPathComponent("f"), diary = frames.appendingPathComponent("diary.txt")
            func names(_ folder: URL) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
            func open() throws -> any FrameWriter {
                guard isStaged else { return try PNGFolderWriter(path: frames.path, overwrite: true) }
                let staged = folder.appendingPathComponent("1").path
                return try StagedWriter(path: frames.path, staged: staged, format: .pngFolder, fps: 8, overwrite: true)
            }
            func make(_ count: Int, then body: () throws -> Void = {}) throws {
                let writer = try open()
                defer { writer.cancel() }
                for _ in 0..<count { try writer.write(Frame(width: 2, height: 2)) }
                try body()
                try writer.finish()
            }
            try make(1)
            let message = TinyModel.message { try make(2) { try Data("mine".utf8).write(to: diary) } }
            #expect(message.hasSuffix("only a folder of nothing but frames is overwritten, and it holds 'diary.txt'"), "\(message)")
            #expect(try names(frames) == ["000000.png", "diary.txt"])
            #expect(try names(folder) == ["f"])
            try FileManager.default.removeItem(at: diary)
            try make(2)
            #expect(try names(frames) == ["000000.png", "000001.png"])
            #expect(try names(folder) == ["f"])
        }
    }

    @Test func vanishedFoldersAreNotMadeAnew() throws {
        try inFolder { folder in
            let path = folder.appendingPathComponent("x.run").path
            let run = try VideoRun(creating: path, record: record(settings(length: 8)), replaces: false)
            try FileManager.default.removeItem(atPath: path)
            #expect(TinyModel.message { try make(run) }.contains("has vanished"))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func recordsAreReadStrictly() throws {
        try inFolder { folder in
            let file = folder.appendingPathComponent("record.json")
            var record = record(settings(length: 8) { $0.promptChanges = [PromptChange(frame: 4, prompt: "é \"x\"")] })
            record.settings.seed = .max
            record.settings.guidanceScale = 1.1
            try record.write(to: file)
            #expect(try RunRecord.read(file) == record)
            let text = try String(contentsOf: file, encoding: .utf8)
            for (from, to, expected) in [
                ("\"version\" : 2\n", "\"version\" : 3\n", "take a newer vidrd"), ("\"version\" : 2\n", "\"version\" : 0\n", "version 0"),
                ("\"fps\" : 8", "\"fps\" : \"8\"", "key \"fps\" must be a number"), ("\"fps\" : 8,", "", "key \"fps\" is missing"),
                ("\"fps\" : 8", "\"fps\" : -8", "key \"fps\" is out of range"),
                ("\"fps\" : 8", "\"fbs\" : 1, \"fps\" : 8", "key \"fbs\" is not known"),
                ("\"overlap\" :", "\"overlop\" : 1, \"overlap\" :", "key \"settings.method.overlop\" is not known"),
                ("\"overlap\" :", "\"overlap\" : 1, \"overlap\" :", "key \"settings.method.overlap\" stands there twice"),
                ("\"length\" : 8", "\"length\" : 0", "key \"settings.length\" is out of range"),
                ("\"threads\" : 2", "\"threads\" : 100000", "key \"program.threads\" is out of range"),
                ("\"name\" : \"reuse-and-diffuse\"", "\"name\" : \"magic\"", "must be one of reuse-and-diffuse"),
                ("\"sampler\" : \"ddim\"", "\"sampler\" : \"magic\"", "settings.sampler"),
                ("{", "", "this is not valid JSON"),
            ] {
                let changed = from == "{" ? String(text.dropFirst()) : text.replacingOccurrences(of: from, with: to)
                #expect(changed != text)
                try Data(changed.utf8).write(to: file)
                let found = TinyModel.message { _ = try RunRecord.read(file) }
                #expect(found.contains(expected) && found.contains("record.json"), "\(found)")
            }
        }
    }

    /// A record from before samplers were told of held frames goes on as it was begun.
    @Test func recordsWithoutAnEditHistoryKeepIt() throws {
        try inFolder { folder in
            let file = folder.appendingPathComponent("record.json")
            let now = record(settings(length: 8))
            try now.write(to: file)
            let text = try String(contentsOf: file, encoding: .utf8)
            let before = text.replacingOccurrences(of: #"\s*"edit_history" : "restart","#, with: "", options: .regularExpression)
            #expect(before != text)
            try Data(before.utf8).write(to: file)
            let old = try RunRecord.read(file)
            #expect(old.settings.reuse!.editHistory == .keep && now.settings.reuse!.editHistory == .restart)
            #expect(old.isSameVideo(as: now), "a second start of the same prompts finds what was begun")
        }
    }

    @Test func runsAreFoundByAnyOfTheirNames() throws {
        try inFolder { folder in
            let path = folder.appendingPathComponent("x.mp4.run").path
            _ = try VideoRun(creating: path, record: record(settings(length: 4)), replaces: false)
            for name in ["x.mp4", "x.mp4.run", "x.mp4.run/", "x.mp4.run/record.json"] {
                #expect(try VideoRun.find(folder.appendingPathComponent(name).path + (name.hasSuffix("/") ? "/" : "")) == path)
            }
            #expect(try VideoRun(opening: path).video == folder.path + "/x.mp4")
            #expect(throws: RunError.notFound(path: "nowhere.mp4")) { try VideoRun.find("nowhere.mp4") }
            #expect(VideoRun.path(for: "frames/") == "frames.run")
            #expect(VideoRun.outputName("a/b/x.mp4", ofRunAt: "a/b/x.mp4.run") == "x.mp4")
            #expect(VideoRun.outputName("/else/f/", ofRunAt: "a/x.mp4.run") == "/else/f/")
        }
    }

    /// A clip of 4 frames and 2 new ones in each later one, or 4 in reversed order.
    @Test func promptsChangeAtClipBorders() throws {
        func plan(_ order: ReuseOrder, _ frames: [Int]) throws -> [[Int]] {
            let settings = settings(length: 12) {
                $0.reuse!.order = order
                $0.promptChanges = frames.map { PromptChange(frame: $0, prompt: "\($0)") }
            }
            return try PromptPlan(settings).parts.map { [$0.clip, $0.frame] }
        }
        #expect(try plan(.forward, [1]) == [[1, 0], [2, 4]])
        #expect(try plan(.forward, [10, 4, 5]) == [[1, 0], [2, 4], [3, 6], [5, 10]])
        #expect(try plan(.reversed, [4, 5]) == [[1, 0], [2, 4], [3, 8]])
        #expect(TinyModel.message { _ = try plan(.forward, [11]) }.contains("1 to 10, where the last clip begins"))
        #expect(TinyModel.message { _ = try plan(.forward, [2, 3]) }.contains("there is one at frame 4 already"))
        #expect(TinyModel.message { _ = try plan(.forward, [0]) }.contains("frame of a prompt change is 0"))
        let frames = try VideoGenerator(model, settings(length: 8)).frames()
        let changed = try VideoGenerator(model, settings(length: 8) { $0.promptChanges = [PromptChange(frame: 5, prompt: "wood on fire")] }).frames()
        // The decoder, whose context is as long as these clips allow, lets the three frames before the change see what follows.
        let isSame = frames.prefix(3) == changed.prefix(3)
        #expect(isSame)
        let isOther = frames[6] != changed[6]
        #expect(isOther)
    }

    @Test func longTextsAreNoPrompts() throws {
        let text = String(repeating: "fire ", count: 200_000)
        #expect(TinyModel.message { _ = try VideoGenerator(model, settings(length: 4) { $0.prompt = text }) }
            == "prompt is a text of 1000000 bytes; allowed: up to 10000 bytes")
    }

    @Test func fingerprintsTellModelsApart() throws {
        try TinyModel().withFolder { folder in
            let first = try ModelLayout(folder).fingerprint()
            #expect(first.count == 16)
            #expect(try ModelLayout(folder).fingerprint() == first)
            for name in ["vae/config.json", "scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json"] {
                let file = folder.appendingPathComponent(name), whole = try Data(contentsOf: file)
                var changed = whole
                changed.append(0x20)
                try changed.write(to: file)
                #expect(try ModelLayout(folder).fingerprint() != first, "\(name)")
                try whole.write(to: file)
            }
            let file = folder.appendingPathComponent("unet/diffusion_pytorch_model.safetensors")
            var weights = try Data(contentsOf: file)
            weights[weights.count / 2] ^= 0x10
            try weights.write(to: file)
            #expect(try ModelLayout(folder).fingerprint() != first)
        }
    }
}

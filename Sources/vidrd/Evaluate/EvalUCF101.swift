import ArgumentParser
import Checkpoints
import Diffusion
import Evaluation
import Foundation
import Generation
import Video

struct EvalUCF101: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ucf101",
        abstract: "The UCF-101 evaluation of a model: generate, measure, report.",
        discussion: """
            Makes one video after another from one sentence for each class, and then result.json, table.md and \
            report.html in the output folder. What is there is not made again: run it again after a stop, or in several \
            processes at once on one folder.

            Example:
              vidrd eval ucf101 --data UCF-101 --per-class 100 -o ucf101
            """)

    @Option(help: ArgumentHelp("UCF-101: folders of classes with their videos.", valueName: "dir")) var data: String
    @Option(help: ArgumentHelp("Model folder (default: VIDRD_MODEL, else the starter that ships).", valueName: "dir")) var model: String?
    @OptionGroup var parts: ModelParts
    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Folder for videos and results.", valueName: "dir")) var output = "ucf101"
    @Option(parsing: .unconditional, help: "Videos in all, in the training set's proportions (default: 10000).", transform: OptionValues.whole(1...1_000_000))
    var videos: Int?
    @Option(parsing: .unconditional, help: "Videos of each class, in place of --videos.", transform: OptionValues.whole(1...100_000))
    var perClass: Int?
    @Option(help: ArgumentHelp("Folder of classInd.txt and the lists (default: in or beside the data).", valueName: "dir")) var lists: String?
    @Option(help: ArgumentHelp("List of the real videos.", valueName: "name")) var split = "trainlist01"
    @Option(help: ArgumentHelp("One sentence for each class (default: Prompts/ucf101.txt).", valueName: "file")) var prompts: String?
    @Option(help: ArgumentHelp("File that keeps the real videos' features (default: in the cache).", valueName: "file")) var realFeatures: String?
    @Option(help: "png: folders of frames, nothing lost. mp4: smaller.") var format = Format.png
    @Option(parsing: .unconditional, help: "Frames of a video (default: a clip of the protocol).", transform: OptionValues.whole(9...100_000))
    var length: Int?
    @Option(parsing: .unconditional, help: "Denoising steps.", transform: OptionValues.whole(from: 1)) var steps: Int?
    @Option(parsing: .unconditional, help: "How closely prompts are followed.", transform: OptionValues.guidance) var guidance: Double?
    @Option(help: ArgumentHelp("Pixels (default: as trained).", valueName: "WxH"), transform: PictureSize.read) var size: PictureSize?
    @Option(
        help: "Way of denoising: \(SamplerKind.allCases.map(\.rawValue).joined(separator: ", ")) (default: the model's).",
        completion: .list(SamplerKind.allCases.map(\.rawValue)), transform: OptionValues.sampler)
    var sampler: SamplerKind?
    @Option(
        help: ArgumentHelp("Order of the frames that a clip takes over: forward, or reversed as in the paper.", valueName: "order"),
        completion: .list(ReuseOrder.allCases.map(\.rawValue)), transform: OptionValues.order)
    var reuseOrder: ReuseOrder?
    @Option(
        help: ArgumentHelp("official: frames as the published pipeline makes them.", valueName: "whose"),
        completion: .list([Compatibility.official.rawValue]), transform: Compatibility.read)
    var compat: Compatibility?
    @Option(help: ArgumentHelp("C3D's weights for the papers' IS.", valueName: "file")) var c3d: String?
    @OptionGroup(title: "Clips") var clips: EvalClips

    enum Format: String, ExpressibleByArgument, CaseIterable, Codable { case png, mp4 }

    func validate() throws {
        if videos != nil, perClass != nil { throw ValidationError("--videos and --per-class both say how many; give one of them") }
    }

    func run() throws {
        Interruption.listen()
        let dataSet = try ActionDataSet(data, lists: lists, split: split)
        dataSet.warnings.forEach(Console.warning)
        let sentences = try ClassPrompts(
            contentsOf: Shipped.find("Prompts/ucf101.txt", asked: prompts, option: "--prompts").path).sentences(for: dataSet.classes)
        if !sentences.made.isEmpty {
            Console.warning("\(sentences.made.count) classes have no sentence, their names are used: \(sentences.made.prefix(5).joined(separator: ", "))")
        }
        let counts = perClass.map { number in dataSet.classes.map { _ in number } } ?? dataSet.distribution(of: videos ?? 10_000)
        let plan = VideoPlan(classes: dataSet.classes, counts: counts, prompts: sentences.texts, seed: clips.seed)
        let folder = try RunFolder(URL(fileURLWithPath: output))
        let modelFolder = try ModelLocation.find(model), layout = try parts.layout(modelFolder)
        let loaded = try VideoModel(layout), settings = try options.settings(for: "", seed: clips.seed, model: loaded)
        let record = UCF101Record(
            model: try layout.fingerprint(), settings: settings, framesPerSecond: try options.framesPerSecond(of: loaded), format: format,
            sentences: Dictionary(zip(dataSet.classes.map(\.name), sentences.texts)) { first, _ in first })
        try record.keep(in: folder, plan)
        let classifier = try c3d.map { try C3D(WeightFile.open(URL(fileURLWithPath: $0))) }
        let extraction = try clips.extraction(defaultProtocol: .original)

        let failed = try generate(plan, folder, loaded)
        guard failed == 0 else {
            Console.error("\(failed) videos could not be made; the same command tries them again")
            throw ExitCode(Failure.failed)
        }
        guard plan.jobs.allSatisfy({ folder.video($0) != nil }) else {
            Console.status("the videos that are left are being made by other processes; the last of them writes the report")
            return
        }
        // One process at a time writes features; another one then finds them done.
        let claim = Claim("report", in: folder.url, waits: true)
        defer { withExtendedLifetime(claim) {} }
        let real = try realSide(dataSet, extraction)
        let progress = CountReport("generated", isQuiet: clips.quiet)
        let entries = plan.jobs.compactMap { job in
            folder.video(job).map { VideoList.Entry(path: $0, name: String(job.path.dropFirst("videos/".count))) }
        }
        var watched = extraction
        watched.onProgress = Self.watch(progress)
        let generated = try watched.features(
            of: entries, path: folder.url.path, saved: folder.url.appendingPathComponent("generated.features"))
        progress.clear()
        generated.1.tellWhatWasLeftOut(isQuiet: clips.quiet)
        let distance = try VideoDistance(real: real, generated: generated, header: extraction.header)
        let score = try classifier.map { network in
            try network.inceptionScore(of: entries, rules: extraction.rules) { _ in
                if Interruption.isRequested { throw ExitCode(Failure.interrupted) }
            }.score
        }
        let result = UCFResult(
            model: modelFolder.lastPathComponent, generation: Self.generation(settings), dataSet: dataSet, split: dataSet.listName, plan: plan,
            distribution: perClass.map { "\($0) of each class" } ?? "in the proportions of \(dataSet.listName)",
            prompts: sentences.texts, distance: distance, real: real.0, generated: generated.0, inceptionScore: score, caveats: caveats(dataSet))
        let report = UCFReport(result, wall: Self.wall(plan, folder))
        try report.write(to: folder.url)
        distance.warnings.forEach(Console.warning)
        Console.result(folder.url.appendingPathComponent("report.html").path)
    }

    // MARK: Generation

    private var options: VideoOptions {
        get throws {
            var options = try VideoOptions.parse([])
            options.length = length ?? clips.clipFrames
            (options.steps, options.guidance, options.size) = (steps, guidance, size)
            (options.sampler, options.reuseOrder, options.compat) = (sampler, reuseOrder, compat)
            return options
        }
    }

    private static func generation(_ settings: GenerationSettings) -> UCFResult.Generation {
        UCFResult.Generation(
            frames: settings.length, width: settings.width, height: settings.height, sampler: settings.sampler.rawValue,
            steps: settings.steps, guidance: Double(settings.guidanceScale), clipFrames: settings.clipFrames,
            overlap: settings.overlap, order: settings.reuseOrder.rawValue, isOfficial: settings.official, seed: settings.seed)
    }

    /// Makes what is missing; returns how many videos failed.
    private func generate(_ plan: VideoPlan, _ folder: RunFolder, _ model: VideoModel) throws -> Int {
        let missing = plan.jobs.filter { folder.video($0) == nil }
        if !clips.quiet { Console.status("\(plan.jobs.count - missing.count) of \(plan.jobs.count) videos are there") }
        guard !missing.isEmpty else { return 0 }
        model.warnings.forEach(Console.warning)
        let options = try options
        let sample = try options.settings(for: missing[0].prompt, seed: 0, model: model)
        let videoBytes = Self.bytes(sample, format)
        if folder.freeBytes < missing.count * videoBytes {
            Console.warning("the disk has \(folder.freeBytes >> 20) MB free and \(missing.count) videos may need \(missing.count * videoBytes >> 20) MB; it goes on as long as there is room")
        }
        var failed: Set<String> = [], made = 0, left = missing
        let progress = CountReport("videos", isQuiet: clips.quiet)
        // Another process may die over a video: what it had is free again, so whoever is alive looks again.
        while !left.isEmpty {
            let before = made
            for job in left {
                guard let claim = Claim(job.path, in: folder.claims), folder.video(job) == nil else { continue }
                defer { withExtendedLifetime(claim) {} }
                guard folder.freeBytes > videoBytes + 64 << 20 else {
                    throw EvaluationError.tooLittleDisk(
                        path: folder.url.path, needed: videoBytes + 64 << 20, free: folder.freeBytes)
                }
                folder.clearRemains(of: job)
                do {
                    let settings = try options.settings(for: job.prompt, seed: job.seed, model: model)
                    try write(job, to: folder, settings, model, fps: options.framesPerSecond(of: model))
                    made += 1
                    failed.remove(job.path)
                } catch let error as VideoError {
                    failed.insert(job.path)
                    Console.error("\(job.path): \(error)")
                    if failed.count > 3, made == 0 { throw error }
                }
                progress.show(missing.count - left.count { folder.video($0) == nil }, missing.count)
            }
            left = left.filter { folder.video($0) == nil }
            if made == before { break }
        }
        progress.clear()
        if !clips.quiet { Console.status("\(made) videos made by this process") }
        return failed.count
    }

    private func write(
        _ job: VideoPlan.Job, to folder: RunFolder, _ settings: GenerationSettings, _ model: VideoModel, fps: Double
    ) throws {
        let base = folder.url.appendingPathComponent(job.path).path
        // A second Ctrl-C removes the file from another thread: the group lets one in at a time.
        let writer = WriterGroup([try VideoFormat.writer(path: format == .png ? base + "/" : base + ".mp4", fps: fps, overwrite: true)])
        Interruption.beforeLeaving { writer.cancel() }
        defer { Interruption.beforeLeaving(nil) }
        let generator = try VideoGenerator(model, settings)
        generator.onEvent = { _ in if Interruption.isRequested { throw ExitCode(Failure.interrupted) } }
        do {
            while let frames = generator.next() {
                for frame in frames { try writer.write(frame) }
            }
            if let failure = generator.failure { throw failure }
            _ = try writer.finish()
        } catch {
            writer.cancel()
            throw error
        }
    }

    /// What a video takes on disk, generously: PNG saves about a third.
    private static func bytes(_ settings: GenerationSettings, _ format: Format) -> Int {
        settings.width * settings.height * 3 * settings.length / (format == .png ? 1 : 10) + 4096 * settings.length
    }

    // MARK: Measuring

    private func realSide(_ dataSet: ActionDataSet, _ extraction: FeatureExtraction) throws -> (FeatureSet, SideReport) {
        let file = realFeatures.map { URL(fileURLWithPath: $0) } ?? Self.cacheFile(dataSet, split, extraction.header)
        try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let claim = Claim(file.lastPathComponent + ".lock", in: file.deletingLastPathComponent(), waits: true)
        defer { withExtendedLifetime(claim) {} }
        let progress = CountReport("real", isQuiet: clips.quiet)
        var watched = extraction
        watched.onProgress = Self.watch(progress)
        let side = try watched.features(of: dataSet.videos, path: dataSet.folder, saved: file)
        progress.clear()
        side.1.tellWhatWasLeftOut(isQuiet: clips.quiet)
        return side
    }

    private static func watch(_ progress: CountReport) -> (Int, Int) throws -> Void {
        { done, of in
            progress.show(done, of)
            if Interruption.isRequested { throw ExitCode(Failure.interrupted) }
        }
    }

    /// A place for features that depends on everything they depend on.
    private static func cacheFile(_ dataSet: ActionDataSet, _ split: String, _ header: FeatureHeader) -> URL {
        let facts = [URL(fileURLWithPath: dataSet.folder).standardizedFileURL.path, split, header.rules.description, header.weights]
            + dataSet.videos.map { "\($0.name) \($0.stamp)" }
        let mark = String(SplitMix.hash(facts.joined(separator: "\n")), radix: 36)
        return I3DFile.cacheFolder().appendingPathComponent("features/real-\(split)-\(mark).features")
    }

    private func caveats(_ dataSet: ActionDataSet) -> [String] {
        var lines: [String] = []
        if clips.fps == nil {
            lines.append(
                "Real clips keep their own frame rate (UCF-101: 25 a second) and generated ones the model's: 16 frames may span different times; --fps brings the real ones to a rate.")
        }
        lines.append("IS (I3D) is computed from Kinetics-400 classes and is not the papers' IS, which needs C3D (--c3d).")
        return lines + dataSet.warnings
    }

    /// The middle frame of the first videos of the classes.
    private static func wall(_ plan: VideoPlan, _ folder: RunFolder) -> [(frame: Frame, caption: String)] {
        plan.jobs.prefix(64).compactMap { job in
            guard let path = folder.video(job), let reader = try? VideoReader(path) else { return nil }
            var shown: Frame?
            for _ in 0..<8 {
                guard let frame = try? reader.next() else { break }
                shown = frame
            }
            return shown.map { ($0.resized(width: 128, height: 128, fit: .crop), job.className) }
        }
    }
}

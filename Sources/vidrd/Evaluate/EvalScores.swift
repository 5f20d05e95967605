import ArgumentParser
import Checkpoints
import Evaluation
import Foundation
import Tensors
import Video

struct EvalIS: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "is",
        abstract: "Inception score of a folder of videos.",
        discussion: """
            With the weights of C3D (Sports-1M, tuned on UCF-101) this is the IS of the papers. Without, the score is \
            computed from I3D's 400 classes and called IS (I3D): a useful figure, and not comparable with an IS.

            Example:
              vidrd eval is Videos
            """)

    @Argument(help: "A folder of videos, or a file of features.") var videos: String
    @Option(help: ArgumentHelp("C3D's weights (state dictionary or TorchScript; conv1 to fc8, 101 classes).", valueName: "file")) var c3d: String?
    @OptionGroup(title: "Clips") var clips: EvalClips
    @Option(parsing: .unconditional, help: "Parts whose scores are averaged.", transform: OptionValues.whole(1...1000)) var splits = 10
    @OptionGroup var output: EvalOutput

    struct Result: Encodable {
        let metric: String
        let score: InceptionScore
        let count: Int
        let rules: ClipProtocol
        /// The protocol in words; C3D's pictures and layer are not among its keys.
        let description: String
        let videos: SideReport?

        enum CodingKeys: String, CodingKey { case metric, score, count, rules = "protocol", description, videos }
    }

    func run() throws {
        Interruption.listen()
        if let c3d { return try run(C3D(WeightFile.open(URL(fileURLWithPath: c3d)))) }
        let extraction = try clips.extraction()
        let (set, report) = try extraction.side(videos, called: "videos", saved: nil, isQuiet: clips.quiet)
        let score = InceptionScore(count: set.count, classes: InflatedInception.classes, splits: splits) { set.row($0, .logits) }
        try tell(Result(
            metric: "IS (I3D)", score: score, count: set.count, rules: extraction.rules,
            description: extraction.rules.description, videos: report))
    }

    private func run(_ network: C3D) throws {
        if network.classes != 101 { Console.warning("this C3D tells \(network.classes) classes, and the papers' 101") }
        let entries = try VideoList(videos).entries, progress = CountReport("videos", isQuiet: clips.quiet)
        var tried = 0
        let (score, count, rules) = try network.inceptionScore(of: entries, rules: clips.rules(), splits: splits) { done in
            tried = done
            progress.show(done, entries.count)
            if Interruption.isRequested { throw ExitCode(Failure.interrupted) }
        }
        progress.clear()
        if count < tried { Console.warning("\(tried - count) of \(tried) videos are too short or cannot be read") }
        try tell(Result(
            metric: "IS (C3D)", score: score, count: count, rules: rules, description: rules.description(for: .c3d), videos: nil))
    }

    private func tell(_ result: Result) throws {
        try output.write(result) {
            var text = String(format: "%@ %.3f", result.metric, result.score.score) + "  (\(result.count) clips)"
            if let s = result.score.splits { text += String(format: ", %.3f +- %.3f over %d splits", s.mean, s.deviation, s.count) }
            return [text, "  protocol \(result.description)"]
        }
    }
}

struct EvalMotion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "motion",
        abstract: "How much videos move and flicker and how far their colours drift; needs no network.",
        discussion: """
            motion: mean difference of neighbouring frames. jitter: half the mean second difference, what does not go on \
            as it went. drift: change of the mean colour from the first quarter of the frames to the last. All in steps \
            of 255. Borders between clips: see "vidrd eval seams".

            Example:
              vidrd eval motion Videos boat.mp4
            """)

    @Argument(help: "Videos, folders of PNG frames, or folders of these.") var videos: [String]
    @Option(parsing: .unconditional, help: "Most frames of a video.", transform: OptionValues.whole(2...100_000)) var frames = 256
    @OptionGroup var output: EvalOutput

    struct Result: Encodable {
        struct Item: Encodable {
            let video: String
            let frames: Int
            let figures: MotionFigures
        }
        var videos: [Item] = []
        var broken: [SideReport.Left] = []
    }

    func run() throws {
        var result = Result()
        for path in videos {
            for entry in try VideoList(path).entries {
                do {
                    let reader = try VideoReader(entry.path), (figures, count) = try MotionFigures.read(reader, atMost: frames)
                    reader.notices.forEach(Console.warning)
                    result.videos.append(.init(video: entry.name, frames: count, figures: figures))
                } catch {
                    result.broken.append(.init(name: entry.name, reason: "\(error)"))
                }
            }
        }
        for item in result.broken { Console.warning("\(item.name): \(item.reason)") }
        try output.write(result) {
            result.videos.map { item in
                let f = item.figures, d = f.drift
                return String(
                    format: "%@: %d frames, motion %.2f, jitter %.2f, drift %+.1f %+.1f %+.1f", item.video, item.frames,
                    f.motion, f.jitter, d[0], d[1], d[2])
            }
        }
        if result.videos.isEmpty { throw ExitCode(Failure.failed) }
    }
}

struct EvalClasses: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classes", abstract: "What I3D takes videos for: the likeliest of Kinetics' 400 classes.",
        discussion: """
            Example:
              vidrd eval classes boat.mp4 --top 5
            """)

    @Argument(help: "Videos, or folders of them.") var videos: [String]
    @OptionGroup(title: "Clips") var clips: EvalClips
    @Option(parsing: .unconditional, help: "Classes to name.", transform: OptionValues.whole(1...400)) var top = 3

    func run() throws {
        let extraction = try clips.extraction()
        for path in videos {
            let stream = ClipStream(try VideoList(path).entries, extraction.rules, takesShort: true)
            defer { stream.stop() }
            while let element = try stream.pop() {
                switch element {
                case .clip(let clip):
                    let p = InceptionScore.probabilities(extraction(clip.pictures).logits, InflatedInception.classes)
                    let best = p.indices.sorted { p[$0] > p[$1] }.prefix(top)
                    let words = best.map { Kinetics.classes[$0] + String(format: " %.4f", p[$0]) }
                    Console.result("\(clip.name): \(words.joined(separator: ", "))")
                case .problem(let name, .short(let frames)):
                    Console.warning("\(name): \(frames) frames, and a clip spans \(extraction.rules.span)")
                case .problem(let name, .unreadable(let error)):
                    Console.warning("\(name): \(error)")
                }
            }
        }
    }
}

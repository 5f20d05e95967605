import ArgumentParser
import Benchmarks
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
    @Option(help: ArgumentHelp("Model folder, or the name of a model that ships (default: VIDRD_MODEL, else starter).", valueName: "model"),
        completion: CompletionScript.models)
    var model: String?
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
    @Option(help: "png: folders of frames, nothing lost. mp4: smaller.") var format = UCF101Bench.Format.png
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
        let modelFolder = try ModelLocation.find(model), layout = try parts.layout(modelFolder), loaded = try VideoModel(layout)
        var options = UCF101Bench.Options(folder: URL(fileURLWithPath: output))
        (options.format, options.perClass, options.videos, options.split) = (format, perClass, videos ?? options.videos, split)
        options.realFeatures = realFeatures.map { URL(fileURLWithPath: $0) }
        let settings = try videoOptions.settings(for: "", seed: clips.seed, model: loaded)
        let bench = try BenchmarkError.naming("-o, or ask for what that one has") {
            try UCF101Bench(
                dataSet, sentences: sentences.texts, model: loaded, named: modelFolder.lastPathComponent,
                fingerprint: try layout.fingerprint(), settings: settings, framesPerSecond: loaded.defaults.framesPerSecond,
                options: options, events: BenchmarkEvents(isQuiet: clips.quiet))
        }
        let classifier = try c3d.map { try C3D(WeightFile.open(URL(fileURLWithPath: $0))) }
        switch try bench.run(try clips.extraction(defaultProtocol: .original), classifier: classifier) {
        case .leftToOthers:
            Console.status("the videos that are left are being made by other processes; the last of them writes the report")
        case .measured(let result, let report):
            result.distance.warnings.forEach(Console.warning)
            Console.result(report.path)
        }
    }

    private var videoOptions: VideoOptions {
        get throws {
            var options = try VideoOptions.parse([])
            options.length = length ?? clips.clipFrames
            (options.steps, options.guidance, options.size) = (steps, guidance, size)
            (options.sampler, options.reuseOrder, options.compat) = (sampler, reuseOrder, compat)
            return options
        }
    }
}

extension UCF101Bench.Format: ExpressibleByArgument {}

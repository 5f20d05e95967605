import ArgumentParser
import Benchmarks
import Checkpoints
import Evaluation
import Foundation
import Generation
import Tensors
import Training

struct EvalScenes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenes",
        abstract: "How well a model makes the scenes: held-out captions, measured against rendered clips.",
        discussion: """
            Generates a clip for each of the first captions that training never draws (seed: the caption's number), draws \
            the same captions' clips, sends those through the autoencoder, and measures all of them. Clips and readings \
            stay in the report's folder: run it again after a stop, with more clips, or for other parts.

            Parts: accuracy (does a classifier find family, colour, count and time of day as the caption states them), \
            fvd (distance from rendered clips, with I3D's weights FVD), decoder (PSNR and flicker with and without the \
            temporal layers), seams and drift (videos of many clips).

            Examples:
              vidrd eval scenes --model Runs/starter --report Runs/judged
              vidrd eval scenes --only accuracy --count 52
            """)

    typealias Part = SceneBench.Part

    @Option(help: ArgumentHelp("Model folder, or the name of a model that ships (default: VIDRD_MODEL, else starter).", valueName: "model"),
        completion: CompletionScript.models)
    var model: String?
    @Option(help: ArgumentHelp("Folder for clips, readings and the report.", valueName: "dir"), completion: .directory)
    var report = "eval-scenes"
    @Option(
        help: ArgumentHelp("Parts: accuracy, fvd, decoder, seams, drift (default: all).", valueName: "a,b"),
        transform: Self.parts)
    var only: [Part] = Part.allCases
    @Option(parsing: .unconditional, help: "Clips (default: 512).", transform: OptionValues.whole(2...100_000))
    var count = 512
    @Option(parsing: .unconditional, help: "Frames of a clip (default: 16).", transform: OptionValues.whole(3...1024))
    var length = 16
    @Option(parsing: .unconditional, help: "Denoising steps (default: the model's).", transform: OptionValues.whole(from: 1))
    var steps: Int?
    @Option(
        parsing: .unconditional, help: "How closely prompts are followed (default: the model's).",
        transform: OptionValues.guidance)
    var guidance: Double?
    @Option(parsing: .unconditional, help: "Long videos for seams and drift (default: 8).", transform: OptionValues.whole(1...10_000))
    var videos = 8
    @Option(
        parsing: .unconditional, help: "Frames of a long video (default: 256).", transform: OptionValues.whole(3...100_000))
    var videoLength = 256
    @Option(
        help: ArgumentHelp(
            "I3D's weights (default: where \"vidrd weights i3d\" puts them; without them a distance of the classifier's features).",
            valueName: "file"),
        completion: .file())
    var i3d: String?
    @Option(
        help: ArgumentHelp("Folder of the classifier (default: the one that ships).", valueName: "dir"), completion: .directory)
    var classifier: String?
    @Option(
        parsing: .unconditional, help: "Resamples for the distance's interval; 0: none (default: 50).",
        transform: OptionValues.whole(0...100_000))
    var bootstrap = 50
    @OptionGroup var output: EvalOutput
    @OptionGroup var threads: ThreadOptions
    @Flag(help: "No progress on stderr.") var quiet = false

    @Sendable static func parts(_ text: String) throws -> [Part] {
        try text.split(separator: ",").map { name in
            guard let part = Part(rawValue: String(name)) else {
                throw ValidationError("allowed are \(Part.allCases.map(\.rawValue).joined(separator: ", ")), joined by commas")
            }
            return part
        }
    }

    func run() throws {
        threads.use()
        Interruption.listen()
        BuildFacts.warnIfSlow()
        let classifierFolder = try Shipped.find("Weights/classifier", asked: classifier, option: "--classifier")
        let modelFolder = try ModelLocation.find(model)
        let extraction = try only.contains(.fvd) || only.contains(.drift) ? network() : nil
        var options = SceneBench.Options()
        (options.parts, options.count, options.length) = (Set(only), count, length)
        (options.steps, options.guidance, options.bootstraps) = (steps, guidance, bootstrap)
        (options.videos, options.videoLength) = (videos, videoLength)
        let folder = URL(fileURLWithPath: report)
        let events = BenchmarkEvents(isQuiet: quiet) {
            Console.status("stopped: what was finished is kept in \(folder.path)")
        }
        let bench = try BenchmarkError.naming("--report") {
            try SceneBench(
                options, model: modelFolder, classifier: classifierFolder, report: folder, extraction: extraction, events: events)
        }
        let result = try bench.run()
        if !output.takesStdout { Console.result(folder.appendingPathComponent("report.md").path) }
        if !quiet { result.lines.forEach(Console.status) }
        try output.write(result) { [] }
    }

    /// I3D for FVD; nil where nobody named weights and none are in the cache.
    private func network() throws -> FeatureExtraction? {
        let file: URL
        do {
            file = try I3DFile.find(i3d)
        } catch where i3d == nil {
            Console.warning("no I3D weights, so that distances are of the classifier's features and not FVD; see \"vidrd weights i3d\"")
            return nil
        }
        guard length >= InflatedInception.fewestFrames else {
            throw UsageError("--length is \(length); FVD needs clips of \(InflatedInception.fewestFrames) frames or more")
        }
        var rules = ClipProtocol(.original)
        rules.clipFrames = length
        let source = try WeightFile.open(file)
        return FeatureExtraction(
            network: try InflatedInception(source), rules: rules, weights: try I3DFile.fingerprint(source))
    }
}

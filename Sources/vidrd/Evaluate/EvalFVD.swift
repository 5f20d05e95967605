import ArgumentParser
import Evaluation
import Foundation

struct EvalFVD: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fvd",
        abstract: "Fréchet Video Distance between two folders of videos.",
        discussion: """
            Folders may hold videos of any kind that ffmpeg reads, folders of PNG frames, or folders of these; a file of \
            features from --save-features does as well. The value comes with the number of clips, a bootstrap interval \
            and the floor: what real clips score against other real clips.

            Example:
              vidrd eval fvd --real UCF-101 --generated Videos --json result.json
            """)

    @Option(help: ArgumentHelp("Real videos, or their features.", valueName: "dir")) var real: String
    @Option(help: ArgumentHelp("Videos to judge, or their features.", valueName: "dir")) var generated: String
    @OptionGroup(title: "Clips") var clips: EvalClips
    @Option(
        help: "logits: FVD. pooled: another metric under another name.", transform: EvalClips.named(ClipProtocol.Layer.self))
    var layer: ClipProtocol.Layer = .logits
    @OptionGroup var output: EvalOutput
    @Option(help: ArgumentHelp("Keep real.features and generated.features here.", valueName: "dir")) var saveFeatures: String?
    @Option(parsing: .unconditional, help: "Resamples for the interval; 0: none.", transform: OptionValues.whole(0...100_000))
    var bootstrap = 100
    @Option(parsing: .unconditional, help: "Random halves of the real clips for the floor; 0: none.", transform: OptionValues.whole(0...100_000))
    var floorSplits = 10

    func run() throws {
        Interruption.listen()
        let extraction = try clips.extraction(layer: layer)
        func saved(_ name: String) -> URL? {
            saveFeatures.map { URL(fileURLWithPath: $0).appendingPathComponent("\(name).features") }
        }
        let begin = Date()
        let realSide = try extraction.side(real, called: "real", saved: saved("real"), isQuiet: clips.quiet)
        let generatedSide = try extraction.side(
            generated, called: "generated", saved: saved("generated"), isQuiet: clips.quiet)
        let seconds = Date().timeIntervalSince(begin)
        let result = try VideoDistance(
            real: realSide, generated: generatedSide, header: extraction.header, bootstraps: bootstrap,
            floorSplits: floorSplits)
        result.warnings.forEach(Console.warning)
        if !clips.quiet {
            Console.status(String(format: "%d clips in %.1f s", result.real.count + result.generated.count, seconds))
        }
        try output.write(result) { result.lines }
    }
}

extension VideoDistance {
    /// The result for people.
    var lines: [String] {
        var lines = [String(format: "%@ %.2f", metric, value) + "  (\(real.count) real, \(generated.count) generated clips)"]
        if let bootstrap {
            lines.append(String(
                format: "  95%% interval %.2f to %.2f (bootstrap, %d resamples)", bootstrap.interval[0], bootstrap.interval[1],
                bootstrap.resamples))
        }
        if let floor {
            lines.append(String(
                format: "  floor %.2f +- %.2f: %d real clips against %d others, %d splits", floor.mean, floor.deviation,
                floor.count, floor.count, floor.splits))
        }
        for (name, side) in [("real", real), ("generated", generated)] {
            var parts: [String] = []
            if let score = side.inceptionScore { parts.append(String(format: "IS (I3D) %.3f", score)) }
            if let splits = side.inceptionScoreSplits {
                parts.append(String(format: "%.3f +- %.3f over %d splits", splits.mean, splits.deviation, splits.count))
            }
            if let motion = side.motion, let jitter = side.jitter {
                parts.append(String(format: "motion %.2f, jitter %.2f of 255", motion, jitter))
            }
            lines.append("  \(name): " + parts.joined(separator: "; "))
        }
        lines.append("  protocol \(rules.description)")
        return lines
    }
}

import ArgumentParser
import Checkpoints
import Evaluation
import Foundation
import Tensors

/// Which clips are measured, by which network.
struct EvalClips: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            stylegan-v (2,048 x 16 frames; default), original (the first 16 frames of every video; default of ucf101), \
            all-clips.
            """, valueName: "name"),
        transform: EvalClips.named(ClipProtocol.Name.self))
    var `protocol`: ClipProtocol.Name?

    @Option(parsing: .unconditional, help: "Most clips of a side, in place of the protocol's.", transform: OptionValues.whole(from: 2))
    var limit: Int?

    @Option(
        parsing: .unconditional, help: "Frames of a clip.",
        transform: OptionValues.whole(InflatedInception.fewestFrames...512))
    var clipFrames = 16

    @Option(parsing: .unconditional, help: "Take every n-th frame.", transform: OptionValues.whole(1...1000))
    var stride = 1

    @Option(
        parsing: .unconditional, help: "Bring videos to this frame rate first (default: their own).",
        transform: OptionValues.positive(upTo: 1000))
    var fps: Double?

    @Option(help: "Where in a longer video its clip lies: first, middle, random.", transform: EvalClips.named(ClipProtocol.Start.self))
    var start: ClipProtocol.Start = .first

    @Option(
        help: "To 224x224: bilinear (as torch's interpolate), area (antialiased), crop (shorter side 256, then the middle).",
        transform: EvalClips.named(ClipProtocol.Resize.self))
    var resize: ClipProtocol.Resize = .bilinear

    @Option(parsing: .unconditional, help: "Decides which videos are taken where there are more.", transform: OptionValues.seed)
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("I3D's weights: .ckpt, .safetensors or .pt (default: where \"vidrd weights i3d\" puts them).", valueName: "file"))
    var i3d: String?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "No progress on stderr.")
    var quiet = false

    func rules(layer: ClipProtocol.Layer = .logits, defaultProtocol: ClipProtocol.Name = .styleGANV) -> ClipProtocol {
        var rules = ClipProtocol(`protocol` ?? defaultProtocol)
        rules.clipFrames = clipFrames
        rules.stride = stride
        rules.framesPerSecond = fps
        rules.start = start
        rules.resize = resize
        rules.layer = layer
        rules.limit = limit ?? rules.limit
        rules.seed = seed
        return rules
    }

    /// The network, ready to be fed; loads the weights.
    func extraction(
        layer: ClipProtocol.Layer = .logits, defaultProtocol: ClipProtocol.Name = .styleGANV
    ) throws -> FeatureExtraction {
        threads.use()
        BuildFacts.warnIfSlow()
        let source = try WeightFile.open(try I3DFile.find(i3d))
        return FeatureExtraction(
            network: try InflatedInception(source), rules: rules(layer: layer, defaultProtocol: defaultProtocol),
            weights: try I3DFile.fingerprint(source))
    }

    static func named<Value: RawRepresentable & CaseIterable & Sendable>(
        _ type: Value.Type
    ) -> @Sendable (String) throws -> Value where Value.RawValue == String {
        let values = Array(Value.allCases), names = values.map(\.rawValue)
        return { text in
            guard let index = names.firstIndex(of: text) else {
                throw ValidationError("allowed are \(names.joined(separator: ", "))")
            }
            return values[index]
        }
    }
}

extension FeatureExtraction {
    /// Features of one side, with progress and the names of what was left out on stderr.
    func side(_ path: String, called what: String, saved: URL?, isQuiet: Bool) throws -> (FeatureSet, SideReport) {
        let progress = CountReport(what, isQuiet: isQuiet)
        var extraction = self
        extraction.onProgress = { done, of in
            progress.show(done, of)
            if Interruption.isRequested { throw ExitCode(Failure.interrupted) }
        }
        let result = try extraction.features(of: path, saved: saved)
        progress.clear()
        result.1.tellWhatWasLeftOut(isQuiet: isQuiet)
        return result
    }
}

extension SideReport {
    private static let most = 10

    func tellWhatWasLeftOut(isQuiet: Bool) {
        for (what, list) in [("too short", short), ("cannot be read", broken)] where !list.isEmpty {
            Console.warning("\(path): \(list.count) of \(videos) videos left out, \(what)")
            guard !isQuiet else { continue }
            for item in list.prefix(Self.most) { Console.status("  \(item.name): \(item.reason)") }
            if list.count > Self.most { Console.status("  and \(list.count - Self.most) more; --json lists them all") }
        }
    }
}

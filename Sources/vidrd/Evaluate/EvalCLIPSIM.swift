import ArgumentParser
import Evaluation
import Files
import Foundation
import Video

struct EvalCLIPSIM: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clipsim",
        abstract: "How well videos show what their prompts say, by a CLIP model.",
        discussion: """
            Mean over frames of the cosine between picture and prompt. The model is a folder of transformers with both \
            towers and the tokenizer (papers use openai/clip-vit-base-patch32; values of different models do not compare). \
            Prompts come from --prompt, or from JSON lines such as {"file": "a.mp4", "caption": "a candle is burning"}, \
            by default captions.jsonl beside the videos.

            Example:
              vidrd eval clipsim boat.mp4 --clip CLIP --prompt "a boat is sailing in a lake"
            """)

    @Argument(help: "A video or a folder of videos.") var videos: String
    @Option(help: ArgumentHelp("Folder of a CLIP model.", valueName: "dir")) var clip: String
    @Option(help: "One prompt for all videos.") var prompt: String?
    @Option(help: ArgumentHelp("JSON lines of files and captions.", valueName: "file")) var captions: String?
    @Option(parsing: .unconditional, help: "Most frames of a video.", transform: OptionValues.whole(1...100_000)) var frames = 256
    @OptionGroup var output: EvalOutput

    struct Result: Encodable {
        struct Item: Encodable {
            let video, prompt: String
            let frames: Int
            let clipsim: Double
        }
        let model: String
        var clipsim = 0.0
        var count = 0
        var videos: [Item] = []
        var left: [SideReport.Left] = []
    }

    func run() throws {
        Interruption.listen()
        let list = try VideoList(videos)
        let sentences = try prompt == nil ? CaptionFile(captions ?? videos + "/captions.jsonl") : nil
        let model = try CLIPModel(URL(fileURLWithPath: clip))
        model.warnings.forEach(Console.warning)
        var result = Result(model: clip), known: [String: [Float]] = [:]
        let progress = CountReport("videos", isQuiet: false)
        for (index, entry) in list.entries.enumerated() {
            if Interruption.isRequested { throw ExitCode(Failure.interrupted) }
            guard let sentence = prompt ?? sentences?.caption(of: entry.name) else {
                result.left.append(.init(name: entry.name, reason: "it has no caption"))
                continue
            }
            do {
                let direction = try known[sentence] ?? model.embedding(of: sentence)
                known[sentence] = direction
                let reader = try VideoReader(entry.path), found = try model.similarity(reader, to: direction, atMost: frames)
                reader.notices.forEach(Console.warning)
                result.videos.append(.init(video: entry.name, prompt: sentence, frames: found.frames, clipsim: found.mean))
            } catch let error where error is VideoError || (error as? FileError)?.isOfReading == true {
                result.left.append(.init(name: entry.name, reason: "\(error)"))
            }
            progress.show(index + 1, list.entries.count)
        }
        progress.clear()
        for item in result.left { Console.warning("\(item.name): \(item.reason)") }
        guard !result.videos.isEmpty else { throw ExitCode(Failure.failed) }
        result.count = result.videos.count
        result.clipsim = result.videos.reduce(0) { $0 + $1.clipsim } / Double(result.count)
        try output.write(result) {
            result.videos.prefix(50).map { String(format: "  %.4f  %@: %@", $0.clipsim, $0.video, $0.prompt) }
                + [String(format: "CLIPSIM %.4f", result.clipsim) + "  (\(result.count) videos, \(clip))"]
        }
    }
}

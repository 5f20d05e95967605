import ArgumentParser
import Foundation
import Scenes
import Training
import Video

struct ScenesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenes",
        abstract: "Draw procedural captioned clips: training data, test data, reference data.")

    @Option(name: .long, help: "Folder for raw clips (frames.u8, captions.jsonl), as training reads them.")
    var raw: String?

    @Option(help: "How many clips.") var count = 16
    @Option(help: "Frames in a clip.") var frames = 16
    @Option(help: "Side of the picture in pixels.") var size = 128
    @Option(help: "Frames per second.") var fps = 8.0
    @Option(help: "Seed of the first clip.") var seed: UInt64 = 1

    func run() throws {
        if let raw {
            let begin = Date()
            try ClipCache.render(
                scenes: count, frames: frames, size: size, framesPerSecond: fps, seed: seed,
                to: URL(fileURLWithPath: raw)
            ) { done in
                Console.status("\(done) of \(count) clips, \(Int(Double(done * frames) / Date().timeIntervalSince(begin))) frames/s")
            }
            Console.result(raw)
        }
    }
}

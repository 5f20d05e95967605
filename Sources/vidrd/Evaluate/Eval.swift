import ArgumentParser
import Evaluation
import Foundation
import Video

struct Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Measure videos.",
        discussion: """
            Examples:
              vidrd eval fvd --real DIR --generated DIR
              vidrd eval motion boat.mp4
            """,
        subcommands: [EvalFVD.self, EvalIS.self, EvalCLIPSIM.self, EvalMotion.self, EvalSeams.self, EvalClasses.self, EvalUCF101.self, EvalScenes.self])
}

struct EvalSeams: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seams",
        abstract: "How visible the borders between clips are, and how far colours drift.",
        discussion: """
            Prints the mean difference of neighbouring frames inside clips and at borders, their ratio (1: borders look \
            like any other place), which place between two borders changes most (-2: two frames before a border) and \
            how much more than the others, and the change of the mean colour from the first 16 frames to the last 16, \
            in steps of 255.

            Example:
              vidrd eval seams boat.mp4
            """)

    @Argument(help: "A video, or a folder of PNG frames.") var video: String
    @Option(
        parsing: .unconditional, help: "Frames of the first clip (default: 16).", transform: OptionValues.whole(1...1024))
    var clipFrames = 16
    @Option(
        parsing: .unconditional,
        help: "Frames that a clip shares with the one before and does not show again (default: 4, where clips are longer).",
        transform: OptionValues.whole(0...1023))
    var overlap: Int?

    func validate() throws {
        if let overlap, overlap >= clipFrames {
            throw ValidationError("--overlap is \(overlap); it must be from 0 to \(clipFrames - 1), less than --clip-frames")
        }
    }

    func run() throws {
        let reader = try VideoReader(video), overlap = overlap ?? min(4, clipFrames - 1)
        let seams = try Seams(AnySequence(reader.makeIterator), clipFrames: clipFrames, newFrames: clipFrames - overlap)
        reader.notices.forEach(Console.warning)
        let largest = seams.largest.map { String(format: ", largest %.2f at %+d", $0.ratio, $0.offset) } ?? ""
        Console.result(
            String(
                format: "%@: %d frames, %d borders, inside %.2f, borders %.2f, ratio %.2f%@, drift %+.1f %+.1f %+.1f", video,
                seams.frameCount, seams.borderCount, seams.inside, seams.borders, seams.ratio, largest, seams.drift[0],
                seams.drift[1], seams.drift[2]))
    }
}

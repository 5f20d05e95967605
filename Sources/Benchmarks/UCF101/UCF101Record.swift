import Checkpoints
import Evaluation
import Files
import Foundation
import Generation

/// What made the videos of a folder: `record.json`.
struct UCF101Record: Codable, Equatable {
    /// The model's fingerprint.
    let model: String
    /// Of every video, but for its prompt and its seed, which comes from this one.
    let settings: GenerationSettings
    let framesPerSecond: Double
    let format: UCF101Bench.Format
    /// By class.
    let sentences: [String: String]

    enum CodingKeys: String, CodingKey { case model, settings, framesPerSecond = "fps", format, sentences }

    /// Notes it before the first video is made. Throws `BenchmarkError` where other videos are in the folder.
    func keep(in folder: RunFolder, _ plan: VideoPlan) throws {
        let claim = try folder.claim("record", waits: true)
        defer { withExtendedLifetime(claim) {} }
        let file = folder.url.appendingPathComponent("record.json")
        guard FileManager.default.fileExists(atPath: file.path) else {
            if let job = plan.jobs.first(where: { folder.video($0) != nil }) {
                throw BenchmarkError.noRecord(folder: folder.url.path, video: job.path)
            }
            return try JSONFile.write(self, to: file)
        }
        let found = try JSONFile.read(Self.self, from: file)
        let differences = [
            (found.model != model, "another model"), (found.settings != settings, "other settings"),
            (found.framesPerSecond != framesPerSecond, "another frame rate"), (found.format != format, "another format"),
            (found.sentences != sentences, "other sentences"),
        ].filter(\.0).map(\.1)
        guard differences.isEmpty else {
            throw BenchmarkError.otherVideos(record: file.path, differences: differences)
        }
    }
}

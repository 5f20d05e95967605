import Checkpoints
import Evaluation
import Files
import Foundation

/// What was measured on one clip without I3D.
public struct SceneReading: Codable, Sendable {
    /// The clip's place in the list.
    public let index: Int
    /// What the classifier takes it for, by question.
    public let answers: [String: String]
    /// The classifier's hidden layer.
    public let features: [Float]
    public let motion: MotionFigures

    public init(index: Int, answers: [String: String], features: [Float], motion: MotionFigures) {
        (self.index, self.answers, self.features, self.motion) = (index, answers, features, motion)
    }
}

/// What was measured on one clip's way through the autoencoder.
public struct DecoderReading: Codable, Sendable {
    public let index: Int
    /// Frame by frame, without the temporal layers.
    public let plain: FrameFigures
    public let temporal: FrameFigures
    /// High-frequency temporal energy of the rendered clip itself.
    public let rendered: Double

    public init(index: Int, plain: FrameFigures, temporal: FrameFigures, rendered: Double) {
        (self.index, self.plain, self.temporal, self.rendered) = (index, plain, temporal, rendered)
    }
}

/// High-frequency temporal energy of one generated clip, its latents decoded both ways.
public struct SampledReading: Codable, Sendable {
    public let index: Int
    public let plain: Double
    public let temporal: Double

    public init(index: Int, plain: Double, temporal: Double) { (self.index, self.plain, self.temporal) = (index, plain, temporal) }
}

/// Values by index in a file of JSON lines, appended one by one: a run that was stopped finds what it had.
public final class ReadingLog<Value: Codable> {
    public private(set) var values: [Int: Value] = [:]
    private let handle: FileHandle
    private let index: (Value) -> Int
    private let encoder = JSONEncoder()

    /// Opens or makes the file; a line that was cut off by a stop is dropped.
    public init(_ url: URL, index: @escaping (Value) -> Int) throws {
        self.index = index
        encoder.outputFormatting = .sortedKeys
        try FileManager.default.makeFolder(url.deletingLastPathComponent(), for: url)
        if !FileManager.default.fileExists(atPath: url.path) {
            _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        }
        do {
            handle = try FileHandle(forUpdating: url)
            var kept = 0
            for line in (try handle.readToEnd() ?? Data()).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
                guard let value = try? JSONDecoder().decode(Value.self, from: Data(line)) else { break }
                values[index(value)] = value
                kept += line.count + 1
            }
            try handle.truncate(atOffset: UInt64(kept))
            try handle.seekToEnd()
        } catch {
            throw FilePath.systemError(error, writing: url.path)
        }
    }

    public func append(_ value: Value) throws {
        try handle.write(contentsOf: encoder.encode(value) + Data("\n".utf8))
        values[index(value)] = value
    }

    /// The values of the first `count` clips that are there, in order.
    public func first(_ count: Int) -> [Value] { (0..<count).compactMap { values[$0] } }
}

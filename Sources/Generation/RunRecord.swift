import Checkpoints
import Files
import Foundation
import Models

/// How a video came about: all that it takes to make it again, and what became of it.
///
/// It is `record.json` of a run's folder (`VideoRun`). Keys are those of this type in snake case; a reader refuses
/// versions, keys and values that it does not know, because a video made with half of its settings would be another one.
public struct RunRecord: Codable, Equatable, Sendable {
    /// The version that is written. Those of version 1, which knew one method, are read as well.
    public static let version = 2
    private static let readable = 1...version

    public enum State: String, Codable, Sendable {
        /// Being made, or left by a process that was killed.
        case running
        /// Ended before its last frame, by the user or an error.
        case stopped
        /// The results are whole.
        case finished
    }

    /// Where the model lies and what it is.
    public struct Model: Codable, Equatable, Sendable {
        public var folder: String
        /// Parts that were named one by one, in place of the folder's.
        public var checkpoint: String?
        public var autoencoder: String?
        /// `ModelLayout.fingerprint()`.
        public var fingerprint: String

        public init(folder: String, checkpoint: String? = nil, autoencoder: String? = nil, fingerprint: String) {
            (self.folder, self.checkpoint, self.autoencoder, self.fingerprint) = (folder, checkpoint, autoencoder, fingerprint)
        }
    }

    /// What computed it. Threads and instruction set decide the last bits of every sum.
    public struct Program: Codable, Equatable, Sendable {
        public var version: String
        public var build: String
        public var instructionSet: String
        public var blasCore: String
        public var threads: Int
        /// Plain sums in place of Winograd's transforms.
        public var exactConvolution: Bool
        /// Bytes that it was held to.
        public var maxMemory: Int?
        /// How that was done: a video that is continued keeps to it.
        public var memoryPlan: MemoryPlan?

        enum CodingKeys: String, CodingKey {
            case version, build, threads
            case maxMemory = "max_memory"
            case memoryPlan = "memory_plan"
            case instructionSet = "instruction_set"
            case blasCore = "blas_core"
            case exactConvolution = "exact_convolution"
        }

        /// How memory was spared, if at all.
        public var plan: MemoryPlan { memoryPlan ?? .unlimited }

        public init(
            version: String, build: String, instructionSet: String, blasCore: String, threads: Int, exactConvolution: Bool,
            maxMemory: Int? = nil, memoryPlan: MemoryPlan? = nil
        ) {
            (self.version, self.build, self.instructionSet) = (version, build, instructionSet)
            (self.blasCore, self.threads, self.exactConvolution) = (blasCore, threads, exactConvolution)
            (self.maxMemory, self.memoryPlan) = (maxMemory, memoryPlan)
        }
    }

    /// Where the results go. Names without a slash in front are relative to the folder that the run's folder lies in.
    public struct Outputs: Codable, Equatable, Sendable {
        public var video: String?
        /// A folder of PNG frames.
        public var frames: String?
        public var contactSheet: String?
        /// Whether what exists under those names may be replaced.
        public var overwrite: Bool

        enum CodingKeys: String, CodingKey {
            case video, frames, overwrite
            case contactSheet = "contact_sheet"
        }

        public init(video: String?, frames: String?, contactSheet: String? = nil, overwrite: Bool) {
            (self.video, self.frames, self.contactSheet, self.overwrite) = (video, frames, contactSheet, overwrite)
        }
    }

    public private(set) var version = Self.version
    public var state = State.running
    public var settings: GenerationSettings
    public var framesPerSecond: Double
    public var model: Model
    public var program: Program
    public var outputs: Outputs
    /// ISO 8601, of the first start and of the last end.
    public var started: String
    public var ended: String?
    /// Seconds of work, all starts together as far as they came to an orderly end.
    public var seconds = 0.0
    /// Bytes; the largest of any start.
    public var peakMemory = 0
    /// Frames that the saved clips make, or that the result has.
    public var frames = 0

    enum CodingKeys: String, CodingKey {
        case version, state, settings, model, program, outputs, started, ended, seconds, frames
        case framesPerSecond = "fps"
        case peakMemory = "peak_memory"
    }

    public init(settings: GenerationSettings, framesPerSecond: Double, model: Model, program: Program, outputs: Outputs) {
        self.settings = settings
        self.framesPerSecond = framesPerSecond
        self.model = model
        self.program = program
        self.outputs = outputs
        started = Self.now
    }

    static var now: String { Date().ISO8601Format() }

    /// Whether both records are of the same video, wherever it lies and whatever became of it. What no new video may choose
    /// (`VideoMethod.inherit`) is nobody's wish: a run goes on with what it was begun with.
    public func isSameVideo(as other: RunRecord) -> Bool {
        let wanted = other.settings.inheriting(from: settings)
        return settings == wanted && framesPerSecond == other.framesPerSecond
            && model.fingerprint == other.model.fingerprint
            && program.exactConvolution == other.program.exactConvolution
    }

    // MARK: Files

    /// Reads a record. Throws `RunError.badRecord` or `.unknownVersion`.
    public static func read(_ url: URL) throws -> RunRecord {
        struct Versioned: Decodable { let version: Int }
        do {
            let found = try JSONFile.read(Versioned.self, from: url).version
            guard readable.contains(found) else { throw RunError.unknownVersion(file: url.path, found: found) }
            var record = try JSONFile.read(RunRecord.self, from: url)
            try record.check(keys: FileBytes(url).data)
            try record.checkValues()
            record.version = version
            return record
        } catch let error as RunError {
            throw error
        } catch let problem as Problem {
            throw RunError.badRecord(file: url.path, problem: problem.text)
        } catch let error as FileError {
            throw RunError.badRecord(file: url.path, problem: error.reason)
        }
    }

    /// Writes it aside and then renames it. Throws `FileError.unwritable`.
    public func write(to url: URL) throws { try JSONFile.write(self, to: url) }

    private struct Problem: Error {
        let text: String
    }

    /// Refuses keys that a record does not have, or has twice: those that writing it again would lose.
    private func check(keys data: Data) throws {
        if let key = JSONFile.repeatedKey(in: data) { throw Problem(text: "key \"\(key)\" stands there twice") }
        func compare(_ found: Any, _ known: Any, _ path: String) throws {
            if let found = found as? [String: Any], let known = known as? [String: Any] {
                for (key, value) in found.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
                    let name = path.isEmpty ? key : "\(path).\(key)"
                    guard let twin = known[key] else { throw Problem(text: "key \"\(name)\" is not known") }
                    try compare(value, twin, name)
                }
            } else if let found = found as? [Any], let known = known as? [Any] {
                for (index, pair) in zip(found, known).enumerated() { try compare(pair.0, pair.1, "\(path)[\(index)]") }
            }
        }
        var known = try JSONSerialization.jsonObject(with: JSONEncoder().encode(self)) as? [String: Any] ?? [:]
        if version == 1 { known = Self.flattened(known) }
        try compare(JSONSerialization.jsonObject(with: data), known, "")
    }

    /// A record as version 1 had it: the method's settings among the others.
    private static func flattened(_ record: [String: Any]) -> [String: Any] {
        let settings = record[CodingKeys.settings.rawValue] as? [String: Any] ?? [:]
        let method = settings[GenerationSettings.CodingKeys.recordedMethod.rawValue] as? [String: Any] ?? [:]
        var flat = settings.merging(method) { common, _ in common }
        for key in [RecordedMethod.nameKey, GenerationSettings.CodingKeys.recordedMethod.rawValue] { flat[key] = nil }
        return record.merging([CodingKeys.settings.rawValue: flat]) { $1 }
    }

    /// Refuses numbers with which arithmetic would end the program before anything else could refuse them.
    private func checkValues() throws {
        func require(_ isRight: Bool, _ key: String, _ allowed: String) throws {
            if !isRight { throw Problem(text: "key \"\(key)\" is out of range; allowed: \(allowed)") }
        }
        try require((1...1_000_000_000).contains(settings.length), "settings.length", "1 to 1000000000")
        try require((1...1 << 16).contains(settings.width), "settings.width", "1 to 65536")
        try require((1...1 << 16).contains(settings.height), "settings.height", "1 to 65536")
        try require((1...1024).contains(settings.clipFrames), "settings.clip_frames", "1 to 1024")
        try require((1...100_000).contains(settings.steps), "settings.steps", "1 to 100000")
        try require((1...100).contains(settings.deepReuse), "settings.deep_reuse", "1 to 100")
        try require((0...1).contains(settings.guidanceFrom), "settings.guidance_from", "0 to 1")
        try require((0...1).contains(settings.guidanceTo), "settings.guidance_to", "0 to 1")
        for (index, change) in settings.promptChanges.enumerated() {
            try require((1...1_000_000_000).contains(change.frame), "settings.prompt_changes[\(index)].frame", "1 to 1000000000")
        }
        try require(framesPerSecond > 0 && framesPerSecond <= 1000, "fps", "above 0 and up to 1000")
        try require((1...256).contains(program.threads), "program.threads", "1 to 256")
        try require(program.maxMemory ?? 1 >= 1, "program.max_memory", "1 byte or more")
        let tile = program.memoryPlan?.decoderTile ?? Autoencoder.smallestTile
        try require(tile >= Autoencoder.smallestTile, "program.memory_plan.decoder_tile", "\(Autoencoder.smallestTile) latents or more")
        for (name, path) in [("video", outputs.video), ("frames", outputs.frames), ("contact_sheet", outputs.contactSheet)] {
            try require(path != "", "outputs.\(name)", "a name, or none")
        }
        try require(outputs.video != nil || outputs.frames != nil, "outputs", "a video, frames, or both")
    }
}

import Checkpoints
import Foundation
import Tensors
import Video

/// The folder of a run, `NAME.run` beside its result NAME: what a video needs to be continued after whatever ended it.
///
///     record.json              settings, model, program, outputs and state (`RunRecord`)
///     clip-00001.safetensors   the latents of each clip, saved before they are decoded
///     state-00001.safetensors  what the next clip needs (`ClipState`); only the newest is kept
///     results/                 results that are being written, before they get their names
///     lock                     held by the process that makes the video
///
/// Every file is written aside, synced and renamed, and an older state goes only when the newer one is safe, so that at
/// any moment there is one that can be continued from.
public final class VideoRun {
    /// The folder, as it was named.
    public let path: String
    public internal(set) var record: RunRecord
    /// Finished clips: their latents are saved, and the state after them.
    public internal(set) var clips = 0
    private let lock: RunLock

    private static let recordName = "record.json", resultsName = "results", suffix = ".run"

    private var recordURL: URL { URL(fileURLWithPath: RunPath.join(path, Self.recordName)) }
    func url(_ name: String) -> URL { URL(fileURLWithPath: RunPath.join(path, name)) }

    // MARK: Places

    /// The folder of the run that makes a result.
    public static func path(for result: String) -> String {
        let trimmed = RunPath.trimmed(result)
        return ([".", ".."].contains(RunPath.name(of: trimmed)) ? RunPath.absolute(trimmed) : trimmed) + suffix
    }

    /// The folder of a run from its own path, that of its record or that of its result.
    ///
    /// Throws `RunError.notFound`, or `.badRecord` for a folder without a record.
    public static func find(_ asked: String) throws -> String {
        let path = RunPath.trimmed(asked), beside = Self.path(for: path)
        if RunPath.name(of: path) == recordName, RunPath.exists(path) {
            let folder = RunPath.parent(of: path)
            return folder.isEmpty ? "." : folder
        }
        for folder in [path, beside] where RunPath.exists(RunPath.join(folder, recordName)) { return folder }
        for folder in [path, beside] where folder.hasSuffix(suffix) && RunPath.isFolder(folder) {
            throw RunError.badRecord(file: RunPath.join(folder, recordName), problem: "it is missing")
        }
        throw RunError.notFound(path: asked)
    }

    /// The record that a path names: a file of any name, or as `find` has it. Throws `RunError`.
    public static func record(at asked: String) throws -> RunRecord {
        if asked.hasSuffix(".json"), RunPath.exists(asked), !RunPath.isFolder(asked), !RunPath.exists(path(for: asked)) {
            return try .read(URL(fileURLWithPath: asked))
        }
        return try .read(URL(fileURLWithPath: RunPath.join(find(asked), recordName)))
    }

    /// How a record names a file: relative to the folder that the run lies in, where it is within it.
    public static func outputName(_ file: String, ofRunAt run: String) -> String {
        let folder = RunPath.parent(of: RunPath.absolute(run)), place = RunPath.absolute(file)
        let mark = file.hasSuffix("/") ? "/" : ""
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        return (place.hasPrefix(prefix) ? String(place.dropFirst(prefix.count)) : place) + mark
    }

    private func place(of output: String) -> String { RunPath.join(RunPath.parent(of: path), output) }

    /// The video, or folder of frames, that the folder is named after.
    private func mainPlace(_ output: String) -> String {
        // A run that was renamed together with its result stays its run.
        guard path.hasSuffix(Self.suffix), !output.hasPrefix("/") else { return place(of: output) }
        return String(path.dropLast(Self.suffix.count)) + (output.hasSuffix("/") ? "/" : "")
    }

    /// Where the results go.
    public var video: String? { record.outputs.video.map(mainPlace) }
    public var frames: String? {
        record.outputs.video == nil ? record.outputs.frames.map(mainPlace) : record.outputs.frames.map(place)
    }
    public var contactSheet: String? { record.outputs.contactSheet.map(place) }
    /// What stands for the run in front of a user.
    public var result: String { video ?? frames ?? path }

    /// Everything that the run makes.
    public var results: [String] { [video, frames, contactSheet].compactMap { $0 } }
    /// Results that are not there.
    public var missingResults: [String] { results.filter { !RunPath.exists($0) } }

    // MARK: Beginning

    /// Whether a new run may take a folder: nothing is lost with a finished run whose result was removed.
    ///
    /// Throws `RunError.busy`, and without `replaces` `RunError.unfinished` and `.badRecord`.
    public static func checkIsFree(_ path: String, replaces: Bool) throws {
        guard RunPath.isFolder(path) else { return }
        try RunLock.check(path)
        let file = RunPath.join(path, recordName)
        guard !replaces, RunPath.exists(file) else { return }
        let clips = RunPath.contents(path).compactMap { ClipFile.number(in: $0, of: "state") }.max() ?? 0
        if try RunRecord.read(URL(fileURLWithPath: file)).state != .finished, clips > 0 {
            throw RunError.unfinished(folder: path, clips: clips)
        }
    }

    /// Begins a run in a folder of its own. What an earlier run left there goes.
    ///
    /// Throws `RunError` as `checkIsFree`, `VideoError.unwritable`, or `CheckpointError.unwritable`.
    public init(creating path: String, record: RunRecord, replaces: Bool) throws {
        try Self.checkIsFree(path, replaces: replaces)
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            let code = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code
            throw VideoError.unwritable(
                path: path, reason: code.map { String(cString: strerror(Int32($0))) } ?? "its folder cannot be made")
        }
        self.path = path
        self.record = record
        lock = try RunLock(path)
        Self.clear(path)
        try write()
        RunPath.sync(RunPath.parent(of: path))
    }

    /// Opens a run to continue it. Throws `RunError`.
    public init(opening path: String) throws {
        self.path = path
        record = try .read(URL(fileURLWithPath: RunPath.join(path, Self.recordName)))
        lock = try RunLock(path)
        // Another process may have written it until the lock was free.
        record = try .read(recordURL)
        for name in RunPath.contents(path) where name.hasPrefix(".") { try? FileManager.default.removeItem(at: url(name)) }
        let names = RunPath.contents(path)
        let made = Set(names.compactMap { ClipFile.number(in: $0, of: "clip") })
        guard let newest = names.compactMap({ ClipFile.number(in: $0, of: "state") }).max() else {
            // The first clip may be there and its state not yet.
            if let later = made.max(), later > 1 {
                throw RunError.damaged(file: url(ClipFile.stateName(later)).path, problem: "it is missing")
            }
            return
        }
        for clip in 1...newest where !made.contains(clip) {
            throw RunError.damaged(file: url(ClipFile.clipName(clip)).path, problem: "it is missing")
        }
        clips = newest
    }

    /// Whether a folder holds a run.
    public static func isThere(_ path: String) -> Bool { RunPath.exists(RunPath.join(path, recordName)) }

    /// The run in a folder, to continue it; nil where there is none. Throws `RunError`.
    public static func openIfAny(_ path: String) throws -> VideoRun? { isThere(path) ? try VideoRun(opening: path) : nil }

    /// Writes the record. Throws `CheckpointError.unwritable`.
    func write() throws {
        try record.write(to: recordURL)
        RunPath.sync(path)
    }

    /// Removes everything but the lock and what is not a run's.
    private static func clear(_ path: String) {
        for name in RunPath.contents(path) {
            let isOurs = [recordName, resultsName].contains(name) || name.hasPrefix(".")
                || ClipFile.number(in: name, of: "clip") != nil || ClipFile.number(in: name, of: "state") != nil
            if isOurs { try? FileManager.default.removeItem(atPath: RunPath.join(path, name)) }
        }
    }

    /// Takes the whole folder away.
    public func remove() {
        Self.clear(path)
        unlink(RunPath.join(path, RunLock.name))
        rmdir(path)
    }

    /// Takes away what an earlier run left, where a video is made without one. Throws `RunError` as `checkIsFree`.
    public static func remove(_ path: String, replaces: Bool) throws {
        try checkIsFree(path, replaces: replaces)
        guard RunPath.exists(RunPath.join(path, recordName)) else { return }
        let lock = try RunLock(path)
        withExtendedLifetime(lock) {
            clear(path)
            unlink(RunPath.join(path, RunLock.name))
            rmdir(path)
        }
    }

    // MARK: Clips

    /// The latents of a finished clip, counted from 1: [1, frames, height, width, channels]. Throws `RunError.damaged`.
    public func latents(of clip: Int) throws -> Tensor { try ClipFile.latents(url(ClipFile.clipName(clip))) }

    /// What the next clip needs; nil before the first. Throws `RunError.damaged`.
    public func newestState() throws -> ClipState? {
        clips == 0 ? nil : try ClipFile.state(url(ClipFile.stateName(clips)), clips: clips)
    }

    /// Saves a clip's latents and what the next one needs. Throws `RunError.vanished` or `CheckpointError.unwritable`.
    public func save(_ latents: Tensor, _ state: ClipState) throws {
        // Writing would make a folder that is gone anew, without its record.
        try lock.checkIsInPlace()
        try ClipFile.write(latents, to: url(ClipFile.clipName(state.clips)))
        try ClipFile.write(state, to: url(ClipFile.stateName(state.clips)))
        RunPath.sync(path)
        for name in RunPath.contents(path) {
            guard let number = ClipFile.number(in: name, of: "state"), number != state.clips else { continue }
            try? FileManager.default.removeItem(at: url(name))
        }
        clips = state.clips
    }

    // MARK: State

    /// Frames that the finished clips make.
    public var finishedFrames: Int {
        min(record.settings.length, (try? record.settings.reuse().frames(of: clips)) ?? 0)
    }

    /// Tells that the video is being made. Throws `CheckpointError.unwritable`.
    public func begin() throws {
        guard record.state != .running else { return }
        (record.state, record.ended) = (.running, nil)
        try write()
    }

    /// Tells that it ended, for now or for good. Throws `RunError.vanished` or `CheckpointError.unwritable`.
    ///
    /// - Parameters:
    ///   - seconds: of work since it was begun.
    ///   - peakMemory: bytes.
    public func end(_ state: RunRecord.State, seconds: Double, peakMemory: Int) throws {
        try lock.checkIsInPlace()
        record.state = state
        record.ended = RunRecord.now
        record.seconds += seconds
        record.peakMemory = max(record.peakMemory, peakMemory)
        record.frames = state == .finished ? record.settings.length : finishedFrames
        try write()
    }

    // MARK: Results

    /// Where a result is written before it gets its name; nil where that lies on another file system.
    ///
    /// - Parameter isVideo: whether it is the record's `video`, not its `frames`.
    public func stagingPath(for result: String, isVideo: Bool) -> String? {
        let index = isVideo ? 0 : 1
        let folder = RunPath.join(path, Self.resultsName)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var here = stat(), there = stat()
        let parent = RunPath.parent(of: RunPath.trimmed(result))
        guard stat(folder, &here) == 0, stat(parent.isEmpty ? "." : parent, &there) == 0, here.st_dev == there.st_dev
        else { return nil }
        return RunPath.join(folder, "\(index)")
    }

    /// Gives names to results of a finished run that are whole and lack them, because the process ended in between, and
    /// removes all others that are on their way. Throws `VideoError`.
    public func publishResults(overwrite: Bool) throws {
        let folder = RunPath.join(path, Self.resultsName)
        if record.state == .finished {
            for (index, result) in [video, frames].enumerated() {
                let staged = RunPath.join(folder, "\(index)")
                guard let result, RunPath.exists(staged) else { continue }
                try StagedWriter.publish(staged, as: result, overwrite: overwrite || record.outputs.overwrite)
            }
        }
        clearResults()
    }

    /// Removes results that are on their way.
    public func clearResults() {
        try? FileManager.default.removeItem(atPath: RunPath.join(path, Self.resultsName))
    }
}

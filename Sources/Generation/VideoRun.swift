import Checkpoints
import Files
import Foundation
import Tensors
import Video

/// The folder of a run, `NAME.run` beside its result NAME: what a video needs to be continued after whatever ended it.
///
///     record.json              settings, model, program, outputs and state (`RunRecord`)
///     clip-00001.safetensors   the latents of each piece, saved before they are decoded (`PieceFile`)
///     state-00001.safetensors  what it hands on, as long as another piece may need it
///     results/                 results that are being written, before they get their names
///     lock                     held by the process that makes the video
///
/// Every file is written aside, synced and renamed, and an older state goes only when the newer one is safe, so that at
/// any moment there is one that can be continued from. Nothing is removed but what has one of these names, or the
/// temporary name of one.
public final class VideoRun {
    /// The folder, as it was named.
    public let path: String
    public internal(set) var record: RunRecord
    private let lock: FileLock

    static let recordName = "record.json", lockName = "lock", resultsName = "results", suffix = ".run"

    private var recordURL: URL { URL(fileURLWithPath: FilePath.join(path, Self.recordName)) }
    func url(_ name: String) -> URL { URL(fileURLWithPath: FilePath.join(path, name)) }

    // MARK: Places

    /// The folder of the run that makes a result.
    public static func path(for result: String) -> String {
        let trimmed = FilePath.trimmed(result)
        return ([".", ".."].contains(FilePath.name(of: trimmed)) ? FilePath.absolute(trimmed) : trimmed) + suffix
    }

    /// The folder of a run from its own path, that of its record or that of its result.
    ///
    /// Throws `RunError.notFound`, or `.badRecord` for a folder without a record.
    public static func find(_ asked: String) throws -> String {
        let path = FilePath.trimmed(asked), beside = Self.path(for: path)
        if FilePath.name(of: path) == recordName, FilePath.exists(path) {
            return named(FilePath.parent(of: path))
        }
        for folder in [path, beside] where FilePath.exists(FilePath.join(folder, recordName)) { return named(folder) }
        for folder in [path, beside] where folder.hasSuffix(suffix) && FilePath.isFolder(folder) {
            throw RunError.badRecord(file: FilePath.join(folder, recordName), problem: "it is missing")
        }
        throw RunError.notFound(path: asked)
    }

    /// A folder by a name that says where it lies, which results beside it need.
    private static func named(_ folder: String) -> String {
        ["", ".", ".."].contains(FilePath.name(of: folder)) ? FilePath.absolute(folder.isEmpty ? "." : folder) : folder
    }

    /// The record that a path names: a file of any name, or as `find` has it. Throws `RunError`.
    public static func record(at asked: String) throws -> RunRecord {
        if asked.hasSuffix(".json"), FilePath.exists(asked), !FilePath.isFolder(asked), !FilePath.exists(path(for: asked)) {
            return try .read(URL(fileURLWithPath: asked))
        }
        return try .read(URL(fileURLWithPath: FilePath.join(find(asked), recordName)))
    }

    /// How a record names a file: relative to the folder that the run lies in, where it is within it.
    public static func outputName(_ file: String, ofRunAt run: String) -> String {
        let folder = FilePath.parent(of: FilePath.absolute(run)), place = FilePath.absolute(file)
        let mark = file.hasSuffix("/") ? "/" : ""
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        return (place.hasPrefix(prefix) ? String(place.dropFirst(prefix.count)) : place) + mark
    }

    private func place(of output: String) -> String { FilePath.join(FilePath.parent(of: path), output) }

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

    /// Whether a result is still to be written: of a finished run only one that was removed.
    public func lacks(_ result: String) -> Bool { record.state != .finished || !FilePath.exists(result) }

    // MARK: Beginning

    /// Whether a new run may take a folder: nothing is lost with a finished run whose result was removed.
    ///
    /// Throws `RunError.busy`, and without `replaces` `RunError.unfinished` and `.badRecord`.
    public static func checkIsFree(_ path: String, replaces: Bool) throws {
        guard FilePath.isFolder(path), isRun(path) else { return }
        if FilePath.exists(FilePath.join(path, lockName)) { _ = try lock(path) }
        let file = FilePath.join(path, recordName)
        guard !replaces, FilePath.exists(file) else { return }
        let record = try RunRecord.read(URL(fileURLWithPath: file))
        let clips = try PieceFolder(path).finished(of: record.settings.graph())
        if record.state != .finished, clips > 0 {
            throw RunError.unfinished(folder: path, clips: clips)
        }
    }

    /// Begins a run in a folder of its own. What an earlier run left there goes.
    ///
    /// Throws `RunError` as `checkIsFree`, `FileError.unwritable` also for a folder that is no run's, or
    /// `FileError.unwritable`.
    public init(creating path: String, record: RunRecord, replaces: Bool) throws {
        try Self.checkIsFree(path, replaces: replaces)
        if FilePath.isFolder(path), !Self.isRun(path) {
            throw FileError.unwritable(
                path: path, reason: "a folder of that name exists that is no run's; rename it, or choose another name for the video")
        }
        try FileManager.default.makeFolder(URL(fileURLWithPath: path))
        self.path = path
        self.record = record
        lock = try Self.lock(path)
        Self.clear(path)
        do {
            try write()
        } catch {
            remove()
            throw error
        }
        FilePath.sync(FilePath.parent(of: path))
    }

    /// Opens a run to continue it. Throws `RunError`.
    public init(opening path: String) throws {
        self.path = path
        let file = URL(fileURLWithPath: FilePath.join(path, Self.recordName))
        record = try .read(file)
        guard Self.isRun(path) else {
            throw RunError.badRecord(
                file: file.path,
                problem: "its folder holds no clips and is not called NAME\(Self.suffix), so there is nothing to continue; "
                    + "\"vidrd generate --from\" makes its video again")
        }
        lock = try Self.lock(path)
        // Another process may have written it until the lock was free.
        record = try .read(recordURL)
        for name in FilePath.contents(path) where Self.isTemporary(name) { unlink(url(name).path) }
    }

    /// Keeps a run's folder to this process. Throws `RunError.busy`, or `FileError.unwritable` where the lock's file cannot
    /// be made.
    private static func lock(_ folder: String) throws -> FileLock {
        do {
            // Where a file system knows no locks, two processes on one run are the user's to avoid.
            return try FileLock(FilePath.join(folder, lockName), needsLocks: false)
        } catch let FileError.locked(_, process) {
            throw RunError.busy(folder: folder, process: process)
        }
    }

    /// Throws `RunError.vanished` where the folder is no longer where it was.
    private func checkIsInPlace() throws {
        guard lock.isInPlace else { throw RunError.vanished(folder: path) }
    }

    /// Whether a folder holds a run.
    public static func isThere(_ path: String) -> Bool { FilePath.exists(FilePath.join(path, recordName)) }

    /// The run in a folder, to continue it; nil where there is none. Throws `RunError`.
    public static func openIfAny(_ path: String) throws -> VideoRun? { isThere(path) ? try VideoRun(opening: path) : nil }

    /// Writes the record. Throws `FileError.unwritable`.
    func write() throws {
        try record.write(to: recordURL)
        FilePath.sync(path)
    }

    /// Removes everything but the lock and what is not a run's.
    private static func clear(_ path: String) {
        for name in FilePath.contents(path) where name == recordName || PieceFile.isOne(name) || isTemporary(name) {
            unlink(FilePath.join(path, name))
        }
        clearResults(of: path)
    }

    /// Takes the whole folder away, unless something lies in it that is not a run's.
    public func remove() {
        Self.clear(path)
        unlink(FilePath.join(path, Self.lockName))
        rmdir(path)
    }

    /// Takes away what an earlier run left, where a video is made without one. Throws `RunError` as `checkIsFree`.
    public static func remove(_ path: String, replaces: Bool) throws {
        try checkIsFree(path, replaces: replaces)
        guard FilePath.exists(FilePath.join(path, recordName)) else { return }
        let lock = try lock(path)
        withExtendedLifetime(lock) {
            clear(path)
            unlink(FilePath.join(path, lockName))
            rmdir(path)
        }
    }

    // MARK: Pieces

    /// Where the video's pieces are kept, for `VideoGenerator.keep(in:)`: refuses to write once the folder has gone.
    public private(set) lazy var pieces = PieceFolder(path) { [unowned self] in try checkIsInPlace() }

    /// Finished pieces: they are saved, and what they hand on as far as another needs it.
    public var clips: Int { (try? pieces.finished(of: record.settings.graph())) ?? 0 }

    /// Whole stretches at the video's beginning.
    var finishedStretches: Int { (try? pieces.finishedStretches(of: record.settings.graph())) ?? 0 }

    // MARK: State

    /// Frames that the finished pieces make.
    public var finishedFrames: Int {
        let stretches = finishedStretches
        guard stretches > 0, let graph = try? record.settings.graph() else { return 0 }
        return min(record.settings.length, graph.frames(of: stretches - 1).upperBound)
    }

    /// Tells that the video is being made. Throws `FileError.unwritable`.
    public func begin() throws {
        guard record.state != .running else { return }
        (record.state, record.ended) = (.running, nil)
        try write()
    }

    /// Tells that it ended, for now or for good. Throws `RunError.vanished` or `FileError.unwritable`.
    ///
    /// - Parameters:
    ///   - seconds: of work since it was begun.
    ///   - peakMemory: bytes.
    public func end(_ state: RunRecord.State, seconds: Double, peakMemory: Int) throws {
        try checkIsInPlace()
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
        let folder = FilePath.join(path, Self.resultsName)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var here = stat(), there = stat()
        let parent = FilePath.parent(of: FilePath.trimmed(result))
        guard stat(folder, &here) == 0, stat(parent.isEmpty ? "." : parent, &there) == 0, here.st_dev == there.st_dev
        else { return nil }
        return FilePath.join(folder, "\(index)")
    }

    /// Gives names to results of a finished run that are whole and lack them, because the process ended in between, and
    /// removes all others that are on their way. Throws `VideoError`.
    public func publishResults(overwrite: Bool) throws {
        let folder = FilePath.join(path, Self.resultsName)
        if record.state == .finished {
            for (index, result) in [video, frames].enumerated() {
                let staged = FilePath.join(folder, "\(index)")
                guard let result, FilePath.exists(staged) else { continue }
                try StagedWriter.publish(staged, as: result, overwrite: overwrite || record.outputs.overwrite)
            }
        }
        clearResults()
    }

    /// Removes results that are on their way.
    public func clearResults() { Self.clearResults(of: path) }

    private static func clearResults(of path: String) {
        let folder = FilePath.join(path, resultsName)
        for name in FilePath.contents(folder) where isStaged(name) {
            let place = FilePath.join(folder, name)
            // What had stepped aside was a user's folder.
            if name.hasSuffix(".old") {
                PNGFolderWriter.removeFrames(place)
            } else {
                try? FileManager.default.removeItem(atPath: place)
            }
        }
        rmdir(folder)
    }
}

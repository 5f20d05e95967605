import Files
import Foundation
import Video

/// Videos that go on where a run ends.
extension VideoRun {
    /// A run of a longer video that begins with this one's clips; in the same folder where `path` is this one's.
    ///
    /// Throws `GenerationError.invalidOption` where the settings would have given other clips, and as `init(creating:)`.
    public func extended(
        to path: String, settings: GenerationSettings, outputs: RunRecord.Outputs, replaces: Bool
    ) throws -> VideoRun {
        try checkIsContinued(by: settings)
        var record = record
        (record.settings, record.outputs, record.state, record.ended) = (settings, outputs, .running, nil)
        if FilePath.absolute(path) == FilePath.absolute(self.path) {
            self.record = record
            try write()
            return self
        }
        (record.started, record.seconds, record.frames) = (RunRecord.now, 0, 0)
        let longer = try VideoRun(creating: path, record: record, replaces: replaces)
        for name in FilePath.contents(self.path) where PieceFile.isKept(name) {
            let (from, to) = (url(name), longer.url(name))
            // Files of runs are replaced and never changed, so two runs may share them.
            if link(from.path, to.path) != 0 { try FilePath.copy(from.path, to: to.path) }
        }
        FilePath.sync(longer.path)
        return longer
    }

    /// Refuses settings that would have led to other clips than those that there are, and those that make no longer video.
    ///
    /// Throws `GenerationError.invalidOption` or `RunError.otherVideo`.
    public func checkIsContinued(by settings: GenerationSettings) throws {
        guard settings.length > record.settings.length else {
            throw GenerationError.invalidOption(
                name: "length", found: "\(settings.length)", allowed: "more than the \(record.settings.length) frames that there are")
        }
        let (old, new) = (try PromptPlan(record.settings), try PromptPlan(settings)), finished = finishedStretches
        for stretch in 0..<finished where old.prompt(of: stretch) != new.prompt(of: stretch) {
            let frame = new.parts[new.index(of: stretch)].frame
            throw GenerationError.invalidOption(
                name: "frame of a prompt change", found: "\(frame)",
                allowed: "\(try settings.graph().frames(of: finished).lowerBound) or more, where the first clip begins that is not made yet")
        }
        var same = settings
        (same.length, same.promptChanges) = (record.settings.length, record.settings.promptChanges)
        guard same == record.settings else { throw RunError.otherVideo(folder: path) }
    }
}

import Evaluation
import Video

/// What a benchmark tells of its work, and asks. Every part may be left as it is.
public struct BenchmarkEvents {
    /// So many of so many pieces of a kind ("clips", "rendered") are done.
    public var onProgress: (_ what: String, _ done: Int, _ of: Int) -> Void = { _, _, _ in }
    /// The count that was shown is over.
    public var onEndOfCount: () -> Void = {}
    /// A line that is of interest, one about something unusual, and one about a piece that failed while others go on.
    public var onNote: (String) -> Void = { _ in }
    public var onWarning: (String) -> Void = { _ in }
    public var onFailure: (String) -> Void = { _ in }
    /// What was left out of one side of a comparison.
    public var onSide: (SideReport) -> Void = { _ in }
    /// Asked between pieces and between denoising steps; an error that it throws ends the benchmark.
    public var check: () throws -> Void = {}
    /// Has a video written: calls the closure with what takes its frames, and leaves a whole result or none.
    public var write: (_ writer: any FrameWriter, _ frames: (_ take: (Frame) throws -> Void) throws -> Void) throws -> Void = { writer, frames in
        do {
            try frames(writer.write)
            try writer.finish()
        } catch {
            writer.cancel()
            throw error
        }
    }

    public init() {}

    /// For what reports a count of its own kind; ends where `check` throws.
    func counting(_ what: String) -> (_ done: Int, _ of: Int) throws -> Void {
        { done, of in
            onProgress(what, done, of)
            try check()
        }
    }
}

import ArgumentParser
import Tensors

/// How many threads compute.
struct ThreadOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Threads (default: one for each core).", transform: OptionValues.whole(1...256))
    var threads: Int?

    /// - Parameter recorded: of a video that was begun before; what was asked for comes first.
    func use(recorded: Int? = nil) {
        if let threads = threads ?? recorded { ThreadPool.threads = threads }
    }
}

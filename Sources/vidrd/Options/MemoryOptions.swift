import ArgumentParser
import Checkpoints
import Files

/// How much memory a video may take.
struct MemoryOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Memory to stay within, such as 4G: guidance in two passes and a decoder in tiles where it takes that, and an \
            early refusal where it is too little (default: whatever is fastest).
            """, valueName: "size"),
        transform: MemoryOptions.read)
    var maxMemory: Int?

    @Sendable static func read(_ text: String) throws -> Int {
        guard let bytes = ByteCount.read(text) else {
            throw ValidationError("allowed is an amount of memory such as 800M, 4G or 4GiB")
        }
        return bytes
    }
}

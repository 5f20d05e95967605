import CKernels
import Tensors

/// What the program was built as and runs on: what decides its speed.
enum BuildFacts {
    static let version = "0.1.0"

    #if DEBUG
    static let mode = "debug"
    #else
    static let mode = "release"
    #endif

    static var instructionSet: String { String(cString: ck_kernels().pointee.name) }
    /// The processor that OpenBLAS takes this one for.
    static var blasCore: String { String(cString: ck_prepare_blas()) }

    /// One line for `--version`.
    static var line: String {
        let threads = ThreadPool.threads
        return "vidrd \(version) (\(mode) build, \(instructionSet) kernels, OpenBLAS for \(blasCore), "
            + "\(threads) thread\(threads == 1 ? "" : "s"))"
    }

    /// Says so where a build is many times slower than it needs to be.
    static func warnIfSlow() {
        if mode == "debug" {
            Console.warning("this is a debug build, many times slower than \"swift build -c release\"")
        }
    }
}

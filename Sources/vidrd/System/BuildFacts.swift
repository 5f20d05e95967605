import Foundation
import Tensors

/// What the program was built as and runs on: what decides its speed.
enum BuildFacts {
    static let version = "0.1.1"

    #if DEBUG
    static let mode = "debug"
    #else
    static let mode = "release"
    #endif

    static var instructionSet: String { KernelFacts.instructionSet }
    static var blasCore: String { KernelFacts.blasCore }

    /// Name and version of OpenBLAS, such as "OpenBLAS 0.3.21"; nil for other libraries.
    static var blasConfiguration: String? {
        typealias Function = @convention(c) () -> UnsafePointer<CChar>?
        // Other libraries with the same interface lack it, so it is looked for while the program runs.
        #if canImport(Darwin)
        let everywhere = UnsafeMutableRawPointer(bitPattern: -2)  // RTLD_DEFAULT
        #else
        let everywhere: UnsafeMutableRawPointer? = nil
        #endif
        guard let symbol = dlsym(everywhere, "openblas_get_config") else { return nil }
        return unsafeBitCast(symbol, to: Function.self)().map {
            String(cString: $0).split(separator: " ").prefix(2).joined(separator: " ")
        }
    }

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

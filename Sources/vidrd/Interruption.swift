import Foundation

/// Ctrl-C and SIGTERM: the first asks for an orderly end, the second leaves at once.
enum Interruption {
    nonisolated(unsafe) private(set) static var count: sig_atomic_t = 0

    static var isRequested: Bool { count > 0 }

    static func listen() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                Interruption.count += 1
                if Interruption.count > 1 { _exit(130) }
            }
        }
    }
}

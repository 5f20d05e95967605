import Foundation

/// Something made of a parameter's value, and made again after each change of it. Several threads may ask at once.
final class Prepared<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var made: (version: Int, value: Value)?

    func of(_ parameter: Parameter, _ make: (Parameter) -> Value) -> Value {
        let version = parameter.version
        if let made = lock.withLock({ made }), made.version == version { return made.value }
        let value = make(parameter)
        lock.withLock { made = (version, value) }
        return value
    }
}

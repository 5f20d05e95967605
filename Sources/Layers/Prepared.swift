/// Something made of a parameter's value, and made again after each change of it.
final class Prepared<Value> {
    private var made: (version: Int, isTrainable: Bool, value: Value)?

    func of(_ parameter: Parameter, _ make: (Parameter) -> Value) -> Value {
        if let made, made.version == parameter.version, made.isTrainable == parameter.isTrainable { return made.value }
        let value = make(parameter)
        made = (parameter.version, parameter.isTrainable, value)
        return value
    }
}

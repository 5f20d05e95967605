/// Floating-point operations that were asked for, counted as the plain definitions have them: two for each multiplication
/// of a matrix product, a convolution or attention, whatever algorithm then needs fewer. Gradients are not counted.
public enum OperationCount {
    nonisolated(unsafe) public private(set) static var total = 0

    static func add(_ multiplications: Int) { total += 2 * multiplications }

    /// What `body` asks for.
    public static func of(_ body: () throws -> Void) rethrows -> Int {
        let before = total
        try body()
        return total - before
    }
}

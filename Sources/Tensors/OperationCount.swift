import CKernels

/// Floating-point operations that were asked for, counted as the plain definitions have them: two for each multiplication
/// of a matrix product, a convolution or attention, whatever algorithm then needs fewer. Gradients are not counted.
public enum OperationCount {
    /// Each thread counts what it asks for, however many others compute it.
    static func add(_ multiplications: Int) { ck_this_thread()!.pointee.multiplications += Int64(multiplications) }

    /// What `body` asks for on the thread that calls it.
    public static func of(_ body: () throws -> Void) rethrows -> Int {
        let before = ck_this_thread()!.pointee.multiplications
        try body()
        return Int(2 * (ck_this_thread()!.pointee.multiplications - before))
    }
}

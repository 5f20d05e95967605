import CKernels

/// Replaces a matrix by an orthogonal one: all its singular values become about 1 (0.7 to 1.2), its singular vectors stay.
///
/// Newton–Schulz iterations X ← a·X + b·(X·Xᵀ)·X + c·(X·Xᵀ)²·X from X / ‖X‖, with the coefficients of Muon (Jordan et al.,
/// "Muon: An optimizer for hidden layers in neural networks", 2024). Every iterate is P·X₀ for a polynomial P of the Gram
/// matrix of X₀'s shorter side. So the iterations work on that small square matrix alone, half of each product is enough
/// because all its polynomials are symmetric, and the long matrix is multiplied once, at the end.
package enum NewtonSchulz {
    /// Multiplications that a matrix takes, for sharing work.
    package static func cost(rows: Int, columns: Int, iterations: Int = 5) -> Int {
        let (m, n) = (min(rows, columns), max(rows, columns))
        return m * m * n * 3 / 2 + max(0, 4 * iterations - 3) * m * m * m / 2
    }

    /// Works on the calling thread alone, so that the bits do not depend on how many threads there are.
    ///
    /// - Parameters:
    ///   - iterations: 5 as published.
    ///   - x: [rows, columns], changed in place. A matrix of zeros stays as it is.
    package static func orthogonalize(rows: Int, columns: Int, iterations: Int = 5, _ x: UnsafeMutablePointer<Float>) {
        ck_kernels().pointee.newton_schulz(rows, columns, Int32(iterations), x)
    }
}

/// Shares pieces of unequal cost among the threads, each piece to one of them. Which thread gets which is the same each time.
///
/// - Parameter body: gets the number of the part, below the number of threads, and the indices of its pieces.
package func parallel(costs: [Int], _ body: (_ part: Int, _ indices: [Int]) -> Void) {
    var parts = [(cost: Int, indices: [Int])](repeating: (0, []), count: max(1, min(ThreadPool.threads, costs.count)))
    for index in costs.indices.sorted(by: { (costs[$0], $1) > (costs[$1], $0) }) {
        let least = parts.indices.min { parts[$0].cost < parts[$1].cost }!
        parts[least].cost += costs[index]
        parts[least].indices.append(index)
    }
    parallel(parts.count) { _, low, high in
        for part in low..<high { body(part, parts[part].indices) }
    }
}

import COpenBLAS

/// Replaces a matrix by an orthogonal one: all its singular values become about 1 (0.7 to 1.2), its singular vectors stay.
///
/// Newton–Schulz iterations X ← a·X + b·(X·Xᵀ)·X + c·(X·Xᵀ)²·X from X / ‖X‖, with the coefficients of Muon (Jordan et al.,
/// "Muon: An optimizer for hidden layers in neural networks", 2024). Every iterate is P·X₀ for a polynomial P of the Gram
/// matrix of X₀'s shorter side. So the iterations work on that small square matrix alone, half of each product is enough
/// because all its polynomials are symmetric, and the long matrix is multiplied once, at the end.
///
/// One value serves one thread; products run on it alone, so that the bits do not depend on how many threads there are.
package final class NewtonSchulz {
    private static let (a, b, c): (Float, Float, Float) = (3.4445, -4.7750, 2.0315)
    /// Rows of a block of a symmetric product; what lies right of the block on the diagonal is not computed.
    private static let block = 64

    private let iterations: Int
    private let squares: Tensor
    private let long: Tensor

    /// - Parameters:
    ///   - iterations: 5 as published.
    ///   - sizes: of the matrices to come.
    package init(iterations: Int = 5, sizes: [(rows: Int, columns: Int)]) {
        self.iterations = iterations
        let side = sizes.map { min($0.rows, $0.columns) }.max() ?? 0
        squares = Tensor(uninitialized: [5, side * side])
        long = Tensor(uninitialized: [sizes.map { $0.rows * $0.columns }.max() ?? 0])
    }

    /// Multiplications that a matrix takes, for sharing work.
    package static func cost(rows: Int, columns: Int, iterations: Int = 5) -> Int {
        let (m, n) = (min(rows, columns), max(rows, columns))
        return m * m * n * 3 / 2 + max(0, 4 * iterations - 3) * m * m * m / 2
    }

    /// - Parameter x: [rows, columns], changed in place. A matrix of zeros stays as it is.
    package func callAsFunction(rows: Int, columns: Int, _ x: UnsafeMutablePointer<Float>) {
        let norm = cblas_snrm2(blasint(rows * columns), x, 1)
        guard norm > 0 else { return }
        let scale = 1 / norm, (m, n) = (min(rows, columns), max(rows, columns)), isWide = rows <= columns
        let memory = squares.pointer, size = squares.size(1)
        let gram = memory, step = memory + size, product = memory + 2 * size
        var polynomial = memory + 3 * size, spare = memory + 4 * size
        // X·Xᵀ or Xᵀ·X, whichever is smaller.
        lowerHalf(
            m, n, x, isWide ? CblasNoTrans : CblasTrans, columns, x, isWide ? CblasTrans : CblasNoTrans, columns, gram,
            scale * scale)
        for iteration in 1...iterations {
            symmetricProduct(m, gram, gram, step)
            for i in 0..<m * m { step[i] = Self.b * gram[i] + Self.c * step[i] }
            for i in 0..<m { step[i * m + i] += Self.a }
            if iteration == 1 {
                polynomial.update(from: step, count: m * m)
            } else {
                symmetricProduct(m, step, polynomial, spare)
                swap(&polynomial, &spare)
            }
            guard iteration < iterations else { break }
            symmetricProduct(m, step, gram, product)
            symmetricProduct(m, product, step, gram)
        }
        let y = long.pointer, (left, right) = isWide ? (polynomial, x) : (x, polynomial)
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(columns), blasint(m), scale, left,
            blasint(m), right, blasint(columns), 0, y, blasint(columns))
        x.update(from: y, count: rows * columns)
    }

    /// z [m, m] = x * y for symmetric x and y that commute.
    private func symmetricProduct(
        _ m: Int, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>
    ) {
        lowerHalf(m, m, x, CblasNoTrans, m, y, CblasNoTrans, m, z, 1)
    }

    /// z [m, m] = scale * x [m, k] * y [k, m], which is symmetric: computed on and below the diagonal, and mirrored.
    private func lowerHalf(
        _ m: Int, _ k: Int, _ x: UnsafePointer<Float>, _ transposeX: CBLAS_TRANSPOSE, _ ldx: Int,
        _ y: UnsafePointer<Float>, _ transposeY: CBLAS_TRANSPOSE, _ ldy: Int, _ z: UnsafeMutablePointer<Float>, _ scale: Float
    ) {
        for low in stride(from: 0, to: m, by: Self.block) {
            let high = min(m, low + Self.block)
            cblas_sgemm(
                CblasRowMajor, transposeX, transposeY, blasint(high - low), blasint(high), blasint(k), scale,
                x + (transposeX == CblasNoTrans ? low * ldx : low), blasint(ldx), y, blasint(ldy), 0, z + low * m, blasint(m))
        }
        for i in 1..<max(m, 1) { for j in 0..<i { z[j * m + i] = z[i * m + j] } }
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

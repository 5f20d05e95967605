import COpenBLAS

/// Mean and unbiased covariance of feature vectors, in float64.
public struct GaussianMoments: Sendable {
    public let mean: [Double]
    public let covariance: SymmetricMatrix
    public let count: Int

    public init(mean: [Double], covariance: SymmetricMatrix, count: Int) {
        (self.mean, self.covariance, self.count) = (mean, covariance, count)
    }

    /// Two passes over the rows, of which a block is in memory at a time.
    ///
    /// - Parameters:
    ///   - rows: which rows there are, each perhaps several times.
    ///   - row: one vector of `width` values.
    public init(rows: [Int], width: Int, row: (Int) -> UnsafePointer<Float>) {
        precondition(rows.count > 1, "a covariance needs two rows")
        var mean = [Double](repeating: 0, count: width)
        for index in rows {
            let values = row(index)
            for i in 0..<width { mean[i] += Double(values[i]) }
        }
        for i in 0..<width { mean[i] /= Double(rows.count) }
        var sums = [Double](repeating: 0, count: width * width)
        let block = 128
        var centred = [Double](repeating: 0, count: block * width)
        for start in stride(from: 0, to: rows.count, by: block) {
            let end = min(start + block, rows.count)
            for (place, index) in rows[start..<end].enumerated() {
                let values = row(index)
                for i in 0..<width { centred[place * width + i] = Double(values[i]) - mean[i] }
            }
            cblas_dsyrk(
                CblasRowMajor, CblasUpper, CblasTrans, blasint(width), blasint(end - start), 1 / Double(rows.count - 1),
                centred, blasint(width), 1, &sums, blasint(width))
        }
        for i in 0..<width {
            for j in 0..<i { sums[i * width + j] = sums[j * width + i] }
        }
        self.init(mean: mean, covariance: SymmetricMatrix(size: width, values: sums), count: rows.count)
    }
}

/// The Fréchet distance of two Gaussians, |μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½ (Dowson & Landau, 1982).
public func frechetDistance(_ a: GaussianMoments, _ b: GaussianMoments) -> Double {
    precondition(a.mean.count == b.mean.count, "Gaussians of different widths")
    let means = zip(a.mean, b.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return means + a.covariance.trace + b.covariance.trace - 2 * traceOfRootOfProduct(a.covariance, b.covariance)
}

/// tr (AB)^½ as the sum of roots of the eigenvalues of LᵀBL, where A = LLᵀ: symmetric, so that no complex number and no
/// offset on the diagonal is needed where A and B are singular.
func traceOfRootOfProduct(_ a: SymmetricMatrix, _ b: SymmetricMatrix) -> Double {
    let n = a.size, (factor, rank) = a.choleskyFactor()
    guard rank > 0 else { return 0 }
    var product = [Double](repeating: 0, count: n * rank), inner = [Double](repeating: 0, count: rank * rank)
    // Lᵀ is [rank, n] row-major as the factor lies in memory.
    cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rank), blasint(n), blasint(n), 1, factor, blasint(n), b.values,
        blasint(n), 0, &product, blasint(n))
    cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rank), blasint(rank), blasint(n), 1, product, blasint(n), factor,
        blasint(n), 0, &inner, blasint(rank))
    for i in 0..<rank {
        for j in 0..<i {
            let mean = (inner[i * rank + j] + inner[j * rank + i]) / 2
            (inner[i * rank + j], inner[j * rank + i]) = (mean, mean)
        }
    }
    return SymmetricMatrix(size: rank, values: inner).eigenvalues().reduce(0) { $0 + max($1, 0).squareRoot() }
}

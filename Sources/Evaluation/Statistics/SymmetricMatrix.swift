import COpenBLAS

/// A symmetric matrix in float64, row-major, both halves stored.
public struct SymmetricMatrix: Equatable, Sendable {
    public let size: Int
    public var values: [Double]

    public init(size: Int, values: [Double]) {
        precondition(values.count == size * size, "\(values.count) values are not a \(size)x\(size) matrix")
        self.size = size
        self.values = values
    }

    public var trace: Double { (0..<size).reduce(0) { $0 + values[$1 * size + $1] } }

    /// A factor L [size, rank] with L·Lᵀ = this matrix, which is positive semidefinite: Cholesky's with pivots, which
    /// ends where nothing but rounding is left, so that singular matrices are no special case.
    public func choleskyFactor() -> (columns: [Double], rank: Int) {
        let n = size
        var diagonal = (0..<n).map { values[$0 * n + $0] }
        let least = (diagonal.max() ?? 0) * Double(n) * 1e-16
        // Column-major while it grows: column k lies at k * n.
        var factor: [Double] = []
        var isDone = [Bool](repeating: false, count: n)
        var rank = 0
        while rank < n, let pivot = (0..<n).filter({ !isDone[$0] }).max(by: { diagonal[$0] < diagonal[$1] }),
            diagonal[pivot] > least {
            isDone[pivot] = true
            let root = diagonal[pivot].squareRoot()
            var column = (0..<n).map { values[pivot * n + $0] }
            if rank > 0 {
                // column −= L[:, ..<rank] · L[pivot, ..<rank]ᵀ
                let row = (0..<rank).map { factor[$0 * n + pivot] }
                cblas_dgemv(
                    CblasColMajor, CblasNoTrans, blasint(n), blasint(rank), -1, factor, blasint(n), row, 1, 1, &column, 1)
            }
            for i in 0..<n {
                if i == pivot {
                    column[i] = root
                } else if isDone[i] {
                    column[i] = 0
                } else {
                    column[i] /= root
                    diagonal[i] -= column[i] * column[i]
                }
            }
            factor += column
            rank += 1
        }
        return (factor, rank)
    }

    /// All eigenvalues, in no order: Householder's reduction to three diagonals and implicit QL steps (Golub & Van Loan,
    /// "Matrix Computations", 8.3).
    public func eigenvalues() -> [Double] {
        var (diagonal, beside) = tridiagonal()
        let n = size
        for l in 0..<n {
            for _ in 0..<60 {
                var m = l
                while m < n - 1 {
                    let scale = abs(diagonal[m]) + abs(diagonal[m + 1])
                    if abs(beside[m]) <= 0x1p-53 * scale { break }
                    m += 1
                }
                if m == l { break }
                var g = (diagonal[l + 1] - diagonal[l]) / (2 * beside[l])
                var r = (g * g + 1).squareRoot()
                g = diagonal[m] - diagonal[l] + beside[l] / (g + (g < 0 ? -r : r))
                var s = 1.0, c = 1.0, p = 0.0, isSplit = false
                for i in stride(from: m - 1, through: l, by: -1) {
                    let f = s * beside[i], b = c * beside[i]
                    r = (f * f + g * g).squareRoot()
                    beside[i + 1] = r
                    if r == 0 {
                        diagonal[i + 1] -= p
                        beside[m] = 0
                        isSplit = true
                        break
                    }
                    s = f / r
                    c = g / r
                    g = diagonal[i + 1] - p
                    r = (diagonal[i] - g) * s + 2 * c * b
                    p = s * r
                    diagonal[i + 1] = g + p
                    g = c * r - b
                }
                if isSplit { continue }
                diagonal[l] -= p
                beside[l] = g
                beside[m] = 0
            }
        }
        return diagonal
    }

    /// The diagonal and the values beside it (and one zero) of a similar tridiagonal matrix.
    private func tridiagonal() -> ([Double], [Double]) {
        let n = size
        var a = values, diagonal = [Double](repeating: 0, count: n), beside = diagonal
        var v = diagonal, w = diagonal
        for k in 0..<max(0, n - 2) {
            let m = n - k - 1
            // The reflection that leaves of column k below the diagonal only its first value.
            var norm = 0.0
            for i in 0..<m {
                v[i] = a[k * n + k + 1 + i]
                norm += v[i] * v[i]
            }
            norm = norm.squareRoot()
            diagonal[k] = a[k * n + k]
            let alpha = v[0] > 0 ? -norm : norm
            beside[k] = alpha
            v[0] -= alpha
            let square = v[..<m].reduce(0) { $0 + $1 * $1 }
            guard square > 0 else { continue }
            a.withUnsafeMutableBufferPointer { matrix in
                let corner = matrix.baseAddress! + (k + 1) * n + k + 1
                cblas_dsymv(CblasRowMajor, CblasUpper, blasint(m), 2 / square, corner, blasint(n), v, 1, 0, &w, 1)
                let overlap = cblas_ddot(blasint(m), v, 1, w, 1) / square
                cblas_daxpy(blasint(m), -overlap, v, 1, &w, 1)
                cblas_dsyr2(CblasRowMajor, CblasUpper, blasint(m), -1, v, 1, w, 1, corner, blasint(n))
            }
        }
        if n >= 2 {
            diagonal[n - 2] = a[(n - 2) * n + n - 2]
            beside[n - 2] = a[(n - 2) * n + n - 1]
        }
        if n >= 1 { diagonal[n - 1] = a[n * n - 1] }
        return (diagonal, beside)
    }
}

import Foundation
import Tensors
import Testing

/// Newton–Schulz as it is published, on the whole matrix, in float64.
func naiveNewtonSchulz(_ values: [Double], rows: Int, columns: Int, iterations: Int = 5) -> [Double] {
    func product(_ a: [Double], _ b: [Double], _ m: Int, _ k: Int, _ n: Int) -> [Double] {
        var c = [Double](repeating: 0, count: m * n)
        for i in 0..<m { for p in 0..<k { for j in 0..<n { c[i * n + j] += a[i * k + p] * b[p * n + j] } } }
        return c
    }
    func transposed(_ a: [Double], _ m: Int, _ n: Int) -> [Double] {
        (0..<n).flatMap { j in (0..<m).map { i in a[i * n + j] } }
    }
    let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var x = values.map { $0 / norm }
    for _ in 0..<iterations {
        let gram = product(x, transposed(x, rows, columns), rows, columns, rows), square = product(gram, gram, rows, rows, rows)
        let polynomial = zip(gram, square).map { -4.7750 * $0 + 2.0315 * $1 }
        x = zip(x, product(polynomial, x, rows, rows, columns)).map { 3.4445 * $0 + $1 }
    }
    return x
}

struct OrthogonalizationTests {
    @Test(arguments: [(1, 1), (3, 3), (5, 40), (40, 5), (64, 64), (65, 130), (150, 70), (1, 9), (192, 192), (20, 700), (300, 33), (97, 513)])
    func newtonSchulzIsItsFloat64Twin(_ rows: Int, _ columns: Int) {
        var generator = TorchGenerator(seed: UInt64(rows * 1000 + columns))
        let matrix = generator.randn([rows, columns])
        let expected = naiveNewtonSchulz(matrix.values.map(Double.init), rows: rows, columns: columns)
        NewtonSchulz.orthogonalize(rows: rows, columns: columns, matrix.pointer)
        for (found, wanted) in zip(matrix.values, expected) { #expect(abs(Double(found) - wanted) < 1e-4) }
    }

    @Test func singularValuesThatDifferMuchComeOutAlike() {
        // A diagonal of 1 to 10^-3, which float32's Gram matrix still tells from nothing.
        let side = 64, matrix = Tensor.zeros([side, 2 * side])
        for i in 0..<side { matrix.pointer[i * 2 * side + i] = pow(10, -3 * Float(i) / Float(side - 1)) }
        let expected = naiveNewtonSchulz(matrix.values.map(Double.init), rows: side, columns: 2 * side)
        NewtonSchulz.orthogonalize(rows: side, columns: 2 * side, matrix.pointer)
        for (found, wanted) in zip(matrix.values, expected) { #expect(abs(Double(found) - wanted) < 2e-3) }
        for i in 0..<side / 2 { #expect((0.6...1.3).contains(matrix.values[i * 2 * side + i])) }
    }

    @Test func zerosStayZeros() {
        let matrix = Tensor.zeros([4, 6])
        NewtonSchulz.orthogonalize(rows: 4, columns: 6, matrix.pointer)
        #expect(matrix.values.allSatisfy { $0 == 0 })
    }

    @Test func workIsSharedByCostAndEveryPieceIsDoneOnce() {
        let costs = [1, 50, 3, 3, 40, 0, 2], done = Tensor.zeros([costs.count])
        parallel(costs: costs) { _, indices in for index in indices { done.pointer[index] += 1 } }
        #expect(done.values.allSatisfy { $0 == 1 })
        parallel(costs: []) { _, indices in #expect(indices.isEmpty) }
    }
}

import Checkpoints
import Evaluation
import Files
import Foundation
import Tensors
import Testing

/// Against scipy and numpy: statistics.json is what Fixtures/make_statistics.py computes.
@Suite struct StatisticsTests {
    struct Golden: Decodable {
        struct Case: Decodable {
            let width: Int
            let a, b: [Float]
            let exact: Double
            let scipy: Double?
            let eigenvalues: [Double]
        }
        let cases: [Case]
        let logits: [Float]
        let score: Double
    }

    static let golden = Result { try JSONFile.read(Golden.self, from: Shared.fixtures.appendingPathComponent("statistics.json")) }

    private func moments(_ values: [Float], _ width: Int) -> GaussianMoments {
        values.withUnsafeBufferPointer { pointer in
            GaussianMoments(rows: Array(0..<values.count / width), width: width) { pointer.baseAddress! + $0 * width }
        }
    }

    @Test func distancesAreScipysAndSingularMatricesNoTrouble() throws {
        for item in try Self.golden.get().cases {
            let (a, b) = (moments(item.a, item.width), moments(item.b, item.width))
            for found in [frechetDistance(a, b), frechetDistance(b, a)] {
                #expect(abs(found - item.exact) < 1e-6 * item.exact, "width \(item.width): \(found), expected \(item.exact)")
                if let scipy = item.scipy { #expect(abs(found - scipy) < 1e-6 * scipy) }
            }
            #expect(abs(frechetDistance(a, a)) < 1e-6 * a.covariance.trace)
        }
    }

    @Test func eigenvaluesAreNumpys() throws {
        for item in try Self.golden.get().cases {
            let found = moments(item.a, item.width).covariance.eigenvalues().sorted()
            let largest = item.eigenvalues.last ?? 1
            for (x, y) in zip(found, item.eigenvalues) { #expect(abs(x - y) < 1e-12 * largest) }
        }
        #expect(SymmetricMatrix(size: 1, values: [3]).eigenvalues() == [3])
        #expect(SymmetricMatrix(size: 2, values: [0, 0, 0, 0]).eigenvalues() == [0, 0])
    }

    @Test func theCholeskyFactorGivesTheMatrixBack() throws {
        for item in try Self.golden.get().cases {
            let matrix = moments(item.a, item.width).covariance, n = matrix.size
            let (columns, rank) = matrix.choleskyFactor()
            #expect(rank == min(n, item.a.count / n - 1))
            for i in 0..<n { for j in 0..<n {
                let product = (0..<rank).reduce(0) { $0 + columns[$1 * n + i] * columns[$1 * n + j] }
                #expect(abs(product - matrix.values[i * n + j]) < 1e-12 * matrix.trace)
            } }
        }
    }

    @Test func theInceptionScoreIsThatOfItsDefinition() throws {
        let golden = try Self.golden.get()
        let score = golden.logits.withUnsafeBufferPointer { p in InceptionScore(count: 40, classes: 7) { p.baseAddress! + $0 * 7 } }
        #expect(abs(score.score - golden.score) < 1e-9)
        let splits = try #require(score.splits)
        #expect(splits.count == 10 && splits.mean < score.score && splits.deviation > 0)
    }

    /// PyTorch's logits for the parity clips give PyTorch's FVD and IS.
    @Test func logitsOfTheParityClipsGiveTheGoldenFigures() throws {
        let url = try Shared.url("parity/fvd/golden.json")
        struct Figures: Decodable { let fvd_logits, is_i3d_real, is_i3d_generated: Double }
        let figures = try JSONFile.read(Figures.self, from: url)
        let file = try SafetensorsFile(Shared.fixtures.appendingPathComponent("i3d.safetensors"))
        let (real, generated) = (try file.tensor("real.logits"), try file.tensor("generated.logits"))
        let distance = frechetDistance(moments(real.values, 400), moments(generated.values, 400))
        #expect(abs(distance / figures.fvd_logits - 1) < 1e-5)
        for (table, wanted) in [(real, figures.is_i3d_real), (generated, figures.is_i3d_generated)] {
            let score = InceptionScore(count: 24, classes: 400) { UnsafePointer(table.pointer + $0 * 400) }.score
            #expect(abs(score / wanted - 1) < 1e-5)
        }
    }
}

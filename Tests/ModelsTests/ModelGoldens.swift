import Tensors
import Testing

/// All comparisons with recorded numbers. They run one after another because they choose the convolutions'
/// algorithm, which is one for the whole process.
@Suite(.serialized) enum ModelGoldens {
    /// A bound on relative L2 errors against float64 for each algorithm. Measured on the tiny models:
    /// outputs 8e-7 and gradients 1.5e-5 with plain sums, which is what PyTorch's own float32 has; 3e-6 and 6e-5 with
    /// Winograd's transforms.
    struct Bound: CustomStringConvertible, Sendable {
        let algorithm: ConvolutionAlgorithm
        let outputs, gradients: Double

        static let both = [
            Bound(algorithm: .exact, outputs: 2e-6, gradients: 2e-5),
            Bound(algorithm: .winograd, outputs: 1e-5, gradients: 1e-4),
        ]

        var description: String { "\(algorithm)" }
    }

    static func report(_ model: String, _ name: String, _ bound: Bound, _ distance: Distance) {
        print("\(model) \(name) \(bound.algorithm): \(distance)")
    }
}

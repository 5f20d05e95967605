import Tensors

/// Features of the U-Net's coarser levels, which change little from one denoising step to the next: they are computed at
/// every `period`th step and reused between (Ma et al., "DeepCache", arXiv 2312.00858).
public final class DeepFeatures {
    private let period: Int
    private var features: Tensor?
    private var shape: [Int] = []
    private var uses = 0

    /// - Parameter period: 1 to reuse nothing.
    public init(period: Int) {
        precondition(period > 0)
        self.period = period
    }

    /// Forgets what is kept: for the first step of a clip.
    public func reset() { features = nil }

    /// What is kept for inputs of this shape; nil where it must be computed.
    func take(for shape: [Int]) -> Tensor? {
        guard uses < period - 1, shape == self.shape, let features else { return nil }
        uses += 1
        return features
    }

    func keep(_ features: Tensor, for shape: [Int]) {
        guard period > 1 else { return }
        (self.features, self.shape, uses) = (features, shape, 0)
    }
}

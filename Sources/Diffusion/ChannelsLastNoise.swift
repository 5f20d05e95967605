import Tensors

/// In which shape PyTorch code draws the noise of a clip: it decides which number lands where.
public enum NoiseOrder: Sendable {
    /// One tensor [batch, channels, frames, height, width].
    case clip
    /// One tensor [batch · frames, channels, height, width], as the noise that DDIM adds with η > 0 in VidRD's
    /// pipeline.
    case frames
}

extension RandomSource {
    /// Normal noise for a channels-last clip, drawn in the order of PyTorch's channels-first tensors, so that a
    /// seed gives the picture that it gives there.
    /// - Parameter shape: [batch, frames, height, width, channels], or [batch, height, width, channels] for
    ///   images.
    public mutating func channelsLastNormal(
        _ shape: [Int], order: NoiseOrder = .clip, mean: Double = 0, std: Double = 1
    ) -> Tensor {
        precondition(shape.count == 4 || shape.count == 5, "\(shape) is neither a clip nor images")
        let channels = shape[shape.count - 1]
        let batch = order == .frames && shape.count == 5 ? shape[0] * shape[1] : shape[0]
        let drawn = normal(shape, mean: mean, std: std)
        let places = batch * channels == 0 ? 0 : drawn.count / (batch * channels)
        let result = Tensor(uninitialized: shape)
        for entry in 0..<batch {
            let source = drawn.pointer + entry * channels * places
            let target = result.pointer + entry * channels * places
            for channel in 0..<channels {
                for place in 0..<places { target[place * channels + channel] = source[channel * places + place] }
            }
        }
        return result
    }
}

import Tensors
import Video

extension Frame {
    /// The picture of a tensor [height, width, 3] in [-1, 1], rounded to nearest; values beyond are clipped.
    public init(signed tensor: Tensor) {
        let count = tensor.count
        var pixels = [UInt8](repeating: 0, count: count)
        let source = tensor.pointer
        for i in 0..<count {
            // In this order of arguments NaN, which a model with broken weights gives, becomes black.
            let unit = min(1, max(0, source[i] * 0.5 + 0.5))
            pixels[i] = UInt8((unit * 255).rounded())
        }
        self.init(width: tensor.size(-2), height: tensor.size(-3), pixels: pixels)
    }

    /// A tensor [height, width, 3] in [-1, 1].
    public var signedTensor: Tensor {
        let result = Tensor(uninitialized: [height, width, 3])
        for (i, value) in pixels.enumerated() { result.pointer[i] = Float(value) * (2 / 255.0) - 1 }
        return result
    }
}

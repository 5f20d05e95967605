import Tensors

/// A convolution of each picture: [..., height, width, in] to [..., height', width', out].
public final class Convolution2D {
    public let weight: Parameter
    public let bias: Parameter?
    private let stride: Int
    private let padding: (before: Int, after: Int)
    private var filter: (version: Int, trainable: Bool, value: ConvolutionFilter)?

    /// - Parameter padding: zeros before and after; nil keeps the size at stride 1.
    public init(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1,
        padding: (before: Int, after: Int)? = nil
    ) {
        let fanIn = inputs * kernel * kernel
        weight = scope.parameter("weight", [outputs, inputs, kernel, kernel], .fanIn(fanIn), mayRest: true)
        bias = scope.parameter("bias", [outputs], .fanIn(fanIn))
        self.stride = stride
        self.padding = padding ?? (kernel / 2, kernel / 2)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        if weight.shape[2] == 1 && stride == 1 {
            if let resting = weight.compact { return x.linear(resting, bias?.value) }
            return x.linear(weight.value.reshaped([weight.shape[0], -1]), bias?.value)
        }
        return x.convolved(prepared, bias: bias?.value, stride: stride, padding: padding)
    }

    /// The repacked weight, made again after each change.
    private var prepared: ConvolutionFilter {
        if let filter, filter.version == weight.version, filter.trainable == weight.isTrainable { return filter.value }
        let made = weight.compact.map { ConvolutionFilter($0) } ?? ConvolutionFilter(weight.value)
        filter = (weight.version, weight.isTrainable, made)
        return made
    }
}

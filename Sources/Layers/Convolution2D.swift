import Tensors

/// A convolution of each picture: [..., height, width, in] to [..., height', width', out].
public final class Convolution2D {
    public let weight: Parameter
    public let bias: Parameter?
    private let stride: Int
    private let padding: (before: Int, after: Int)
    private let filter = Prepared<ConvolutionFilter>()
    private let pointwise = Prepared<LinearFilter>()

    /// - Parameter padding: zeros before and after; nil keeps the size at stride 1.
    public init(
        _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1,
        padding: (before: Int, after: Int)? = nil
    ) {
        let fanIn = inputs * kernel * kernel
        weight = scope.parameter("weight", [outputs, inputs, kernel, kernel], .fanIn(fanIn), mayBeHalfPrecision: true)
        bias = scope.parameter("bias", [outputs], .fanIn(fanIn))
        self.stride = stride
        self.padding = padding ?? (kernel / 2, kernel / 2)
    }

    /// - Parameters:
    ///   - residual: added to the result, whose shape it has.
    ///   - size: height and width that the nearest neighbours in `x` are spread to before; twice those of `x`, or one less.
    public func callAsFunction(
        _ x: Tensor, adding residual: Tensor? = nil, upsampledTo size: (height: Int, width: Int)? = nil
    ) -> Tensor {
        if weight.shape[2] == 1 && stride == 1 && size == nil {
            let filter = pointwise.of(weight) { $0.halfPrecision.map { LinearFilter($0) } ?? LinearFilter($0.value) }
            return x.linear(filter, bias?.value, adding: residual)
        }
        let filter = filter.of(weight) { $0.halfPrecision.map { ConvolutionFilter($0) } ?? ConvolutionFilter($0.value) }
        return x.convolved(
            filter, bias: bias?.value, stride: stride, padding: padding, adding: residual, upsampledTo: size)
    }
}

import Tensors

/// A feed-forward layer of a transformer.
public struct FeedForward {
    public enum Kind: Sendable {
        /// Linear, GEGLU, linear of four times the channels: diffusers' `net.0.proj` and `net.2`.
        case geglu
        /// Linear, GELU with the error function or its sigmoid, linear: transformers' `fc1` and `fc2`.
        case gelu(hidden: Int), quickGELU(hidden: Int)
    }

    private let kind: Kind
    private let expand, contract: Linear

    public init(_ scope: ParameterScope, channels: Int, kind: Kind = .geglu) {
        self.kind = kind
        switch kind {
        case .geglu:
            expand = Linear(scope.scope("net.0.proj"), channels, channels * 8)
            contract = Linear(scope.scope("net.2"), channels * 4, channels)
        case .gelu(let hidden), .quickGELU(let hidden):
            expand = Linear(scope.scope("fc1"), channels, hidden)
            contract = Linear(scope.scope("fc2"), hidden, channels)
        }
    }

    /// - Parameter residual: added to the result, whose shape it has.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil) -> Tensor {
        let hidden = switch kind {
        case .geglu: expand.geglu(x)
        case .gelu: expand(x).gelu()
        case .quickGELU: expand(x).quickGELU()
        }
        return contract(hidden, adding: residual)
    }
}

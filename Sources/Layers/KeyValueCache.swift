import Tensors

/// Keys and values that one attention layer has made of earlier tokens, [batch, tokens, channels]. They are kept as they are
/// before they are turned by their positions, so that a window that slides never leaves those a network was trained with.
public final class KeyValueCache {
    /// Tokens that are kept at most, whole blocks; nil for all.
    public let limit: Int?
    private var keys, values: Tensor?
    /// Whether what is seen is kept as well: not while a frame is still being denoised, but in the pass over the finished one.
    public var isKeeping = false

    public init(limit: Int? = nil) { self.limit = limit }

    public var tokens: Int { keys?.shape[1] ?? 0 }

    /// The kept ones followed by others, and where `isKeeping` is set these are kept too, the oldest going beyond the limit.
    func joined(_ newKeys: Tensor, _ newValues: Tensor) -> (keys: Tensor, values: Tensor) {
        let (all, allValues) = (Self.join(keys, newKeys), Self.join(values, newValues))
        if isKeeping {
            let left = max(0, all.shape[1] - (limit ?? .max))
            (keys, values) = (Self.last(all, from: left), Self.last(allValues, from: left))
        }
        return (all, allValues)
    }

    public func forget() { (keys, values) = (nil, nil) }

    private static func join(_ first: Tensor?, _ second: Tensor) -> Tensor {
        guard let first else { return second }
        refuseGradients(of: "keys and values of earlier tokens", first, second)
        let (batch, c, a, b) = (second.shape[0], second.shape[2], first.shape[1], second.shape[1])
        precondition(first.shape == [batch, a, c], "\(second.shape) does not go on from \(first.shape)")
        let joined = Tensor(uninitialized: [batch, a + b, c])
        for n in 0..<batch {
            (joined.pointer + n * (a + b) * c).update(from: first.pointer + n * a * c, count: a * c)
            (joined.pointer + (n * (a + b) + a) * c).update(from: second.pointer + n * b * c, count: b * c)
        }
        return joined
    }

    private static func last(_ tokens: Tensor, from first: Int) -> Tensor {
        guard first > 0 else { return tokens.detached }
        let (batch, all, c) = (tokens.shape[0], tokens.shape[1], tokens.shape[2])
        return Tensor.stacked((0..<batch).map { tokens.slice($0).slice(first..<all).reshaped([1, all - first, c]) }).detached
    }
}

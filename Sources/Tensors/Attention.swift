import CKernels

/// How queries, keys and values lie in memory: which axis is the sequence.
public enum AttentionLayout {
    /// q, k, v [batch, tokens, channels].
    case tokens
    /// Over frames, for each pixel: q, k, v [batch, frames, height, width, channels].
    case frames
    /// Queries [batch, frames, height, width, channels] look, frame by frame, at keys [batch, tokens, channels].
    case context
}

/// Which keys a query sees where it may not see all of them: those of its own block of tokens, whole, and of the blocks
/// before.
public struct AttentionMask: Equatable, Sendable {
    /// Tokens of a block, 1 or more. The first key begins one.
    public var block: Int
    /// The place of the first query among the keys: where keys of earlier calls come before its own, how many there are.
    public var offset: Int
    /// Blocks that are seen, the query's own among them; nil for all. A query that sees no key gives zeros.
    public var window: Int?

    public init(block: Int, offset: Int = 0, window: Int? = nil) {
        precondition(block >= 1 && offset >= 0 && window ?? 1 >= 1, "there is no mask of blocks of \(block) tokens at \(offset)")
        (self.block, self.offset, self.window) = (block, offset, window)
    }

    /// Token by token: query i sees keys 0...i.
    public static let causal = AttentionMask(block: 1)
}

extension Tensor {
    /// Multi-head softmax attention of this tensor's queries, all in one streaming pass.
    public func attending(
        _ keys: Tensor, _ values: Tensor, heads: Int, layout: AttentionLayout = .tokens, mask: AttentionMask? = nil
    ) -> Tensor {
        let c = size(-1), d = c / heads
        precondition(c % heads == 0, "\(heads) heads do not divide \(c) channels")
        var s = ck_attention_shape()
        s.heads = heads
        s.head_dim = d
        s.scale = 1 / Float(d).squareRoot()
        if let mask { (s.block, s.offset, s.window) = (mask.block, mask.offset, mask.window ?? 0) }
        switch layout {
        case .tokens:
            let tokens = shape[rank - 2], keyTokens = keys.shape[keys.rank - 2]
            (s.n1, s.n2, s.queries, s.keys) = (count / (tokens * c), 1, tokens, keyTokens)
            (s.q_s1, s.q_s2, s.q_row) = (tokens * c, 0, c)
            (s.kv_s1, s.kv_s2, s.kv_row) = (keyTokens * c, 0, c)
        case .frames:
            let (b, f) = (shape[0], shape[1]), pixels = count / (b * f * c)
            (s.n1, s.n2, s.queries, s.keys) = (b, pixels, f, f)
            (s.q_s1, s.q_s2, s.q_row) = (f * pixels * c, c, pixels * c)
            (s.kv_s1, s.kv_s2, s.kv_row) = (s.q_s1, s.q_s2, s.q_row)
        case .context:
            let (b, f) = (shape[0], shape[1]), pixels = count / (b * f * c), tokens = keys.shape[1]
            precondition(keys.shape[0] == b, "\(keys.shape[0]) contexts for a batch of \(b)")
            (s.n1, s.n2, s.queries, s.keys) = (b, f, pixels, tokens)
            (s.q_s1, s.q_s2, s.q_row) = (f * pixels * c, pixels * c, c)
            (s.kv_s1, s.kv_s2, s.kv_row) = (tokens * c, 0, c)
        }
        let units = s.n1 * s.n2 * heads
        OperationCount.add(2 * units * s.queries * s.keys * d)
        let y = Tensor(uninitialized: shape)
        let wants = [self, keys, values].contains(where: \.isRecorded)
        let lse = wants ? Tensor(uninitialized: [units, s.queries]) : nil
        parallel(units, grain: max(1, (1 << 18) / (s.queries * s.keys * d * 4))) { _, low, high in
            withUnsafePointer(to: s) {
                kernels.attention_forward(
                    $0, low, high, pointer, keys.pointer, values.pointer, y.pointer, lse?.pointer)
            }
        }
        guard let lse else { return y }
        return y.recorded([self, keys, values]) { [q = detached, k = keys.detached, v = values.detached, out = y.detached] dy in
            let dq = Tensor(uninitialized: q.shape), dk = Tensor.zeros(k.shape), dv = Tensor.zeros(v.shape)
            parallel(s.n1 * heads) { _, low, high in
                withUnsafePointer(to: s) {
                    kernels.attention_backward(
                        $0, low, high, q.pointer, k.pointer, v.pointer, out.pointer, lse.pointer, dy.pointer,
                        dq.pointer, dk.pointer, dv.pointer)
                }
            }
            return [dq, dk, dv]
        }
    }
}

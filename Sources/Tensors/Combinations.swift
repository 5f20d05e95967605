/// Σ coefficientᵢ · tensorᵢ, added from left to right. All tensors have one shape; there is at least one.
public func linearCombination(_ terms: [(coefficient: Float, tensor: Tensor)]) -> Tensor {
    precondition(!terms.isEmpty, "a linear combination of nothing has no shape")
    let result = Tensor(uninitialized: terms[0].tensor.shape)
    let count = result.count
    let out = result.pointer
    for (position, term) in terms.enumerated() {
        precondition(term.tensor.shape == result.shape, "\(term.tensor.shape) does not fit \(result.shape)")
        let values = term.tensor.pointer
        let factor = term.coefficient
        if position == 0 {
            for index in 0..<count { out[index] = factor * values[index] }
        } else {
            for index in 0..<count { out[index] += factor * values[index] }
        }
    }
    return result.recorded(terms.map(\.tensor)) { [terms = terms.map { ($0.coefficient, $0.tensor.node != nil) }] dy in
        terms.map { coefficient, isWanted in isWanted ? dy * coefficient : nil }
    }
}

/// `body` of every pair of elements. It has no gradient.
@inlinable
public func zipped(_ first: Tensor, _ second: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
    precondition(first.shape == second.shape, "\(first.shape) does not fit \(second.shape)")
    refuseGradients(of: "an operation on pairs of elements", first, second)
    let result = Tensor(uninitialized: first.shape)
    let x = first.pointer, y = second.pointer, out = result.pointer
    for index in 0..<result.count { out[index] = body(x[index], y[index]) }
    return result
}

/// `body` of every element. It has no gradient.
@inlinable
public func mapped(_ tensor: Tensor, _ body: (Float) -> Float) -> Tensor {
    refuseGradients(of: "an operation on elements", tensor)
    let result = Tensor(uninitialized: tensor.shape)
    let x = tensor.pointer, out = result.pointer
    for index in 0..<result.count { out[index] = body(x[index]) }
    return result
}

extension Tensor {
    /// For each entry e of the first axis: factors[e].own · this + factors[e].other · other.
    public func combined(with other: Tensor, _ factors: [(own: Float, other: Float)]) -> Tensor {
        precondition(shape == other.shape, "\(shape) does not fit \(other.shape)")
        precondition(rank > 0 && size(0) == factors.count, "\(factors.count) pairs of factors for \(shape)")
        let result = Tensor(uninitialized: shape), entry = factors.isEmpty ? 0 : count / factors.count
        for (index, (a, b)) in factors.enumerated() {
            let x = pointer + index * entry, y = other.pointer + index * entry, out = result.pointer + index * entry
            for i in 0..<entry { out[i] = x[i] * a + y[i] * b }
        }
        return result.recorded([self, other]) { [wants = (node != nil, other.node != nil)] dy in
            func scaled(_ factors: [Float]) -> Tensor {
                let dx = Tensor(uninitialized: dy.shape)
                for (index, factor) in factors.enumerated() {
                    for i in index * entry..<(index + 1) * entry { dx.pointer[i] = dy.pointer[i] * factor }
                }
                return dx
            }
            return [wants.0 ? scaled(factors.map(\.own)) : nil, wants.1 ? scaled(factors.map(\.other)) : nil]
        }
    }

    /// (x - mean) / deviation by channel, or `inverse`: x * deviation + mean.
    public func normalized(mean: [Float], deviation: [Float], inverse: Bool = false) -> Tensor {
        let c = size(-1), result = Tensor(uninitialized: shape)
        precondition(mean.count == c && deviation.count == c, "\(mean.count) means and \(deviation.count) deviations for \(shape)")
        for i in 0..<count {
            let k = i % c, value = pointer[i]
            result.pointer[i] = inverse ? value * deviation[k] + mean[k] : (value - mean[k]) / deviation[k]
        }
        return result.recorded([self]) { [shape] dy in
            let dx = Tensor(uninitialized: shape)
            for i in 0..<dx.count {
                dx.pointer[i] = inverse ? dy.pointer[i] * deviation[i % c] : dy.pointer[i] / deviation[i % c]
            }
            return [dx]
        }
    }
}

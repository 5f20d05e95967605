import Tensors

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
    return result
}

/// `body` of every pair of elements.
@inline(__always)
func zipped(_ first: Tensor, _ second: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
    precondition(first.shape == second.shape, "\(first.shape) does not fit \(second.shape)")
    let result = Tensor(uninitialized: first.shape)
    let x = first.pointer, y = second.pointer, out = result.pointer
    for index in 0..<result.count { out[index] = body(x[index], y[index]) }
    return result
}

/// `body` of every element.
@inline(__always)
func mapped(_ tensor: Tensor, _ body: (Float) -> Float) -> Tensor {
    let result = Tensor(uninitialized: tensor.shape)
    let x = tensor.pointer, out = result.pointer
    for index in 0..<result.count { out[index] = body(x[index]) }
    return result
}

import CKernels

extension Tensor {
    /// Whether no element is infinite or NaN.
    public var isFinite: Bool {
        // x·0 is 0 for every finite x and NaN for the others; eight sums keep the loop in vectors.
        let values = UnsafeRawPointer(pointer)
        var sum = SIMD8<Float>.zero
        let whole = count / 8 * 8
        for index in stride(from: 0, to: whole, by: 8) {
            sum += values.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self) * 0
        }
        var total = sum.sum()
        for index in whole..<count { total += pointer[index] * 0 }
        return total == 0
    }

    /// The sum of all elements, as a tensor of one element.
    public func sum() -> Tensor {
        let ones = Tensor(repeating: 1, [min(count, 4096)])
        var total = 0.0
        var i = 0
        while i < count {
            let n = min(4096, count - i)
            total += kernels.dot(n, pointer + i, ones.pointer)
            i += n
        }
        return Tensor([Float(total)], [1]).recorded([self]) { [shape] dy in [Tensor(repeating: dy.pointer[0], shape)] }
    }

    public func mean() -> Tensor { sum() * (1 / Float(count)) }

    /// [batch, places, channels] to their means [batch, channels].
    public func meanOverPlaces() -> Tensor {
        let (n, p, c) = (shape[0], shape[1], shape[2]), y = Tensor.zeros([n, c])
        for b in 0..<n {
            let row = y.pointer + b * c
            for i in 0..<p {
                let place = pointer + (b * p + i) * c
                for k in 0..<c { row[k] += place[k] }
            }
            for k in 0..<c { row[k] /= Float(p) }
        }
        return y.recorded([self]) { dy in
            let dx = Tensor(uninitialized: [n, p, c])
            for b in 0..<n {
                let row = dy.pointer + b * c
                for i in 0..<p {
                    let place = dx.pointer + (b * p + i) * c
                    for k in 0..<c { place[k] = row[k] / Float(p) }
                }
            }
            return [dx]
        }
    }
}

import Foundation

// How a condition steers a transformer (Peebles & Xie, arXiv 2212.09748, section 3.2): rows of one group share a shift, a
// scale or a gate.
extension Tensor {
    /// x · (1 + scale) + shift for x [groups, ..., channels] and `shift` and `scale` [groups, channels].
    public func modulated(shift: Tensor, scale: Tensor) -> Tensor {
        let (groups, c) = grouped(with: shift)
        precondition(scale.shape == shift.shape, "a scale of \(scale.shape) beside a shift of \(shift.shape)")
        let rows = count / groups / c, y = Tensor(uninitialized: shape)
        parallel(groups * rows, grain: max(1, (1 << 13) / c)) { _, low, high in
            for r in low..<high {
                let (x, out, a, b) = (pointer + r * c, y.pointer + r * c, scale.pointer + r / rows * c, shift.pointer + r / rows * c)
                for i in 0..<c { out[i] = x[i] * (1 + a[i]) + b[i] }
            }
        }
        return y.recorded([self, shift, scale]) { [x = detached, scale = scale.detached] dy in
            let dx = Tensor(uninitialized: x.shape), dshift = Tensor.zeros([groups, c]), dscale = Tensor.zeros([groups, c])
            parallel(groups) { _, low, high in
                for r in low * rows..<high * rows {
                    let g = r / rows * c
                    for i in 0..<c {
                        let d = dy.pointer[r * c + i]
                        dx.pointer[r * c + i] = d * (1 + scale.pointer[g + i])
                        dshift.pointer[g + i] += d
                        dscale.pointer[g + i] += d * x.pointer[r * c + i]
                    }
                }
            }
            return [dx, dshift.reshaped(scale.shape), dscale.reshaped(scale.shape)]
        }
    }

    /// x · gate + residual for x and `residual` [groups, ..., channels] and `gate` [groups, channels].
    public func gated(_ gate: Tensor, adding residual: Tensor) -> Tensor {
        let (groups, c) = grouped(with: gate)
        precondition(residual.shape == shape, "a residual of \(residual.shape) beside \(shape)")
        let rows = count / groups / c, y = Tensor(uninitialized: shape)
        parallel(groups * rows, grain: max(1, (1 << 13) / c)) { _, low, high in
            for r in low..<high {
                let (x, out, a, b) = (pointer + r * c, y.pointer + r * c, gate.pointer + r / rows * c, residual.pointer + r * c)
                for i in 0..<c { out[i] = x[i] * a[i] + b[i] }
            }
        }
        return y.recorded([self, gate, residual]) { [x = detached, gate = gate.detached] dy in
            let dx = Tensor(uninitialized: x.shape), dgate = Tensor.zeros([groups, c])
            parallel(groups) { _, low, high in
                for r in low * rows..<high * rows {
                    let g = r / rows * c
                    for i in 0..<c {
                        dx.pointer[r * c + i] = dy.pointer[r * c + i] * gate.pointer[g + i]
                        dgate.pointer[g + i] += dy.pointer[r * c + i] * x.pointer[r * c + i]
                    }
                }
            }
            return [dx, dgate.reshaped(gate.shape), dy]
        }
    }

    /// Groups and channels of what steers this tensor's rows.
    private func grouped(with row: Tensor) -> (groups: Int, channels: Int) {
        let c = size(-1), groups = row.count / max(1, c)
        precondition(
            row.size(-1) == c && groups > 0 && count % (groups * c) == 0, "\(row.shape) does not steer the rows of \(shape)")
        return (groups, c)
    }

    /// Root-mean-square normalisation of each `gamma.count` neighbouring channels (Zhang & Sennrich, arXiv 1910.07467): of
    /// every head's queries and keys, where `gamma` is as long as a head.
    public func rmsNorm(_ gamma: Tensor, epsilon: Float = 1e-6) -> Tensor {
        let d = gamma.count, rows = count / d
        precondition(size(-1) % d == 0, "\(d) channels do not divide those of \(shape)")
        let y = Tensor(uninitialized: shape), inverse = Tensor(uninitialized: [rows])
        let grain = max(1, (1 << 13) / d)
        parallel(rows, grain: grain) { _, low, high in
            for r in low..<high {
                let (x, out) = (pointer + r * d, y.pointer + r * d)
                var sum: Float = 0
                for i in 0..<d { sum += x[i] * x[i] }
                let factor = 1 / (sum / Float(d) + epsilon).squareRoot()
                inverse.pointer[r] = factor
                for i in 0..<d { out[i] = x[i] * factor * gamma.pointer[i] }
            }
        }
        return y.recorded([self, gamma]) { [x = detached, gamma = gamma.detached] dy in
            let dx = Tensor(uninitialized: x.shape), parts = partCount(rows, grain: grain), partial = Tensor.zeros([parts, d])
            parallel(rows, parts: parts) { part, low, high in
                for r in low..<high {
                    let factor = inverse.pointer[r], at = r * d
                    var dot: Float = 0
                    for i in 0..<d {
                        dot += dy.pointer[at + i] * gamma.pointer[i] * x.pointer[at + i]
                        partial.pointer[part * d + i] += dy.pointer[at + i] * x.pointer[at + i] * factor
                    }
                    let common = dot * factor * factor * factor / Float(d)
                    for i in 0..<d { dx.pointer[at + i] = dy.pointer[at + i] * gamma.pointer[i] * factor - x.pointer[at + i] * common }
                }
            }
            return [dx, partial.sumOfParts().reshaped(gamma.shape)]
        }
    }
}

import CKernels

private let elementGrain = 1 << 15

extension Tensor {
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        precondition(a.shape == b.shape, "cannot add \(a.shape) and \(b.shape)")
        let y = Tensor(uninitialized: a.shape)
        parallel(a.count, grain: elementGrain) { _, low, high in
            kernels.add(high - low, a.pointer + low, b.pointer + low, y.pointer + low)
        }
        return y.recorded([a, b]) { dy in [dy, dy] }
    }

    public static func - (a: Tensor, b: Tensor) -> Tensor { a + b * -1 }

    public static func * (a: Tensor, b: Tensor) -> Tensor {
        precondition(a.shape == b.shape, "cannot multiply \(a.shape) and \(b.shape)")
        func product(_ a: Tensor, _ b: Tensor) -> Tensor {
            let y = Tensor(uninitialized: a.shape)
            parallel(a.count, grain: elementGrain) { _, low, high in
                kernels.multiply(high - low, a.pointer + low, b.pointer + low, y.pointer + low)
            }
            return y
        }
        return product(a, b).recorded([a, b]) { [saved = (a.node == nil ? nil : b.detached, b.node == nil ? nil : a.detached)] dy in
            [saved.0.map { product(dy, $0) }, saved.1.map { product(dy, $0) }]
        }
    }

    public static func * (a: Tensor, factor: Float) -> Tensor {
        let y = Tensor(uninitialized: a.shape)
        parallel(a.count, grain: elementGrain) { _, low, high in
            kernels.axpby(high - low, factor, a.pointer + low, 0, y.pointer + low)
        }
        return y.recorded([a]) { dy in [dy * factor] }
    }

    /// x [batch, ..., channels] + row [batch, channels], the row repeated over the axes between.
    public func addingPerBatch(_ row: Tensor) -> Tensor {
        let batch = row.shape[0], c = row.size(-1), rows = count / batch / c
        precondition(shape[0] == batch && size(-1) == c, "cannot add \(row.shape) to each row of \(shape)")
        let y = Tensor(uninitialized: shape)
        parallel(batch * rows, grain: max(1, elementGrain / c)) { _, low, high in
            var r = low
            while r < high {
                let b = r / rows, end = min(high, (b + 1) * rows)
                kernels.add_rows(end - r, c, pointer + r * c, row.pointer + b * c, y.pointer + r * c)
                r = end
            }
        }
        return y.recorded([self, row]) { dy in
            let drow = Tensor.zeros([batch, c])
            parallel(batch) { _, low, high in
                for b in low..<high {
                    kernels.column_sums(rows, c, dy.pointer + b * rows * c, drow.pointer + b * c)
                }
            }
            return [dy, drow]
        }
    }

    /// Adds a table [period, channels] to consecutive groups of rows: row r gets table[(r / stride) % period].
    public func addingTable(_ table: Tensor, stride: Int = 1) -> Tensor {
        let c = size(-1), rows = count / c, period = table.count / c
        let y = Tensor(uninitialized: shape)
        parallel(rows / stride, grain: max(1, elementGrain / (c * stride))) { _, low, high in
            for g in low..<high {
                kernels.add_rows(
                    stride, c, pointer + g * stride * c, table.pointer + (g % period) * c, y.pointer + g * stride * c)
            }
        }
        return y.recorded([self, table]) { [wantsTable = table.node != nil, tableShape = table.shape] dy in
            guard wantsTable else { return [dy, nil] }
            let gradient = Tensor.zeros(tableShape)
            for g in 0..<rows / stride {
                kernels.column_sums(stride, c, dy.pointer + g * stride * c, gradient.pointer + (g % period) * c)
            }
            return [dy, gradient]
        }
    }

    private func activated(_ kind: Int32) -> Tensor {
        let y = Tensor(uninitialized: shape)
        parallel(count, grain: 1 << 13) { _, low, high in
            kernels.activation(high - low, kind, pointer + low, y.pointer + low)
        }
        return y.recorded([self]) { [x = detached] dy in
            let dx = Tensor(uninitialized: x.shape)
            parallel(x.count, grain: 1 << 13) { _, low, high in
                kernels.activation_gradient(high - low, kind, x.pointer + low, dy.pointer + low, dx.pointer + low)
            }
            return [dx]
        }
    }

    /// x * sigmoid(x)
    public func silu() -> Tensor { activated(0) }
    /// x * Phi(x), with the error function.
    public func gelu() -> Tensor { activated(1) }
    /// x * sigmoid(1.702 x), as OpenAI's CLIP has it.
    public func quickGELU() -> Tensor { activated(2) }
    public func exp() -> Tensor { activated(3) }

    /// x [..., 2c] -> x[..., :c] * gelu(x[..., c:]) (Shazeer, arXiv 2002.05202).
    public func geglu() -> Tensor {
        let c = size(-1) / 2, rows = count / (2 * c)
        let y = Tensor(uninitialized: shape.dropLast() + [c])
        parallel(rows, grain: max(1, (1 << 12) / c)) { _, low, high in
            kernels.geglu(high - low, c, pointer + low * 2 * c, y.pointer + low * c)
        }
        return y.recorded([self]) { [x = detached] dy in
            let dx = Tensor(uninitialized: x.shape)
            parallel(rows, grain: max(1, (1 << 12) / c)) { _, low, high in
                kernels.geglu_gradient(
                    high - low, c, x.pointer + low * 2 * c, dy.pointer + low * c, dx.pointer + low * 2 * c)
            }
            return [dx]
        }
    }
}

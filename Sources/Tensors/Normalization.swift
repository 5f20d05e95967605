import CKernels

extension Tensor {
    /// Group normalisation, with SiLU behind it where `silu` is set, over everything but the first axis: for a clip
    /// [batch, frames, height, width, channels] the statistics are joint over its frames.
    ///
    /// - Parameter overwriting: nobody else holds this tensor's memory, and the result may take it.
    public func groupNorm(
        groups: Int, _ gamma: Tensor, _ beta: Tensor, epsilon: Float = 1e-5, silu: Bool = false, overwriting: Bool = false
    ) -> Tensor {
        let batch = shape[0], c = size(-1), rows = count / (batch * c), width = c / groups
        precondition(c % groups == 0 && gamma.count == c, "\(groups) groups do not divide \(c) channels")
        let act: Int32 = silu ? 1 : 0, grain = max(32, (1 << 14) / c)
        let statistics = Tensor(uninitialized: [4, batch, c])  // scale, shift, mean and 1/deviation of each channel
        let (scale, shift) = (statistics.pointer, statistics.pointer + batch * c)
        let (means, rstds) = (statistics.pointer + 2 * batch * c, statistics.pointer + 3 * batch * c)
        let isFree = overwriting && node == nil && gamma.node == nil && beta.node == nil
        let y = isFree ? self : Tensor(uninitialized: shape)
        let parts = partCount(rows, grain: grain)
        for b in 0..<batch {
            let x = pointer + b * rows * c
            var sums = [Double](repeating: 0, count: parts * 2 * c)
            sums.withUnsafeMutableBufferPointer { sums in
                let base = sums.baseAddress!
                parallel(rows, parts: parts) { part, low, high in
                    let mine = base + part * 2 * c
                    kernels.channel_sums(high - low, c, x + low * c, mine, mine + c)
                }
            }
            for g in 0..<groups {
                var sum = 0.0, square = 0.0
                for part in 0..<parts {
                    for k in g * width..<(g + 1) * width {
                        sum += sums[part * 2 * c + k]
                        square += sums[part * 2 * c + c + k]
                    }
                }
                let n = Double(rows * width), mean = sum / n
                let rstd = 1 / (max(0, square / n - mean * mean) + Double(epsilon)).squareRoot()
                for k in g * width..<(g + 1) * width {
                    let a = Float(rstd) * gamma.pointer[k]
                    scale[b * c + k] = a
                    shift[b * c + k] = beta.pointer[k] - Float(mean) * a
                    means[b * c + k] = Float(mean)
                    rstds[b * c + k] = Float(rstd)
                }
            }
            parallel(rows, grain: grain) { _, low, high in
                kernels.scale_shift(
                    high - low, c, x + low * c, scale + b * c, shift + b * c, act, y.pointer + (b * rows + low) * c)
            }
        }
        return y.recorded([self, gamma, beta]) { [x = detached, gamma = gamma.detached] dy in
            let dx = Tensor(uninitialized: x.shape)
            let dgamma = Tensor.zeros([c]), dbeta = Tensor.zeros([c])
            let (scale, shift) = (statistics.pointer, statistics.pointer + batch * c)
            let (means, rstds) = (statistics.pointer + 2 * batch * c, statistics.pointer + 3 * batch * c)
            let factors = Tensor(uninitialized: [3, c])
            for b in 0..<batch {
                let base = b * rows * c
                var sums = [Double](repeating: 0, count: parts * 2 * c)
                sums.withUnsafeMutableBufferPointer { sums in
                    let start = sums.baseAddress!
                    parallel(rows, parts: parts) { part, low, high in
                        let mine = start + part * 2 * c
                        kernels.scale_shift_sums(
                            high - low, c, x.pointer + base + low * c, dy.pointer + base + low * c, scale + b * c,
                            shift + b * c, act, mine, mine + c)
                    }
                    for part in 1..<max(parts, 1) {
                        for k in 0..<2 * c { sums[k] += sums[part * 2 * c + k] }
                    }
                }
                let n = Double(rows * width)
                for g in 0..<groups {
                    // Means over the group of gamma * g and of gamma * g * normalised x.
                    var first = 0.0, second = 0.0
                    let mean = Double(means[b * c + g * width]), rstd = Double(rstds[b * c + g * width])
                    for k in g * width..<(g + 1) * width {
                        let normalised = (sums[c + k] - mean * sums[k]) * rstd
                        dgamma.pointer[k] += Float(normalised)
                        dbeta.pointer[k] += Float(sums[k])
                        first += Double(gamma.pointer[k]) * sums[k]
                        second += Double(gamma.pointer[k]) * normalised
                    }
                    first /= n
                    second /= n
                    for k in g * width..<(g + 1) * width {
                        factors.pointer[k] = Float(rstd) * gamma.pointer[k]
                        factors.pointer[c + k] = Float(-rstd * rstd * second)
                        factors.pointer[2 * c + k] = Float(rstd * (rstd * mean * second - first))
                    }
                }
                parallel(rows, grain: grain) { _, low, high in
                    kernels.scale_shift_gradient(
                        high - low, c, x.pointer + base + low * c, dy.pointer + base + low * c, scale + b * c,
                        shift + b * c, act, factors.pointer, factors.pointer + c, factors.pointer + 2 * c,
                        dx.pointer + base + low * c)
                }
            }
            return [dx, dgamma, dbeta]
        }
    }

    /// Layer normalisation over the last axis.
    public func layerNorm(_ gamma: Tensor, _ beta: Tensor, epsilon: Float = 1e-5) -> Tensor {
        let c = size(-1), rows = count / c, grain = max(16, (1 << 13) / c)
        let y = Tensor(uninitialized: shape)
        let wants = [self, gamma, beta].contains(where: \.isRecorded)
        let statistics = wants ? Tensor(uninitialized: [2, rows]) : nil
        parallel(rows, grain: grain) { _, low, high in
            kernels.layer_norm(
                high - low, c, pointer + low * c, gamma.pointer, beta.pointer, epsilon, y.pointer + low * c,
                statistics.map { $0.pointer + low }, statistics.map { $0.pointer + rows + low })
        }
        guard let statistics else { return y }
        return y.recorded([self, gamma, beta]) { [x = detached, gamma = gamma.detached] dy in
            let dx = Tensor(uninitialized: x.shape)
            let parts = partCount(rows, grain: grain)
            let partial = Tensor.zeros([parts, 2, c])
            parallel(rows, parts: parts) { part, low, high in
                kernels.layer_norm_gradient(
                    high - low, c, x.pointer + low * c, gamma.pointer, statistics.pointer + low,
                    statistics.pointer + rows + low, dy.pointer + low * c, dx.pointer + low * c,
                    partial.pointer + part * 2 * c, partial.pointer + (part * 2 + 1) * c)
            }
            let both = partial.sumOfParts()
            return [dx, both.slice(0), both.slice(1)]
        }
    }
}

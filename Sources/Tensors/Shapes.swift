import CKernels

extension Tensor {
    /// `body` over runs of the first axis of about `limit` elements, put together again: less memory for operations that
    /// treat every entry of that axis for itself. Where gradients are recorded, `body` runs once over everything.
    public func inPieces(of limit: Int, _ body: (Tensor) -> Tensor) -> Tensor {
        guard rank > 0, shape[0] > 1, count > limit, node == nil else { return body(self) }
        let n = shape[0], each = Swift.max(1, n * limit / count)
        let first = body(slice(0..<each))
        guard first.node == nil else { return body(self) }
        let result = Tensor(uninitialized: [n] + first.shape.dropFirst()), entry = first.count / each
        result.pointer.update(from: first.pointer, count: first.count)
        for start in stride(from: each, to: n, by: each) {
            let part = body(slice(start..<Swift.min(start + each, n)))
            (result.pointer + start * entry).update(from: part.pointer, count: part.count)
        }
        return result
    }

    /// The same elements under another shape; one size may be -1.
    public func reshaped(_ newShape: [Int]) -> Tensor {
        var target = newShape
        if let open = target.firstIndex(of: -1) {
            target[open] = 1
            target[open] = count / target.reduce(1, *)
        }
        precondition(target.reduce(1, *) == count, "\(shape) cannot be seen as \(newShape)")
        return Tensor(shape: target, storage: storage, offset: offset).recorded([self]) { [shape] dy in
            [dy.reshaped(shape)]
        }
    }

    /// Entry `index` of the first axis, sharing memory.
    public func slice(_ index: Int) -> Tensor { slice(index..<index + 1).reshaped(Array(shape.dropFirst())) }

    /// Entries of the first axis, sharing memory.
    public func slice(_ range: Range<Int>) -> Tensor {
        precondition(
            rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0], "\(shape) has no entries \(range)")
        let start = count / max(shape[0], 1) * range.lowerBound
        return Tensor(shape: [range.count] + shape.dropFirst(), storage: storage, offset: offset + start).recorded([self]) {
            [shape] dy in
            let dx = Tensor.zeros(shape)
            (dx.pointer + start).update(from: dy.pointer, count: dy.count)
            return [dx]
        }
    }

    /// [rows, columns] -> [columns, rows]
    public func transposedMatrix() -> Tensor {
        let (rows, columns) = (shape[0], shape[1])
        let result = Tensor(uninitialized: [columns, rows])
        let source = pointer, target = result.pointer
        for r in 0..<rows {
            for c in 0..<columns { target[c * rows + r] = source[r * columns + c] }
        }
        return result.recorded([self]) { dy in [dy.transposedMatrix()] }
    }

    /// A copy with the axes in another order: `permuted([0, 2, 3, 1])` turns NCHW into NHWC.
    public func permuted(_ axes: [Int]) -> Tensor {
        precondition(axes.sorted() == Array(0..<rank))
        var strides = [Int](repeating: 1, count: rank)
        for axis in (0..<max(rank - 1, 0)).reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        let newShape = axes.map { shape[$0] }, newStrides = axes.map { strides[$0] }
        let result = Tensor(uninitialized: newShape)
        let source = pointer, target = result.pointer
        var index = [Int](repeating: 0, count: rank), at = 0
        for i in 0..<count {
            target[i] = source[at]
            var axis = rank - 1
            while axis >= 0 {
                index[axis] += 1
                at += newStrides[axis]
                if index[axis] < newShape[axis] { break }
                at -= newStrides[axis] * newShape[axis]
                index[axis] = 0
                axis -= 1
            }
        }
        return result.recorded([self]) { dy in [dy.permuted(axes.indices.map { axes.firstIndex(of: $0)! })] }
    }

    /// Joins tensors along the first axis.
    public static func stacked(_ parts: [Tensor]) -> Tensor {
        precondition(
            !parts.isEmpty && parts.allSatisfy { $0.shape.dropFirst() == parts[0].shape.dropFirst() },
            "cannot join \(parts.map(\.shape)) along the first axis")
        let result = Tensor(uninitialized: [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst())
        var at = 0
        for part in parts {
            (result.pointer + at).update(from: part.pointer, count: part.count)
            at += part.count
        }
        return result.recorded(parts) { [sizes = parts.map { $0.shape[0] }] dy in
            var first = 0
            return sizes.map { size in
                defer { first += size }
                return dy.slice(first..<first + size)
            }
        }
    }

    /// Joins two tensors along the channels.
    public func concatenatingChannels(_ other: Tensor) -> Tensor {
        let (a, b) = (size(-1), other.size(-1)), rows = count / a
        precondition(shape.dropLast() == other.shape.dropLast(), "cannot join the channels of \(shape) and \(other.shape)")
        let y = Tensor(uninitialized: shape.dropLast() + [a + b])
        let grain = max(1, (1 << 14) / (a + b))
        parallel(rows, grain: grain) { _, low, high in
            for r in low..<high {
                (y.pointer + r * (a + b)).update(from: pointer + r * a, count: a)
                (y.pointer + r * (a + b) + a).update(from: other.pointer + r * b, count: b)
            }
        }
        return y.recorded([self, other]) { [shape, otherShape = other.shape] dy in
            let da = Tensor(uninitialized: shape), db = Tensor(uninitialized: otherShape)
            parallel(rows, grain: grain) { _, low, high in
                for r in low..<high {
                    (da.pointer + r * a).update(from: dy.pointer + r * (a + b), count: a)
                    (db.pointer + r * b).update(from: dy.pointer + r * (a + b) + a, count: b)
                }
            }
            return [da, db]
        }
    }

    /// Channels `range` of every row.
    public func channels(_ range: Range<Int>) -> Tensor {
        let c = size(-1), rows = count / c, n = range.count
        let y = Tensor(uninitialized: shape.dropLast() + [n])
        for r in 0..<rows { (y.pointer + r * n).update(from: pointer + r * c + range.lowerBound, count: n) }
        return y.recorded([self]) { [shape] dy in
            let dx = Tensor.zeros(shape)
            for r in 0..<rows { (dx.pointer + r * c + range.lowerBound).update(from: dy.pointer + r * n, count: n) }
            return [dx]
        }
    }

    /// Rows of this table [entries, channels] by index: [indices.count, channels].
    public func gatheringRows(_ indices: [Int]) -> Tensor {
        let c = size(-1)
        let y = Tensor(uninitialized: [indices.count, c])
        for (r, index) in indices.enumerated() {
            precondition(index >= 0 && index < count / c, "row \(index) of a table with \(count / c) rows")
            (y.pointer + r * c).update(from: pointer + index * c, count: c)
        }
        return y.recorded([self]) { [shape] dy in
            let table = Tensor.zeros(shape)
            for (r, index) in indices.enumerated() {
                kernels.add(c, table.pointer + index * c, dy.pointer + r * c, table.pointer + index * c)
            }
            return [table]
        }
    }

    /// Nearest-neighbour enlargement of [..., height, width, channels] to the given size, as PyTorch's
    /// `interpolate(mode="nearest")`: source row = floor(row * height / newHeight).
    public func upsampledNearest(height newHeight: Int, width newWidth: Int) -> Tensor {
        let (h, w, c) = (size(-3), size(-2), size(-1)), batch = count / (h * w * c)
        let y = Tensor(uninitialized: shape.dropLast(3) + [newHeight, newWidth, c])
        parallel(batch * newHeight, grain: max(1, (1 << 14) / (newWidth * c))) { _, low, high in
            for r in low..<high {
                let source = pointer + ((r / newHeight) * h + (r % newHeight) * h / newHeight) * w * c
                let target = y.pointer + r * newWidth * c
                for x in 0..<newWidth { (target + x * c).update(from: source + (x * w / newWidth) * c, count: c) }
            }
        }
        return y.recorded([self]) { [shape] dy in
            let dx = Tensor.zeros(shape)
            parallel(batch) { _, low, high in
                for n in low..<high {
                    for r in 0..<newHeight {
                        let target = dx.pointer + (n * h + r * h / newHeight) * w * c
                        let source = dy.pointer + (n * newHeight + r) * newWidth * c
                        for x in 0..<newWidth {
                            let at = target + (x * w / newWidth) * c
                            kernels.add(c, at, source + x * c, at)
                        }
                    }
                }
            }
            return [dx]
        }
    }

    /// The mean of each block of 2×2 places: [..., height, width, channels] -> [..., newHeight, newWidth, channels]. What lies beyond
    /// 2 newHeight rows and 2 newWidth columns is left out.
    public func halved(height newHeight: Int, width newWidth: Int) -> Tensor {
        let (h, w, c) = (size(-3), size(-2), size(-1)), batch = count / (h * w * c)
        precondition(2 * newHeight <= h && 2 * newWidth <= w, "\(h)x\(w) to \(newHeight)x\(newWidth)")
        let y = Tensor(uninitialized: shape.dropLast(3) + [newHeight, newWidth, c])
        parallel(batch * newHeight, grain: max(1, (1 << 13) / (newWidth * c))) { _, low, high in
            for r in low..<high {
                let upper = pointer + (r / newHeight * h + r % newHeight * 2) * w * c, lower = upper + w * c
                let target = y.pointer + r * newWidth * c
                for x in 0..<newWidth {
                    for i in 0..<c {
                        let at = 2 * x * c + i
                        target[x * c + i] = (upper[at] + upper[at + c] + lower[at] + lower[at + c]) * 0.25
                    }
                }
            }
        }
        return y.recorded([self]) { [shape] dy in
            let dx = Tensor.zeros(shape)
            parallel(batch * newHeight, grain: max(1, (1 << 13) / (newWidth * c))) { _, low, high in
                for r in low..<high {
                    let upper = dx.pointer + (r / newHeight * h + r % newHeight * 2) * w * c, lower = upper + w * c
                    let source = dy.pointer + r * newWidth * c
                    for x in 0..<newWidth {
                        for i in 0..<c {
                            let at = 2 * x * c + i, share = source[x * c + i] * 0.25
                            (upper[at], upper[at + c], lower[at], lower[at + c]) = (share, share, share, share)
                        }
                    }
                }
            }
            return [dx]
        }
    }

    /// PyTorch's PixelUnshuffle on channels-last pictures: [..., h * p, w * p, c] -> [..., h, w, c * p * p], channel
    /// order c, row, column. Height and width must be multiples of `p`.
    public func pixelUnshuffled(_ p: Int) -> Tensor {
        p == 1 ? self : pixelsMoved(p, unshuffle: true).recorded([self]) { dy in [dy.pixelsMoved(p, unshuffle: false)] }
    }

    /// PyTorch's PixelShuffle, the inverse of `pixelUnshuffled`. The channels must be a multiple of p · p.
    public func pixelShuffled(_ p: Int) -> Tensor {
        p == 1 ? self : pixelsMoved(p, unshuffle: false).recorded([self]) { dy in [dy.pixelsMoved(p, unshuffle: true)] }
    }

    private func pixelsMoved(_ p: Int, unshuffle: Bool) -> Tensor {
        // (h, w, c) are the sizes of the large picture.
        let (h, w) = unshuffle ? (size(-3), size(-2)) : (size(-3) * p, size(-2) * p)
        precondition(
            unshuffle ? h % p == 0 && w % p == 0 : size(-1) % (p * p) == 0, "\(shape) has no whole squares of \(p)x\(p) pixels")
        let c = unshuffle ? size(-1) : size(-1) / (p * p)
        let (sh, sw, sc) = (h / p, w / p, c * p * p), batch = count / (h * w * c)
        let result = Tensor(uninitialized: shape.dropLast(3) + (unshuffle ? [sh, sw, sc] : [h, w, c]))
        let source = pointer, target = result.pointer
        parallel(batch * h, grain: max(1, (1 << 13) / (w * c))) { _, low, high in
            for r in low..<high {
                let n = r / h, y = r % h
                for x in 0..<w {
                    let large = (r * w + x) * c
                    let small = ((n * sh + y / p) * sw + x / p) * sc + (y % p) * p + x % p
                    for k in 0..<c {
                        if unshuffle {
                            target[small + k * p * p] = source[large + k]
                        } else {
                            target[large + k] = source[small + k * p * p]
                        }
                    }
                }
            }
        }
        return result
    }
}

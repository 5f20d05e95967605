import CKernels

/// A packed weight, as matrix products have them (Goto & van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication", 2008): [out, in, taps] in the order in which kernels read it, [out / panel, in, taps, panel], in half
/// precision where it came so. A linear layer has one tap.
final class PackedWeights {
    let inChannels, outChannels, taps: Int
    let kind: Int32
    let pointer: UnsafeRawPointer

    /// The numbers are copied.
    convenience init(_ weight: HalfPrecisionWeights) {
        self.init(weight.shape, kind: weight.kind.code, from: weight.pointer)
        weight.dropPages()
    }

    convenience init(_ weight: Tensor) {
        self.init(weight.shape, kind: Int32(CK_FLOAT32), from: UnsafeRawPointer(weight.pointer))
        withExtendedLifetime(weight) {}
    }

    private init(_ shape: [Int], kind: Int32, from source: UnsafeRawPointer) {
        (outChannels, inChannels, taps) = (shape[0], shape[1], shape.dropFirst(2).reduce(1, *))
        self.kind = kind
        let (i, o, t) = (inChannels, outChannels, taps), size = kind == Int32(CK_FLOAT32) ? 4 : 2
        let panels = (o + kernels.panel - 1) / kernels.panel
        let memory = UnsafeMutableRawPointer.allocate(byteCount: panels * i * t * kernels.panel * size, alignment: 64)
        pointer = UnsafeRawPointer(memory)
        parallel(panels) { _, low, high in kernels.pack_weight(i, o, t, low, high, kind, source, memory) }
    }

    deinit { pointer.deallocate() }

    /// [taps * in, out] in float32, for a product with columns.
    func rows() -> Tensor {
        let result = Tensor(uninitialized: [taps * inChannels, outChannels]), width = kernels.panel
        let (i, o, t) = (inChannels, outChannels, taps)
        parallel((o + width - 1) / width) { _, low, high in
            let wide = ck_scratch(0, i * t * width)!
            for panel in low..<high {
                let first = panel * i * t * width, count = min(width, o - panel * width)
                if kind == Int32(CK_FLOAT32) {
                    wide.update(from: pointer.assumingMemoryBound(to: Float.self) + first, count: i * t * width)
                } else {
                    kernels.expand(i * t * width, kind, pointer + first * 2, wide)
                }
                for channel in 0..<i {
                    for tap in 0..<t {
                        (result.pointer + (tap * i + channel) * o + panel * width)
                            .update(from: wide + (channel * t + tap) * width, count: count)
                    }
                }
            }
        }
        return result
    }
}

import CKernels
import Tensors
import Testing

/// Every instruction set that this processor has gives what the portable kernels give.
@Suite struct InstructionSetTests {
    private let sets = ["avx2", "avx512"].compactMap { (name: String) in ck_kernels_named(name)?.pointee }
    private let portable = ck_kernels_named("portable")!.pointee

    private func compare(_ count: Int, tolerance: Float = 2e-5, _ body: (ck_table, UnsafeMutablePointer<Float>) -> Void) {
        func run(_ table: ck_table) -> [Float] {
            let result = Tensor.zeros([count])
            body(table, result.pointer)
            return result.values
        }
        let expected = run(portable)
        for table in sets {
            let found = run(table)
            for (a, b) in zip(found, expected) {
                #expect(abs(a - b) <= tolerance * max(1, abs(b)), "\(String(cString: table.name)): \(a) against \(b)")
            }
        }
    }

    @Test func theProcessorsOwnKernelsAreKnown() {
        #expect(ck_kernels_named("abacus") == nil)
        #expect(["portable", "avx2", "avx512"].contains(String(cString: ck_kernels().pointee.name)))
    }

    @Test(arguments: [(7, 9, 20, 33), (4, 4, 3, 5), (6, 5, 48, 64)])
    func convolution(_ h: Int, _ w: Int, _ i: Int, _ o: Int) {
        let x = pattern([2, h, w, i]), weight = pattern([o, i, 3, 3], seed: 2), dy = pattern([2, h, w, o], seed: 3)
        var s = ck_conv_shape()
        (s.batch, s.height, s.width, s.in_channels) = (2, h, w, i)
        (s.out_height, s.out_width, s.out_channels) = (h, w, o)
        let tiles = 2 * ((h + 3) / 4) * ((w + 3) / 4)
        compare(dy.count, tolerance: 1e-3) { table, y in
            let packed = Tensor.zeros([table.winograd_weight_size(i, o)])
            table.winograd_weight(i, o, 0, i, 0, weight.pointer, packed.pointer)
            table.winograd_forward(&s, 0, tiles, x.pointer, packed.pointer, nil, nil, y)
        }
        compare(weight.count, tolerance: 1e-3) { table, gradient in
            let sums = Tensor.zeros([table.winograd_weight_size(i, o)])
            table.winograd_weight_gradient(&s, 0, tiles, x.pointer, dy.pointer, sums.pointer)
            table.winograd_weight_gradient_finish(i, o, 0, i, sums.pointer, gradient)
        }
    }

    /// Weights in 16 bits, every pattern of which is widened alike.
    @Test(arguments: [CK_FLOAT16, CK_BFLOAT16]) func expansion(_ kind: Int) {
        let patterns = (0...UInt16.max).filter { $0 & 0x7C00 != 0x7C00 && $0 & 0x7F80 != 0x7F80 }
        compare(patterns.count, tolerance: 0) { table, y in table.expand(patterns.count, Int32(kind), patterns, y) }
    }

    @Test(arguments: [(7, 9, 20, 33), (4, 4, 3, 5), (6, 5, 300, 64)])
    func halfPrecisionWeights(_ h: Int, _ w: Int, _ i: Int, _ o: Int) {
        let x = pattern([2, 5, h, w, i]), weight = pattern([o, i, 9], seed: 2), bias = pattern([o], seed: 3)
        func panels(_ table: ck_table, _ taps: Int) -> Tensor {
            let panels = (o + table.panel - 1) / table.panel, packed = Tensor(uninitialized: [panels * i * taps * table.panel])
            table.pack_weight(i, o, taps, 0, panels, Int32(CK_FLOAT32), weight.pointer, packed.pointer)
            return packed
        }
        var s = ck_conv_shape()
        (s.batch, s.height, s.width, s.in_channels) = (10, h, w, i)
        (s.out_height, s.out_width, s.out_channels) = (h, w, o)
        let tiles = 10 * ((h + 3) / 4) * ((w + 3) / 4)
        compare(10 * h * w * o, tolerance: 2e-3) { table, y in
            let v = Tensor.zeros([table.winograd_input_size(i, tiles)])
            table.winograd_input(&s, 0, tiles, 0, tiles, x.pointer, v.pointer)
            let packed = panels(table, 9)
            withExtendedLifetime((packed, v)) {
                table.winograd_panels(
                    &s, 0, tiles, 0, (o + table.panel - 1) / table.panel, v.pointer, Int32(CK_FLOAT32), packed.pointer,
                    bias.pointer, nil, y)
            }
        }
        var f = ck_frames_shape(batch: 2, frames: 5, pixels: h * w, in_channels: i, out_channels: o)
        let groups = 2 * 2 * h * w
        compare(10 * h * w * o, tolerance: 1e-3) { table, y in
            let v = Tensor.zeros([table.frames_input_size(i, groups)])
            table.frames_input(&f, 0, groups, 0, groups, x.pointer, v.pointer)
            let packed = panels(table, 3)
            withExtendedLifetime((packed, v)) {
                table.frames_panels(
                    &f, 0, groups, 0, (o + table.panel - 1) / table.panel, v.pointer, Int32(CK_FLOAT32), packed.pointer,
                    bias.pointer, nil, y)
            }
        }
    }

    @Test(arguments: [(5, 7, 3), (40, 300, 33)]) func attention(_ queries: Int, _ keys: Int, _ d: Int) {
        let q = pattern([queries, d]), k = pattern([keys, d], seed: 2), v = pattern([keys, d], seed: 3)
        var s = ck_attention_shape()
        (s.n1, s.n2, s.heads, s.queries, s.keys, s.head_dim) = (1, 1, 1, queries, keys, d)
        (s.q_row, s.kv_row, s.scale) = (d, d, 0.4)
        compare(queries * d) { table, y in
            table.attention_forward(&s, 0, 1, q.pointer, k.pointer, v.pointer, y, nil)
        }
    }

    @Test(arguments: [1, 15, 16, 37]) func rows(_ c: Int) {
        let x = pattern([6, c]), gamma = pattern([c], seed: 2), beta = pattern([c], seed: 3), wide = pattern([3, 2 * c], seed: 4)
        for kind in 0..<4 as Range<Int32> {
            compare(x.count) { table, y in table.activation(x.count, kind, x.pointer, y) }
            compare(x.count) { table, y in table.activation_gradient(x.count, kind, x.pointer, x.pointer, y) }
        }
        compare(x.count, tolerance: 1e-4) { table, y in
            table.layer_norm(6, c, x.pointer, gamma.pointer, beta.pointer, 1e-5, y, nil, nil)
        }
        compare(x.count) { table, y in table.scale_shift(6, c, x.pointer, gamma.pointer, beta.pointer, 1, y) }
        compare(3 * c) { table, y in table.geglu(3, c, wide.pointer, y) }
        compare(c) { table, y in table.column_sums(6, c, x.pointer, y) }
    }

    @Test(arguments: [(3, 5), (40, 300), (300, 40), (70, 70)]) func orthogonalMomentum(_ rows: Int, _ columns: Int) {
        let gradient = pattern([rows, columns]), momentum = pattern([rows, columns], seed: 2)
        compare(rows * columns, tolerance: 1e-4) { table, y in
            let m = momentum.copied()
            table.nesterov(gradient.count, gradient.pointer, 0.5, 0.95, m.pointer, y)
            table.newton_schulz(rows, columns, 5, y)
        }
    }
}

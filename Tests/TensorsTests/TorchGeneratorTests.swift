import Foundation
import Tensors
import Testing

/// Bits against torch 2.13 on an x86 processor with AVX2. The numbers come from
///
///     import torch, numpy as np
///     def generator(seed): return torch.Generator().manual_seed(seed)
///     def checksum(tensor):
///         value = 0xcbf29ce484222325
///         for word in tensor.numpy().reshape(-1).view(np.uint32).tolist():
///             value = ((value ^ word) * 0x100000001b3) & (2**64 - 1)
///         return hex(value)
///     checksum(torch.randn(100, generator=generator(42)))
@Suite struct TorchGeneratorTests {
    /// FNV-1a over whole words.
    static func checksum(_ tensor: Tensor) -> UInt64 {
        tensor.values.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
    }

    @Test(arguments: [
        (1, 0x1b82_23a8_ffb9_5f31), (5, 0x8181_828d_bc48_cfb7), (15, 0x1163_5d35_32e8_0831),
        (16, 0x0ba2_178f_6e02_a950), (17, 0x0441_23aa_4368_423f), (20, 0x9bad_0632_da62_7020),
        (31, 0x44ca_9318_d2ee_cd35), (32, 0x7ddb_eb44_a7bc_6a22), (64, 0x1ac3_38c9_0fd4_4264),
        (100, 0x1db1_5e66_1181_4b43), (1000, 0x995c_894c_e195_0846), (4096, 0x3e0e_8cb8_b3fc_2d10),
        (100_003, 0xe76a_205c_8c15_825c),
    ] as [(Int, UInt64)])
    func randnOfAnySize(_ count: Int, _ wanted: UInt64) {
        var generator = TorchGenerator(seed: 42)
        #expect(Self.checksum(generator.randn([count])) == wanted)
    }

    @Test func firstValues() {
        var generator = TorchGenerator(seed: 42)
        #expect(generator.randn([5]).values == [0.336690366, 0.128809413, 0.234462365, 0.230333030, -1.12285638])
        generator = TorchGenerator(seed: 42)
        #expect(Array(generator.randn([16]).values.prefix(5)) == [1.92691529, 1.48728406, 0.900717199, -2.10552096, 0.678418458])
    }

    /// The second value of a pair waits through larger draws for the next small one.
    @Test func smallAndLargeDrawsInTurn() {
        var generator = TorchGenerator(seed: 3)
        let found = [3, 20, 2, 16, 7, 1].map { Self.checksum(generator.randn([$0])) }
        #expect(found == [
            0x193a_af80_9893_cfc7, 0x204d_1656_c5be_87f2, 0xc538_e96a_428c_01e9,
            0x1727_cf60_0042_e91c, 0x47df_ee7d_a631_cc8f, 0xbbb2_10df_daea_d09b,
        ])
    }

    @Test func seedsOfAllSizes() {
        func check(_ generator: TorchGenerator, _ seed: UInt64, _ wanted: UInt64) {
            var generator = generator
            #expect(generator.seed == seed)
            #expect(Self.checksum(generator.randn([100])) == wanted)
        }
        check(TorchGenerator(seed: 0), 0, 0x4fd3_d714_5d49_4166)
        check(TorchGenerator(seed: 1 << 32 + 5), 4_294_967_301, 0xc799_1bb7_74db_7a58)
        check(TorchGenerator(seed: -1), .max, 0x0f16_b72b_cb9c_372d)
        check(TorchGenerator(seed: Int.min), 1 << 63, 0x4fd3_d714_5d49_4166)
        check(TorchGenerator(seed: UInt64.max), .max, 0x0f16_b72b_cb9c_372d)
    }

    @Test func otherDistributions() {
        func fresh(_ seed: Int = 9) -> TorchGenerator { TorchGenerator(seed: seed) }
        var generator = fresh()
        #expect(Self.checksum(generator.normal([100], mean: 0.5, std: 0.3)) == 0x5769_a3be_84e8_5193)
        generator = fresh()
        #expect(Self.checksum(generator.normal([7], mean: 0.5, std: 0.3)) == 0x4acc_ec01_48d0_ef2b)
        generator = fresh()
        #expect(Self.checksum(generator.rand([1000])) == 0xa559_185e_42bc_dc9d)
        generator = fresh()
        #expect(Self.checksum(generator.rand([100], low: -2, high: 3)) == 0x2d07_8217_1d04_caee)
        generator = fresh()
        var second = generator
        #expect(generator.uniform(-2, 3) == second.rand([1], low: -2, high: 3).values[0])
    }

    @Test func integersAndPermutations() {
        func draw(_ range: Range<Int>, _ count: Int) -> [Int] {
            var generator = TorchGenerator(seed: 7)
            return generator.randint(range, count: count)
        }
        #expect(draw(-5..<995, 6) == [610, 887, 716, 281, 278, 342])
        #expect(draw(0..<(1 << 28) - 1, 3) == [59_306_160, 171_107_527, 128_500_261])
        #expect(draw(0..<1 << 28, 3) == [171_107_524, 27_798_006, 174_903_507])
        #expect(draw(.min ..< .max, 3) == [-7_815_732_517_915_138_876, 5_163_590_386_780_219_894, -1_136_149_262_272_507_693])

        var generator = TorchGenerator(seed: 7)
        #expect(generator.randperm(10) == [5, 0, 3, 4, 1, 7, 9, 6, 8, 2])
        generator = TorchGenerator(seed: 8)
        let permutation = generator.randperm(1000)
        #expect(permutation.enumerated().reduce(0) { $0 + $1.offset * $1.element } == 249_094_944)
        #expect(permutation.sorted() == Array(0..<1000))
        #expect(generator.randperm(0) == [] && generator.randperm(1) == [0])
    }

    @Test func restoredStateContinues() throws {
        var generator = TorchGenerator(seed: 11)
        _ = generator.randn([1000])
        _ = generator.randn([3])
        let saved = try JSONEncoder().encode(generator)
        var restored = try JSONDecoder().decode(TorchGenerator.self, from: saved)
        #expect(restored == generator)
        #expect(restored.randn([5]).values == generator.randn([5]).values)
        #expect(restored.randn([700]).values == generator.randn([700]).values)
    }

    @Test func damagedStateIsRefused() {
        let short = Data(#"{"seed": 1, "words": [1, 2, 3], "position": 0}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(TorchGenerator.self, from: short) }
    }

    @Test func copiesAreIndependent() {
        var generator = TorchGenerator(seed: 1)
        var copy = generator
        let first = generator.randn([32]).values
        #expect(copy.randn([32]).values == first)
        #expect(generator.randn([32]).values != first)
    }
}

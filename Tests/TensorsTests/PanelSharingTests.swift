import Tensors
import Testing

@Suite struct PanelSharingTests {
    /// Few panels and many threads share a result by rows too, and pieces of rows are rounded up: 170 pieces of 97 rows are
    /// more than the 16,384 that there are. In a process of its own, because the number of threads is everybody's.
    @Test func manyThreadsShareFewPanels() async {
        await #expect(processExitsWith: .success) {
            let rows = 16_384, inputs = 8, outputs = 8
            var random = TorchGenerator(seed: 2)
            let x = random.randn([rows, inputs]), bias = random.randn([outputs])
            // Whole powers of two, which sixteen bits hold.
            let bits = (0..<outputs * inputs).map { UInt16(0x3F80 + 0x80 * ($0 % 3)) }
            let memory = UnsafeMutableRawPointer.allocate(byteCount: bits.count * 2, alignment: 2)
            bits.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
            final class Owner {}
            let weight = HalfPrecisionWeights(
                shape: [outputs, inputs], kind: .bfloat16, pointer: UnsafeRawPointer(memory), owner: Owner()) {}
            func products(threads: Int) -> [Float] {
                ThreadPool.threads = threads
                return x.linear(LinearFilter(weight), bias).values
            }
            let alone = products(threads: 1)
            for threads in [43, 64] {
                precondition(zip(alone, products(threads: threads)).allSatisfy { abs($0 - $1) < 1e-4 }, "\(threads) threads")
            }
        }
    }
}

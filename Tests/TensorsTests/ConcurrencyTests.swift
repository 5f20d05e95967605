import Foundation
import Tensors
import Testing

private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
    await withTaskGroup(of: Void.self) { group in
        for index in 0..<count {
            group.addTask {
                await withCheckedContinuation { done in
                    Thread.detachNewThread {
                        body(index)
                        done.resume()
                    }
                }
            }
        }
    }
}

/// Several threads that use this room at once, as programs that link it may.
@Suite struct ConcurrencyTests {
    /// Convolutions, products and sums that are split, with gradients, on four threads while the number of threads of the
    /// pool changes.
    @Test func resultsAreThoseOfOneUser() async {
        // The number of threads is the process's, and other tests compare bits.
        await #expect(processExitsWith: .success) {
            let kernel = pattern([16, 16, 3, 3]), matrix = pattern([96, 96], seed: 2)
            @Sendable func work(_ seed: Int, _ filter: ConvolutionFilter, _ linear: LinearFilter) -> [Float] {
                let x = pattern([2, 16, 16, 16], seed: UInt64(seed + 3)).requiringGradient()
                x.convolved(filter).silu().sum().backward()
                return x.gradient!.values + pattern([200, 96], seed: UInt64(seed + 7)).linear(linear, nil).values
            }
            let expected = (0..<4).map { work($0, ConvolutionFilter(kernel), LinearFilter(matrix)) }
            let wrong = Counter()
            for _ in 0..<10 {
                // Nobody has prepared them yet.
                let filter = ConvolutionFilter(kernel), linear = LinearFilter(matrix)
                await onThreads(5) { index in
                    for round in 0..<4 {
                        if index == 4 {
                            ThreadPool.threads = 1 + round % 4
                        } else if zip(work(index, filter, linear), expected[index]).contains(where: { abs($0 - $1) > 1e-4 }) {
                            wrong.add(1)
                        }
                    }
                }
            }
            #expect(wrong.value == 0)
        }
    }

    /// Whole numbers, so that the sum does not depend on its order: none of what four threads add to one leaf is lost.
    @Test func gradientsOfSeveralThreadsMeetInALeaf() async {
        for size in [7, 1 << 17] {
            let leaf = Tensor(repeating: 2, [size]).requiringGradient(), rounds = size < 100 ? 4000 : 60
            await onThreads(4) { index in
                for _ in 0..<rounds { (leaf * Float(index + 1)).backward() }
            }
            let sum = leaf.gradient?.values ?? []
            #expect(sum.count == size && sum.allSatisfy { $0 == Float(10 * rounds) }, "\(size): \(sum.prefix(4))")
        }
    }

    @Test func everyPartIsRunOnceWhateverTheNumberOfThreads() async {
        // The number of threads is the process's, and other tests compare bits.
        await #expect(processExitsWith: .success) {
            let sum = Counter()
            await onThreads(4) { index in
                for round in 0..<200 {
                    if index == 3 { ThreadPool.threads = 1 + round % 5 }
                    parallel(1000) { _, low, high in sum.add(high - low) }
                }
            }
            #expect(sum.value == 4 * 200 * 1000)
        }
    }

    @Test func eachThreadCountsItsOwnOperations() async {
        let wrong = Counter()
        await onThreads(4) { index in
            let x = pattern([50, 8 * (index + 1)]), weight = pattern([40, 8 * (index + 1)])
            for _ in 0..<100 where OperationCount.of({ _ = x.linear(weight, nil) }) != 2 * 50 * 40 * 8 * (index + 1) {
                wrong.add(1)
            }
        }
        #expect(wrong.value == 0)
    }

    @Test func resultsOfAParallelMapKeepTheirOrder() {
        #expect(parallelMap(100) { "\($0)" } == (0..<100).map { "\($0)" })
        #expect(parallelMap(0) { $0 } == [])
    }

    /// Sums of parts are those of the same parts: a gradient that took other ones would add memory that nobody has written.
    @Test func gradientsInsideAJob() {
        let x = pattern([3, 24, 24, 8]), weight = pattern([8, 8, 3, 3]), wide = pattern([900, 64])
        func gradients() -> [Float] {
            let (leaf, w) = (x.requiringGradient(), weight.requiringGradient())
            leaf.convolved(ConvolutionFilter(w), bias: pattern([8]).requiringGradient()).sum().backward()
            let (rows, gamma, beta) = (wide.requiringGradient(), pattern([64]).requiringGradient(), pattern([64]).requiringGradient())
            rows.layerNorm(gamma, beta).sum().backward()
            return leaf.gradient!.values + w.gradient!.values + gamma.gradient!.values + beta.gradient!.values
        }
        // What the pool hands out next is not zeros.
        for _ in 0..<4 { _ = Tensor(repeating: .nan, [1 << 16]) }
        let outside = gradients()
        let inside = parallelMap(4) { _ in gradients() }
        for found in inside {
            #expect(found.elementsEqual(outside), "to the bit")
        }
    }
}

private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var sum = 0
    var value: Int { lock.withLock { sum } }
    func add(_ amount: Int) { lock.withLock { sum += amount } }
}

@Suite struct StorageTests {
    @Test func whatCannotBeHadIsAnError() {
        // More than an address has bits for, and more than any machine has.
        #expect(throws: MemoryExhausted(bytes: .max)) { try Tensor(allocating: [1 << 40, 1 << 40]) }
        let before = StoragePool.shared.usedBytes
        #expect(throws: MemoryExhausted.self) { try Tensor(allocating: [1 << 50]) }
        #expect(StoragePool.shared.usedBytes - before < 1 << 40, "what was not had is not counted")
        #expect(MemoryExhausted(bytes: 3_000_000_000).description == "there is no memory for another 3000 MB")
        #expect(throws: Never.self) { try Tensor(allocating: [3, 0]) }
    }

    @Test func theProgramSaysHowItEndsWhereAnOperationHasNoMemory() async {
        await #expect(processExitsWith: .exitCode(7)) {
            StoragePool.shared.whenExhausted = { error in exit(error.bytes >= 1 << 52 ? 7 : 8) }
            _ = Tensor(uninitialized: [1 << 50])
        }
        await #expect(processExitsWith: .failure) { _ = Tensor(uninitialized: [1 << 50]) }
    }

    /// A name and a size take no memory, however large.
    @Test func shapesAlone() {
        #expect(Tensor(withoutMemory: [1 << 30, 1 << 20]).shape == [1 << 30, 1 << 20])
    }

    @Test func measurementsStandWithinEachOther() async {
        await #expect(processExitsWith: .success) {
            var inner = 0
            let outer = StoragePool.shared.mostUsed {
                _ = Tensor.zeros([1 << 20])
                StoragePool.shared.trim()
                inner = StoragePool.shared.mostUsed { _ = Tensor.zeros([1 << 10]) }
            }
            #expect(outer == 4 << 20 && inner == 4 << 10)
        }
    }

    @Test func scratchMemoryIsCountedAndGoesWithItsThread() async {
        await #expect(processExitsWith: .success) {
            let keys = 6000, d = 64
            @Sendable func attend() { _ = pattern([1, 8, d]).attending(pattern([1, keys, d]), pattern([1, keys, d]), heads: 1) }
            let asked = StoragePool.shared.mostScratch { attend() }
            #expect(asked >= 2 * keys * d * 4 && asked < 3 * keys * d * 4)
            #expect(StoragePool.shared.mostScratch { attend() } == asked, "whoever has it already")
            #expect(StoragePool.shared.mostScratch {} == 0)
            let before = StoragePool.scratchBytes
            await withCheckedContinuation { done in
                Thread.detachNewThread {
                    attend()
                    #expect(StoragePool.scratchBytes >= before + asked)
                    done.resume()
                }
            }
            for _ in 0..<100 where StoragePool.scratchBytes != before { usleep(10_000) }
            #expect(StoragePool.scratchBytes == before)
        }
    }
}

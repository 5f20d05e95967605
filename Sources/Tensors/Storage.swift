import Foundation

/// A block of 64-byte aligned float32 memory.
///
/// Blocks come from and go back to a process-wide pool, so that a denoising loop which makes the same
/// intermediate tensors at every step asks the system for memory only during the first step.
final class Storage: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    /// Floats that may be used; at least what was asked for.
    let capacity: Int

    init(count: Int) {
        (pointer, capacity) = StoragePool.shared.take(count)
    }

    deinit {
        StoragePool.shared.give(pointer, capacity)
    }
}

/// Free memory blocks by size class.
///
/// A size class is a quarter of a power of two, which bounds the waste of a block at 25 %.
public final class StoragePool: @unchecked Sendable {
    public static let shared = StoragePool()

    private let lock = NSLock()
    private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
    private var freeBytes = 0
    /// Free memory beyond this many bytes goes back to the system.
    public var limitBytes = 4 << 30

    static func sizeClass(_ count: Int) -> Int {
        let atLeast = max(count, 64)
        let power = Int.bitWidth - (atLeast - 1).leadingZeroBitCount
        let step = max(16, (1 << power) / 8)
        return (atLeast + step - 1) / step * step
    }

    func take(_ count: Int) -> (UnsafeMutablePointer<Float>, Int) {
        let size = Self.sizeClass(count)
        lock.lock()
        if let block = free[size]?.popLast() {
            freeBytes -= size * 4
            lock.unlock()
            return (block, size)
        }
        lock.unlock()
        var raw: UnsafeMutableRawPointer?
        let status = posix_memalign(&raw, 64, size * 4)
        guard status == 0, let raw else {
            trim()
            let again = posix_memalign(&raw, 64, size * 4)
            guard again == 0, let block = raw else {
                FileHandle.standardError.write(Data("vidrd: out of memory: \(size * 4) bytes could not be had\n".utf8))
                exit(1)
            }
            return (block.bindMemory(to: Float.self, capacity: size), size)
        }
        return (raw.bindMemory(to: Float.self, capacity: size), size)
    }

    func give(_ block: UnsafeMutablePointer<Float>, _ size: Int) {
        lock.lock()
        if freeBytes + size * 4 > limitBytes {
            lock.unlock()
            Foundation.free(block)
            return
        }
        free[size, default: []].append(block)
        freeBytes += size * 4
        lock.unlock()
    }

    /// Returns all free blocks to the system, where they are more than `limit` bytes: for the border between two phases of
    /// a program, whose tensors have different sizes.
    public func trim(above limit: Int = 0) {
        lock.lock()
        guard freeBytes > limit else {
            lock.unlock()
            return
        }
        let blocks = free
        free = [:]
        freeBytes = 0
        lock.unlock()
        for list in blocks.values {
            for block in list { Foundation.free(block) }
        }
    }
}

import Checkpoints
import Files

/// SHA-256 (FIPS 180-4), for the checksums of downloads.
///
/// Not swift-crypto's: it adds five minutes of processor time to the first build.
public enum SHA256 {
    /// Digest of a file as 64 hexadecimal digits. Throws `FileError.unreadable`.
    public static func digest(of file: FileBytes) -> String {
        var state: [UInt32] = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
        ]
        let whole = file.count / 64 * 64
        if let bytes = file.bytes(0, whole) { mix(bytes, &state) }
        var tail = file.bytes(whole, file.count - whole).map(Array.init) ?? []
        tail.append(0x80)
        tail += [UInt8](repeating: 0, count: (120 - tail.count % 64) % 64)
        withUnsafeBytes(of: UInt64(file.count * 8).bigEndian) { tail += $0 }
        tail.withUnsafeBytes { mix($0, &state) }
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static func mix(_ bytes: UnsafeRawBufferPointer, _ state: inout [UInt32]) {
        func turn(_ x: UInt32, _ n: UInt32) -> UInt32 { x >> n | x << (32 - n) }
        var w = [UInt32](repeating: 0, count: 64)
        for start in stride(from: 0, to: bytes.count, by: 64) {
            for i in 0..<16 { w[i] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start + 4 * i, as: UInt32.self)) }
            for i in 16..<64 {
                let a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3
                let b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10
                w[i] = w[i - 16] &+ a &+ w[i - 7] &+ b
            }
            var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7])
            for i in 0..<64 {
                let t1 = h &+ (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) &+ (e & f ^ ~e & g) &+ constants[i] &+ w[i]
                let t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) &+ (a & b ^ a & c ^ b & c)
                (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
            }
            for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
        }
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = {
        var primes: [Int] = [], candidate = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            // The largest x with x³ ≤ prime · 2⁹⁶ is the root times 2³²: bit by bit, in whole numbers.
            var root: UInt64 = 0
            for bit in stride(from: 34, through: 0, by: -1) {
                let trial = root | 1 << UInt64(bit)
                let square = trial.multipliedFullWidth(by: trial)
                let low = square.low.multipliedFullWidth(by: trial)
                let high = square.high &* trial &+ low.high
                let limit = UInt64(prime) << 32
                if high < limit || (high == limit && low.low == 0) { root = trial }
            }
            return UInt32(truncatingIfNeeded: root)
        }
    }()
}

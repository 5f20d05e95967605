import Checkpoints
import Foundation
import Testing

@Suite struct ElementConversionTests {
    /// IEEE 754's definition, as the naive twin.
    private func half(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F), mantissa = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * mantissa * exp2(-24)
        case 31: return mantissa == 0 ? sign * .infinity : .nan
        default: return sign * (1 + mantissa / 1024) * exp2(Float(exponent - 15))
        }
    }

    @Test func allHalvesBecomeTheirFloats() {
        for bits in UInt16.min...UInt16.max {
            let found = ElementConversion.float(half: bits), wanted = half(bits)
            if wanted.isNaN {
                #expect(found.isNaN)
            } else if found.bitPattern != wanted.bitPattern {
                Issue.record("half \(bits) gives \(found), not \(wanted)")
            }
        }
    }

    @Test func floatsRoundToTheNearestEvenHalf() {
        for bits in UInt16.min..<0x7C00 {
            let value = half(bits)
            let next = bits + 1 == 0x7C00 ? 65536 : half(bits + 1)
            let middle = value + (next - value) / 2
            var failures = 0
            for (input, wanted) in [
                (value, bits), (middle, bits & 1 == 0 ? bits : bits + 1),
                (middle.nextDown, bits), (middle.nextUp, bits + 1),
                (-value, bits | 0x8000), (-(middle.nextUp), (bits + 1) | 0x8000),
            ] where ElementConversion.half(input) != wanted { failures += 1 }
            if failures > 0 { Issue.record("rounding near half \(bits)") }
        }
        #expect(ElementConversion.half(.infinity) == 0x7C00)
        #expect(ElementConversion.half(1e9) == 0x7C00)
        #expect(ElementConversion.half(-.infinity) == 0xFC00)
        #expect(ElementConversion.float(half: ElementConversion.half(.nan)).isNaN)
        #expect(ElementConversion.half(1e-10) == 0)
    }

    @Test func floatsRoundToTheNearestEvenBfloat16() {
        for bits in stride(from: UInt32(0), to: 0x7F80_0000, by: 0x1_0000) {
            let even = bits >> 16 & 1 == 0
            for (low, up) in [(UInt32(0), false), (0x7FFF, false), (0x8000, !even), (0x8001, true), (0xFFFF, true)] {
                let found = ElementConversion.bfloat16(Float(bitPattern: bits | low))
                if UInt32(found) != (bits >> 16) + (up ? 1 : 0) { Issue.record("bfloat16 of \(bits | low)") }
            }
        }
        #expect(ElementConversion.float(bfloat16: ElementConversion.bfloat16(.nan)).isNaN)
        #expect(ElementConversion.bfloat16(.infinity) == 0x7F80)
    }

    @Test func unalignedElementsAreRead() {
        var bytes: [UInt8] = [0xAA]
        for value in [1.5, -2.25, 1e300] as [Double] {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += Array($0) }
        }
        var found = [Float](repeating: 0, count: 3)
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress {
                #expect(ElementConversion.read(.float64, from: base + 1, count: 3, into: &found))
                #expect(!ElementConversion.read(.complex64, from: base, count: 1, into: &found))
            }
        }
        #expect(found == [1.5, -2.25, .infinity])
    }
}

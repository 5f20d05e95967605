/// Conversion between stored element types and float32.
///
/// The scalar functions are free of branches, so that the loops over them become vector code on every
/// processor, with or without half-precision instructions.
public enum ElementConversion {
    /// IEEE half to float, subnormals and infinities included.
    @inline(__always)
    public static func float(half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7FFF) << 13
        let sign = UInt32(half & 0x8000) << 16
        let exponent = magnitude & 0x0F80_0000
        let rebias: UInt32 = 112 << 23
        let normal = magnitude &+ rebias
        let infinite = normal &+ rebias
        let smallest: UInt32 = 113 << 23
        let subnormal = (Float(bitPattern: magnitude &+ smallest) - Float(bitPattern: smallest)).bitPattern
        let finite = exponent == 0 ? subnormal : normal
        return Float(bitPattern: (exponent == 0x0F80_0000 ? infinite : finite) | sign)
    }

    /// Float to IEEE half, rounding to nearest even; too large values become infinite.
    @inline(__always)
    public static func half(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        let sign = (bits >> 16) & 0x8000
        let magnitude = bits & 0x7FFF_FFFF
        let special: UInt32 = magnitude > 0x7F80_0000 ? 0x7E00 : 0x7C00
        // Adding one half moves the bits of a subnormal result to the end of the mantissa, and the
        // processor rounds them there.
        let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000
        let odd = (magnitude >> 13) & 1
        let normal = (magnitude &+ 0xC800_0FFF &+ odd) >> 13
        let finite = magnitude < 0x3880_0000 ? subnormal : normal
        return UInt16(truncatingIfNeeded: (magnitude >= 0x4780_0000 ? special : finite) | sign)
    }

    @inline(__always)
    public static func float(bfloat16 bits: UInt16) -> Float {
        Float(bitPattern: UInt32(bits) << 16)
    }

    /// Float to bfloat16, rounding to nearest even.
    @inline(__always)
    public static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        let rounded = (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16
        let quietNaN = (bits >> 16) | 0x40
        return UInt16(truncatingIfNeeded: (bits & 0x7FFF_FFFF) > 0x7F80_0000 ? quietNaN : rounded)
    }

    /// Reads `count` elements of `type`, which need no alignment, as float32.
    ///
    /// Returns false, having written nothing, where the type has no conversion (`ElementType.isConvertible`).
    public static func read(
        _ type: ElementType, from source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>
    ) -> Bool {
        switch type {
        case .float32:
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count * 4)
        case .float16:
            each(UInt16.self, source, count, target) { float(half: $0) }
        case .bfloat16:
            each(UInt16.self, source, count, target) { float(bfloat16: $0) }
        case .float64:
            each(Double.self, source, count, target) { Float($0) }
        case .int64:
            each(Int64.self, source, count, target) { Float($0) }
        case .int32:
            each(Int32.self, source, count, target) { Float($0) }
        case .int16:
            each(Int16.self, source, count, target) { Float($0) }
        case .int8:
            each(Int8.self, source, count, target) { Float($0) }
        case .uint64:
            each(UInt64.self, source, count, target) { Float($0) }
        case .uint32:
            each(UInt32.self, source, count, target) { Float($0) }
        case .uint16:
            each(UInt16.self, source, count, target) { Float($0) }
        case .uint8:
            each(UInt8.self, source, count, target) { Float($0) }
        case .bool:
            each(UInt8.self, source, count, target) { $0 == 0 ? 0 : 1 }
        case .float8E4M3, .float8E5M2, .complex64:
            return false
        }
        return true
    }

    /// Writes float32 as `.float16` or `.bfloat16`, rounded to nearest even.
    static func write(
        _ type: ElementType, from source: UnsafePointer<Float>, count: Int, into target: UnsafeMutableRawPointer
    ) {
        let elements = target.assumingMemoryBound(to: UInt16.self)
        if type == .float16 {
            for index in 0..<count { elements[index] = half(source[index]) }
        } else {
            for index in 0..<count { elements[index] = bfloat16(source[index]) }
        }
    }

    @inline(__always)
    private static func each<Element>(
        _: Element.Type, _ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutablePointer<Float>,
        _ convert: (Element) -> Float
    ) where Element: BitwiseCopyable {
        let stride = MemoryLayout<Element>.stride
        for index in 0..<count {
            target[index] = convert(source.loadUnaligned(fromByteOffset: index &* stride, as: Element.self))
        }
    }
}

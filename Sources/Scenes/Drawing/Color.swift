#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A colour in linear light: red, green and blue in x, y and z, 1 being the white of the screen; w is
/// not used. More than 1 is allowed and is what makes a flame or a lamp look bright after tone mapping.
package typealias Color = SIMD4<Float>

extension SIMD4 where Scalar == Float {
    /// A colour written as everybody writes them, `0xRRGGBB` in sRGB.
    package static func hex(_ code: UInt32) -> Color {
        func linear(_ byte: UInt32) -> Float {
            let value = Float(byte & 255) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return Color(linear(code >> 16), linear(code >> 8), linear(code), 0)
    }

    /// An even grey in linear light.
    package static func grey(_ value: Float) -> Color { Color(value, value, value, 0) }
}

/// `a` at 0, `b` at 1, a straight line between them and beyond.
@inline(__always) func mix(_ a: Color, _ b: Color, _ t: Float) -> Color { a + (b - a) * t }

/// `a` at 0, `b` at 1, a straight line between them and beyond.
@inline(__always) func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

/// `value` kept within 0 and 1.
@inline(__always) func clamp01(_ value: Float) -> Float { max(0, min(1, value)) }

/// 0 up to `low`, 1 from `high`, an S between them; `low` may be above `high`, which turns it round.
@inline(__always) func smooth(_ low: Float, _ high: Float, _ value: Float) -> Float {
    let t = clamp01((value - low) / (high - low))
    return t * t * (3 - 2 * t)
}

/// The remainder that is never negative: where `value` stands on a circle of length `period`.
@inline(__always) func wrap(_ value: Float, _ period: Float) -> Float {
    value - (value / period).rounded(.down) * period
}

/// The remainder that is never negative, for times, which need the precision.
@inline(__always) func wrap(_ value: Double, _ period: Double) -> Double {
    value - (value / period).rounded(.down) * period
}

/// The colours that captions name. All families share these words, so that a model meets each often.
enum NamedColor: String, CaseIterable, Sendable {
    case red, orange, yellow, green, blue, purple, pink, white, black

    /// The colour of a thing that is called so, in daylight.
    var color: Color {
        switch self {
        case .red: return .hex(0xD8202A)
        case .orange: return .hex(0xF58A1F)
        case .yellow: return .hex(0xF6D32D)
        case .green: return .hex(0x2FA84F)
        case .blue: return .hex(0x2060D8)
        case .purple: return .hex(0x8A3FC0)
        case .pink: return .hex(0xF58FB8)
        case .white: return .hex(0xF2F0EA)
        case .black: return .hex(0x1C1C20)
        }
    }

    /// Everything but black and white.
    static let vivid: [NamedColor] = [.red, .orange, .yellow, .green, .blue, .purple, .pink]
}

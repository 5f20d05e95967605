/// How the numbers of a stored tensor are written, under the names that safetensors uses.
public enum ElementType: String, Sendable, CaseIterable {
    case float64 = "F64", float32 = "F32", float16 = "F16", bfloat16 = "BF16"
    case float8E4M3 = "F8_E4M3", float8E5M2 = "F8_E5M2"
    case int64 = "I64", int32 = "I32", int16 = "I16", int8 = "I8"
    case uint64 = "U64", uint32 = "U32", uint16 = "U16", uint8 = "U8"
    case bool = "BOOL"
    case complex64 = "C64"

    /// Bytes of one element.
    public var size: Int {
        switch self {
        case .float64, .int64, .uint64, .complex64: return 8
        case .float32, .int32, .uint32: return 4
        case .float16, .bfloat16, .int16, .uint16: return 2
        case .float8E4M3, .float8E5M2, .int8, .uint8, .bool: return 1
        }
    }

    /// Whether the type holds fractions: the tensors that are weights, not indices or masks.
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16, .float8E4M3, .float8E5M2, .complex64: return true
        default: return false
        }
    }

    /// Whether `ElementConversion` can make float32 of it.
    public var isConvertible: Bool {
        switch self {
        case .float8E4M3, .float8E5M2, .complex64: return false
        default: return true
        }
    }
}

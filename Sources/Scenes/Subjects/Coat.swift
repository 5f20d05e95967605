/// The colours of animals that captions name.
enum Coat: String, CaseIterable, Sendable {
    case black, white, grey, orange, brown

    var color: Color {
        switch self {
        case .black: return .hex(0x2A2A30)
        case .white: return .hex(0xF2EEE6)
        case .grey: return .hex(0x8C929C)
        case .orange: return .hex(0xE0873A)
        case .brown: return .hex(0x8A5430)
        }
    }

    /// What goes with it on belly, muzzle and paws.
    var second: Color {
        switch self {
        case .black: return .hex(0x5A5A62)
        case .white: return .hex(0xFFFFFF)
        default: return mix(color, .hex(0xFFF4E4), 0.65)
        }
    }
}

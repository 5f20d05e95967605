/// When a scene takes place, with the colours that go with it. Captions use the raw values.
public enum TimeOfDay: String, CaseIterable, Sendable {
    case day, sunset, night, dawn

    /// "during the day", "at sunset", ...: how a caption says it.
    var phrase: String {
        switch self {
        case .day: return "during the day"
        case .sunset: return "at sunset"
        case .night: return "at night"
        case .dawn: return "at dawn"
        }
    }

    /// The sky from the top of the picture, over its middle, to the horizon.
    var sky: (top: Color, middle: Color, horizon: Color) {
        switch self {
        case .day: return (.hex(0x2F7FE0), .hex(0x78B8F4), .hex(0xCFE9FB))
        case .sunset: return (.hex(0x4A3A86), .hex(0xE06A6A), .hex(0xFFC061))
        case .night: return (.hex(0x04061A), .hex(0x0B1236), .hex(0x1F2C5C))
        case .dawn: return (.hex(0x6C8FCB), .hex(0xE5A9BC), .hex(0xFFE3B8))
        }
    }

    /// The light that falls on things, which multiplies their colours.
    var light: Color {
        switch self {
        case .day: return Color(1, 1, 1, 0)
        case .sunset: return Color(0.95, 0.62, 0.48, 0)
        case .night: return Color(0.10, 0.13, 0.24, 0)
        case .dawn: return Color(0.92, 0.76, 0.74, 0)
        }
    }

    /// Clouds where the light reaches them, and in their shade.
    var cloud: (lit: Color, shade: Color) {
        switch self {
        case .day: return (.hex(0xFFFFFF), .hex(0xB9CBDE))
        case .sunset: return (.hex(0xFFB08A), .hex(0xA8587C))
        case .night: return (.hex(0x2A3560), .hex(0x111838))
        case .dawn: return (.hex(0xFFE9E2), .hex(0xC99DB8))
        }
    }

    /// What far hills fade into.
    var haze: Color { mix(sky.horizon, sky.middle, 0.45) }
}

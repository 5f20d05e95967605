extension TimeOfDay {
    /// The light on the main thing of a picture, paler than the light around it so that its colour can
    /// be told: at night a bright moonlight.
    var subjectLight: Color {
        self == .night ? Color(0.62, 0.64, 0.8, 0) : mix(light, .grey(0.95), 0.55)
    }

    /// The outline that sets a main thing of this colour (in daylight) off from what is behind it: dark by day, pale at
    /// night and round what is itself dark.
    func outline(of color: Color) -> Color {
        let luma = 0.21 * color.x + 0.72 * color.y + 0.07 * color.z
        let dark = Color.hex(0x1C2230), pale = self == .night ? Color.hex(0xA8B8E0) : .hex(0xF4F2EA)
        return self == .night || luma < 0.035 ? pale : dark
    }
}

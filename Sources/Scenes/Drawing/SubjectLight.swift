extension TimeOfDay {
    /// The light on the main thing of a picture, paler than the light around it so that its colour can
    /// be told: at night a strong moonlight.
    var subjectLight: Color {
        self == .night ? Color(0.34, 0.38, 0.56, 0) : mix(light, .grey(0.95), 0.4)
    }
}

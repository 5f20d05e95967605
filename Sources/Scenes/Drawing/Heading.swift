/// Which way something moves over the picture.
enum Heading: String, Sendable, CaseIterable {
    case left, right

    /// -1 to the left, 1 to the right.
    var sign: Float { self == .left ? -1 : 1 }
}

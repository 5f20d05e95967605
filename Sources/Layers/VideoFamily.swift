/// A way in which image U-Nets of this lineage were inflated to clips: where temporal layers stand, and what they are
/// called.
public struct VideoFamily: Sendable {
    /// Whether Temp-attn stands inside each transformer block.
    public let attendsWithinBlocks: Bool
    /// Whether a transformer over frames stands after the first convolution and behind each spatial transformer.
    public let attendsBehindTransformers: Bool
    /// Whether a temporal convolution leaves a single frame as it is.
    let passesSingleFrames: Bool
    /// What norm and convolution number `index` of a temporal convolution are called.
    let convolutionNames: @Sendable (_ index: Int) -> (norm: String, convolution: String)

    /// Temp-attn inside each transformer block, group norms joint over frames (arXiv 2309.03549 and its official code).
    public static let vidRD = VideoFamily(
        attendsWithinBlocks: true, attendsBehindTransformers: false, passesSingleFrames: true,
        // The official list holds norm, activation, dropout and convolution one after another.
        convolutionNames: { ("convs.\($0 * 4)", "convs.\($0 * 4 + 3)") })

    /// A transformer over frames after the first convolution and behind each spatial transformer, group norms per frame
    /// (diffusers' `UNet3DConditionModel`: ModelScope text-to-video, ZeroScope; arXiv 2308.06571).
    public static let modelScope = VideoFamily(
        attendsWithinBlocks: false, attendsBehindTransformers: true, passesSingleFrames: false,
        // A list for each convolution, the first of which lacks the dropout.
        convolutionNames: { ("conv\($0 + 1).0", "conv\($0 + 1).\($0 == 0 ? 2 : 3)") })
}

extension VideoFamily: Equatable {
    public static func == (a: VideoFamily, b: VideoFamily) -> Bool {
        // Names tell families apart: no two share them.
        a.convolutionNames(0) == b.convolutionNames(0)
    }
}

/// The two ways in which image U-Nets of this lineage were inflated to clips.
public enum VideoFamily: Sendable {
    /// Temp-attn inside each transformer block, group norms joint over frames (arXiv 2309.03549 and its official code).
    case vidRD
    /// A transformer over frames after the first convolution and behind each spatial transformer, group norms per frame
    /// (diffusers' `UNet3DConditionModel`: ModelScope text-to-video, ZeroScope; arXiv 2308.06571).
    case modelScope
}

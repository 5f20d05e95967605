/// The known kinds of weight files, told from the names of their tensors.
public enum WeightLayout: String, Sendable, CaseIterable {
    /// U-Net and text encoder in one file, under `unet.` and `text_encoder.`: the published `ModelT2V.pth`.
    case vidRDPipeline
    /// VidRD's video U-Net: `temp_convs` beside the ResNets, `temp_attn` inside the transformer blocks.
    case vidRDUNet
    /// diffusers' `UNet3DConditionModel` (ModelScope, ZeroScope): `transformer_in`, `temp_convs`, `temp_attentions`.
    case diffusersVideoUNet
    /// diffusers' `UNet2DConditionModel`: an image model.
    case imageUNet
    /// diffusers' `AutoencoderKL` whose decoder has temporal layers.
    case temporalAutoencoder
    /// diffusers' `AutoencoderKL`.
    case autoencoder
    /// transformers' `CLIPTextModel`.
    case clipTextEncoder
    /// A whole Stable Diffusion in the original layout (`model.diffusion_model.…`), which is not loaded here.
    case originalStableDiffusion
    case unknown

    /// Judges a source by its names and ranks.
    public static func recognise(_ source: any WeightSource) -> WeightLayout {
        let keys = source.keys
        func has(prefix: String) -> Bool { keys.contains { $0.hasPrefix(prefix) } }
        func has(part: String) -> Bool { keys.contains { $0.contains(part) } }
        if has(prefix: "unet.") && has(prefix: "text_encoder.") { return .vidRDPipeline }
        if has(prefix: "model.diffusion_model.") { return .originalStableDiffusion }
        if has(prefix: "decoder.conv_in.") && has(prefix: "encoder.conv_in.") {
            return has(part: ".temp_convs.") ? .temporalAutoencoder : .autoencoder
        }
        if has(prefix: "down_blocks.") && has(prefix: "time_embedding.") {
            if has(prefix: "transformer_in.") || has(part: ".temp_attentions.") { return .diffusersVideoUNet }
            return has(part: ".temp_attn.") || has(part: ".temp_convs.") ? .vidRDUNet : .imageUNet
        }
        if has(prefix: "text_model.embeddings.") || has(prefix: "embeddings.token_embedding.") { return .clipTextEncoder }
        return .unknown
    }
}

extension WeightLayout: CustomStringConvertible {
    public var description: String {
        switch self {
        case .vidRDPipeline: return "a VidRD checkpoint with U-Net and text encoder"
        case .vidRDUNet: return "a VidRD video U-Net"
        case .diffusersVideoUNet: return "a diffusers UNet3DConditionModel (ModelScope, ZeroScope)"
        case .imageUNet: return "a diffusers UNet2DConditionModel, an image model"
        case .temporalAutoencoder: return "an AutoencoderKL with a temporal decoder"
        case .autoencoder: return "a diffusers AutoencoderKL"
        case .clipTextEncoder: return "a CLIP text encoder"
        case .originalStableDiffusion:
            return "a Stable Diffusion checkpoint in the original layout; convert it to a diffusers folder first"
        case .unknown: return "of no known layout"
        }
    }
}

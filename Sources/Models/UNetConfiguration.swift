import Checkpoints
import Layers

/// `unet/config.json` of a diffusers folder, with VidRD's additions.
public struct UNetConfiguration: Codable, Equatable, Sendable {
    /// Height and width of the latents that the model was made for.
    public var sampleSize: Int
    public var inChannels: Int
    public var outChannels: Int
    /// `CrossAttnDownBlock2D|3D` and `DownBlock2D|3D`, outermost first.
    public var downBlockTypes: [String]
    /// `CrossAttnUpBlock2D|3D` and `UpBlock2D|3D`, innermost first.
    public var upBlockTypes: [String]
    public var blockOutChannels: [Int]
    public var layersPerBlock: Int
    /// Attention heads of each block. diffusers stores the number of heads under `attention_head_dim`.
    public var heads: [Int]
    public var crossAttentionDim: Int
    public var normNumGroups: Int
    public var normEps: Float
    public var flipSinToCos: Bool
    public var freqShift: Float
    /// What the network is told of the noise: published models know timesteps.
    public var timeEmbedding = TimestepEmbedding.Scale.timestep
    /// Whether Temp-attn adds sinusoidal frame positions.
    public var addTempEmbed: Bool
    /// Whether a Temp-conv follows each residual block.
    public var addTempConv: Bool
    /// Convolutions in one Temp-conv.
    public var tempConvLayers: Int
    public var tempConvGroups: Int
    /// Channels of a pooled text embedding that is added to the time embedding; nil for none.
    public var projectionClassEmbeddingsInputDim: Int?
    /// Where the temporal layers stand. No configuration says it; the names of the weights do.
    public var family = VideoFamily.vidRD
    /// Whether group norms take each frame's own statistics, as an image model does.
    public var normalizesFramesAlone = false
    /// Channels of a head of the transformer behind the first convolution; only in families that have one there.
    public var headChannels = 64

    public init(
        sampleSize: Int, inChannels: Int = 4, outChannels: Int = 4, downBlockTypes: [String], upBlockTypes: [String],
        blockOutChannels: [Int], layersPerBlock: Int, heads: [Int], crossAttentionDim: Int, normNumGroups: Int = 32,
        normEps: Float = 1e-5, flipSinToCos: Bool = true, freqShift: Float = 0, addTempEmbed: Bool = true,
        addTempConv: Bool = true, tempConvLayers: Int = 4, tempConvGroups: Int = 32,
        projectionClassEmbeddingsInputDim: Int? = nil
    ) {
        self.sampleSize = sampleSize
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.downBlockTypes = downBlockTypes
        self.upBlockTypes = upBlockTypes
        self.blockOutChannels = blockOutChannels
        self.layersPerBlock = layersPerBlock
        self.heads = heads
        self.crossAttentionDim = crossAttentionDim
        self.normNumGroups = normNumGroups
        self.normEps = normEps
        self.flipSinToCos = flipSinToCos
        self.freqShift = freqShift
        self.addTempEmbed = addTempEmbed
        self.addTempConv = addTempConv
        self.tempConvLayers = tempConvLayers
        self.tempConvGroups = tempConvGroups
        self.projectionClassEmbeddingsInputDim = projectionClassEmbeddingsInputDim
    }

    /// The U-Net of the model that ships: 16x16 latents, 19.8 M parameters.
    public static let starter = UNetConfiguration(
        sampleSize: 16, inChannels: 8, outChannels: 8,
        downBlockTypes: ["DownBlock3D", "CrossAttnDownBlock3D", "CrossAttnDownBlock3D"],
        upBlockTypes: ["CrossAttnUpBlock3D", "CrossAttnUpBlock3D", "UpBlock3D"], blockOutChannels: [64, 128, 192],
        layersPerBlock: 2, heads: [2, 4, 6], crossAttentionDim: 192, tempConvLayers: 2,
        projectionClassEmbeddingsInputDim: 192)

    /// Fits the configuration to the weights that it lies beside.
    public mutating func adapt(to weights: WeightReader) {
        if weights.containsScope("transformer_in") {
            family = .modelScope
            normalizesFramesAlone = true
            tempConvGroups = normNumGroups
            // diffusers' video U-Net takes `attention_head_dim` at its word.
            headChannels = heads[0]
            heads = zip(blockOutChannels, heads).map { $0 / $1 }
        } else if !weights.leftOver.contains(where: { $0.contains(".temp_attn.") }) {
            // An image model never saw frame positions, which go past Temp-attn too, nor statistics of several frames:
            // without them it makes of every frame what it makes of a picture.
            addTempEmbed = false
            normalizesFramesAlone = true
        }
    }

    enum CodingKeys: String, CodingKey {
        case className = "_class_name"
        case sampleSize = "sample_size"
        case inChannels = "in_channels"
        case outChannels = "out_channels"
        case downBlockTypes = "down_block_types"
        case upBlockTypes = "up_block_types"
        case blockOutChannels = "block_out_channels"
        case layersPerBlock = "layers_per_block"
        case heads = "attention_head_dim"
        case crossAttentionDim = "cross_attention_dim"
        case normNumGroups = "norm_num_groups"
        case normEps = "norm_eps"
        case flipSinToCos = "flip_sin_to_cos"
        case freqShift = "freq_shift"
        case timeEmbedding = "time_embedding"
        case addTempEmbed = "add_temp_embed"
        case addTempConv = "add_temp_conv"
        case tempConvLayers = "temp_conv_layers"
        case tempConvGroups = "temp_conv_groups"
        case classEmbedType = "class_embed_type"
        case projectionClassEmbeddingsInputDim = "projection_class_embeddings_input_dim"
        case useLinearProjection = "use_linear_projection"
    }

    public init(from decoder: any Swift.Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        func invalid(_ key: CodingKeys, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: c, debugDescription: problem)
        }
        func positive(_ key: CodingKeys, _ fallback: Int? = nil) throws -> Int {
            let value = try fallback.map { try c.decodeIfPresent(Int.self, forKey: key) ?? $0 } ?? c.decode(Int.self, forKey: key)
            guard value > 0, value <= 1 << 16 else { throw invalid(key, "is \(value) and must be from 1 to 65536") }
            return value
        }
        sampleSize = try positive(.sampleSize, 64)
        inChannels = try positive(.inChannels, 4)
        outChannels = try positive(.outChannels, 4)
        blockOutChannels = try c.decode([Int].self, forKey: .blockOutChannels)
        guard !blockOutChannels.isEmpty, blockOutChannels.count <= 16, blockOutChannels.allSatisfy({ $0 > 0 && $0 <= 1 << 16 }) else {
            throw invalid(.blockOutChannels, "must list from 1 to 16 positive numbers")
        }
        let depth = blockOutChannels.count
        downBlockTypes = try c.decode([String].self, forKey: .downBlockTypes)
        upBlockTypes = try c.decode([String].self, forKey: .upBlockTypes)
        for (types, key, allowed) in [
            (downBlockTypes, CodingKeys.downBlockTypes, ["CrossAttnDownBlock", "DownBlock"]),
            (upBlockTypes, CodingKeys.upBlockTypes, ["CrossAttnUpBlock", "UpBlock"]),
        ] {
            guard types.count == depth else {
                throw invalid(key, "lists \(types.count) blocks where block_out_channels lists \(depth)")
            }
            for type in types where !allowed.contains(String(type.dropLast(2))) || !["2D", "3D"].contains(type.suffix(2)) {
                throw invalid(key, "\"\(type)\" is not known; \(allowed.map { $0 + "2D|3D" }.joined(separator: " and ")) are")
            }
        }
        layersPerBlock = try positive(.layersPerBlock, 2)
        if let one = try? c.decode(Int.self, forKey: .heads) {
            heads = Array(repeating: one, count: depth)
        } else {
            heads = try c.decode([Int].self, forKey: .heads)
        }
        guard heads.count == depth, zip(heads, blockOutChannels).allSatisfy({ $0 > 0 && $1 % $0 == 0 }) else {
            throw invalid(.heads, "\(heads) must be one number of heads for each block that divides its channels \(blockOutChannels)")
        }
        crossAttentionDim = try positive(.crossAttentionDim)
        let groups = try positive(.normNumGroups, 32)
        normNumGroups = groups
        guard blockOutChannels.allSatisfy({ $0 % groups == 0 }) else {
            throw invalid(.normNumGroups, "\(groups) groups do not divide the channels \(blockOutChannels)")
        }
        normEps = try c.decodeIfPresent(Float.self, forKey: .normEps) ?? 1e-5
        flipSinToCos = try c.decodeIfPresent(Bool.self, forKey: .flipSinToCos) ?? true
        freqShift = try c.decodeIfPresent(Float.self, forKey: .freqShift) ?? 0
        if let name = try c.decodeIfPresent(String.self, forKey: .timeEmbedding) {
            guard let scale = TimestepEmbedding.Scale(rawValue: name) else {
                let known = TimestepEmbedding.Scale.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " and ")
                throw invalid(.timeEmbedding, "\"\(name)\" is not known; \(known) are")
            }
            timeEmbedding = scale
        }
        addTempEmbed = try c.decodeIfPresent(Bool.self, forKey: .addTempEmbed) ?? true
        addTempConv = try c.decodeIfPresent(Bool.self, forKey: .addTempConv) ?? true
        tempConvLayers = try positive(.tempConvLayers, 4)
        // The official code has 32 whatever the rest has; diffusers' layers share the number of the others.
        let temporalGroups = try positive(.tempConvGroups, blockOutChannels.allSatisfy { $0 % 32 == 0 } ? 32 : groups)
        tempConvGroups = temporalGroups
        if addTempConv, !blockOutChannels.allSatisfy({ $0 % temporalGroups == 0 }) {
            throw invalid(.tempConvGroups, "\(temporalGroups) groups do not divide the channels \(blockOutChannels)")
        }
        switch try c.decodeIfPresent(String.self, forKey: .classEmbedType) {
        case nil: projectionClassEmbeddingsInputDim = nil
        case "projection": projectionClassEmbeddingsInputDim = try positive(.projectionClassEmbeddingsInputDim)
        case let other?: throw invalid(.classEmbedType, "\"\(other)\" is not known; null and \"projection\" are")
        }
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode("UNet3DConditionModel", forKey: .className)
        try c.encode(sampleSize, forKey: .sampleSize)
        try c.encode(inChannels, forKey: .inChannels)
        try c.encode(outChannels, forKey: .outChannels)
        try c.encode(downBlockTypes, forKey: .downBlockTypes)
        try c.encode(upBlockTypes, forKey: .upBlockTypes)
        try c.encode(blockOutChannels, forKey: .blockOutChannels)
        try c.encode(layersPerBlock, forKey: .layersPerBlock)
        try c.encode(heads, forKey: .heads)
        try c.encode(crossAttentionDim, forKey: .crossAttentionDim)
        try c.encode(normNumGroups, forKey: .normNumGroups)
        try c.encode(normEps, forKey: .normEps)
        try c.encode(flipSinToCos, forKey: .flipSinToCos)
        try c.encode(freqShift, forKey: .freqShift)
        if timeEmbedding != .timestep { try c.encode(timeEmbedding, forKey: .timeEmbedding) }
        try c.encode(addTempEmbed, forKey: .addTempEmbed)
        try c.encode(addTempConv, forKey: .addTempConv)
        try c.encode(tempConvLayers, forKey: .tempConvLayers)
        try c.encode(tempConvGroups, forKey: .tempConvGroups)
        try c.encode(true, forKey: .useLinearProjection)
        if let projectionClassEmbeddingsInputDim {
            try c.encode("projection", forKey: .classEmbedType)
            try c.encode(projectionClassEmbeddingsInputDim, forKey: .projectionClassEmbeddingsInputDim)
        }
    }
}

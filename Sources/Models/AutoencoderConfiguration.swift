/// `vae/config.json` of a diffusers folder, with the additions of VidRD's temporal decoder and of the starter.
public struct AutoencoderConfiguration: Codable, Equatable, Sendable {
    public var inChannels: Int
    public var outChannels: Int
    public var latentChannels: Int
    public var blockOutChannels: [Int]
    public var layersPerBlock: Int
    public var normNumGroups: Int
    /// Latents are multiplied by this before diffusion, where no mean and deviation are given.
    public var scalingFactor: Float
    /// For each latent channel; diffusion sees (z - mean) / deviation.
    public var latentsMean: [Float]?
    public var latentsStd: [Float]?
    /// Pixels are gathered in squares of this side before the first convolution.
    public var patchSize: Int
    public var midBlockAddAttention: Bool
    /// Whether a Temp-conv follows every residual block of the decoder's up-blocks.
    public var addTempConv: Bool
    public var tempConvLayers: Int
    public var tempConvGroups: Int

    /// Picture pixels to one latent, in each direction.
    public var factor: Int { patchSize << (blockOutChannels.count - 1) }

    public init(
        inChannels: Int = 3, outChannels: Int = 3, latentChannels: Int = 4, blockOutChannels: [Int],
        layersPerBlock: Int, normNumGroups: Int = 32, scalingFactor: Float = 0.18215, latentsMean: [Float]? = nil,
        latentsStd: [Float]? = nil, patchSize: Int = 1, midBlockAddAttention: Bool = true, addTempConv: Bool = true,
        tempConvLayers: Int = 3, tempConvGroups: Int = 32
    ) {
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.latentChannels = latentChannels
        self.blockOutChannels = blockOutChannels
        self.layersPerBlock = layersPerBlock
        self.normNumGroups = normNumGroups
        self.scalingFactor = scalingFactor
        self.latentsMean = latentsMean
        self.latentsStd = latentsStd
        self.patchSize = patchSize
        self.midBlockAddAttention = midBlockAddAttention
        self.addTempConv = addTempConv
        self.tempConvLayers = tempConvLayers
        self.tempConvGroups = tempConvGroups
    }

    /// The autoencoder of the model that ships: factor 8, 128x128 pictures to 16x16x8.
    public static let starter = AutoencoderConfiguration(
        latentChannels: 8, blockOutChannels: [48, 96, 128], layersPerBlock: 1, normNumGroups: 16, scalingFactor: 1,
        patchSize: 2, midBlockAddAttention: false, tempConvGroups: 16)

    enum CodingKeys: String, CodingKey {
        case className = "_class_name"
        case inChannels = "in_channels"
        case outChannels = "out_channels"
        case latentChannels = "latent_channels"
        case blockOutChannels = "block_out_channels"
        case layersPerBlock = "layers_per_block"
        case normNumGroups = "norm_num_groups"
        case scalingFactor = "scaling_factor"
        case latentsMean = "latents_mean"
        case latentsStd = "latents_std"
        case patchSize = "patch_size"
        case midBlockAddAttention = "mid_block_add_attention"
        case addTempConv = "add_temp_conv"
        case tempConvLayers = "temp_conv_layers"
        case tempConvGroups = "temp_conv_groups"
    }

    public init(from decoder: any Swift.Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        func invalid(_ key: CodingKeys, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: c, debugDescription: problem)
        }
        func positive(_ key: CodingKeys, _ fallback: Int) throws -> Int {
            let value = try c.decodeIfPresent(Int.self, forKey: key) ?? fallback
            guard value > 0, value <= 1 << 16 else { throw invalid(key, "is \(value) and must be from 1 to 65536") }
            return value
        }
        inChannels = try positive(.inChannels, 3)
        outChannels = try positive(.outChannels, 3)
        latentChannels = try positive(.latentChannels, 4)
        blockOutChannels = try c.decode([Int].self, forKey: .blockOutChannels)
        normNumGroups = try positive(.normNumGroups, 32)
        let groups = normNumGroups
        guard !blockOutChannels.isEmpty, blockOutChannels.count <= 8,
            blockOutChannels.allSatisfy({ $0 > 0 && $0 <= 1 << 16 && $0 % groups == 0 })
        else { throw invalid(.blockOutChannels, "must list from 1 to 8 multiples of norm_num_groups (\(groups))") }
        layersPerBlock = try positive(.layersPerBlock, 1)
        scalingFactor = try c.decodeIfPresent(Float.self, forKey: .scalingFactor) ?? 0.18215
        latentsMean = try c.decodeIfPresent([Float].self, forKey: .latentsMean)
        latentsStd = try c.decodeIfPresent([Float].self, forKey: .latentsStd)
        for (values, key) in [(latentsMean, CodingKeys.latentsMean), (latentsStd, .latentsStd)] {
            if let values, values.count != latentChannels {
                throw invalid(key, "has \(values.count) numbers for \(latentChannels) latent channels")
            }
        }
        if let deviation = latentsStd, !deviation.allSatisfy({ $0 > 0 && $0.isFinite }) {
            throw invalid(.latentsStd, "must be positive numbers and is \(deviation)")
        }
        patchSize = try positive(.patchSize, 1)
        midBlockAddAttention = try c.decodeIfPresent(Bool.self, forKey: .midBlockAddAttention) ?? true
        addTempConv = try c.decodeIfPresent(Bool.self, forKey: .addTempConv) ?? false
        tempConvLayers = try positive(.tempConvLayers, 3)
        let temporalGroups = try positive(.tempConvGroups, 32)
        tempConvGroups = temporalGroups
        if addTempConv, !blockOutChannels.allSatisfy({ $0 % temporalGroups == 0 }) {
            throw invalid(.tempConvGroups, "\(temporalGroups) groups do not divide the channels \(blockOutChannels)")
        }
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode("TemporalAutoencoderKL", forKey: .className)
        try c.encode(inChannels, forKey: .inChannels)
        try c.encode(outChannels, forKey: .outChannels)
        try c.encode(latentChannels, forKey: .latentChannels)
        try c.encode(blockOutChannels, forKey: .blockOutChannels)
        try c.encode(layersPerBlock, forKey: .layersPerBlock)
        try c.encode(normNumGroups, forKey: .normNumGroups)
        try c.encode(scalingFactor, forKey: .scalingFactor)
        try c.encodeIfPresent(latentsMean, forKey: .latentsMean)
        try c.encodeIfPresent(latentsStd, forKey: .latentsStd)
        try c.encode(patchSize, forKey: .patchSize)
        try c.encode(midBlockAddAttention, forKey: .midBlockAddAttention)
        try c.encode(addTempConv, forKey: .addTempConv)
        try c.encode(tempConvLayers, forKey: .tempConvLayers)
        try c.encode(tempConvGroups, forKey: .tempConvGroups)
    }
}

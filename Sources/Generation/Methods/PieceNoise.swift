import Tensors

/// Random numbers of a piece that come from the seed and the piece alone: the same in whichever order pieces are made, and
/// on whichever machine.
public enum PieceNoise {
    /// The stream of a piece. No two pieces of a video have the same one.
    ///
    /// Torch's generator is shaped by 32 bits: they are a mixture of the seed's 64, in which those of the piece's name
    /// (29 of its index, 3 of its level) are changed one by one and mixed again, which is a bijection.
    public static func generator(seed: UInt64, _ piece: PieceID) -> TorchGenerator {
        let name = UInt32(piece.level << 29 | piece.index)
        return TorchGenerator(seed: UInt64(mixed(mixed(UInt32(truncatingIfNeeded: mixed(seed) >> 32)) ^ name)))
    }

    /// SplitMix64's output function.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// MurmurHash3's finaliser: every step has an inverse.
    private static func mixed(_ value: UInt32) -> UInt32 {
        var h = value
        h = (h ^ h >> 16) &* 0x85EB_CA6B
        h = (h ^ h >> 13) &* 0xC2B2_AE35
        return h ^ h >> 16
    }
}

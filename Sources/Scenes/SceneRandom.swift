/// Random numbers of the scenes: SplitMix64 (Steele, Lea and Flood, 2014). Written out here so that a
/// seed draws the same scene with every compiler and standard library.
public struct SceneRandom: Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SceneRandom.scramble(state)
    }

    /// Evenly in [0, 1), 24 bits fine.
    public mutating func unit() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// Evenly from `low` up to `high`.
    public mutating func range(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * unit()
    }

    /// A whole number in `0..<count`; `count` is at least 1.
    public mutating func index(_ count: Int) -> Int {
        Int(((next() >> 32) * UInt64(count)) >> 32)
    }

    /// True with this probability.
    public mutating func chance(_ probability: Float) -> Bool {
        unit() < probability
    }

    /// One of the items, each as likely; there is at least one.
    public mutating func pick<Item>(_ items: [Item]) -> Item {
        items[index(items.count)]
    }

    /// -1 or 1.
    mutating func sign() -> Float {
        chance(0.5) ? 1 : -1
    }

    /// The mixing step of SplitMix64, also good as a hash of a counter.
    @inline(__always) static func scramble(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in [0, 1) that belongs to thing number `index` (any whole number), `channel` telling
    /// apart the several numbers one thing needs. This is how endless streams (snowflakes, rockets) get
    /// their properties without a history.
    @inline(__always) static func hash(_ seed: UInt64, _ index: Int, _ channel: Int = 0) -> Float {
        let key = seed ^ (UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15)
            ^ (UInt64(bitPattern: Int64(channel)) &* 0xD1B5_4A32_D192_ED03)
        return Float(scramble(key &+ 0x9E37_79B9_7F4A_7C15) >> 40) * 0x1p-24
    }
}

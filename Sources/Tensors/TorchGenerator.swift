import Foundation

/// A source of random numbers for noise, data and initial weights.
public protocol RandomSource {
    /// Fills memory with independent normal values.
    mutating func fillNormal(_ destination: UnsafeMutableBufferPointer<Float>, mean: Double, std: Double)
    /// Fills memory with independent uniform values in `[low, high)`.
    mutating func fillUniform(_ destination: UnsafeMutableBufferPointer<Float>, low: Float, high: Float)
}

extension RandomSource {
    /// Standard normal values, as `torch.randn(shape)`.
    public mutating func randn(_ shape: [Int]) -> Tensor {
        normal(shape, mean: 0, std: 1)
    }

    /// Normal values, as `torch.normal(mean, std, shape)`; `std` must not be negative.
    public mutating func normal(_ shape: [Int], mean: Double = 0, std: Double) -> Tensor {
        precondition(std >= 0, "a standard deviation of \(std) is negative")
        let result = Tensor(uninitialized: shape)
        fillNormal(UnsafeMutableBufferPointer(start: result.pointer, count: result.count), mean: mean, std: std)
        return result
    }

    /// Uniform values in `[low, high)`, as `torch.rand(shape)` by default.
    public mutating func rand(_ shape: [Int], low: Float = 0, high: Float = 1) -> Tensor {
        precondition(low <= high, "[\(low), \(high)) is no range")
        let result = Tensor(uninitialized: shape)
        fillUniform(UnsafeMutableBufferPointer(start: result.pointer, count: result.count), low: low, high: high)
        return result
    }
}

/// PyTorch's random number generator for the CPU: the same seed gives the same bits as
/// `torch.Generator().manual_seed(seed)` on an x86 processor with AVX2 (torch 2.13).
///
/// The words come from the Mersenne Twister MT19937. How torch makes normal values from them depends on
/// how many are asked for at once: see `fillNormal`. A build of torch without AVX2 (and torch on ARM) takes
/// logarithm and cosine from elsewhere and differs from this by some units in the last place.
///
/// A value type: a copy continues the stream on its own. `Codable` keeps the whole state, so that a resumed
/// training run draws what the uninterrupted one would have drawn.
public struct TorchGenerator: RandomSource, Sendable, Equatable {
    /// The seed as `torch.Generator.initial_seed()` gives it. Only its lower 32 bits shape the stream.
    public let seed: UInt64
    /// The twister's words.
    private var words: [UInt32]
    /// The next word to use; `words.count` when they are used up.
    private var position: Int
    /// The second value of a pair of normal values drawn one by one, waiting for its turn.
    private var cachedNormal: Double?

    private static let wordCount = 624

    public init(seed: UInt64) {
        self.seed = seed
        words = [UInt32](repeating: 0, count: Self.wordCount)
        words[0] = UInt32(truncatingIfNeeded: seed)
        for index in 1..<Self.wordCount {
            let last = words[index - 1]
            words[index] = 1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index)
        }
        position = Self.wordCount
    }

    /// Negative seeds stand for their two's complement, as in `manual_seed`.
    public init(seed: Int) {
        self.init(seed: UInt64(bitPattern: Int64(seed)))
    }

    // MARK: Words

    /// The next 32 random bits.
    public mutating func nextWord() -> UInt32 {
        if position == Self.wordCount { twist() }
        var word = words[position]
        position += 1
        word ^= word >> 11
        word ^= (word << 7) & 0x9d2c_5680
        word ^= (word << 15) & 0xefc6_0000
        word ^= word >> 18
        return word
    }

    private mutating func twist() {
        words.withUnsafeMutableBufferPointer { words in
            let count = Self.wordCount
            for index in 0..<count {
                let next = words[index + 1 == count ? 0 : index + 1]
                let mixed = (words[index] & 0x8000_0000) | (next & 0x7fff_ffff)
                let far = words[index < count - 397 ? index + 397 : index + 397 - count]
                words[index] = far ^ (mixed >> 1) ^ (next & 1 == 0 ? 0 : 0x9908_b0df)
            }
        }
        position = 0
    }

    /// Uniform in [0, 1) with 24 bits, exact in float32.
    private mutating func unitFloat() -> Float {
        Float(nextWord() & 0xff_ffff) * 0x1p-24
    }

    /// Uniform in [0, 1) with 53 bits.
    private mutating func unitDouble() -> Double {
        Double(next() & 0x1f_ffff_ffff_ffff) * 0x1p-53
    }

    // MARK: Distributions

    public mutating func fillUniform(_ destination: UnsafeMutableBufferPointer<Float>, low: Float, high: Float) {
        let width = Double(high - low)
        for index in destination.indices {
            destination[index] = Float(Double(unitFloat()) * width + Double(low))
        }
    }

    /// One uniform value in `[low, high)`.
    public mutating func uniform(_ low: Float = 0, _ high: Float = 1) -> Float {
        Float(Double(unitFloat()) * Double(high - low) + Double(low))
    }

    /// Normal values. Up to 15 are drawn one after the other in double precision, two words each. From 16 on
    /// all uniforms are drawn first, and every block of 16 becomes normal by Box and Muller's method; where
    /// the count is no multiple of 16, the last 16 values are drawn once more.
    public mutating func fillNormal(_ destination: UnsafeMutableBufferPointer<Float>, mean: Double, std: Double) {
        let count = destination.count
        guard count >= 16, let start = destination.baseAddress else {
            for index in destination.indices { destination[index] = Float(nextNormal() * std + mean) }
            return
        }
        for index in 0..<count { start[index] = unitFloat() }
        for block in stride(from: 0, through: count - 16, by: 16) {
            BoxMuller.transform(start + block, mean: Float(mean), std: Float(std))
        }
        if count % 16 != 0 {
            let tail = start + (count - 16)
            for index in 0..<16 { tail[index] = unitFloat() }
            BoxMuller.transform(tail, mean: Float(mean), std: Float(std))
        }
    }

    private mutating func nextNormal() -> Double {
        if let value = cachedNormal {
            cachedNormal = nil
            return value
        }
        let angle = 2 * Double.pi * unitDouble()
        let radius = (-2 * log1p(-unitDouble())).squareRoot()
        cachedNormal = radius * sin(angle)
        return radius * cos(angle)
    }

    /// Integers in `range`, as `torch.randint(low, high, (count,))`. The range must not be empty.
    public mutating func randint(_ range: Range<Int>, count: Int) -> [Int] {
        precondition(!range.isEmpty, "no integer lies in \(range)")
        let width = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound))
        return (0..<count).map { _ in
            // torch takes 64 bits where the remainder of 32 would favour small values too much.
            let bits = width >= 1 << 28 ? next() : UInt64(nextWord())
            return range.lowerBound &+ Int(truncatingIfNeeded: bits % width)
        }
    }

    /// A permutation of `0..<count`, as `torch.randperm(count)` for fewer than 2³² / 20 values.
    public mutating func randperm(_ count: Int) -> [Int] {
        precondition(count >= 0 && count < Int(UInt32.max / 20), "no permutation of \(count) values")
        var result = Array(0..<count)
        for index in 0..<max(0, count - 1) {
            result.swapAt(index, index + Int(nextWord() % UInt32(count - index)))
        }
        return result
    }
}

extension TorchGenerator: RandomNumberGenerator {
    /// The next 64 random bits; the first word drawn is the upper half.
    public mutating func next() -> UInt64 {
        let upper = UInt64(nextWord())
        return upper << 32 | UInt64(nextWord())
    }
}

extension TorchGenerator: Codable {
    private enum CodingKeys: String, CodingKey {
        case seed, words, position
        case cachedNormal = "cached_normal"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        seed = try container.decode(UInt64.self, forKey: .seed)
        words = try container.decode([UInt32].self, forKey: .words)
        position = try container.decode(Int.self, forKey: .position)
        cachedNormal = try container.decodeIfPresent(Double.self, forKey: .cachedNormal)
        guard words.count == Self.wordCount, (0...Self.wordCount).contains(position) else {
            throw DecodingError.dataCorruptedError(
                forKey: .words, in: container,
                debugDescription: "a random generator has \(Self.wordCount) words and a position among them; "
                    + "found \(words.count) words and position \(position)"
            )
        }
    }
}

/// Normal values from uniform ones, with the float32 logarithm, sine and cosine of the Cephes library
/// evaluated in the order in which torch's AVX2 code evaluates them: every multiplication that is followed by
/// an addition is fused with it. Another order would be as good, but give other bits.
private enum BoxMuller {
    private static let twoPi = Float(2 * Double.pi)

    /// Replaces 16 uniform values in [0, 1): the first 8 give radii, the last 8 angles.
    static func transform(_ values: UnsafeMutablePointer<Float>, mean: Float, std: Float) {
        for lane in 0..<8 {
            let radius = (-2 * logarithm(1 - values[lane])).squareRoot()
            let (sine, cosine) = sineAndCosine(twoPi * values[lane + 8])
            values[lane] = mean.addingProduct(radius * cosine, std)
            values[lane + 8] = mean.addingProduct(radius * sine, std)
        }
    }

    /// Natural logarithm of a normal number in (0, 1].
    @inline(__always)
    private static func logarithm(_ value: Float) -> Float {
        // value = mantissa · 2^exponent with the mantissa in [√½, √2), given as its distance x from 1.
        var exponent = Float(Int32(value.bitPattern >> 23) - 126)
        let mantissa = Float(bitPattern: value.bitPattern & 0x7f_ffff | 0x3f00_0000)
        var x = mantissa - 1
        if mantissa < 0.707106781186547524 {
            exponent -= 1
            x += mantissa
        }
        var y: Float = 7.0376836292e-2
        y = Float(-1.1514610310e-1).addingProduct(y, x)
        y = Float(1.1676998740e-1).addingProduct(y, x)
        y = Float(-1.2420140846e-1).addingProduct(y, x)
        y = Float(1.4249322787e-1).addingProduct(y, x)
        y = Float(-1.6668057665e-1).addingProduct(y, x)
        y = Float(2.0000714765e-1).addingProduct(y, x)
        y = Float(-2.4999993993e-1).addingProduct(y, x)
        y = Float(3.3333331174e-1).addingProduct(y, x)
        let square = x * x
        y = (exponent * -2.12194440e-4).addingProduct(y * x, square)
        y.addProduct(square, -0.5)
        return (x + y).addingProduct(exponent, 0.693359375)
    }

    /// Sine and cosine of an angle in [0, 2π].
    @inline(__always)
    private static func sineAndCosine(_ angle: Float) -> (sine: Float, cosine: Float) {
        // The angle's distance x from the nearest even multiple of π/4, in [-π/4, π/4]; π/4 in three parts.
        let octant = (Int32(angle * 1.27323954473516) + 1) & ~1
        let multiple = Float(octant)
        var x = angle.addingProduct(multiple, -0.78515625)
        x.addProduct(multiple, -2.4187564849853515625e-4)
        x.addProduct(multiple, -3.77489497744594108e-8)
        let square = x * x

        var even: Float = 2.443315711809948e-5
        even = Float(-1.388731625493765e-3).addingProduct(even, square)
        even = Float(4.166664568298827e-2).addingProduct(even, square)
        even = (square * -0.5).addingProduct(even * square, square) + 1

        var odd: Float = -1.9515295891e-4
        odd = Float(8.3321608736e-3).addingProduct(odd, square)
        odd = Float(-1.6666654611e-1).addingProduct(odd, square)
        odd = x.addingProduct(odd * square, x)

        let swapped = octant & 2 != 0
        let sine = swapped ? even : odd
        let cosine = swapped ? odd : even
        return (octant & 4 == 0 ? sine : -sine, (octant - 2) & 4 == 0 ? -cosine : cosine)
    }
}

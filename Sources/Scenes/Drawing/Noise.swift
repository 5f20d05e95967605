/// Smooth noise from tables made once: `value` is one octave, `fractal` is a sum of five. All results
/// lie in 0...1 around 0.5, and all noises repeat: `value` every 256 units, `fractal` every 16.
enum Noise {
    private static let side = 256
    private static let fractalSide = 512
    private static let fractalCells = 16

    /// White noise on a 256 by 256 lattice.
    nonisolated(unsafe) private static let lattice: UnsafeMutablePointer<Float> = {
        var random = SceneRandom(seed: 0x5CE0E5)
        let table = UnsafeMutablePointer<Float>.allocate(capacity: side * side)
        for i in 0..<side * side { table[i] = random.unit() }
        return table
    }()

    /// Five octaves on a 512 by 512 lattice over 16 units, stretched to fill 0...1.
    nonisolated(unsafe) private static let octaves: UnsafeMutablePointer<Float> = {
        let table = UnsafeMutablePointer<Float>.allocate(capacity: fractalSide * fractalSide)
        var low = Float.infinity, high = -Float.infinity
        for j in 0..<fractalSide {
            for i in 0..<fractalSide {
                var sum: Float = 0, weight: Float = 0.5
                var cells = fractalCells
                for octave in 0..<5 {
                    let scale = Float(cells) / Float(fractalSide)
                    sum += weight * periodic(Float(i) * scale, Float(j) * scale, cells, octave * 37)
                    weight *= 0.5
                    cells *= 2
                }
                table[j * fractalSide + i] = sum
                low = min(low, sum)
                high = max(high, sum)
            }
        }
        for i in 0..<fractalSide * fractalSide { table[i] = (table[i] - low) / (high - low) }
        return table
    }()

    private static func periodic(_ x: Float, _ y: Float, _ cells: Int, _ offset: Int) -> Float {
        let i = Int(x), j = Int(y)
        let u = fade(x - Float(i)), v = fade(y - Float(j))
        func at(_ a: Int, _ b: Int) -> Float {
            lattice[((b % cells + offset) & 255) * side + ((a % cells + offset) & 255)]
        }
        return mix(mix(at(i, j), at(i + 1, j), u), mix(at(i, j + 1), at(i + 1, j + 1), u), v)
    }

    @inline(__always) private static func fade(_ t: Float) -> Float { t * t * (3 - 2 * t) }

    /// A whole number as an `Int`, whatever comes: a place at infinity gets some noise, not a crash.
    @inline(__always) private static func cell(_ floor: Float) -> Int {
        Int(max(-1e9, min(1e9, floor)))
    }

    /// Seconds as a place to read noise at, brought back to 0 every 5120 units so that it stays precise
    /// however long a scene runs. Multiples of it by whole twentieths (0.05, 1.35, 2, ...) meet the
    /// noise's own period there and go on without a jump.
    static func clock(_ seconds: Double) -> Float {
        let period = 5120.0
        return Float(seconds - (seconds / period).rounded() * period)
    }

    /// One octave along a line.
    @inline(__always) static func value(_ x: Float) -> Float {
        let floor = x.rounded(.down)
        let i = cell(floor), u = fade(x - floor)
        let row = lattice + 97 * side
        return mix(row[i & 255], row[(i &+ 1) & 255], u)
    }

    /// One octave over a plane.
    @inline(__always) static func value(_ x: Float, _ y: Float) -> Float {
        let xf = x.rounded(.down), yf = y.rounded(.down)
        let i = cell(xf), j = cell(yf)
        let u = fade(x - xf), v = fade(y - yf)
        let top = lattice + (j & 255) * side, bottom = lattice + ((j &+ 1) & 255) * side
        let i0 = i & 255, i1 = (i &+ 1) & 255
        return mix(mix(top[i0], top[i1], u), mix(bottom[i0], bottom[i1], u), v)
    }

    /// One octave over space: a plane that changes as `z` (time, mostly) goes on.
    @inline(__always) static func value(_ x: Float, _ y: Float, _ z: Float) -> Float {
        let zf = z.rounded(.down)
        let k = Float(cell(zf) & 255)
        let next = Float((cell(zf) &+ 1) & 255)
        return mix(value(x + 37 * k, y + 17 * k), value(x + 37 * next, y + 17 * next), fade(z - zf))
    }

    /// Five octaves over a plane, at the price of one.
    @inline(__always) static func fractal(_ x: Float, _ y: Float) -> Float {
        let scale = Float(fractalSide / fractalCells)
        let xs = x * scale, ys = y * scale
        let xf = xs.rounded(.down), yf = ys.rounded(.down)
        let i = cell(xf), j = cell(yf)
        let u = xs - xf, v = ys - yf
        let mask = fractalSide - 1
        let top = octaves + (j & mask) * fractalSide, bottom = octaves + ((j &+ 1) & mask) * fractalSide
        let i0 = i & mask, i1 = (i &+ 1) & mask
        return mix(mix(top[i0], top[i1], u), mix(bottom[i0], bottom[i1], u), v)
    }
}

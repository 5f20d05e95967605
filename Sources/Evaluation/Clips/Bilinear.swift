import Tensors
import Video

/// Pictures of any size as square ones with values in −1…1, without a detour over 8 bits: bilinear, pixel centres
/// aligned, no antialiasing.
struct Bilinear {
    private let side: Int
    private let columns, rows: [Tap]
    private let width, height: Int

    /// Two neighbouring pixels and the weight of the second.
    private struct Tap {
        let low, high: Int
        let weight: Float
    }

    /// - Parameters:
    ///   - scaled: size that the picture takes, of which the middle `side`×`side` pixels are kept.
    init(width: Int, height: Int, scaled: (width: Double, height: Double), side: Int) {
        (self.width, self.height, self.side) = (width, height, side)
        func taps(_ size: Int, _ scaled: Double) -> [Tap] {
            let scale = Float(size) / Float(scaled), origin = Float(((scaled - Double(side)) / 2).rounded())
            return (0..<side).map { place in
                let source = max((Float(place) + origin + 0.5) * scale - 0.5, 0)
                let low = min(Int(source), size - 1)
                return Tap(low: low, high: min(low + 1, size - 1), weight: min(source - Float(low), 1))
            }
        }
        columns = taps(width, scaled.width)
        rows = taps(height, scaled.height)
    }

    func fits(_ frame: Frame) -> Bool { frame.width == width && frame.height == height }

    /// Writes [side, side, 3].
    func write(_ frame: Frame, to target: UnsafeMutablePointer<Float>) {
        var above = [Float](repeating: 0, count: 3 * side), below = above
        var lowRow = -1, highRow = -1
        frame.pixels.withUnsafeBufferPointer { pixels in
            func widen(_ row: Int, _ line: inout [Float]) {
                let base = row * width * 3
                for (x, tap) in columns.enumerated() {
                    let a = base + 3 * tap.low, b = base + 3 * tap.high
                    for c in 0..<3 {
                        line[3 * x + c] = (1 - tap.weight) * Float(pixels[a + c]) + tap.weight * Float(pixels[b + c])
                    }
                }
            }
            for (y, tap) in rows.enumerated() {
                if tap.low != lowRow {
                    if tap.low == highRow { swap(&above, &below) } else { widen(tap.low, &above) }
                    lowRow = tap.low
                    highRow = -1
                }
                if tap.high != highRow {
                    widen(tap.high, &below)
                    highRow = tap.high
                }
                let line = target + y * side * 3
                for i in 0..<3 * side {
                    line[i] = ((1 - tap.weight) * above[i] + tap.weight * below[i]) / 127.5 - 1
                }
            }
        }
    }
}

import Video

/// Pictures as CLIP takes them: shorter side to the wanted size by bicubic interpolation with antialiasing (Pillow's,
/// a = −0.5), the middle of that, and channels with CLIP's mean and deviation.
struct CLIPPicture {
    let side: Int
    static let mean: [Float] = [0.48145466, 0.4578275, 0.40821073]
    static let deviation: [Float] = [0.26862954, 0.26130258, 0.27577711]

    /// Weighted source pixels of one place.
    private struct Taps {
        let first: Int
        let weights: [Float]
    }

    private static func cubic(_ x: Double) -> Double {
        let x = abs(x), a = -0.5
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }

    /// Places `from..<from + count` of an axis that goes from `size` to `resized` pixels.
    private static func taps(_ size: Int, _ resized: Int, from: Int, count: Int) -> [Taps] {
        let scale = Double(size) / Double(resized), stretch = max(scale, 1), support = 2 * stretch
        return (from..<from + count).map { place in
            let centre = (Double(place) + 0.5) * scale
            let low = max(Int(centre - support + 0.5), 0), high = min(Int(centre + support + 0.5), size)
            let raw = (low..<high).map { cubic((Double($0) - centre + 0.5) / stretch) }
            let sum = raw.reduce(0, +)
            return Taps(first: low, weights: raw.map { Float($0 / sum) })
        }
    }

    /// Writes [side, side, 3].
    func write(_ frame: Frame, to target: UnsafeMutablePointer<Float>) {
        let shorter = min(frame.width, frame.height)
        let width = frame.width * side / shorter, height = frame.height * side / shorter
        let columns = Self.taps(frame.width, width, from: (width - side) / 2, count: side)
        let rows = Self.taps(frame.height, height, from: (height - side) / 2, count: side)
        let firstRow = rows.map(\.first).min() ?? 0
        let lastRow = rows.map { $0.first + $0.weights.count }.max() ?? 0
        // Pillow rounds to bytes between the two directions and after them.
        var narrow = [Float](repeating: 0, count: (lastRow - firstRow) * side * 3)
        frame.pixels.withUnsafeBufferPointer { pixels in
            for row in firstRow..<lastRow {
                for (x, tap) in columns.enumerated() {
                    var sums: (Float, Float, Float) = (0, 0, 0)
                    for (k, weight) in tap.weights.enumerated() {
                        let at = 3 * (row * frame.width + tap.first + k)
                        sums.0 += weight * Float(pixels[at])
                        sums.1 += weight * Float(pixels[at + 1])
                        sums.2 += weight * Float(pixels[at + 2])
                    }
                    let at = ((row - firstRow) * side + x) * 3
                    narrow[at] = min(max(sums.0, 0), 255).rounded()
                    narrow[at + 1] = min(max(sums.1, 0), 255).rounded()
                    narrow[at + 2] = min(max(sums.2, 0), 255).rounded()
                }
            }
        }
        for (y, tap) in rows.enumerated() {
            for i in 0..<3 * side {
                var sum: Float = 0
                for (k, weight) in tap.weights.enumerated() { sum += weight * narrow[(tap.first + k - firstRow) * 3 * side + i] }
                let value = min(max(sum, 0), 255).rounded() / 255
                target[y * 3 * side + i] = (value - Self.mean[i % 3]) / Self.deviation[i % 3]
            }
        }
    }
}

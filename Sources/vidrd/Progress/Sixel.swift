import Video

/// Sixels: bands of six rows, drawn colour by colour; a character holds six pixels of a column, from 63 ("?") on.
package enum Sixel {
    /// Levels of red, green and blue: 252 colours, of the 256 that every sixel terminal has.
    private static let levels = [6, 7, 6]
    /// Thresholds of ordered dithering, which keeps still what stands still in the picture.
    private static let thresholds: [Float] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map { (Float($0) + 0.5) / 16 }

    /// The bytes that draw `picture`; colours are dithered to a fixed palette.
    package static func encode(_ picture: Frame) -> String {
        let indices = dithered(picture), width = picture.width
        // Pixels are square, and rows that the last band has beyond the picture stay as they were.
        var result = "\u{1B}P0;1;0q\"1;1;\(width);\(picture.height)"
        for colour in Set(indices).sorted() {
            let shares = components(colour).enumerated().map { 100 * $1 / (levels[$0] - 1) }
            result += "#\(colour);2;\(shares[0]);\(shares[1]);\(shares[2])"
        }
        for top in stride(from: 0, to: picture.height, by: 6) {
            let bottom = min(top + 6, picture.height)
            var columns: [Int: [UInt8]] = [:]
            for y in top..<bottom {
                for x in 0..<width { columns[indices[y * width + x], default: [UInt8](repeating: 0, count: width)][x] |= 1 << (y - top) }
            }
            result += columns.sorted { $0.key < $1.key }.map { "#\($0)\(runs($1))" }.joined(separator: "$") + "-"
        }
        return result + "\u{1B}\\"
    }

    private static func runs(_ bits: [UInt8]) -> String {
        var result = "", start = 0
        while start < bits.count {
            let end = bits[start...].firstIndex { $0 != bits[start] } ?? bits.count
            // What is empty to the end of the line needs no character.
            if end == bits.count, bits[start] == 0 { break }
            let character = String(UnicodeScalar(63 + bits[start]))
            result += end - start > 3 ? "!\(end - start)\(character)" : String(repeating: character, count: end - start)
            start = end
        }
        return result
    }

    private static func dithered(_ picture: Frame) -> [Int] {
        (0..<picture.width * picture.height).map { i in
            let threshold = thresholds[i / picture.width % 4 * 4 + i % picture.width % 4]
            var index = 0
            for (k, count) in levels.enumerated() {
                let level = Float(picture.pixels[3 * i + k]) / 255 * Float(count - 1) + threshold
                index = index * count + min(count - 1, Int(level))
            }
            return index
        }
    }

    private static func components(_ index: Int) -> [Int] {
        [index / (levels[1] * levels[2]), index / levels[2] % levels[1], index % levels[2]]
    }
}

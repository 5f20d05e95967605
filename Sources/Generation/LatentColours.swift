import Tensors
import Video

/// A cheap picture of latents: a linear map from each latent and its eight neighbours to a square of pixels, fitted to
/// what an autoencoder made of some latents.
///
/// It takes a thousandth of the decoder's work and shows colours, shapes and motion, not texture.
public struct LatentColours {
    /// Pixels of a side that stand for one latent.
    public static let detail = 2
    private let channels: Int
    /// The normal equations of all that was learnt: features by features (upper half), features by values.
    private var squares, products: [Double]
    /// Rows of features (3 * 3 * channels, and 1), columns of values (detail * detail * 3); empty before the first fit.
    private var weights: [Float] = []
    private var features: Int { 9 * channels + 1 }
    private static let outputs = 3 * detail * detail
    /// Share of the mean square of a feature that is added to all of them: neighbours are much alike, and few latents
    /// would otherwise give weights of any size.
    private static let ridge = 0.005
    /// What earlier lessons count beside a new one, which is nearer to what will be shown.
    private static let memory = 0.5

    /// - Parameter channels: those of the latents.
    public init(channels: Int) {
        self.channels = channels
        squares = [Double](repeating: 0, count: (9 * channels + 1) * (9 * channels + 1))
        products = [Double](repeating: 0, count: (9 * channels + 1) * Self.outputs)
    }

    /// Whether there is a map.
    public var isReady: Bool { !weights.isEmpty }

    /// Fits the map by least squares; latents that are no finite numbers teach nothing.
    ///
    /// - Parameters:
    ///   - latents: [frames, height, width, channels].
    ///   - pictures: what they were decoded to, one for each of the frames, of any size.
    public mutating func learn(_ latents: Tensor, _ pictures: [Frame]) {
        precondition(
            latents.rank == 4 && latents.shape[0] == pictures.count && latents.shape[3] == channels,
            "latents \(latents.shape) for \(pictures.count) pictures")
        guard latents.values.allSatisfy(\.isFinite) else { return }
        let (height, width) = (latents.shape[1], latents.shape[2]), features = features, outputs = Self.outputs
        for i in squares.indices { squares[i] *= Self.memory }
        for i in products.indices { products[i] *= Self.memory }
        var row = [Float](repeating: 0, count: features), wanted = [Double](repeating: 0, count: outputs)
        for (index, picture) in pictures.enumerated() {
            let small = picture.resized(width: width * Self.detail, height: height * Self.detail)
            let frame = latents.slice(index)
            for y in 0..<height {
                for x in 0..<width {
                    Self.gather(frame.pointer, height, width, channels, x, y, into: &row)
                    for i in 0..<outputs {
                        let (dy, dx, colour) = (i / (3 * Self.detail), i / 3 % Self.detail, i % 3)
                        wanted[i] = Double(small.pixels[3 * ((y * Self.detail + dy) * small.width + x * Self.detail + dx) + colour])
                    }
                    for i in 0..<features {
                        let value = Double(row[i])
                        for j in i..<features { squares[i * features + j] += value * Double(row[j]) }
                        for j in 0..<outputs { products[i * outputs + j] += value * wanted[j] }
                    }
                }
            }
        }
        let mean = (0..<features - 1).reduce(0) { $0 + squares[$1 * features + $1] } / Double(features - 1)
        var ridged = squares
        for i in 0..<features - 1 { ridged[i * features + i] += Self.ridge * mean + 1e-9 * squares[features * features - 1] }
        if let solved = Self.solve(&ridged, products, features, outputs) { weights = solved }
    }

    /// The picture of latents [height, width, channels], each latent a square of `detail` by `detail` pixels; something
    /// must have been learnt.
    public func picture(of latents: Tensor) -> Frame {
        precondition(
            isReady && latents.rank == 3 && latents.shape[2] == channels, "latents \(latents.shape) for \(channels) channels")
        let (height, width) = (latents.shape[0], latents.shape[1])
        var frame = Frame(width: width * Self.detail, height: height * Self.detail)
        var row = [Float](repeating: 0, count: features)
        var sums = [Float](repeating: 0, count: Self.outputs)
        for y in 0..<height {
            for x in 0..<width {
                Self.gather(latents.pointer, height, width, channels, x, y, into: &row)
                for i in 0..<Self.outputs { sums[i] = 0 }
                for (j, value) in row.enumerated() {
                    for i in 0..<Self.outputs { sums[i] += value * weights[j * Self.outputs + i] }
                }
                for i in 0..<Self.outputs {
                    let (dy, dx, colour) = (i / (3 * Self.detail), i / 3 % Self.detail, i % 3)
                    // In this order of arguments NaN becomes black.
                    let byte = UInt8(min(255, max(0, sums[i])).rounded())
                    frame.pixels[3 * ((y * Self.detail + dy) * frame.width + x * Self.detail + dx) + colour] = byte
                }
            }
        }
        return frame
    }

    /// A latent and its neighbours, the border's own beyond it, and 1.
    private static func gather(
        _ latents: UnsafeMutablePointer<Float>, _ height: Int, _ width: Int, _ channels: Int, _ x: Int, _ y: Int,
        into row: inout [Float]
    ) {
        var at = 0
        for dy in -1...1 {
            let line = min(max(y + dy, 0), height - 1) * width
            for dx in -1...1 {
                let from = latents + (line + min(max(x + dx, 0), width - 1)) * channels
                for k in 0..<channels { row[at + k] = from[k] }
                at += channels
            }
        }
        row[at] = 1
    }

    /// Solves A X = B by Cholesky's method; the upper half of A, `count` by `count`, is given and overwritten.
    private static func solve(_ a: inout [Double], _ b: [Double], _ count: Int, _ columns: Int) -> [Float]? {
        for i in 0..<count {
            for k in 0..<i { a[i * count + i] -= a[k * count + i] * a[k * count + i] }
            guard a[i * count + i] > 0, a[i * count + i].isFinite else { return nil }
            a[i * count + i].formSquareRoot()
            for j in i + 1..<max(i + 1, count) {
                for k in 0..<i { a[i * count + j] -= a[k * count + i] * a[k * count + j] }
                a[i * count + j] /= a[i * count + i]
            }
        }
        var x = b
        for i in 0..<count {
            for c in 0..<columns {
                for k in 0..<i { x[i * columns + c] -= a[k * count + i] * x[k * columns + c] }
                x[i * columns + c] /= a[i * count + i]
            }
        }
        for i in (0..<count).reversed() {
            for c in 0..<columns {
                for k in i + 1..<max(i + 1, count) { x[i * columns + c] -= a[i * count + k] * x[k * columns + c] }
                x[i * columns + c] /= a[i * count + i]
            }
        }
        return x.allSatisfy(\.isFinite) ? x.map(Float.init) : nil
    }
}

import Tensors

extension Autoencoder {
    /// Pictures of raw latents as of `decode(_:frames:piece:)`, tile by tile: a large picture in the memory of a small one.
    ///
    /// Neighbouring tiles share a quarter of their side, over which one fades into the other (diffusers' `enable_tiling`).
    /// Normalization sees one tile at a time, so pictures differ a little from those decoded whole.
    ///
    /// - Parameter tile: side in latents, 4 or more; nil decodes pictures whole.
    public func decode(_ latents: Tensor, frames: Int, tile: Int?, piece: Int = decodingPiece) -> Tensor {
        let (height, width, factor) = (latents.shape[1], latents.shape[2], configuration.factor)
        guard let tile, tile < max(height, width) else { return decode(latents, frames: frames, piece: piece) }
        precondition(tile >= Self.smallestTile, "a tile has \(Self.smallestTile) latents or more, and not \(tile)")
        refuseGradients(of: "decoding in tiles", latents)
        let rows = Self.tiles(of: tile, along: height), columns = Self.tiles(of: tile, along: width)
        let result = Tensor.zeros([latents.shape[0], height * factor, width * factor, configuration.outChannels])
        for (row, rowWeights) in zip(rows, Self.fades(rows, factor)) {
            for (column, columnWeights) in zip(columns, Self.fades(columns, factor)) {
                let pictures = decode(latents.cropped(row, column), frames: frames, piece: piece)
                result.add(
                    pictures, atRow: row.lowerBound * factor, column: column.lowerBound * factor,
                    rowWeights: rowWeights, columnWeights: columnWeights)
            }
        }
        return result
    }

    public static let smallestTile = 4

    /// Tiles of one size that cover `count` latents and share at least a quarter with their neighbours.
    package static func tiles(of tile: Int, along count: Int) -> [Range<Int>] {
        guard tile < count else { return [0..<count] }
        let stride = tile - max(1, tile / 4), tiles = 1 + (count - tile + stride - 1) / stride
        return (0..<tiles).map { index in
            let start = index * (count - tile) / (tiles - 1)
            return start..<start + tile
        }
    }

    /// Weights of the pixels along each tile: a ramp at every end that has a neighbour, scaled so that those of a pixel add
    /// up to 1.
    package static func fades(_ tiles: [Range<Int>], _ factor: Int) -> [[Float]] {
        let ramp = Float(max(1, tiles[0].count / 4) * factor)
        var total = [Float](repeating: 0, count: (tiles.last?.upperBound ?? 0) * factor)
        var fades = tiles.enumerated().map { index, tile in
            (0..<tile.count * factor).map { pixel -> Float in
                let before = index == 0 ? ramp : Float(pixel) + 0.5
                let after = index == tiles.count - 1 ? ramp : Float(tile.count * factor - pixel) - 0.5
                return min(before, after, ramp) / ramp
            }
        }
        for (tile, fade) in zip(tiles, fades) {
            for (pixel, weight) in fade.enumerated() { total[tile.lowerBound * factor + pixel] += weight }
        }
        for (index, tile) in tiles.enumerated() {
            for pixel in fades[index].indices { fades[index][pixel] /= total[tile.lowerBound * factor + pixel] }
        }
        return fades
    }
}

extension Tensor {
    /// Part of each picture of [batch, height, width, channels].
    fileprivate func cropped(_ rows: Range<Int>, _ columns: Range<Int>) -> Tensor {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        let result = Tensor(uninitialized: [shape[0], rows.count, columns.count, channels]), run = columns.count * channels
        for picture in 0..<shape[0] {
            for (index, row) in rows.enumerated() {
                (result.pointer + (picture * rows.count + index) * run).update(
                    from: pointer + ((picture * height + row) * width + columns.lowerBound) * channels, count: run)
            }
        }
        return result
    }

    /// Adds weighted pictures at a place of these.
    fileprivate func add(_ part: Tensor, atRow top: Int, column left: Int, rowWeights: [Float], columnWeights: [Float]) {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        for picture in 0..<shape[0] {
            for (y, rowWeight) in rowWeights.enumerated() {
                let source = part.pointer + (picture * rowWeights.count + y) * columnWeights.count * channels
                let target = pointer + ((picture * height + top + y) * width + left) * channels
                for (x, columnWeight) in columnWeights.enumerated() {
                    let weight = rowWeight * columnWeight
                    for channel in 0..<channels { target[x * channels + channel] += weight * source[x * channels + channel] }
                }
            }
        }
    }
}

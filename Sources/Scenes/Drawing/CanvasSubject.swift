/// The main thing of a picture, set off from what is behind it.
extension Canvas {
    /// Draws the main thing: `body` draws it over what is there, then an outline is put round all that it covers,
    /// so that a white cat in snow and a black car at night keep their shapes, and the place is marked for `mark`.
    ///
    /// What is covered is read off the fourth component of the pixels, which no colour uses: it is set to 1
    /// everywhere, and whatever `body` draws with a colour's own 0 lowers it by just its opacity.
    ///
    /// - Parameters:
    ///   - outline: the outline's colour.
    ///   - width: of the outline in scene units; 0 leaves it out.
    ///   - opacity: of the outline where it is strongest, 0 to 1.
    func subject(outline: Color, width: Float = 0.014, opacity: Float = 0.7, _ body: () -> Void) {
        let count = self.width * height
        for i in 0..<count { pixels[i].w = 1 }
        body()
        var left = self.width, right = -1, top = height, bottom = -1
        for row in 0..<height {
            let line = pixels + row * self.width, cover = coverPlane + row * self.width
            var first = self.width, last = -1
            for column in 0..<self.width {
                let amount = max(0, min(1, 1 - line[column].w))
                cover[column] = amount
                line[column].w = 0
                if amount > 0.02 {
                    first = min(first, column)
                    last = column
                }
            }
            guard last >= 0 else { continue }
            left = min(left, first)
            right = max(right, last)
            top = min(top, row)
            bottom = row
        }
        guard right >= left else { return }
        let reach = width / pixel
        let steps = Int(reach.rounded(.up))
        left = max(0, left - steps)
        right = min(self.width - 1, right + steps)
        top = max(0, top - steps)
        bottom = min(height - 1, bottom + steps)
        if width > 0 { drawOutline(outline, opacity, reach, steps, left...right, top...bottom) }
        for row in top...bottom {
            let cover = coverPlane + row * self.width, mark = markPlane + row * self.width
            for column in left...right { mark[column] = max(mark[column], cover[column]) }
        }
    }

    /// Grows the cover by `reach` pixels, along rows and then along columns, and paints what was added.
    private func drawOutline(_ color: Color, _ opacity: Float, _ reach: Float, _ steps: Int, _ columns: ClosedRange<Int>, _ rows: ClosedRange<Int>) {
        // The last step counts by as much of it as the reach covers.
        let share = reach - Float(steps - 1)
        for row in rows {
            let from = coverPlane + row * width, to = grownPlane + row * width
            for column in columns {
                var most = from[column]
                if most < 1 {
                    for step in stride(from: 1, through: steps, by: 1) {
                        let weight = step == steps ? share : 1
                        most = max(most, weight * from[max(0, column - step)], weight * from[min(width - 1, column + step)])
                    }
                }
                to[column] = most
            }
        }
        for row in rows {
            let line = pixels + row * width, cover = coverPlane + row * width, grown = grownPlane + row * width
            for column in columns where cover[column] < 1 {
                var most = grown[column]
                if most < 1 {
                    for step in stride(from: 1, through: steps, by: 1) {
                        let weight = step == steps ? share : 1
                        let above = max(rows.lowerBound - row, -step), below = min(rows.upperBound - row, step)
                        most = max(most, weight * grown[column + above * width], weight * grown[column + below * width])
                    }
                }
                if most > 0 { line[column] = mix(line[column], color, most * opacity * (1 - cover[column])) }
            }
        }
    }

    /// How much of each pixel a main thing covers, row after row: what weather spares.
    var mark: UnsafePointer<Float> { UnsafePointer(markPlane) }

    /// Forgets what was marked.
    func clearMarks() {
        markPlane.update(repeating: 0, count: width * height)
    }
}

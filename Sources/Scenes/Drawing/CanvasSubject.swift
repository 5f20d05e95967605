/// The main thing of a picture, set off from what is behind it.
extension Canvas {
    /// Draws the main thing: `body` draws it over what is there, then an outline is put round all that it covers,
    /// so that a white cat in snow and a black car at night keep their shapes, and the place is marked for `mark`.
    ///
    /// What is covered is read off the fourth component of the pixels, which no colour uses: it is set to 1, and
    /// whatever `body` draws with a colour's own 0 lowers it by just its opacity. Light that is added changes nothing.
    ///
    /// - Parameters:
    ///   - outline: the outline's colour.
    ///   - width: of the outline in scene units, up to 1/32 of the canvas; 0 leaves it out.
    ///   - opacity: of the outline where it is strongest, 0 to 1.
    ///   - within: the box that the thing does not leave, where it is known; what lies outside gets no outline.
    package func subject(
        outline: Color, width: Float = 0.014, opacity: Float = 0.7,
        within box: (left: Float, right: Float, top: Float, bottom: Float)? = nil, _ body: () -> Void
    ) {
        guard drawsSubjects else { return }
        let columns = box.map { self.columns($0.left, $0.right) } ?? 0..<self.width
        let rows = box.map { self.rows($0.top, $0.bottom) } ?? 0..<height
        for row in rows {
            let line = pixels + row * self.width
            for column in columns { line[column].w = 1 }
        }
        body()
        var left = self.width, right = -1, top = height, bottom = -1
        for row in rows {
            let line = pixels + row * self.width, cover = coverPlane.row(row)
            var most: Float = 0
            for column in columns {
                let amount = 1 - line[column].w
                cover[column] = amount
                line[column].w = 0
                most = most > amount ? most : amount
            }
            guard most > 0.02 else { continue }
            var first = columns.lowerBound, last = columns.upperBound - 1
            while cover[first] <= 0.02 { first += 1 }
            while cover[last] <= 0.02 { last -= 1 }
            left = min(left, first)
            right = max(right, last)
            top = min(top, row)
            bottom = row
        }
        if right >= left {
            if width > 0 { drawOutline(outline, opacity, reach: min(width / pixel, Float(Plane.margin(self.width, height))), left...right, top...bottom) }
            for row in top...bottom {
                let cover = coverPlane.row(row), mark = markPlane.row(row)
                for column in left...right { mark[column] = mark[column] > cover[column] ? mark[column] : cover[column] }
            }
        }
        for row in rows { (coverPlane.row(row) + columns.lowerBound).update(repeating: 0, count: columns.count) }
    }

    /// Grows the cover by `reach` pixels, along rows and then along columns, and paints what was added.
    private func drawOutline(_ color: Color, _ opacity: Float, reach: Float, _ covered: ClosedRange<Int>, _ coveredRows: ClosedRange<Int>) {
        let steps = max(1, Int(reach.rounded(.up)))
        // The last step counts by as much of it as the reach covers.
        let last = reach - Float(steps - 1)
        let left = max(0, covered.lowerBound - steps), count = min(width - 1, covered.upperBound + steps) - left + 1
        let top = max(0, coveredRows.lowerBound - steps), bottom = min(height - 1, coveredRows.upperBound + steps)
        for row in coveredRows {
            let from = coverPlane.row(row) + left, to = grownPlane.row(row) + left
            to.update(from: from, count: count)
            for step in 1...steps { Plane.raise(to, by: from - step, from + step, step == steps ? last : 1, count) }
        }
        // Rows that hold nothing have nothing to give: they are left out of what is looked at.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { buffer in
            guard let grown = buffer.baseAddress else { return }
            for row in top...bottom {
                grown.initialize(repeating: 0, count: count)
                for from in max(coveredRows.lowerBound, row - steps)...max(coveredRows.lowerBound, min(coveredRows.upperBound, row + steps))
                where coveredRows.contains(from) && abs(from - row) <= steps {
                    let source = grownPlane.row(from) + left
                    Plane.raise(grown, by: source, source, abs(from - row) == steps ? last : 1, count)
                }
                let line = pixels + row * width + left, cover = coverPlane.row(row) + left
                for column in 0..<count {
                    let amount = grown[column] * (1 - cover[column]) * opacity
                    if amount > 0 { line[column] = mix(line[column], color, amount) }
                }
            }
        }
    }

    /// How much of each pixel of a row a main thing covers: what weather spares.
    package func mark(row: Int) -> UnsafePointer<Float> { UnsafePointer(markPlane.row(row)) }

    /// Forgets what was marked.
    package func clearMarks() { markPlane.clear() }
}

/// A number for each pixel of a canvas, with a margin of zeros all round.
final class Plane {
    private let values: UnsafeMutablePointer<Float>
    private let pitch, lines, margin: Int

    init(width: Int, height: Int) {
        margin = Plane.margin(width, height)
        pitch = width + 2 * margin
        lines = height
        values = .allocate(capacity: pitch * height)
        values.initialize(repeating: 0, count: pitch * height)
    }

    deinit { values.deallocate() }

    /// How far beyond a row's ends its zeros reach.
    static func margin(_ width: Int, _ height: Int) -> Int { min(width, height) / 32 + 2 }

    /// A row's first value; `margin` values before it and after its last are 0.
    @inline(__always) func row(_ row: Int) -> UnsafeMutablePointer<Float> { values + row * pitch + margin }

    func clear() { values.update(repeating: 0, count: pitch * lines) }

    /// Raises each value to `weight` times the larger of two others.
    @inline(__always)
    static func raise(_ to: UnsafeMutablePointer<Float>, by a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ weight: Float, _ count: Int) {
        for i in 0..<count {
            let most = (a[i] > b[i] ? a[i] : b[i]) * weight
            to[i] = to[i] > most ? to[i] : most
        }
    }
}

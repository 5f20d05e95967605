import Scenes
import Testing
import Video

/// Main things: their outlines, what weather leaves of them, how large they are and that they stay in the picture.
@Suite struct SubjectTests {
    private func luma(_ canvas: Canvas, _ x: Int, _ y: Int) -> Float {
        let pixel = canvas.pixels[y * canvas.width + x]
        return 0.21 * pixel.x + 0.72 * pixel.y + 0.07 * pixel.z
    }

    @Test(arguments: [32, 128, 512])
    func outlinesLieAroundWhatIsDrawn(side: Int) {
        let canvas = Canvas(width: side, height: side)
        canvas.gradient([(0, Color.grey(1)), (1, Color.grey(1))])
        // White on white.
        canvas.subject(outline: .grey(0), width: 0.04, opacity: 1) { canvas.disc(0.5, 0.5, radius: 0.25, .grey(1)) }
        let middle = side / 2
        #expect(luma(canvas, middle, middle) == 1 && luma(canvas, 1, 1) == 1)
        #expect(luma(canvas, Int(Float(side) * 0.772), middle) < 0.15)
        #expect(luma(canvas, middle, Int(Float(side) * 0.772)) < 0.15)
        #expect(luma(canvas, Int(Float(side) * 0.86), middle) == 1)
        #expect(canvas.mark(row: middle)[middle] == 1 && canvas.mark(row: 1)[1] == 0)
        // No trace is left in the component that it was read from.
        #expect((0..<side * side).allSatisfy { canvas.pixels[$0].w == 0 })
    }

    @Test func aBoxChangesNothingOfWhatLiesInIt() {
        func draw(_ box: (left: Float, right: Float, top: Float, bottom: Float)?) -> Frame {
            let canvas = Canvas(width: 64, height: 48)
            canvas.gradient([(0, .hex(0x80A0C0)), (1, .hex(0x204060))])
            canvas.subject(outline: .grey(0), within: box) { canvas.ellipse(0.4, 0.6, 0.2, 0.1, .hex(0xF0F0F0)) }
            canvas.subject(outline: .grey(0.5)) { canvas.disc(0.7, 0.3, radius: 0.1, .hex(0x803020)) }
            return canvas.frame()
        }
        #expect(draw(nil) == draw((0.15, 0.65, 0.45, 0.75)))
    }

    @Test func atTheSidesOutlinesAreCut() {
        let canvas = Canvas(width: 40, height: 30)
        canvas.subject(outline: .grey(1), width: 0.03, opacity: 1) { canvas.disc(-0.3, 0.02, radius: 0.2, .hex(0x303030)) }
        canvas.subject(outline: .grey(1), width: 0.03, opacity: 1) { canvas.disc(1.2, 1.02, radius: 0.2, .hex(0x303030)) }
        canvas.subject(outline: .grey(1)) {}
        #expect(canvas.frame().pixels.contains { $0 > 100 })
    }

    @Test func enlargedThingsGrowFromAPlace() {
        let plain = Canvas(width: 64, height: 64), large = Canvas(width: 64, height: 64)
        plain.disc(0.5, 0.7, radius: 0.2, .grey(1))
        large.enlarged(2, x: 0.5, y: 0.9) { large.disc(0.5, 0.8, radius: 0.1, .grey(1)) }
        #expect(plain.frame() == large.frame())
        #expect(large.left == 0 && large.bottom == 1 && large.pixel == plain.pixel)
    }

    /// Fog and rain leave the main thing much of its colour.
    @Test(arguments: [SceneWeather.fog, .rain, .snow])
    func weatherSparesTheMainThing(weather: SceneWeather) {
        func red(marked: Bool) -> Float {
            let canvas = Canvas(width: 64, height: 64)
            canvas.gradient([(0, .grey(0.5)), (1, .grey(0.5))])
            if marked {
                canvas.subject(outline: .grey(0)) { canvas.disc(0.5, 0.5, radius: 0.4, .hex(0xD8202A)) }
            } else {
                canvas.disc(0.5, 0.5, radius: 0.4, .hex(0xD8202A))
            }
            weather.draw(time: 3, light: .day, seed: 7, into: canvas)
            var sum: Float = 0
            for y in 20..<44 { for x in 20..<44 { sum += canvas.pixels[y * 64 + x].x - canvas.pixels[y * 64 + x].y } }
            return sum
        }
        #expect(red(marked: true) > 1.25 * red(marked: false))
    }

    /// Families whose main thing goes its way: it is there in every frame, most of it, whatever the moment.
    @Test(arguments: ["cat", "dog", "horse", "duck", "turtle", "person", "airplane", "car", "train", "sailing boat", "birds", "astronaut", "rocket", "ferris wheel"])
    func mainThingsStayAndAreLarge(name: String) throws {
        let family = try #require(SceneCatalog.family(name))
        let canvas = Canvas(width: 64, height: 64)
        var least = 1.0, sum = 0.0
        for seed in 0..<40 {
            let scene = family.make(seed: UInt64(seed))
            for time in [0.0, 7.3, 31.9, 90.1] {
                canvas.clearMarks()
                scene.draw(time: time, into: canvas)
                let covered = (0..<64).reduce(0.0) { sum, row in sum + (0..<64).reduce(0) { $0 + Double(canvas.mark(row: row)[$1]) } } / 4096
                least = min(least, covered)
                sum += covered / 160
            }
        }
        #expect(least > 0.04, "\(name) covers \(least) at times")
        #expect(sum > 0.08, "\(name) covers \(sum) of the picture")
    }

    /// Things that are counted: as many regions as the caption says, each some twenty pixels large.
    @Test(arguments: ["duck", "bouncing ball", "hot air balloon", "fish", "birds", "butterfly", "spinning coin", "dancer", "windmill"])
    func countedThingsAreApart(name: String) throws {
        let family = try #require(SceneCatalog.family(name))
        var apart = 0, counted = 0, met = Set<Int>()
        for seed in 0..<120 {
            let scene = family.make(seed: UInt64(seed))
            guard let count = scene.attributes["count"].flatMap({ ["one", "two", "three", "four", "five"].firstIndex(of: $0) }).map({ $0 + 1 }) else { continue }
            met.insert(count)
            let canvas = Canvas(width: 128, height: 128)
            scene.draw(time: 11, into: canvas)
            let sizes = regions(canvas)
            counted += 1
            if sizes.count == count { apart += 1 }
            #expect(sizes.allSatisfy { $0 >= 18 }, "\(name) \(count): \(sizes)")
        }
        #expect(met == [1, 2, 3, 4, 5])
        #expect(Double(apart) > 0.8 * Double(counted), "\(apart) of \(counted) \(name)")
    }

    /// The camera leaves none of what is counted behind, from a clip's first frame to its last.
    @Test(arguments: ["duck", "bouncing ball", "hot air balloon", "fish", "birds", "butterfly", "spinning coin", "dancer", "windmill"])
    func countedThingsStay(name: String) throws {
        let family = try #require(SceneCatalog.family(name))
        let canvas = Canvas(width: 128, height: 128)
        var whole = 0, counted = 0
        for seed in 0..<60 {
            let clip = SceneCatalog.lazyClip(family: family, seed: UInt64(seed))
            guard let count = clip.labels.count, count > 1 else { continue }
            for index in [0, 15] {
                clip.draw(index, drawsCompanion: false, into: canvas)
                counted += 1
                if regions(canvas).count == count { whole += 1 }
            }
        }
        #expect(Double(whole) > 0.7 * Double(counted), "\(name): all are there in \(whole) of \(counted) frames")
    }

    /// The edge of the main thing is seen against what is behind it, at every time of day and in every weather: within two
    /// pixels of nearly every place on it the picture differs from the one without the thing by an eighth of a channel's range.
    @Test(arguments: SubjectTests.outlined)
    func mainThingsStandOut(name: String) throws {
        let family = try #require(SceneCatalog.family(name))
        let canvas = Canvas(width: 128, height: 128)
        var sum = 0.0, met = 0
        for seed in 0..<60 {
            let clip = SceneCatalog.lazyClip(family: family, seed: UInt64(seed))
            clip.draw(8, drawsCompanion: false, into: canvas)
            let with = canvas.frame()
            var marks: [Bool] = []
            for row in 0..<128 { for column in 0..<128 { marks.append(canvas.mark(row: row)[column] > 0.5) } }
            canvas.drawsSubjects = false
            clip.draw(8, drawsCompanion: false, into: canvas)
            canvas.drawsSubjects = true
            let without = canvas.frame()
            var differs = [Bool](repeating: false, count: marks.count)
            for i in marks.indices {
                for channel in 3 * i..<3 * i + 3 where abs(Int(with.pixels[channel]) - Int(without.pixels[channel])) >= 32 { differs[i] = true }
            }
            func inside(_ i: Int) -> Bool { marks[i - 1] && marks[i + 1] && marks[i - 128] && marks[i + 128] }
            var edge = 0, seen = 0
            for y in 2..<126 {
                for x in 2..<126 where marks[y * 128 + x] && !inside(y * 128 + x) {
                    edge += 1
                    var near = false
                    for row in y - 2...y + 2 { for column in x - 2...x + 2 where differs[row * 128 + column] { near = true } }
                    seen += near ? 1 : 0
                }
            }
            #expect(edge > 40, "\(clip.caption): nothing is there")
            let share = Double(seen) / Double(max(1, edge))
            #expect(share > 0.6, "\(clip.caption), seed \(seed): \(share) of the edge is seen")
            sum += share
            met += 1
        }
        #expect(sum / Double(met) > 0.95, "\(name): \(sum / Double(met))")
    }

    /// The families whose main things are drawn with `Canvas.subject` and stand before all else: the camels of the desert are
    /// half behind a dune.
    static let outlined = [
        "birds", "butterfly", "cat", "dog", "duck", "fish", "horse", "turtle", "astronaut", "dancer", "skier", "surfer",
        "person", "ferris wheel", "lighthouse", "windmill", "blooming flower", "flowers",
        "bouncing ball", "spinning coin", "airplane", "car", "hot air balloon", "rocket", "sailing boat", "train",
    ]

    /// The larger sides of the boxes round what is marked and hangs together, specks left out.
    private func regions(_ canvas: Canvas) -> [Int] {
        let side = canvas.width
        var seen = [Bool](repeating: false, count: side * canvas.height), found: [Int] = []
        func marked(_ i: Int) -> Bool { canvas.mark(row: i / side)[i % side] > 0.5 }
        for start in seen.indices where !seen[start] && marked(start) {
            var stack = [start], area = 0
            var low = (x: side, y: side), high = (x: 0, y: 0)
            seen[start] = true
            while let i = stack.popLast() {
                let x = i % side, y = i / side
                area += 1
                low = (min(low.x, x), min(low.y, y))
                high = (max(high.x, x), max(high.y, y))
                for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
                    let nx = x + dx, ny = y + dy
                    guard nx >= 0, nx < side, ny >= 0, ny < canvas.height, !seen[ny * side + nx], marked(ny * side + nx) else { continue }
                    seen[ny * side + nx] = true
                    stack.append(ny * side + nx)
                }
            }
            if area > 90 { found.append(max(high.x - low.x, high.y - low.y) + 1) }
        }
        return found
    }

    /// The reel of a video made of clips of 16 frames that share 4 repeats itself after 12 and 24; scenes must not: what
    /// they learn from would teach it. Differences of neighbouring frames 24 apart are no more alike than 20 and 28 apart.
    @Test func slowMotionDoesNotRecurEvery24Frames() {
        var sums: [Int: Double] = [:]
        for index in 0..<104 {
            let family = SceneCatalog.all[index % SceneCatalog.all.count]
            let clip = SceneCatalog.lazyClip(family: family, seed: UInt64(1000 + index), frames: 65, width: 32, height: 32)
            let frames = (0..<65).map { clip.frame($0).pixels.map(Float.init) }
            let changes = (0..<64).map { k in zip(frames[k + 1], frames[k]).map { $0 - $1 } }
            for lag in [20, 24, 28] {
                var product = 0.0, first = 0.0, second = 0.0
                for k in 0..<64 - lag {
                    for (a, b) in zip(changes[k], changes[k + lag]) {
                        product += Double(a * b)
                        first += Double(a * a)
                        second += Double(b * b)
                    }
                }
                sums[lag, default: 0] += product / max(1e-9, (first * second).squareRoot()) / 104
            }
        }
        let at = sums[24] ?? 1, around = max(sums[20] ?? 0, sums[28] ?? 0)
        #expect(at <= around, "\(sums)")
    }
}

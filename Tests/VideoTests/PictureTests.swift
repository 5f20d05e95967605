import Foundation
import Testing
import Video

@Suite struct ScalingTests {
    @Test func wholeWindowIsThePicture() {
        let frame = ball(2)
        #expect(frame.sampled(Window(x: 0, y: 0, width: 64, height: 48), width: 64, height: 48) == frame)
        #expect(frame.sampled(Window(x: 3, y: 5, width: 20, height: 10), width: 20, height: 10)
            == frame.cropped(x: 3, y: 5, width: 20, height: 10))
    }

    @Test func halfPixelsAreMeansAndSmallerPicturesAreAreaMeans() {
        let frame = Frame(width: 4, height: 1, pixels: [0, 0, 0, 100, 10, 50, 200, 20, 100, 40, 40, 40])
        let shifted = frame.sampled(Window(x: 0.5, y: 0, width: 3, height: 1), width: 3, height: 1)
        #expect(shifted.pixels == [50, 5, 25, 150, 15, 75, 120, 30, 70])
        #expect(frame.resized(width: 2, height: 1).pixels == [50, 5, 25, 120, 30, 70])
        #expect(frame.resized(width: 1, height: 1).pixels == [85, 18, 48])
    }

    @Test func oneColourStaysThatColour() {
        let frame = Frame(width: 13, height: 7, red: 200, green: 3, blue: 77)
        for (width, height) in [(1, 1), (5, 5), (13, 7), (50, 21)] {
            for fit in [Fit.crop, .stretch] {
                #expect(frame.resized(width: width, height: height, fit: fit)
                    == Frame(width: width, height: height, red: 200, green: 3, blue: 77))
            }
        }
        let beyond = frame.sampled(Window(x: -20, y: -3, width: 60, height: 60), width: 9, height: 9)
        #expect(beyond == Frame(width: 9, height: 9, red: 200, green: 3, blue: 77), "border pixels go on")
    }

    @Test func padLeavesBars() {
        let frame = Frame(width: 20, height: 10, colour: .white).resized(width: 10, height: 10, fit: .pad)
        #expect(frame.colour(x: 5, y: 1) == .black && frame.colour(x: 5, y: 5) == .white)
        #expect(frame.colour(x: 5, y: 8) == .black)
    }

    @Test func cropTakesTheMiddle() {
        var frame = Frame(width: 30, height: 10)
        frame.fill(x: 10, y: 0, width: 10, height: 10, .white)
        #expect(frame.resized(width: 5, height: 5, fit: .crop) == Frame(width: 5, height: 5, colour: .white))
    }

    @Test func panMovesEvenly() {
        // On a horizontal ramp the brightness of a panned window tells its place exactly.
        var ramp = Frame(width: 100, height: 20)
        for y in 0..<20 { for x in 0..<100 { ramp.fill(x: x, y: y, width: 1, height: 1, Colour(UInt8(2 * x), 0, 0)) } }
        let clip = ramp.panned(
            from: Window(x: 5, y: 2, width: 16, height: 16), to: Window(x: 20, y: 2, width: 16, height: 16), count: 16,
            width: 16, height: 16)
        #expect(clip.count == 16)
        for (index, frame) in clip.enumerated() {
            #expect(abs(Int(frame.colour(x: 8, y: 8).red) - 2 * (13 + index)) <= 1)
        }
        let zoomed = ball(0).panned(
            from: Window(in: ball(0), shapedLike: 1, 1), to: Window(x: 20, y: 20, width: 8, height: 8), count: 2,
            width: 32, height: 32)
        #expect(zoomed[0] == ball(0).resized(width: 32, height: 32, fit: .crop))
    }
}

@Suite struct ContactSheetTests {
    @Test func geometry() throws {
        let frames = (0..<6).map { Frame(width: 20, height: 10, red: UInt8(40 * $0), green: 255, blue: 0) }
        let sheet = try ContactSheet(columns: 3, padding: 4).picture(of: frames)
        #expect(sheet.width == 3 * 24 + 4 && sheet.height == 2 * 14 + 4)
        for index in 0..<6 {
            let x = 4 + index % 3 * 24, y = 4 + index / 3 * 14
            #expect(sheet.cropped(x: x, y: y, width: 20, height: 10) == frames[index])
            #expect(sheet.colour(x: x - 1, y: y) == ContactSheet().background)
            #expect(sheet.colour(x: x + 20, y: y) == ContactSheet().background)
        }
    }

    @Test func captionsAndTitleTakeRoomAndInk() throws {
        let frames = [Frame(width: 60, height: 20, colour: .black), Frame(width: 60, height: 20, colour: .black)]
        let style = ContactSheet(columns: 2, padding: 4)
        let plain = try style.picture(of: frames)
        let sheet = try style.picture(of: frames, captions: ["a candle is burning", ""], title: "Prompts")
        #expect(sheet.width == plain.width)
        // A title line of 11 + 4 pixels; two lines of caption under the widest, and 4.
        #expect(sheet.height == plain.height + 15 + 26)
        let below = (sheet.height - 28..<sheet.height)
        func ink(_ columns: Range<Int>) -> Int {
            below.reduce(0) { sum, y in sum + columns.filter { sheet.colour(x: $0, y: y) == style.ink }.count }
        }
        #expect(ink(4..<64) > 60 && ink(68..<128) == 0)
        let long = try style.picture(of: frames, captions: [String(repeating: "unbreakable", count: 30)])
        #expect((64..<68).allSatisfy { x in (0..<long.height).allSatisfy { long.colour(x: x, y: $0) == style.background } })
    }

    @Test func columnsByThemselves() throws {
        let square = (0..<16).map { _ in Frame(width: 32, height: 32) }
        let sheet = try ContactSheet(padding: 0).picture(of: square)
        #expect(sheet.width == 128 && sheet.height == 128)
        #expect(try ContactSheet(columns: 50, padding: 0).picture(of: square).width == 16 * 32)
        #expect(message { _ = try ContactSheet().picture(of: []) }?.contains("at least one frame") == true)
        #expect(message { _ = try ContactSheet(columns: 0).picture(of: square) }?.contains("1 or more") == true)
    }

    @Test func everyGlyphIsThereAndItsOwn() {
        var seen: Set<[UInt8]> = []
        for code in UInt8(33)...126 {
            var cell = Frame(width: 8, height: 10, colour: .white)
            let text = String(UnicodeScalar(code))
            let width = cell.write(text, x: 0, y: 0)
            #expect(width == Frame.textWidth(text) && (1...5).contains(width))
            #expect(cell.pixels.contains(0), "\(text) is empty")
            #expect(seen.insert(cell.pixels).inserted, "\(text) looks like another character")
        }
        #expect(Frame.textWidth("") == 0 && Frame.textWidth("0") == 5 && Frame.textWidth("00", scale: 2) == 22)
    }
}

@Suite struct PlotTests {
    private let blue = Colour(42, 111, 187)

    @Test func lineRunsFromCornerToCorner() throws {
        let plot = Plot(series: [.init(values: [0, 1, 2, 3, 4])])
        let picture = try plot.picture()
        #expect(picture.width == 960 && picture.height == 540)
        let points = (0..<picture.height).flatMap { y in
            (0..<picture.width).filter { picture.colour(x: $0, y: y) == blue }.map { (x: $0, y: y) }
        }
        let left = try #require(points.min { $0.x < $1.x }), right = try #require(points.max { $0.x < $1.x })
        #expect(left.y > 400 && right.y < 100 && left.x < 100 && right.x > 900)
        // A straight line: the middle lies in the middle.
        let middle = try #require(points.min { abs($0.x - (left.x + right.x) / 2) < abs($1.x - (left.x + right.x) / 2) })
        #expect(abs(middle.y - (left.y + right.y) / 2) < 6)
    }

    @Test func exponentialsAreStraightOnALogarithmicAxis() throws {
        let plot = Plot(
            series: [.init(values: (0..<60).map { exp(-Double($0) / 6) })], yScale: .logarithmic)
        let picture = try plot.picture()
        func height(_ x: Int) -> Int? { (0..<picture.height).first { picture.colour(x: x, y: $0) == blue } }
        let a = try #require(height(300)), b = try #require(height(500)), c = try #require(height(700))
        #expect(abs((a + c) / 2 - b) <= 2 && c > a + 50)
    }

    @Test func strangeDataAreDrawnOrLeftOut() throws {
        #expect(try Plot(series: []).picture().pixels.count == 960 * 540 * 3)
        for values in [[Double.nan, .infinity], [], [5], [2, 2, 2], [0, -1, 3], [1e-12, 1e12], [-1e9, 1e9], [1e-300, 2e-300]] {
            for scale in [Plot.Scale.linear, .logarithmic] {
                var plot = Plot(
                    title: "t", xLabel: "x", yLabel: "y", series: [.init(name: "n", values: values, smoothing: 0.9)],
                    yScale: scale)
                _ = try plot.picture()
                (plot.width, plot.height) = (160, 120)
                _ = try plot.picture()
            }
        }
        var plot = Plot(series: [.init(values: [1], smoothing: 1)])
        #expect(message { _ = try plot.picture() }?.contains("smoothing") == true)
        plot = Plot(series: [])
        plot.width = 10
        #expect(message { _ = try plot.picture() }?.contains("160x120") == true)
    }

    @Test func severalSeriesHaveTheirOwnColours() throws {
        let picture = try Plot(
            title: "loss", series: [.init(name: "a", values: [1, 2]), .init(name: "b", values: [2, 1])]).picture()
        var colours: Set<[UInt8]> = []
        for i in stride(from: 0, to: picture.pixels.count, by: 3) { colours.insert(Array(picture.pixels[i..<i + 3])) }
        #expect(colours.contains([42, 111, 187]) && colours.contains([232, 119, 34]))
    }
}

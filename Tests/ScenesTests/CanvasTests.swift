import Scenes
import Testing

@Suite struct CanvasTests {
    @Test func coordinatesKeepTheSquareInTheMiddle() {
        let square = Canvas(width: 128, height: 128)
        #expect(square.left == 0 && square.right == 1 && square.top == 0 && square.bottom == 1)
        let wide = Canvas(width: 200, height: 100)
        #expect(wide.left == -0.5 && wide.right == 1.5 && wide.top == 0 && wide.bottom == 1)
        let high = Canvas(width: 100, height: 200)
        #expect(high.left == 0 && high.right == 1 && high.top == -0.5 && high.bottom == 1.5)
    }

    @Test func aNewCanvasIsBlack() {
        let frame = Canvas(width: 7, height: 5).frame()
        #expect(frame.width == 7 && frame.height == 5)
        #expect(frame.pixels.allSatisfy { $0 == 0 })
    }

    @Test func randomNumbersAreSplitMix64() {
        // The first outputs for seed 1234567, as published with the algorithm.
        var random = SceneRandom(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
        #expect(random.next() == 9_817_491_932_198_370_423)
    }

    @Test func randomHelpersStayInTheirRanges() {
        var random = SceneRandom(seed: 1)
        var seen = Set<Int>()
        for _ in 0..<2000 {
            let unit = random.unit()
            #expect(unit >= 0 && unit < 1)
            let value = random.range(-2, 3)
            #expect(value >= -2 && value < 3)
            let index = random.index(5)
            #expect((0..<5).contains(index))
            seen.insert(index)
            #expect((1...3).contains(random.pick([1, 2, 3])))
        }
        #expect(seen.count == 5)
    }
}

import Evaluation
import Testing
import Video

@Suite struct SeamsTests {
    /// Frames of one grey each.
    private func seams(_ greys: [UInt8], clipFrames: Int, newFrames: Int) throws -> Seams {
        try Seams(
            greys.map { .success(Frame(width: 2, height: 2, red: $0, green: $0, blue: $0)) }, clipFrames: clipFrames,
            newFrames: newFrames)
    }

    @Test func aJumpAtTheBorderShows() throws {
        // Clips of 4, then 3 new frames each: borders before frames 4 and 7.
        let found = try seams([0, 2, 4, 6, 16, 18, 20, 30, 32, 34], clipFrames: 4, newFrames: 3)
        #expect(found.inside == 2)
        #expect(found.borders == 10)
        #expect(found.ratio == 5)
        #expect(found.borderCount == 2)
    }

    @Test func steadyMotionHasNoSeams() throws {
        #expect(try seams(Array(0..<40), clipFrames: 8, newFrames: 4).ratio == 1)
    }

    @Test func driftIsTheChangeOfTheMeanColour() throws {
        let found = try seams(Array(repeating: 10, count: 16) + Array(repeating: 13, count: 16), clipFrames: 16, newFrames: 16)
        #expect(found.drift == [3, 3, 3])
    }
}

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
        #expect(found.places == [10, 2, 2] && found.largest?.offset == 0 && found.largest?.ratio == 5)
    }

    /// What is decoded together may begin elsewhere than a clip.
    @Test func aJumpBesideTheBorderShows() throws {
        // Borders before frames 4, 8 and 12; jumps two frames before the first two.
        let found = try seams([0, 2, 12, 14, 16, 18, 28, 30, 32, 34, 44, 46], clipFrames: 4, newFrames: 4)
        #expect(found.ratio < 1)
        #expect(found.places == [2, 2, 10, 2] && found.largest?.offset == 2 && found.largest?.ratio == 5)
        let before = try seams([0, 2, 4, 14, 16, 18, 20, 30, 32, 34, 36, 46], clipFrames: 4, newFrames: 4)
        #expect(before.largest?.offset == -1)
        #expect(try seams([0, 2, 4], clipFrames: 4, newFrames: 4).largest == nil)
    }

    @Test func steadyMotionHasNoSeams() throws {
        #expect(try seams(Array(0..<40), clipFrames: 8, newFrames: 4).ratio == 1)
    }

    @Test func driftIsTheChangeOfTheMeanColour() throws {
        let found = try seams(Array(repeating: 10, count: 16) + Array(repeating: 13, count: 16), clipFrames: 16, newFrames: 16)
        #expect(found.drift == [3, 3, 3])
    }
}

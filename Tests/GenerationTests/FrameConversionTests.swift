import Generation
import Tensors
import Testing
import Video

@Suite struct FrameConversionTests {
    @Test func everyByteSurvives() {
        let frame = Frame(width: 16, height: 16, pixels: (0..<768).map { UInt8($0 % 256) })
        #expect(frame.signedTensor.shape == [16, 16, 3])
        #expect(Frame(signed: frame.signedTensor) == frame)
    }

    @Test func roundsAndClips() {
        let values: [Float] = [-1, 1, 0, -7, 3, 0.5, -1 + 0.9 / 255, -1 + 1.1 / 255, 1 - 0.9 / 255, -.infinity, .infinity, -0.5]
        let frame = Frame(signed: Tensor(values, [2, 2, 3]))
        #expect(frame.pixels == [0, 255, 128, 0, 255, 191, 0, 1, 255, 0, 255, 64])
    }

    /// A model with broken weights must not end the program.
    @Test func notANumberIsBlack() {
        #expect(Frame(signed: Tensor([.nan, 0, 1], [1, 1, 3])).pixels == [0, 128, 255])
    }
}

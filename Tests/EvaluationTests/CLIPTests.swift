import Checkpoints
import Evaluation
import Foundation
import Testing
import Video

/// A tiny CLIP against transformers; the folder clip/ was written by Fixtures/make_clip.py.
@Suite struct CLIPTests {
    struct Expected: Decodable {
        let sentence: String
        let text, image: [Float]
        let cosine: Double
    }

    @Test func bothTowersAreTransformers() throws {
        let folder = Shared.fixtures.appendingPathComponent("clip")
        let expected = try JSONFile.read(Expected.self, from: folder.appendingPathComponent("expected.json"))
        let model = try CLIPModel(folder)
        #expect(model.warnings.isEmpty)
        let text = try model.embedding(of: expected.sentence)
        for (found, wanted) in zip(text, expected.text) { #expect(abs(found - wanted) < 2e-5) }
        let picture = folder.appendingPathComponent("picture.png").path
        let image = model.embeddings(of: [try PNG.read(picture)])[0]
        for (found, wanted) in zip(image, expected.image) { #expect(abs(found - wanted) < 2e-3) }
        let similarity = try model.similarity(VideoReader(picture), to: text, atMost: 5)
        #expect(similarity.frames == 1 && abs(similarity.mean - expected.cosine) < 2e-3)
    }
}

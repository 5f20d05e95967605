import Checkpoints
import Evaluation
import Files
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

    /// Both towers' sizes are checked before anything is made of them.
    @Test(arguments: [
        ("text_config", "num_hidden_layers", "-1", "text_config: key \"num_hidden_layers\" is -1 and must be from 1 to 1024"),
        ("vision_config", "num_hidden_layers", "0", "vision_config: key \"num_hidden_layers\" is 0"),
        ("vision_config", "num_attention_heads", "5", "vision_config: key \"num_attention_heads\" 5 heads do not divide hidden_size 24"),
        ("text_config", "hidden_act", "\"relu\"", "text_config: key \"hidden_act\" \"relu\" is not known"),
        ("vision_config", "hidden_act", "\"gelu_new\"", "vision_config: key \"hidden_act\" \"gelu_new\" is not known"),
        ("vision_config", "patch_size", "64", "vision_config: key \"patch_size\" is 64 and must be from 1 to 32"),
    ] as [(String, String, String, String)])
    func configurationsThatNoTransformerHas(tower: String, key: String, value: String, expected: String) throws {
        try Shared.withFolder { folder in
            let file = Shared.fixtures.appendingPathComponent("clip/config.json")
            var object = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
            var part = try #require(object[tower] as? [String: Any])
            part[key] = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
            object[tower] = part
            try JSONSerialization.data(withJSONObject: object).write(to: folder.appendingPathComponent("config.json"))
            let error = #expect(throws: FileError.self) { try CLIPModel(folder) }
            #expect("\(try #require(error))".contains(expected), "\(String(describing: error))")
        }
    }
}

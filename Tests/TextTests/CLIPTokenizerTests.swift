import Foundation
import Testing
import Text

@Suite struct CLIPTokenizerTests {
    @Test func givesTheReferencesIDs() throws {
        let tokenizer = try CLIPTokenizer(folder: Fixture.folder.appendingPathComponent("clip"))
        #expect(tokenizer.vocabularySize == 676 && tokenizer.maximumLength == 77)
        let expected = try Fixture.expected()
        for (text, ids) in zip(expected.texts, expected.clip) {
            #expect(try tokenizer.encode(text).ids == ids, "\(text)")
        }
    }

    /// The full vocabulary, `!` padding, and the strings that the official pipeline's tokenizer was given.
    @Test func givesTheOfficialIDs() throws {
        struct Golden: Decodable {
            let texts: [String]
            let ids: [[Int]]
        }
        let file = try Fixture.shared("parity/vidrd/golden.json")
        let folder = try Fixture.shared("parity/vidrd/stable-diffusion-2-1-base/tokenizer")
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
        let tokenizer = try CLIPTokenizer(folder: folder)
        #expect(golden.texts.count == 14)
        for (text, ids) in zip(golden.texts, golden.ids) {
            #expect(try tokenizer.encode(text).ids == ids, "\(text)")
        }
    }

    @Test func aSpecialPaddingTokenIsRespected() throws {
        try Fixture.withCopy(of: "clip") { folder in
            for padding in [#""!""#, #"{"content": "!", "lstrip": false}"#] {
                try Data(#"{"pad_token": \#(padding)}"#.utf8).write(to: folder.appendingPathComponent("special_tokens_map.json"))
                let tokenizer = try CLIPTokenizer(folder: folder, maximumLength: 8)
                #expect(tokenizer.paddingID == 0)
                let prompt = try tokenizer.encode("fire!!")
                // The padding token is special inside a prompt too: id 0, not the word "!".
                #expect(Array(prompt.ids[2...]) == [0, 0, tokenizer.endID, 0, 0, 0])
                #expect(prompt.count == 5)
            }
        }
    }

    @Test func whatDoesNotFitIsToldOf() throws {
        let tokenizer = try CLIPTokenizer(folder: Fixture.folder.appendingPathComponent("clip"), maximumLength: 6)
        let prompt = try tokenizer.encode("Snow is falling over the snow land")
        #expect(prompt.ids.count == 6 && prompt.ids.last == tokenizer.endID && prompt.count == 6)
        #expect(prompt.dropped == "the snow land")
        #expect(prompt.warnings == ["the prompt is longer than the model's 6 tokens; this was dropped: \"the snow land\""])
        let whole = try tokenizer.encode("snow is falling")
        #expect(whole.dropped == nil && whole.warnings.isEmpty && whole.count == 5)
    }

    @Test func whatIsDroppedIsText() throws {
        let tokenizer = try CLIPTokenizer(folder: Fixture.folder.appendingPathComponent("clip"), maximumLength: 2)
        #expect(try tokenizer.encode("naïve café at   Night 🔥").dropped == "naïve café at night 🔥")
    }

    /// As git and editors of other systems end lines.
    @Test(arguments: ["\r\n", "\r"])
    func linesOfMergesMayEndOtherwise(lineEnd: String) throws {
        let plain = try CLIPTokenizer(folder: Fixture.folder.appendingPathComponent("clip"))
        try Fixture.withCopy(of: "clip") { folder in
            let merges = folder.appendingPathComponent("merges.txt")
            try Data(String(contentsOf: merges, encoding: .utf8).replacingOccurrences(of: "\n", with: lineEnd).utf8).write(to: merges)
            let tokenizer = try CLIPTokenizer(folder: folder)
            for text in try Fixture.expected().texts { #expect(try tokenizer.encode(text) == plain.encode(text), "\(text)") }
        }
    }

    /// What `ftfy.fix_text` makes of text from web pages.
    @Test func textIsRepaired() throws {
        let tokenizer = try CLIPTokenizer(folder: Fixture.folder.appendingPathComponent("clip"))
        for (text, plain) in [
            ("the dog\u{2019}s \u{201C}bone\u{201D}", "the dog's \"bone\""), ("snow &amp; ice &#233;&#xE9;", "snow & ice éé"),
            ("a &lt; b <", "a &lt; b <"), ("ﬁre \u{FF21}\u{3000}b", "fire a b"), ("sn\u{FEFF}ow\u{7}", "snow"),
        ] {
            #expect(try tokenizer.encode(text).ids == tokenizer.encode(plain).ids, "\(text)")
        }
    }

    @Test func badFilesAreNamed() throws {
        try Fixture.withCopy(of: "clip") { folder in
            func write(_ text: String, _ name: String) throws {
                try Data(text.utf8).write(to: folder.appendingPathComponent(name))
            }
            func message() -> String { Fixture.message { _ = try TokenizerFolder.open(folder) } }
            try write("#version: 0.2\nx yz\n", "merges.txt")
            #expect(message().contains("merges.txt: the merge \"x yz\" is not of pieces of vocab.json"))
            try write(#"{"model_max_length": "long"}"#, "tokenizer_config.json")
            #expect(message().contains("the merge"))
            try write("", "merges.txt")
            #expect(message().contains("key \"model_max_length\" must be a number"))
            try write(#"{"model_max_length": 1}"#, "tokenizer_config.json")
            #expect(message().contains("must be at least 2"))
            try write(#"{"eos_token": "<end>"}"#, "tokenizer_config.json")
            #expect(message().contains("the end token \"<end>\" is not in the vocabulary"))
            try write(#"{"a": -1}"#, "vocab.json")
            #expect(message().contains("its ids are not numbers from 0 on"))
            try write("[]", "vocab.json")
            #expect(message().contains("vocab.json"))
            try FileManager.default.removeItem(at: folder.appendingPathComponent("vocab.json"))
            #expect(message().contains("has no vocab.json"))
            try FileManager.default.removeItem(at: folder.appendingPathComponent("merges.txt"))
            #expect(message().contains("it needs spiece.model, or vocab.json and merges.txt"))
        }
    }
}
